"""Tell the instruction from the mail to answer in one text, as chat programs send them together."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from engine.mail.archives.mbox import starts_mbox
from engine.mail.message.addresses import parse_addresses
from engine.mail.own_words import own_words
from engine.mail.own_words.quoted_headers import header_field
from engine.mail.own_words.quotes import quoted_mail
from engine.mail.replies.pasted import parse_stdin
from engine.mail.types import Received

_LINES = [
    (re.compile(rf"(?m)^[ \t]*{mark}[^\n]*\n"), re.compile(rf"(?m)\n[ \t]*{whole}[ \t]*$"))
    for mark, whole in (
        *((mark, mark) for mark in ("```", '"""', "'''")),
        (r"(?:---|===|___|\*\*\*)", r"(?:-{3,}|={3,}|_{3,}|\*{3,})"),
    )
]
_TAGS = [
    (re.compile(f"<{tag}>", re.IGNORECASE), re.compile(f"</{tag}>", re.IGNORECASE))
    for tag in ("e-mail", "email", "message", "mail")
]
"""What is above and below a mail, or around it."""

_OPENING_QUOTE = re.compile(r'(?<!\S)["“„](?=\S)')
_CLOSING_QUOTE = re.compile(r'(?<=\S)["”“](?=[\s.,;:!?)]|$)')
_LEAST_QUOTED_WORDS = 8
"""A shorter quote is a part of the instruction, such as a name or a phrase to use."""

_TRANSPORT_FIELD = re.compile(
    r"(?i)(?:received|sender|date|x-[\w-]+|[a-z]+-[a-z-]+)\s*:\s*\S|From \S+ .*\d{4}\s*$"
)
_TO_OR_SUBJECT = re.compile(r"(?i)[*_]{0,2}(to|subject)[*_]{0,2}[ \t]*:[*_]{0,2}[ \t]*(.*)")
_BODY_LABEL = re.compile(r"(?i)^\s*[*_]{0,2}(?:body|message|text|content)[*_]{0,2}\s*:[*_]{0,2}\s*")
_LABEL_ABOVE = re.compile(
    r"(?i)\n?[ \t]*[*_#]{0,3}[ \t]*(?:(?:the|original|received)[ \t]+){0,2}(?:e-?mail|message|mail)"
    r"[*_]{0,2}[ \t]*:[*_]{0,2}\s*\Z"
)
_LAST_LINE = re.compile(r"\n (\S[^\n]*)\s*\Z")
_LEAST_FIELDS = 2


@dataclass(frozen=True)
class Asked:
    """An instruction and the mail to answer, each possibly empty.

    recipient, subject: what the text says before the instruction, or that of the mail to answer.
    """

    instruction: str
    thread: tuple[Received, ...] = ()
    recipient: str = ""
    subject: str = ""


def split_asked(text: str, owners: Collection[str] = ()) -> Asked:
    """Split a text into what a mail should say and the mail to answer. Never raises.

    The mail is found by its header (From:, Subject: …, in any language), by what is around it
    (fences, rulers, tags, or quotes around a whole passage), or as mail programs quote it. A text
    without any of these is an instruction. owners: the user's canonical addresses.
    """
    addressed, rest = _leading_address(text.replace("\r\n", "\n").strip("\n"))
    asked = _split(rest, owners)
    return replace(
        asked,
        recipient=addressed.recipient or asked.recipient,
        subject=addressed.subject or asked.subject,
    )


def mail_in(text: str, owners: Collection[str] = ()) -> Asked:
    """Return the mail that has a header in a text, without any instruction."""
    text = text.replace("\r\n", "\n")
    start = _header_start(text)
    return Asked("") if start is None else replace(_read_mail(text[start:], owners), instruction="")


def _split(text: str, owners: Collection[str]) -> Asked:
    start = _header_start(text)
    if start is not None:
        before = _without_label(text[:start])
        fenced = _fence_around(text, start)
        if fenced is not None:
            before, text, after = fenced
            return replace(_read_mail(text, owners), instruction=_join(before, after))
        # llm puts one space between what it reads from stdin and its prompt.
        last = None if before else _LAST_LINE.search(text)
        if last:
            return replace(_read_mail(text[: last.start()], owners), instruction=last[1].strip())
        return replace(_read_mail(text[start:], owners), instruction=before)
    for start, (begin, stop), end in _fenced(text):
        return _around(text, start, end, text[begin:stop], owners)
    quoted, own = quoted_mail(text), own_words(text).strip()
    if quoted and own:
        pasted = parse_stdin(text, owners)
        return Asked(own, pasted.thread[:1], pasted.recipient, pasted.subject)
    if span := _quoted_passage(text):
        return _around(text, *span, text[span[0] + 1 : span[1] - 1], owners)
    return Asked(text.strip())


def _leading_address(text: str) -> tuple[Asked, str]:
    """Read the lines "To: …" and "Subject: …" that a text begins with; return them and the rest."""
    found, lines = {"to": "", "subject": ""}, text.split("\n")
    count = 0
    while count < len(lines) and (line := _TO_OR_SUBJECT.fullmatch(lines[count].strip())):
        found[line[1].lower()] = line[2].strip()
        count += 1
    if count < len(lines) and _is_field(lines[count]):
        return Asked(""), text  # The header of a mail to answer.
    return Asked("", (), found["to"], found["subject"]), "\n".join(lines[count:])


def _header_start(text: str) -> int | None:
    """Return where the header of a mail begins: consecutive fields with the sender among them."""
    position = 0
    run: list[str] = []
    start = 0
    for line in [*text.split("\n"), ""]:
        is_folded = bool(run) and line[:1] in (" ", "\t") and bool(line.strip())
        if _is_field(line) or is_folded:
            start = start if run else position
            run.append(line)
        elif run:
            if _is_header(run):
                return start
            run = []
        position += len(line) + 1
    return None


def _is_field(line: str) -> bool:
    return header_field(line) is not None or bool(_TRANSPORT_FIELD.match(line))


def _is_header(run: Sequence[str]) -> bool:
    fields = [header_field(line) for line in run if _is_field(line)]
    return "from" in fields and len(fields) >= _LEAST_FIELDS


def _read_mail(text: str, owners: Collection[str]) -> Asked:
    """Read a mail that begins with its header, whole or as a person copies it."""
    pasted = parse_stdin(text, owners)
    if pasted.kind in ("rfc822", "mbox") or starts_mbox(text.encode("utf-8", "replace")):
        return Asked("", pasted.thread, pasted.recipient, pasted.subject)
    lines = text.split("\n")
    values: dict[str, str] = {}
    count = 0
    while count < len(lines) and (_is_field(lines[count]) or lines[count][:1] in (" ", "\t")):
        field = header_field(lines[count])
        if field in ("from", "subject", "to"):
            _, _, value = lines[count].replace("：", ":").partition(":")
            values.setdefault(field, value.strip(" \t*_"))
        count += 1
    body = _BODY_LABEL.sub("", "\n".join(lines[count:]).strip("\n"))
    sender = parse_addresses(values.get("from", "").encode("utf-8", "replace"))
    name, address = sender[0] if sender else ("", "")
    older = parse_stdin(body, owners).thread
    newest = older[-1].body if older else ""
    mail = Received(
        name or address or values.get("from", ""), None, values.get("subject", ""), newest, "input"
    )
    return Asked("", (*older[:-1], mail), address, values.get("subject", ""))


def _fence_around(text: str, start: int) -> tuple[str, str, str] | None:
    """Split at the fence whose content begins with the header at `start`."""
    for outer, (begin, stop), end in _fenced(text):
        if begin <= start < stop and not text[begin:start].strip():
            return _without_label(text[:outer]), text[start:stop], text[end:]
    return None


def _fenced(text: str) -> Iterator[tuple[int, tuple[int, int], int]]:
    """Yield (start, span of the mail, end) for each kind of fence in a text, the outer tags first.

    A mail ends at the last mark, since it may have some itself, and what follows is the
    instruction. Each kind is searched for twice: one pattern for a whole passage would begin again
    at each mark, and take quadratic time.
    """
    yield from filter(None, (_between(text, *marks) for marks in _LINES))
    yield from sorted(filter(None, (_between(text, *marks) for marks in _TAGS)))


def _between(
    text: str, above: re.Pattern[str], below: re.Pattern[str]
) -> tuple[int, tuple[int, int], int] | None:
    first = above.search(text)
    if first is None:
        return None
    for last in deque(below.finditer(text, first.end()), maxlen=1):
        if last.start() > first.end():
            return first.start(), (first.end(), last.start()), last.end()
    return None


def _around(text: str, start: int, end: int, mail: str, owners: Collection[str]) -> Asked:
    """Return the mail between two places of a text, and what is around it as the instruction."""
    pasted = parse_stdin(mail, owners)
    instruction = _join(_without_label(text[:start]), text[end:])
    return Asked(instruction, pasted.thread, pasted.recipient, pasted.subject)


def _without_label(text: str) -> str:
    """Return what is before a mail, without a line like "E-mail:" at its end."""
    return _LABEL_ABOVE.sub("", text).strip()


def _join(before: str, after: str) -> str:
    return " ".join(filter(None, (before.strip(), after.strip())))


def _quoted_passage(text: str) -> tuple[int, int] | None:
    """Return the span of the longest passage in quotation marks, if it is longer than a phrase."""
    spans = _outermost_quotes(text)
    start, end = max(spans, key=lambda span: span[1] - span[0], default=(0, 0))
    return (start, end) if len(text[start:end].split()) >= _LEAST_QUOTED_WORDS else None


def _outermost_quotes(text: str) -> list[tuple[int, int]]:
    """Return the spans of passages in quotation marks, without those within others.

    A mark that closes nothing belongs to the last passage, as the one before was that of inches.
    """
    opening = {found.start() for found in _OPENING_QUOTE.finditer(text)}
    closing = {found.start() for found in _CLOSING_QUOTE.finditer(text)}
    spans: list[tuple[int, int]] = []
    depth, start = 0, 0
    for position in sorted(opening | closing):
        if position in opening:
            start = start if depth else position
            depth += 1
        elif depth == 1:
            depth = 0
            spans.append((start, position + 1))
        elif depth:
            depth -= 1
        elif spans:
            spans[-1] = (spans[-1][0], position + 1)
    return spans
