"""Recognise single lines of a contact block: a name, a job title, a number, but no sentence."""

from __future__ import annotations

import re

from engine.mail.own_words.contact import (
    EMAIL,
    LINK,
    contact_points,
    has_date,
    has_title_or_organisation,
    names_role,
    split_parts,
)
from engine.mail.own_words.rules import Rule, any_matches
from engine.mail.own_words.sentence_ends import STOPS
from engine.words import pattern_of

_NEVER_LAST_LIST = "by from with to of and the at is are für von mit und bei de par et por y"
NEVER_LAST = frozenset(_NEVER_LAST_LIST.split())  # in a closing or line; something follows them
NAME = re.compile(
    r"^[-–—~\s]{0,4}(?:(?:i\. ?[AV]\.|ppa\.) ?)?[^\W\d_a-zß-öø-ÿ][\w'’.-]{0,20}"
    r"(?:[ \t]{1,3}(?:(?:van|von|de|der|la|del|di|bin|al|&|\"?\(?)"
    r"[ \t]?)?[^\W\d_a-zß-öø-ÿ][\w'’.\"()-]{0,20}){0,3}(?:,? (?:[A-Z][A-Za-z.]{1,5},? ?){1,3})?\s*$"
)
_LEADS_TO = re.compile(rf"{pattern_of('quotes.opening')} \S+ [^:：]{{1,60}}[:：]\s", re.IGNORECASE)
_LONGEST_WITHOUT_CASE = 24  # characters of a name or title in a script without capital letters
_LONGEST_LINE = 200
_LONGEST_NAME, _MAX_NAME_WORDS = 50, 5
_LONGEST_PART = 60  # characters of one of several parts of a line
_MAX_CLOSING_WORDS = 5
_MAX_PHRASE_WORDS = 6
_MAX_ROLE_WORDS = 4
_MIN_SENTENCE_WORDS = 3
_LONGEST_SHORT_WORD = 3
_FULL_STOP = re.compile(r"(?<!\b\w)(?<!\b\w\w)(?<!\b\w\w\w)(?<!\b\w\w\w\w)\.$")
_STOPS = (*STOPS, "؟", "।")
_IN_TABLE = re.compile(r"\s{2}[:：]")


NOT_A_CLOSING: tuple[Rule[str], ...] = (
    Rule(
        "no word or too many",
        "we will see you there soon",
        lambda text: not 0 < len(text.split()) <= _MAX_CLOSING_WORDS,
    ),
    Rule("a number", "until 5,", lambda text: any(map(str.isdigit, text))),
    Rule("an address", "ann@example.org,", lambda text: "@" in text),
    Rule("a sentence", "We meet at the lake.", lambda text: is_sentence(text)),
    Rule(
        "a job title or an organisation",
        "the sales team,",
        lambda text: has_title_or_organisation(text),
    ),
)
LIKE_A_CLOSING: tuple[Rule[str], ...] = (
    Rule("a comma at the end", "Fair winds,", lambda text: text[-1] in ",،、，"),
    Rule(
        "a phrase in lower case",
        "Until the ice melts",
        lambda text: (
            len(text.split()) > 1
            and text.split()[-1][0].islower()
            and text[-1].isalpha()
            and text.split()[-1] not in NEVER_LAST
        ),
    ),
)
NOT_IN_BLOCK: tuple[Rule[str], ...] = (
    Rule("a long line", "Harbour bicycle repairs " * 4, lambda text: len(text) > 90),
    Rule("many words", "we " * 13, lambda text: len(text.split()) > 12),
    Rule("a sentence", "We meet at the lake.", lambda text: is_sentence(text)),
    Rule(
        "words of a sentence that goes on",
        "or ask at the yard for Ann, 020 7946 0123",
        lambda text: _starts_in_sentence(text),
    ),
    Rule(
        "a sentence that leads to it",
        "Here is the address again: 12 Mill Lane, Bath BA1 1AA",
        lambda text: bool(_LEADS_TO.match(text)),
    ),
    Rule("a row of a table", "Total  : 14", lambda text: bool(_IN_TABLE.search(text))),
    Rule("a date", "10/19/2027", lambda text: has_date(text)),
)
IN_BLOCK: tuple[Rule[str], ...] = (
    Rule("a number, an address, a link", "020 7946 0123", lambda text: contact_points(text) > 0),
    Rule(
        "a job title or an organisation",
        "the harbour team",
        lambda text: has_title_or_organisation(text),
    ),
    Rule("another role or organisation", "Club nautique de Lund", lambda text: is_role(text)),
    Rule("a link in the text", "or https://example.org", lambda text: bool(LINK.search(text))),
    Rule(
        "hardly any letters",
        "* * *",
        lambda text: sum(map(str.isalpha, text)) <= 4 and text[-1:] not in ("?", "!"),
    ),
    Rule("a name", "Ann Lee", lambda text: _is_phrase(text) and bool(NAME.match(text))),
    Rule(
        "a phrase that starts with a capital letter",
        "Bicycles And Kettles",
        lambda text: _is_phrase(text) and text[0].isupper() and not _FULL_STOP.search(text),
    ),
    Rule(
        "a short line in a script without capital letters",
        "王小明",
        lambda text: (
            _is_phrase(text) and len(text) <= _LONGEST_WITHOUT_CASE and text.lower() == text.upper()
        ),
    ),
)


def _is_phrase(text: str) -> bool:
    """Return whether it is a few words, at most one of them in lower case, and no sentence."""
    words = text.split()
    return (
        len(words) <= _MAX_PHRASE_WORDS
        and not text.endswith(("?", "!", ":", ";"))
        and sum(word[0].islower() for word in words) <= 1
    )


def _starts_in_sentence(text: str) -> bool:
    """Return whether it starts with several words in lower case, none of them a label."""
    words = text.split()[:_MIN_SENTENCE_WORDS]
    return len(words) == _MIN_SENTENCE_WORDS and all(
        word.rstrip(",").isalpha() and word.islower() for word in words
    )


def is_role(text: str) -> bool:
    """Return whether it is a few words with a role or an organisation: "Trésorière"."""
    return (
        text[:1].isupper()
        and len(text.split()) <= _MAX_ROLE_WORDS
        and not text.endswith((*_STOPS, ",", ":"))
        and names_role(text)
    )


def is_title_case(text: str) -> bool:
    """Return whether all words but short ones start with a capital: "Friends of the Mill"."""
    words = text.split()
    return (
        0 < len(words) <= _MAX_PHRASE_WORDS
        and words[0][0].isupper()
        and all(word[0].isupper() or len(word) <= _LONGEST_SHORT_WORD for word in words)
        and not text.endswith(_STOPS)
    )


def is_unfinished(line: str) -> bool:
    """Return whether a line goes on below it: it ends in a comma, a colon or a preposition."""
    return line[-1] in ",;:" or line.split()[-1].lower() in NEVER_LAST


def starts_with_name(line: str) -> bool:
    """Return whether the first part of a line looks like a person's name."""
    parts = split_parts(line)
    return bool(parts) and bool(NAME.match(parts[0].partition(",")[0]))


def is_first_name(text: str) -> bool:
    """Return whether a text without blanks around it is a name of one word."""
    is_word = " " not in text and not any(map(str.isdigit, text))
    return is_word and NAME.match(text) is not None


def is_name(line: str) -> bool:
    """Return whether a line can be a name: few words, no number, no address, no job title."""
    text = line.strip()
    if len(text) > _LONGEST_NAME or EMAIL.search(text) or any(c.isdigit() for c in text):
        return False
    words = text.split()
    is_title = len(words) > 1 and has_title_or_organisation(text) and not NAME.match(text)
    return len(words) <= _MAX_NAME_WORDS and not is_title


def fits_contact_block(line: str) -> bool:
    """Return whether a line can be part of a contact block: short and no sentence."""
    parts = split_parts(line)
    if len(parts) > 1 and contact_points(line):
        return all(len(part) <= _LONGEST_PART and not is_sentence(part) for part in parts)
    text = line[:_LONGEST_LINE].strip()
    return not any_matches(NOT_IN_BLOCK, text) and any_matches(IN_BLOCK, text)


def is_sentence(text: str) -> bool:
    """Return whether a text ends like a sentence, and not with an abbreviation's full stop."""
    if not text.endswith(_STOPS):
        return False
    words = text.split()
    lower_case = sum(word[0].isalpha() and not word[0].isupper() for word in words)
    if text[-1] != ".":
        return len(text) >= 4
    return (len(words) >= 4 and 2 * lower_case >= len(words) and "." not in words[-1][:-1]) or (
        len(words) >= 3 and lower_case > 0 and bool(_FULL_STOP.search(text))
    )


def is_like_closing(text: str) -> bool:
    """Return whether a line can be a closing that is not in the lists."""
    return not any_matches(NOT_A_CLOSING, text) and any_matches(LIKE_A_CLOSING, text)
