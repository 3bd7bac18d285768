"""One-shot drafting: the mail to answer comes in, drafts go out."""

from __future__ import annotations

import os
import time
from contextlib import closing

from engine.errors import UsageError
from panza_tui.commands.session import Session
from panza_tui.terminal.narration import say
from panza_tui.terminal.stdin import read_stdin


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
    eml: bool,
    quote: bool,
    count: int | None,
    as_json: bool,
    stdin: str | None,
) -> None:
    """Write one draft to stdout, or `count` of them, of which the first is the likeliest."""
    asked = time.monotonic()
    instruction, to = _as_text(instruction), _as_text(to)
    if not instruction.strip():
        raise UsageError("--ask takes a text: what the mail shall say.")
    if plain_base and model:
        raise UsageError("--plain-base and --model contradict each other; give one of them.")
    settings = session.settings(
        drafting__max_tokens=max_tokens,
        drafting__temperature=temperature,
        drafting__seed=seed,
        drafting__backend=backend,
    )
    from engine import database
    from engine.drafting import DraftRequest, another, draft
    from engine.generators.loading import open_generator
    from engine.mail.replies.pasted import parse_stdin
    from engine.mail.stored.people import own_address
    from panza_tui.jobs.generators import load_transformers
    from panza_tui.terminal.ask_output import Output, Reply

    home = session.home.prepare()
    data = read_stdin(insist=stdin == "-")
    pasted = parse_stdin(data)
    if quote and not pasted.thread:
        raise UsageError("--quote quotes the mail to answer, and none came on stdin.")
    request = DraftRequest(
        instruction,
        thread=pasted.thread,
        recipient=to or pasted.recipient,
        # A template says what the answer's subject is; a mail, what is answered.
        subject=pasted.subject if pasted.kind == "template" else "",
        retrieval=not no_retrieval,
    )
    is_kept = True
    with (
        closing(database.connect(home.database)) as connection,
        closing(
            open_generator(
                home,
                connection,
                settings,
                model=model,
                plain_base=plain_base,
                backend=settings.drafting.backend,
                load_transformers=load_transformers(home, settings),
            )
        ) as loaded,
    ):
        reply = Reply(data, pasted, own_address(connection, settings.user, pasted.addressed))
        output = Output(reply, as_json=as_json, eml=eml, quote=quote, several=count is not None)
        for attempt in range(count or 1):
            output.begin()
            made = draft(
                request,
                connection,
                home,
                another(settings, attempt),
                loaded,
                asked=asked,
                on_text=output.stream,
            )
            output.put(made)
            is_kept = is_kept and made.id is not None
            asked = time.monotonic()
    output.end()
    if not is_kept:
        say(
            "This draft could not be kept in the history; is the disk full, or another panza-tui "
            "at work?"
        )


def _as_text(argument: str) -> str:
    """An argument whose bytes the locale has no letters for: they are UTF-8 then."""
    if any("\ud800" <= letter <= "\udfff" for letter in argument):
        return os.fsencode(argument).decode("utf-8", "replace")
    return argument
