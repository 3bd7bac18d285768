"""Recognise the prefixes that mail programs put before a subject: "Re:", "AW:", "Fwd:", "VS:"."""

from __future__ import annotations

import re

from engine.words import by_language, words

_REPLY = frozenset(words("subjects.reply"))
_FORWARD = frozenset(words("subjects.forward"))
_FORWARDS_IN = by_language("subjects.forward")
_PREFIX = re.compile(
    rf"^\s*({'|'.join(map(re.escape, sorted(_REPLY | _FORWARD, key=len, reverse=True)))})"
    r"\s?(?:[\[(]\d{1,3}[\])]|\^\d{1,3})?\s*[:：]\s*",
    re.IGNORECASE,
)
_TAG = re.compile(r"^\s*\[[^\[\]]{1,40}\]\s*")


def is_reply(subject: str, language: str = "") -> bool:
    """Return whether a subject starts with the prefix of a reply.

    language: of the mail (ISO 639-1), '' if unknown: "VS:" is a reply in Finnish, but a forward in
    Danish and Norwegian. If the language is unknown, such a prefix counts as a reply's, so that no
    quoted mail is lost.
    """
    return _prefix(subject) in _REPLY and not is_forward(subject, language)


def is_forward(subject: str, language: str = "") -> bool:
    """Return whether a subject starts with the prefix of a forward. language: as in `is_reply`."""
    prefix = _prefix(subject)
    if prefix in _REPLY:
        return prefix in _FORWARDS_IN.get(language, ())
    return prefix in _FORWARD


def base_subject(subject: str) -> str:
    """Return the subject without prefixes and mailing list tags, in lower case (RFC 5256)."""
    rest, previous = subject, None
    while rest != previous:
        previous = rest
        rest = _TAG.sub("", _PREFIX.sub("", rest, count=1), count=1)
    return " ".join(rest.lower().split())


def _prefix(subject: str) -> str:
    found = _PREFIX.match(subject)
    return found[1].lower().replace("\u0307", "") if found else ""
