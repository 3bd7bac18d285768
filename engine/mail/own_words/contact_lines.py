"""What one line of a contact block looks like: a name, a role, a number; never a sentence."""

from __future__ import annotations

import re

from engine.mail.own_words.contact import (
    EMAIL,
    LINK,
    contact_strength,
    holds_date,
    names_role,
    pieces,
)
from engine.mail.own_words.rules import Rule, any_matches

_NEVER_LAST_LIST = "by from with to of and the at is are für von mit und bei de par et por y"
_NEVER_LAST = frozenset(_NEVER_LAST_LIST.split())  # in a closing: a name is what they lead to
NAME = re.compile(
    r"^[-–—~\s]{0,4}(?:(?:i\. ?[AV]\.|ppa\.) ?)?[^\W\d_a-zß-öø-ÿ][\w'’.-]{0,20}"
    r"(?:[ \t]{1,3}(?:(?:van|von|de|der|la|del|di|bin|al|&|\"?\(?)"
    r"[ \t]?)?[^\W\d_a-zß-öø-ÿ][\w'’.\"()-]{0,20}){0,3}(?:,? (?:[A-Z][A-Za-z.]{1,5},? ?){1,3})?\s*$"
)
_CASELESS = 24  # letters of a line in a script without capitals that can be a name or a title
_FULL_STOP = re.compile(r"(?<!\b\w)(?<!\b\w\w)(?<!\b\w\w\w)(?<!\b\w\w\w\w)\.$")
_STOPS = (".", "!", "?", "…", "。", "！", "？", "؟", "।")
_IN_TABLE = re.compile(r"\s{2}[:：]")


NO_CLOSING: tuple[Rule[str], ...] = (
    Rule(
        "no word or too many",
        "we will see you there soon",
        lambda text: not 0 < len(text.split()) <= 5,
    ),
    Rule("a number", "until 5,", lambda text: any(map(str.isdigit, text))),
    Rule("an address", "ann@example.org,", lambda text: "@" in text),
    Rule("a sentence", "We meet at the lake.", lambda text: is_sentence(text)),
    Rule("a role", "the sales team,", lambda text: names_role(text)),
)
LIKE_A_CLOSING: tuple[Rule[str], ...] = (
    Rule("a comma at its end", "Fair winds,", lambda text: text[-1] in ",،、，"),
    Rule(
        "a phrase in small letters",
        "Until the ice melts",
        lambda text: (
            len(text.split()) > 1
            and text.split()[-1][0].islower()
            and text[-1].isalpha()
            and text.split()[-1] not in _NEVER_LAST
        ),
    ),
)
NEVER_IN_BLOCK: tuple[Rule[str], ...] = (
    Rule("a long line", "Harbour bicycle repairs " * 4, lambda text: len(text) > 90),
    Rule("many words", "we " * 13, lambda text: len(text.split()) > 12),
    Rule("a sentence", "We meet at the lake.", lambda text: is_sentence(text)),
    Rule("a row of a table", "Total  : 14", lambda text: bool(_IN_TABLE.search(text))),
    Rule("a date", "10/19/2027", lambda text: holds_date(text)),
)
IN_BLOCK: tuple[Rule[str], ...] = (
    Rule("a number, an address, a link", "020 7946 0123", lambda text: contact_strength(text) > 0),
    Rule("a role or an organisation", "the harbour team", lambda text: names_role(text)),
    Rule("a link in the text", "or https://example.org", lambda text: bool(LINK.search(text))),
    Rule("hardly any letters", "* * *", lambda text: sum(map(str.isalpha, text)) <= 4),
    Rule("a name", "Ann Lee", lambda text: _is_phrase(text) and bool(NAME.match(text))),
    Rule(
        "a phrase that begins with a capital",
        "Bicycles And Kettles",
        lambda text: _is_phrase(text) and text[0].isupper() and not _FULL_STOP.search(text),
    ),
    Rule(
        "a short line in a script without capitals",
        "王小明",
        lambda text: _is_phrase(text) and len(text) <= _CASELESS and text.lower() == text.upper(),
    ),
)


def _is_phrase(text: str) -> bool:
    """A few words that end like no sentence, at most one of them in small letters."""
    words = text.split()
    return (
        len(words) <= 6
        and not text.endswith(("?", "!", ":", ";"))
        and sum(word[0].islower() for word in words) <= 1
    )


def opens_with_name(line: str) -> bool:
    parts = pieces(line)
    return bool(parts) and bool(NAME.match(parts[0].partition(",")[0]))


def is_name(line: str) -> bool:
    text = line.strip()
    if len(text) > 50 or EMAIL.search(text) or any(c.isdigit() for c in text):
        return False
    words = text.split()
    return len(words) <= 5 and not (len(words) > 1 and names_role(text) and not NAME.match(text))


def in_block(line: str) -> bool:
    """Return whether the line could stand in a contact block: short and no sentence."""
    parts = pieces(line)
    if len(parts) > 1 and contact_strength(line):
        return all(len(part) <= 60 and not is_sentence(part) for part in parts)
    text = line[:200].strip()
    return not any_matches(NEVER_IN_BLOCK, text) and any_matches(IN_BLOCK, text)


def is_sentence(text: str) -> bool:
    """Whether the text ends as a sentence does, and not in the stop of an abbreviation."""
    if not text.endswith(_STOPS):
        return False
    words = text.split()
    small = sum(word[0].isalpha() and not word[0].isupper() for word in words)
    if text[-1] != ".":
        return len(text) >= 4
    return (len(words) >= 4 and 2 * small >= len(words) and "." not in words[-1][:-1]) or (
        len(words) >= 3 and small > 0 and bool(_FULL_STOP.search(text))
    )


def may_close(text: str) -> bool:
    """Return whether a line can be a closing in words that are not in the lists."""
    return not any_matches(NO_CLOSING, text) and any_matches(LIKE_A_CLOSING, text)
