"""What reads foreign data, and what it promises for any of it.

Each target returns the shape of its result, which tells inputs of a new kind from the others, and
raises whatever breaks a promise.
"""

from __future__ import annotations

import json
import re
import traceback
from collections.abc import Callable, Hashable
from itertools import pairwise
from pathlib import Path

from engine.checking.brief import Brief
from engine.checking.check import check_draft
from engine.checking.facts import find_facts
from engine.errors import NotReadyError, PanzaError, UsageError
from engine.events import Metric, from_json, read_events, to_json
from engine.home.home import Home
from engine.mail.archives.archives import read_archive
from engine.mail.importing.reasons import REASONS, reason_to_leave_out
from engine.mail.message.flowed import OWN_MARK
from engine.mail.message.message import read_message
from engine.mail.message.unseen import remove_invisible
from engine.mail.own_words.language import guess_language
from engine.mail.own_words.message_text import read_own_words, shown_own_words, whole_text
from engine.mail.own_words.quotes import quoted_mail
from engine.mail.replies.compose import compose_eml, quote_below, reply_subject
from engine.mail.replies.pasted import parse_stdin
from engine.mail.replies.recipients import missing_addresses, read_addressee
from engine.mail.replies.reply_template import fill_template, template_below
from engine.models.models import list_models, read_card
from engine.prompt.chat_template import render
from engine.prompt.prompt import Message, build_prompt
from engine.prompt.quoting import quoted
from engine.prompt.template_process import Request
from engine.settings import load_settings
from panza_tui.terminal.mail_words import elsewhere_line
from panza_tui.terminal.sanitise import safe_text
from tests.fuzz.lines import Lines
from tests.fuzz.template_copy import render_in_copy

LINES = Lines()
"""The lines that all inputs so far reached."""

Target = Callable[[bytes, Path], Hashable]

_OWNERS = frozenset({"ida@example.org"})
_PROMPT = load_settings(environment={}).prompt
_ENDINGS = ("mbox", "eml", "zip", "tgz", "gz", "bz2", "xz", "emlx", "tar", "txt", "7z")
_MOST_UNPACKED = 256 << 20  # bytes


def _plain(error: PanzaError) -> Hashable:
    """Return the kind of an error, by where it was raised; its message has to be one line."""
    assert "\n" not in str(error).strip()
    return tuple((frame.name, frame.lineno) for frame in traceback.extract_tb(error.__traceback__))


def mail(data: bytes, folder: Path) -> Hashable:
    """Any bytes are a message; what is read of it is text without anything hidden."""
    message = read_message(data)
    own, from_html = read_own_words(message)
    whole = whole_text(message)
    quote = quoted_mail(whole)
    shown = shown_own_words(message)
    for text in (own, whole.replace(OWN_MARK, ""), quote or "", shown, message.envelope.subject):
        assert remove_invisible(text) == text
        assert not any("\ud800" <= letter <= "\udfff" or letter in "\0\x1b\x9b" for letter in text)
    reason = reason_to_leave_out(message, (), own)
    assert reason is None or reason in REASONS
    again = quoted(own)
    assert quoted(again) == again
    facts = [fact for fact in find_facts(own) if fact.firm]
    assert all(first.end <= second.start for first, second in pairwise(facts))
    parts = len(message.content_types), len(message.envelope.recipients)
    return from_html, reason, bool(quote), bool(own), *parts, guess_language(own), len(facts) // 4


def archives(data: bytes, folder: Path) -> Hashable:
    """Any file gives messages and problems, or one plain error."""
    path = folder / f"archive.{_ENDINGS[data[0] % len(_ENDINGS) if data else 0]}"
    path.write_bytes(data[1:])
    size = 0
    problems: set[Hashable] = set()
    try:
        for raw in read_archive(path):
            size += len(raw.data)
            problems.add((raw.problem or "").split(" ")[0])
            assert size < _MOST_UNPACKED
            assert safe_text(raw.source) == raw.source
            assert "\n" not in raw.source
    except PanzaError as error:
        problems.add(_plain(error))
    finally:
        path.unlink()
    return path.suffix, frozenset(problems), size.bit_length() // 2


def settings(data: bytes, folder: Path) -> Hashable:
    """Any settings file is read, or is one plain error."""
    path = folder / "panza.toml"
    path.write_bytes(data)
    try:
        load_settings(path, environment={})
    except UsageError as error:
        return _plain(error)
    variable = data.decode("utf-8", "replace").partition("=")
    try:
        load_settings(environment={f"PANZA_{variable[0].upper()}": variable[2]})
    except UsageError as error:
        return _plain(error)
    return ""


def events(data: bytes, folder: Path) -> Hashable:
    """Of any log the complete events are read, and only those."""
    path = folder / "events.jsonl"
    path.write_bytes(data)
    found = read_events(path)
    for event in found:
        line = to_json(event)
        assert isinstance(event, Metric) or from_json(line) == event
        json.loads(line)
    return frozenset(type(event) for event in found), len(found).bit_length()


def cards(data: bytes, folder: Path) -> Hashable:
    """A model's card is read, or is one plain error, and the other models are listed."""
    home = Home(folder / "home").prepare()
    card = home.model("found") / "card.toml"
    card.parent.mkdir(parents=True, exist_ok=True)
    card.write_bytes(data)
    listed = [card.name for card in list_models(home)]
    why: Hashable = ""
    try:
        read = read_card(home, "found")
    except (PanzaError, NotReadyError) as error:
        why = _plain(error)
    assert listed == ([] if why else ["found"])
    if why:
        return why
    return read.state, type(read.figures), len(read.figures)


_rendered: set[Hashable] = set()


def templates(data: bytes, folder: Path) -> Hashable:
    """Any chat template is rendered with each message once, or refused within its limits."""
    text = data.decode("utf-8", "replace")
    contents = "\ue0000\ue001", "\ue0001\ue001"
    request = Request(text, ("system", "user"), contents, "<s>", "</s>", True)
    ended, rendered, parts = render_in_copy(request)
    LINES.add((part, 0) for part in parts)
    assert rendered is None or isinstance(rendered, str)
    found = tuple(re.findall("\ue000\\d+\ue001", rendered or ""))[:3]
    shape = ended, rendered is None, len(rendered or "").bit_length(), found
    if shape in _rendered:
        return shape
    # As the program does it, in a new process, once for each kind.
    _rendered.add(shape)
    messages = [Message("system", "</s> one"), Message("user", "<s> two")]
    try:
        pieces = render(text, messages, bos_token="<s>", eos_token="</s>")
    except PanzaError as error:
        _plain(error)
        return shape
    told = "\n\n".join(piece.text for piece in pieces if not piece.control)
    assert told == "</s> one\n\n<s> two"
    return shape


def ask_input(data: bytes, folder: Path) -> Hashable:
    """Anything on stdin is a mail to answer, or none; the answer is a valid message."""
    pasted = parse_stdin(data, _OWNERS)
    text = data.decode("utf-8", "replace")
    addressee = read_addressee(text[:2000])
    missing_addresses(addressee.recipient)
    lines = [pasted.recipient, pasted.subject, elsewhere_line(pasted)]
    assert not any("\n" in line for line in lines)
    for part in (*lines, *(one.body for one in pasted.thread)):
        assert remove_invisible(part) == part
    messages = build_prompt(
        "Say yes.", prompt=_PROMPT, recipient=pasted.recipient, thread=pasted.thread
    )
    user = messages[-1].content
    assert user.endswith("Instruction: Say yes.")
    assert user.count("\n---\n") <= 2
    assert len(user.encode("utf-8", "replace")) < 16 * _PROMPT.thread_words + 600
    if pasted.kind == "template":
        fill_template(pasted.data, "Yes.", recipient=pasted.recipient)
        template_below("Yes.", pasted.data)
    if pasted.thread:
        body = safe_text(quote_below("Yes.", pasted.thread[-1]))
        subject = reply_subject(pasted.thread[-1].subject)
        made = compose_eml(
            body, recipient=pasted.recipient, subject=subject, answered=pasted.thread[-1]
        )
        header, _, _ = made.partition(b"\n\n")
        names = [line.partition(b":")[0] for line in header.split(b"\n") if line[:1] not in b" \t"]
        assert len(names) == len(set(names))
        assert max(map(len, made.split(b"\n"))) <= 998
        thread = tuple(one.body for one in pasted.thread)
        check_draft(thread[-1][:500], Brief("Say yes.", pasted.recipient, "Ida", thread))
    kinds = pasted.kind, bool(pasted.problem), bool(pasted.elsewhere), bool(pasted.recipient)
    return *kinds, len(pasted.thread), bool(addressee.subject), len(addressee.unused)


TARGETS: dict[str, Target] = {
    "mail": mail,
    "archives": archives,
    "settings": settings,
    "events": events,
    "cards": cards,
    "templates": templates,
    "ask_input": ask_input,
}
