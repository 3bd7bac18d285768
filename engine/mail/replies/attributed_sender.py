"""Read who wrote a quoted mail from the line above it: "On 3 May, Ann <ann@example.org> wrote:"."""

from __future__ import annotations

import re

from engine.mail.message.addresses import parse_addresses
from engine.mail.own_words.attribution_rules import PARTICLES, QUOTING
from engine.mail.own_words.header_words import WROTE
from engine.mail.own_words.quote_marks import narrow_marks
from engine.mail.own_words.quotes import classify_lines
from engine.mail.types import Address
from engine.words import months, words

_MOST_LINES = 200
_MAX_NAME_WORDS = 5
_ADDRESS = re.compile(
    r"[\s<(\[]*([^\s<>()\[\]\"',;:@/]+@[^\s<>()\[\]\"',;:@/]+\.[^\s<>()\[\]\"',;:@/]+)"
)
_NAME_BEHIND_ADDRESS = re.compile(r"\s*\(([^()@\d]{1,80})\)")
_QUOTED_NAME = re.compile(r"[\"“]([^\"“”]{1,80})[\"”]\s*$")
_VIA_LIST = re.compile(r"[\"'“‘]([^\"'“”‘’]{1,80})[\"'”’] via ")
# All up to the end of the date and time in front of a name.
_DATE = re.compile(r".*(?:[\d:;,)\]、，]|\b(?:[AP]M|UTC|GMT|[A-Z]{2,3}T)\b)", re.DOTALL)
_DIGIT = re.compile(r"\d")
_OF_DATES = frozenset(
    name.lower()
    for names in (months(), words("calendar.months"), words("calendar.weekdays"))
    for name in names
)


def attributed_sender(text: str) -> Address:
    """Return the name and address in the line above the quote that a text starts with.

    Each is '' if it is not there, and both if the writer's own words are above the quote.
    """
    lines = narrow_marks(text).splitlines()[:_MOST_LINES]
    kinds = classify_lines(lines)
    first = next((at for at, kind in enumerate(kinds) if kind in ("quote", "answered")), 0)
    above = [at for at in range(first) if lines[at].strip()]
    if any(kinds[at] != "header" for at in above):
        return "", ""
    line = " ".join(lines[at].strip() for at in above)
    found = _ADDRESS.search(line)
    if found is None:
        return _name_without_address(line), ""
    parsed = parse_addresses(found[1].encode("utf-8", "replace"))
    behind = _NAME_BEHIND_ADDRESS.match(line, found.end())
    name = behind[1].strip() if behind else _last_name(line[: found.start()])
    return (name, parsed[0][1]) if parsed else ("", "")


def _name_without_address(line: str) -> str:
    """Return the name behind "Quoting" or "wrote", or else the one in front of "wrote"."""
    if quoting := QUOTING.match(line):
        return _last_name(line[quoting.end() :].partition("(")[0].rstrip(" :"))
    found = line.rstrip(" :：").split()
    verb = next((at for at, word in enumerate(found) if word.strip(",:").lower() in WROTE), None)
    if verb is None:
        return ""
    before, behind = found[:verb], " ".join(found[verb + 1 :])
    while before and before[-1].islower():  # an auxiliary verb: "Ann a", "Ann ha"
        before.pop()
    return _last_name("" if _DIGIT.search(behind) else behind) or _last_name(" ".join(before))


def _last_name(text: str) -> str:
    """Return the name at the end of a text that may have a date and a verb first."""
    if quoted := _QUOTED_NAME.search(text) or _VIA_LIST.search(text):
        return quoted[1].strip()
    date = _DATE.match(text)
    found = (text[date.end() :] if date else text).split()
    for at, word in enumerate(found):
        if word.lower() in WROTE:
            found = found[at + 1 :]
            break
    if not found:
        return ""
    is_cased = found[-1][0].isupper()
    name: list[str] = []
    for word in reversed(found):
        is_part = word[0].isupper() == is_cased and word[0].isalpha() and not word[0].islower()
        if not (is_part or word in PARTICLES) or word.strip(".,").lower() in _OF_DATES:
            break
        name.insert(0, word)
    while name and name[0] in PARTICLES:
        del name[0]
    if date and is_cased and found[0][0].isupper() and found[0].lower() not in _OF_DATES:
        name = found  # "Ann Lee of the Mill"
    return " ".join(name) if len(name) <= _MAX_NAME_WORDS else ""
