"""Whom a mail is for, by the name that an instruction would use."""

from __future__ import annotations

import re

from engine.checking.lexicon import lexicon_of
from engine.mail.stored.store import StoredMail

_MAX_GREETING_CHARACTERS = 40
_NAME = re.compile(r"^(?:\w+\s+)?((?:[^\W\d_a-zß-ÿ][\w.'’-]*\s*){1,3})[,!:.]?$")
_FIRST_AND_LAST_NAME = re.compile(r"([a-z]{3,})\.(?:[a-z]{1,2}\.)?[a-z]{2,}\d*@")


def addressee(mail: StoredMail) -> str:
    """The name in the greeting, or the only recipient's first name; '' without either.

    The first name may also be that of an address such as "ann.lee@example.org".
    """
    name = greeted_name(mail.body)
    if name or len(mail.recipients) != 1:
        return name
    ((known, address),) = mail.recipients
    first, _, rest = known.strip().partition(" ")
    if first:
        titles = lexicon_of(mail.body).words("names.titles")
        return f"{first} {rest.strip()}" if first.lower().rstrip(".") in titles else first
    in_address = _FIRST_AND_LAST_NAME.match(address.lower())
    return in_address[1].capitalize() if in_address else ""


def reader(mail: StoredMail) -> str:
    """The addressee, or "them" where no name is known, since playback would make one up.

    '' in languages whose word list has no such pronoun.
    """
    return addressee(mail) or next(iter(pronouns(mail.body)), "")


def pronouns(text: str) -> frozenset[str]:
    """The pronouns for a reader without a name, in the language of a text."""
    return lexicon_of(text).words("instructions.reader")


def greeted_name(body: str) -> str:
    """The name in the first line when that is a greeting, such as "Hi Ann,"; otherwise ''."""
    first = body.strip().partition("\n")[0].strip()
    match = _NAME.match(first)
    if match is None or len(first) > _MAX_GREETING_CHARACTERS or len(first.split()) < 2:
        return ""
    return match[1].strip(" ,!:.") if match[1].strip() != first.strip(" ,!:.") else ""
