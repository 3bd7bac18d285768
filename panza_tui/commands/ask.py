"""`panza-tui --ask`: read a mail to answer from stdin, write drafts to stdout."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from engine.errors import UsageError
from panza_tui.commands.session import Session
from panza_tui.terminal.ask_text import as_text, is_from_stdin, read_ask_text
from panza_tui.terminal.check_words import check_line
from panza_tui.terminal.mail_words import elsewhere_line
from panza_tui.terminal.narration import passing_line, say
from panza_tui.terminal.stdin import read_stdin

if TYPE_CHECKING:
    from engine.drafting.types import Draft, DraftRequest
    from engine.home.home import Home
    from engine.mail.types import Pasted


def ask(
    session: Session,
    *,
    instruction: str,
    to: str,
    max_tokens: int | None,
    temperature: float | None,
    seed: int | None,
    backend: str | None,
    model: str | None,
    no_retrieval: bool,
    plain_base: bool,
    fast: bool,
    eml: bool,
    quote: bool,
    count: int | None,
    as_json: bool,
    stdin: str | None,
) -> None:
    """Write one draft to stdout, or `count` of them, the best first."""
    asked = time.monotonic()
    text_from_stdin = is_from_stdin(instruction)
    if text_from_stdin and stdin == "-":
        raise UsageError("--ask @- reads its text from stdin, so no mail to answer can come there.")
    instruction, to = read_ask_text(instruction), as_text(to)
    if not instruction.strip():
        raise UsageError("--ask needs a text: what the email should say.")
    if plain_base and model:
        raise UsageError("--plain-base and --model contradict each other; use only one of them.")
    settings = session.settings(
        drafting__max_tokens=max_tokens,
        drafting__temperature=temperature,
        drafting__seed=seed,
        drafting__backend=backend,
    )
    from panza_tui.jobs.draft import read_answered, sender_address, write_drafts
    from panza_tui.terminal.ask_output import Output, Reply

    home = session.home.prepare()
    to, link_subject = _addressee(home, to, needs_address=eml)
    data = b"" if text_from_stdin else read_stdin(required=stdin == "-")
    pasted = read_answered(home, settings, data)
    _check_answered(pasted, quote=quote, may_go_elsewhere=not (to or as_json))
    request = _request(instruction, pasted, to, link_subject, retrieval=not no_retrieval, fast=fast)
    sender = sender_address(home, settings, pasted.addressed) if eml else ("", "")
    reply = Reply(pasted, sender)
    candidates = 1 if fast else settings.drafting.candidates
    output = Output(
        reply,
        as_json=as_json,
        eml=eml,
        quote=quote,
        several=count is not None,
        # What may be replaced by a better draft is not shown before.
        may_stream=candidates == 1,
    )
    waiting = (
        f"Writing {candidates} drafts to choose from; --fast takes the first one."
        if candidates > 1
        else ""
    )
    with passing_line(waiting) as clear:

        def put(made: Draft) -> None:
            clear()
            output.put(made)

        drafts = write_drafts(
            home,
            settings,
            request,
            count or 1,
            model=model,
            plain_base=plain_base,
            asked=asked,
            on_start=output.begin,
            on_text=output.stream,
            on_draft=put,
        )
    output.end()
    _say_of_drafts(drafts, plain_base=plain_base, as_json=as_json)


def _check_answered(pasted: Pasted, *, quote: bool, may_go_elsewhere: bool) -> None:
    """Say what is worth a note about the mail to answer.

    may_go_elsewhere: whether its own headers say whom the answer goes to. Raises UsageError where
    what came can't be answered, or nothing came that could be quoted.
    """
    if pasted.problem and not pasted.thread:
        raise UsageError(pasted.problem)
    if pasted.problem:
        say(f"Note: {pasted.problem}")
    if may_go_elsewhere and (elsewhere := elsewhere_line(pasted)):
        say(f"Note: {elsewhere}")
    if quote and not pasted.thread:
        raise UsageError("--quote needs a mail to answer on stdin, and there was none.")


def _request(
    instruction: str, pasted: Pasted, to: str, link_subject: str, *, retrieval: bool, fast: bool
) -> DraftRequest:
    """Return the request for a draft to `to`, or else to those whom the mail to answer names."""
    from engine.drafting.types import DraftRequest

    return DraftRequest(
        instruction,
        thread=pasted.thread,
        recipient=to or pasted.recipient,
        # The subject in a template is the reply's own; in a mail it is that of the answered mail.
        subject=pasted.subject if pasted.kind == "template" else link_subject,
        retrieval=retrieval,
        fast=fast,
    )


def _say_of_drafts(drafts: Sequence[Draft], *, plain_base: bool, as_json: bool) -> None:
    """Say what drafts lack: the user's voice, facts (JSON has those), a row in the history."""
    if not plain_base and drafts and drafts[0].model == drafts[0].base:
        say("Note: drafted with the base model; 'panza-tui train' makes one that knows your voice.")
    if not as_json:
        for made in drafts:
            if found := check_line(made.checks, is_doubtful=made.is_doubtful):
                say(found)
    if any(made.id is None for made in drafts):
        say(
            "This draft could not be saved in the history; is the disk full, or is another "
            "panza-tui writing?"
        )


def _addressee(home: Home, to: str, *, needs_address: bool) -> tuple[str, str]:
    """Return whom --to names, and the subject of a mailto: link.

    Raises UsageError where --to has no address, and one is needed or was meant.
    """
    from engine.mail.replies.recipients import (
        addresses_without_dot,
        missing_addresses,
        read_addressee,
    )
    from panza_tui.jobs.draft import find_address

    addressee = read_addressee(to)
    if addressee.unused:
        say(f"Note: of the link, {' and '.join(addressee.unused)} is not used.")
    recipient = addressee.recipient
    if missing := missing_addresses(recipient):
        raise UsageError(f"--to has no valid address in {missing[0]!r}.")
    if dotless := addresses_without_dot(recipient):
        say(f"Note: the domain of {dotless[0]} has no dot; is the address complete?")
    if addressee.subject and not recipient:  # "mailto:?subject=…", as pages have it to share them
        say("Note: the link names nobody, so the draft is to nobody.")
    elif to.strip() and not recipient:
        raise UsageError(f"--to has no address in {to!r}.")
    if needs_address and recipient and "@" not in recipient and not find_address(home, recipient):
        raise UsageError(
            f"--to {recipient!r} is no address, and none of your past mails went to exactly one "
            "person of that name; give the address, too."
        )
    return recipient, addressee.subject
