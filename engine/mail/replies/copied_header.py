"""Read the header of a mail that was copied from a screen, in any language."""

from __future__ import annotations

import re

from engine.mail.own_words.quoted_headers import header_field
from engine.mail.own_words.separators import is_forward_banner, is_original_banner

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


def with_mail_header(text: str) -> str:
    """Return a copied mail with the header of a message; any other text as it is."""
    lines = text.lstrip("\r\n").split("\n")
    below = _below_banner(lines)
    found = _with_english_labels(below) or _with_labels(below) or _of_printed_page(below)
    return found or (text if below is lines else "\n".join(below))


def _below_banner(lines: list[str]) -> list[str]:
    """Return the lines below "--- Forwarded message ---" if a header follows; else all lines."""
    if not (is_forward_banner(lines[0]) or is_original_banner(lines[0])):
        return lines
    start = next((at for at, line in enumerate(lines[1:], 1) if line.strip()), None)
    is_header = start is not None and header_field(lines[start]) is not None
    return lines[start:] if is_header else lines


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
    """Label the sender and date above "To: Bo <bo@example.org>", as Gmail shows and prints them."""
    sender = _SENDER.fullmatch(lines[0])
    if sender is None:
        return ""
    dates = [sender["date"], *lines[1:2]]
    date = next((line.strip() for line in dates if _TIME.search(line)), "")
    start = 1 + (not sender["date"] and bool(date))
    fields = lines[start : start + 2]
    if not date or not fields or header_field(fields[0]) != "to":
        return ""
    end = start + (2 if header_field(fields[-1]) == "cc" else 1)
    value = _VALUE.match(fields[0])
    recipient = value[1].strip() if value else ""
    header = [f"From: {sender['sender'].strip()}", f"Sent: {date}", f"To: {recipient}"]
    return "\n".join([*header, "Subject: ", "", *lines[end:]])
