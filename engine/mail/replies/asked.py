"""Tell the instruction from the mail to answer in one text, as chat programs send them together."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from engine.mail.archives.mbox import starts_mbox
from engine.mail.message.addresses import parse_addresses
from engine.mail.own_words import own_words
from engine.mail.own_words.quoted_headers import header_field
from engine.mail.own_words.quotes import (
    LONGEST_TEXT,
    classify_lines,
    quoted_mail,
    split_shared_lines,
)
from engine.mail.replies.frames import first_frame
from engine.mail.replies.pasted import parse_stdin
from engine.mail.types import Received

_OTHER_LINE_ENDS = re.compile("[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_TRANSPORT_FIELD = re.compile(
    r"(?i)(?:received|sender|date|x-[\w-]+|[a-z]+-[a-z-]+)\s*:\s*\S|From \S+ .*\d{4}\s*$"
)
_TO_OR_SUBJECT = re.compile(r"(?i)[*_]{0,2}(to|subject)[*_]{0,2}[ \t]*:[*_]{0,2}[ \t]*(.*)")
_BODY_LABEL = re.compile(r"(?i)^\s*[*_]{0,2}(?:body|message|text|content)[*_]{0,2}\s*:[*_]{0,2}\s*")
_LABEL = re.compile(
    r"(?i)[*_#]{0,3} ?(?:(?:the|original|received) ){0,2}"
    r"(?:e-?mail|message|mail)[*_]{0,2} ?:[*_]{0,2}"
)
_LAST_LINE = re.compile(r"\n (\S[^\n]*)\Z")
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
    (frames.py), or as mail programs quote it. What begins first counts: the rest is in the mail,
    whose writer can't write in front of it. A text without any of these is an instruction. owners:
    the user's canonical addresses.
    """
    # What marks each line of a mail as quoted knows no other line ends.
    text = _OTHER_LINE_ENDS.sub(" ", text.replace("\r\n", "\n"))
    addressed, rest = _leading_address(text.lstrip("\n"))
    asked = _split(rest, owners)
    return replace(
        asked,
        recipient=addressed.recipient or asked.recipient,
        subject=addressed.subject or asked.subject,
    )


def mail_in(text: str, owners: Collection[str] = ()) -> Asked:
    """Return the mail that has a header in a text, without any instruction."""
    text = text.replace("\r\n", "\n")
    header = _read_mail(text[_header_start(text) :], owners)
    return replace(header, instruction="") if _header_start(text) < len(text) else Asked("")


def _split(text: str, owners: Collection[str]) -> Asked:
    header, quoted = _header_start(text), _quoted_start(text)
    frame = first_frame(text, min(header, quoted))
    if frame:
        content = text[frame.begin : frame.stop].strip("\n")
        instruction = _join(_without_label(text[: frame.start]), text[frame.end :])
        return replace(_read_framed(content, owners), instruction=instruction)
    if header <= quoted and header < len(text):
        before = _without_label(text[:header])
        # llm puts one space between what it reads from stdin and its prompt, which has no line end.
        last = None if before else _LAST_LINE.search(text)
        if last:
            return replace(_read_mail(text[: last.start()], owners), instruction=last[1].strip())
        return replace(_read_mail(text[header:], owners), instruction=before)
    if quoted < len(text) and quoted_mail(text):
        pasted = parse_stdin(text, owners)
        return Asked(own_words(text).strip(), pasted.thread[:1], pasted.recipient, pasted.subject)
    return Asked(text.strip())


def _quoted_start(text: str) -> int:
    """Return where the first line is that a mail program quotes, or announces; else the end."""
    lines = split_shared_lines(text[:LONGEST_TEXT].split("\n"))
    first = next((at for at, kind in enumerate(classify_lines(lines)) if kind != "own"), None)
    return len(text) if first is None else len("\n".join(lines[:first])) + bool(first)


def _read_framed(text: str, owners: Collection[str]) -> Asked:
    if _header_start(text) == 0:
        return _read_mail(text, owners)
    pasted = parse_stdin(text, owners)
    return Asked("", pasted.thread, pasted.recipient, pasted.subject)


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


def _header_start(text: str) -> int:
    """Return where the header of a mail begins: consecutive fields with the sender among them.

    The end, if there is none.
    """
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
    return len(text)


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


def _without_label(text: str) -> str:
    """Return what is before a mail, without a line like "E-mail:" at its end."""
    above, _, line = text.rstrip().rpartition("\n")
    return (above if _LABEL.fullmatch(" ".join(line.split())) else text).strip()


def _join(before: str, after: str) -> str:
    return " ".join(filter(None, (before.strip(), after.strip())))
