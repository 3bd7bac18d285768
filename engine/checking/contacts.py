"""Find links, e-mail addresses, IBANs and phone numbers in a text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.checking.fact import Fact, FactKind

_EMAIL = re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}")
_TOP_LEVEL = (
    "com|org|net|edu|gov|io|eu|info|biz|app|dev|co|me|example|ai|uk|ie|us|ca|au|nz|de|at|ch|fr|be"
    "|nl|lu|es|pt|it|pl|se|dk|no|fi|br|mx|cz|ru|jp|cn|in|xyz|top|click|link|site|online|shop|store"
    "|website|tech|live|vip|zip|mov|tk|cf|gq|pw|cc|tv|ws|ly|gl|gd"
)
_HOST = r"(?:[a-z0-9][a-z0-9-]{0,62}\.){1,4}"
_PATH = r"[^\s<>\"']{0,2000}"
_WHOLE_LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"']{3,2000}", re.IGNORECASE)
_LINK = re.compile(
    rf"\b{_HOST}(?:{_TOP_LEVEL})\b(?:/{_PATH})?|\b{_HOST}[a-z]{{2,20}}/[^\s<>\"'/]{_PATH}"
    rf"|\b{_HOST.replace('a-z', 'A-Z')}(?:{_TOP_LEVEL.upper()})\b(?:/{_PATH})?"
)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
_LIKE_IBAN = re.compile(
    r"\b[a-z]{2}[ .-]?\d{2}(?:[ \u00a0.-]?[a-z0-9]{4}){2,7}(?:[ \u00a0.-]?[a-z0-9]{1,3})?\b",
    re.IGNORECASE | re.ASCII,
)
_IN_ACCOUNT = re.compile(r"[ \u00a0.-]")
_SHORTEST_IBAN = 15  # characters; Norway's
_PHONE = re.compile(r"(?<![\w.,/=€$£-])(?:\+|\(0)?\d[\d \u00a0()./-]{5,22}\d(?![\w=%€])")
_CALENDAR = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}([./-])\d{1,2}\1\d{2,4}")
_GROUPED = re.compile(r"\d{1,3}(?:[.,\u00a0 ]\d{3})+")
_FEWEST_DIGITS, _MOST_DIGITS = 7, 15  # of a phone number (ITU-T E.164)
_NATIONAL_DIGITS = 7  # that "+44 20 7946 0123" and "020 7946 0123" share


def find_contacts(text: str) -> Iterator[Fact]:
    """Yield the contacts in a text; they do not overlap."""
    for link in _find_links(_WHOLE_LINK, text):  # It may have an "@".
        yield link
        text = _blank(text, link.start, link.end)
    for match in _EMAIL.finditer(text):
        address = match[0].rstrip(".-")
        yield _fact("email", text, match.start(), address, address.lower())
        text = _blank(text, match.start(), match.start() + len(address))
    for link in _find_links(_LINK, text):
        yield link
        text = _blank(text, link.start, link.end)
    for match in _IBAN.finditer(text):
        yield _fact("iban", text, match.start(), match[0], match[0].replace(" ", ""))
        text = _blank(text, match.start(), match.end())
    for match in _LIKE_IBAN.finditer(text):
        if account := _checked_account(match[0]):
            value = _IN_ACCOUNT.sub("", account).upper()
            yield _fact("iban", text, match.start(), account, value)
            text = _blank(text, match.start(), match.start() + len(account))
    for match in _PHONE.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        if not _FEWEST_DIGITS <= len(digits) <= _MOST_DIGITS:
            continue
        if _CALENDAR.search(match[0]) or _GROUPED.fullmatch(match[0]):
            continue
        if match[0].isdigit() and not match[0].startswith("0"):
            continue  # An order number, which is a number like any other.
        yield _fact("phone", text, match.start(), match[0], digits[-_NATIONAL_DIGITS:])


def _find_links(pattern: re.Pattern[str], text: str) -> Iterator[Fact]:
    for match in pattern.finditer(text):
        link = match[0].rstrip(".,;:!?)]}>*_-…")
        yield _fact("link", text, match.start(), link, _plain_link(link))


def _checked_account(text: str) -> str:
    """Return the longest beginning of a text that has the check digits of an IBAN, or ''.

    Words behind an account may look like its last groups.
    """
    ends = [*(gap.start() for gap in _IN_ACCOUNT.finditer(text)), len(text)]
    beginnings = (text[:end] for end in reversed(ends))
    return next((beginning for beginning in beginnings if _has_check_digits(beginning)), "")


def _has_check_digits(text: str) -> bool:
    """Return whether a text has the check digits of an IBAN (ISO 13616)."""
    account = _IN_ACCOUNT.sub("", text)
    digits = "".join(str(int(letter, 36)) for letter in account[4:] + account[:4])
    return len(account) >= _SHORTEST_IBAN and int(digits) % 97 == 1


def _fact(kind: FactKind, text: str, start: int, found: str, value: str) -> Fact:
    values = frozenset({f"{kind} {value}"})
    return Fact(kind, found, start, start + len(found), values)


def _plain_link(link: str) -> str:
    """Return a link without scheme, "www." and the slash at its end, its host in lower case."""
    link = re.sub(r"^https?://", "", link, flags=re.IGNORECASE)
    host, slash, path = link.partition("/")
    host = re.sub(r"^www\.", "", host.rpartition("@")[2].lower())
    return f"{host}{slash}{path}".rstrip("/")


def _blank(text: str, start: int, end: int) -> str:
    return f"{text[:start]}{' ' * (end - start)}{text[end:]}"
