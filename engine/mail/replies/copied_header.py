"""Read the header of a mail that was copied from a screen, in any language."""

from __future__ import annotations

import re

from engine.mail.own_words.quoted_headers import header_field
from engine.mail.own_words.separators import is_forward_banner, is_original_banner, is_ruler

_LABELS = {"from": "From", "date": "Sent", "to": "To", "cc": "Cc", "subject": "Subject"}
_LONGEST_HEADER = 30  # lines
_LONGEST_PAGE = 2_000  # lines
_MAX_LINES_ABOVE, _LONGEST_SUBJECT = 5, 250  # of a printed page: lines and characters
_COUNT = re.compile(r"\d{1,3}\s?[^\W\d_]{1,20}")  # "2 messages"
_MIN_FIELDS = 2
_VALUE = re.compile(r"[^:：]*[:：]\*{0,2}\s*(.*)")
_ENGLISH = re.compile(r"(?i)(?:from|date|sent|to|cc|bcc|subject|reply-to)\s?:")
# "Ann Lee <ann@example.org>", and a date on the same line or below it.
_SENDER = re.compile(
    r"\s*(?P<sender>[^:<>@\n]{1,80}<[^<>@\s]{1,64}@[^<>\s]{1,255}>)\s*(?P<date>.*)"
)
_TIME = re.compile(r"\d{1,2}[:.]\d\d")
_NUMBERS, _NUMBERS_OF_TIME = re.compile(r"\d+"), 2
_INITIALS = re.compile(r"[^\W\d_]{1,3}")
_NAME = re.compile(r"[^\W\d_a-z][\w'’.-]{0,30}(?: [\w'’.-]{1,30}){1,3}")
_SHORT_UNSPACED = re.compile(r"[\u3040-\u9fff\uac00-\ud7af ]{1,8}")
_LONGEST_SHOWN = 8  # lines with a sender, date and recipients, and blank ones
_LONGEST_DATE, _MAX_SHOWN_NAMES = 80, 8  # characters; words
_BLANK = " \t\r\u200b\u200c"


def with_mail_header(text: str) -> str:
    """Return a copied mail with the header of a message; any other text as it is."""
    lines = text.lstrip("\r\n").split("\n")
    below = _below_banner(lines)
    if below is lines and (titled := _below_title(lines)):
        return _with_english_labels(titled) or "\n".join(titled)
    found = _with_english_labels(below) or _with_labels(below) or _of_printed_page(below)
    return found or (text if below is lines else "\n".join(below))


def _below_banner(lines: list[str]) -> list[str]:
    """Return the lines below "--- Forwarded message ---" if a header follows; else all lines."""
    if not (is_forward_banner(lines[0]) or is_original_banner(lines[0])):
        return lines
    start = next((at for at, line in enumerate(lines[1:], 1) if line.strip()), None)
    is_header = start is not None and header_field(lines[start]) is not None
    return lines[start:] if is_header else lines


def _below_title(lines: list[str]) -> list[str]:
    """Return a header and what is below it, if only a title of the printed page is above it.

    It is the subject, if the header has none, or the name of who printed it. [] if there is none.
    """
    title = lines[0].strip()
    start = next((at for at, line in enumerate(lines[1:], 1) if _is_text(line)), 0)
    if not 1 < start <= _MAX_LINES_ABOVE or not title or len(title) > _LONGEST_SUBJECT:
        return []
    fields: dict[str, str] = {}
    end = start
    for end in range(start, min(start + _LONGEST_HEADER, len(lines))):
        field, value = header_field(lines[end]), _VALUE.match(lines[end])
        if field is None or value is None:
            break
        fields.setdefault(field, value[1])
    if "from" not in fields or not fields.keys() & {"to", "date"}:
        return []
    if "subject" not in fields:
        return [*lines[start:end], f"Subject: {title}", *lines[end:]]
    return lines[start:] if title.lower() in fields.get("to", "").lower() else []


def _is_text(line: str) -> bool:
    return bool(line.strip()) and not is_ruler(line)


def _with_english_labels(lines: list[str]) -> str:
    """Replace labels in other languages; '' if there is no such header."""
    header: list[str] = []
    found: set[str] = set()
    is_foreign = False
    end = 0
    for line in lines[:_LONGEST_HEADER]:
        field = header_field(line)
        value = _VALUE.match(line)
        if header and line[:1] in (" ", "\t") and line.strip():
            header.append(f" {line.strip()}")
            end += 1
            continue
        if field is None or value is None:
            break
        if field in _LABELS and field not in found:
            header.append(f"{_LABELS[field]}: {value[1].strip(' *_')}")
            found.add(field)
            is_foreign = is_foreign or not _ENGLISH.match(line)
        end += 1
    if not is_foreign or "from" not in found or len(found) < _MIN_FIELDS:
        return ""
    return "\n".join([*header, "", *lines[end:]])


def _of_printed_page(lines: list[str]) -> str:
    """Label the newest mail of a page as Gmail prints it, with the subject above its mails."""
    starts = [
        at
        for at, line in enumerate(lines[:_LONGEST_PAGE])
        if "@" in line and _SENDER.fullmatch(line)
    ]
    labelled = [(at, found) for at in starts if (found := _with_labels(lines[at:]))]
    if not labelled:
        return ""
    top = [line.strip() for line in lines[: labelled[0][0]] if line.strip()]
    if not 0 < len(top) <= _MAX_LINES_ABOVE or max(map(len, top)) > _LONGEST_SUBJECT:
        return ""
    counts = [line for line in top if _COUNT.fullmatch(line)]
    titles = [line for line in top if not _COUNT.fullmatch(line) and not _SENDER.fullmatch(line)]
    if not titles or (len(labelled) > 1 and not counts):
        return ""
    subject = titles[-1]
    return labelled[-1][1].replace("\nSubject: \n", f"\nSubject: {subject}\n", 1)


def _with_labels(lines: list[str]) -> str:
    """Label the sender, date and recipient above a mail as programs on the web show and print them.

    Gmail has "Ann Lee <ann@example.org>", the date and "to me" or "To: Bo <bo@example.org>"; below
    the sender, Outlook has "To: Bo" and then the date. Outlook's picture of the sender is copied
    as initials.
    """
    start = 1 if lines[1:] and _INITIALS.fullmatch(lines[0].strip()) else 0
    sender = _SENDER.fullmatch(lines[start])
    if sender is None:
        return _with_labels_of_name(lines)
    date = sender["date"] if _TIME.search(sender["date"]) else ""
    return _labelled(sender["sender"].strip(), date, lines[start + 1 :])


def _with_labels_of_name(lines: list[str]) -> str:
    """Label a sender shown without an address, above the date and "to me"."""
    name = lines[0].strip()
    below = [line.strip() for line in lines[1:_LONGEST_SHOWN] if line.strip()][:2]
    is_shown = len(below) > 1 and _is_date(below[0]) and _recipient(below[1]) is not None
    return _labelled(name, "", lines[1:]) if is_shown and _NAME.fullmatch(name) else ""


def _labelled(sender: str, date: str, lines: list[str]) -> str:
    """Return a mail with labels, if the date and recipients are on its first lines."""
    recipient, end = "", 0
    for at, line in enumerate(lines[:_LONGEST_SHOWN]):
        text = line.strip(_BLANK)
        if not text:
            continue
        if not date and _is_date(text):
            date = text
        elif not recipient and (to := _recipient(text)) is not None:
            recipient = to
        elif date and not recipient and _SHORT_UNSPACED.fullmatch(text):  # "나에게"
            recipient = text
        elif not (recipient and header_field(text) == "cc"):
            break
        end = at + 1
    if not date or not recipient:
        return ""
    header = [f"From: {sender}", f"Sent: {date}", f"To: {recipient}"]
    return "\n".join([*header, "Subject: ", "", *lines[end:]])


def _is_date(text: str) -> bool:
    """Return whether a line is a day and a time, or a time and how long ago that was."""
    return (
        len(text) <= _LONGEST_DATE
        and _TIME.search(text) is not None
        and text[-1] not in ".?!,:;"
        and len(_NUMBERS.findall(text)) > _NUMBERS_OF_TIME
    )


def _recipient(text: str) -> str | None:
    """Return who is named behind "To:" or, of a few words, "to"; None on another line."""
    value = _VALUE.match(text)
    if header_field(text) == "to" and value:
        return value[1].strip(_BLANK) or None
    label, _, names = text.partition(" ")
    is_named = 0 < len(names.split()) <= _MAX_SHOWN_NAMES and names[-1] not in ".?!:;"
    return names if is_named and header_field(f"{label}: {names}") == "to" else None
