"""Find links, e-mail addresses, IBANs and phone numbers in a text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.checking.fact import Fact

_EMAIL = re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}")
_TOP_LEVEL = (
    "com|org|net|edu|gov|io|eu|info|biz|app|dev|co|me|example|ai|uk|ie|us|ca|au|nz|de|at|ch|fr|be"
    "|nl|lu|es|pt|it|pl|se|dk|no|fi|br|mx|cz|ru|jp|cn|in"
)
_LINK = re.compile(
    r"(?:https?://|www\.)[^\s<>\"']{3,2000}"
    rf"|\b(?:[a-z0-9][a-z0-9-]{{0,62}}\.){{1,4}}(?:{_TOP_LEVEL})\b(?:/[^\s<>\"']{{0,2000}})?"
)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
_PHONE = re.compile(r"(?<![\w.,/=€$£-])(?:\+|\(0)?\d[\d \u00a0()./-]{5,22}\d(?![\w=%€])")
_CALENDAR = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}([./-])\d{1,2}\1\d{2,4}")
_GROUPED = re.compile(r"\d{1,3}(?:[.,\u00a0 ]\d{3})+")
_FEWEST_DIGITS, _MOST_DIGITS = 7, 15  # of a phone number (ITU-T E.164)
_NATIONAL_DIGITS = 7  # that "+44 20 7946 0123" and "020 7946 0123" share


def find_contacts(text: str) -> Iterator[Fact]:
    """Yield the contacts in a text; they do not overlap."""
    for match in _EMAIL.finditer(text):
        address = match[0].rstrip(".-")
        yield _fact("email", text, match.start(), address, address.lower())
        text = _blank(text, match.start(), match.start() + len(address))
    for match in _LINK.finditer(text):
        link = match[0].rstrip(".,;:!?)]}>*_-…")
        yield _fact("link", text, match.start(), link, _plain_link(link))
        text = _blank(text, match.start(), match.end())
    for match in _IBAN.finditer(text):
        yield _fact("iban", text, match.start(), match[0], match[0].replace(" ", ""))
        text = _blank(text, match.start(), match.end())
    for match in _PHONE.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        if not _FEWEST_DIGITS <= len(digits) <= _MOST_DIGITS:
            continue
        if _CALENDAR.search(match[0]) or _GROUPED.fullmatch(match[0]):
            continue
        if match[0].isdigit() and not match[0].startswith("0"):
            continue  # An order number, which is a number like any other.
        yield _fact("phone", text, match.start(), match[0], digits[-_NATIONAL_DIGITS:])


def _fact(kind: str, text: str, start: int, found: str, value: str) -> Fact:
    values = frozenset({f"{kind} {value}"})
    return Fact(kind, found, start, start + len(found), values)  # type: ignore[arg-type]


def _plain_link(link: str) -> str:
    """Return a link without scheme, "www." and the slash at its end, its host in lower case."""
    link = re.sub(r"^https?://", "", link, flags=re.IGNORECASE)
    host, slash, path = link.partition("/")
    host = re.sub(r"^www\.", "", host.lower())
    return f"{host}{slash}{path}".rstrip("/")


def _blank(text: str, start: int, end: int) -> str:
    return f"{text[:start]}{' ' * (end - start)}{text[end:]}"
