"""Whom a mail is for, by the name that an instruction would use."""

from __future__ import annotations

import re
from collections.abc import Iterable

from engine.checking.first_names import sex_told_by
from engine.checking.lexicon import Lexicon, fold, lexicon_of
from engine.mail.stored.store import StoredMail

_MAX_GREETING_CHARACTERS = 40
_NAME = re.compile(r"^(?:\w+\s+)?((?:[^\W\d_a-zß-ÿ][\w.'’-]*\s*){1,3})[,!:.]?$")
_CALLED = re.compile(r"^([^\W\d_][\w.'’-]*)\s*[,:–—-]+$")
_FIRST_LETTERS = 3
"""Of a name that its short form has, too: "Phillip", "Phil"."""

_FIRST_AND_LAST_NAME = re.compile(r"([a-z]{3,})\.(?:[a-z]{1,2}\.)?[a-z]{2,}\d*@")


def addressee(mail: StoredMail) -> str:
    """The name in the greeting, or the only recipient's first name; '' without either.

    The first name may also be that of an address such as "ann.lee@example.org".
    """
    name = greeted_name(mail.body) or _called_name(mail)
    if name or len(mail.recipients) != 1:
        return name
    ((known, address),) = mail.recipients
    first, _, rest = known.strip().partition(" ")
    if first:
        titles = lexicon_of(mail.body).words("names.titles")
        return f"{first} {rest.strip()}" if first.lower().rstrip(".") in titles else first
    in_address = _FIRST_AND_LAST_NAME.match(address.lower())
    return in_address[1].capitalize() if in_address else ""


def _called_name(mail: StoredMail) -> str:
    """The name that is the whole first line, as in "Jeff,"; '' if it may be another word.

    One of several recipients must have the name, or one with the same beginning: "Phillip", "Phil".
    """
    first, _, rest = mail.body.strip().partition("\n")
    called = _CALLED.match(first.strip())
    if called is None or not rest.strip():
        return ""
    name = called[1]
    if len(mail.recipients) > 1 or name[:1].islower():
        known = {part[:_FIRST_LETTERS] for one in mail.recipients for part in _name_parts(one)}
        return name.capitalize() if fold(name)[:_FIRST_LETTERS] in known else ""
    return "" if _may_be_no_name(name, lexicon_of(mail.body)) else name


def _may_be_no_name(word: str, words: Lexicon) -> bool:
    keys = ("names.never", "function_words.list", "closings.phrases", "answers.yes", "answers.no")
    return word.lower() in words.words(*keys, "reported.greetings")


def _name_parts(recipient: tuple[str, str]) -> list[str]:
    return re.findall(r"[^\W\d_]+", fold(" ".join(recipient).partition("@")[0]))


def reader(mail: StoredMail) -> str:
    """The addressee, or "them" where no name is known, since playback would make one up.

    '' in languages whose word list has no such pronoun.
    """
    return addressee(mail) or next(iter(pronouns(mail.body)), "")


def pronouns(text: str) -> frozenset[str]:
    """The pronouns for a reader without a name, in the language of a text."""
    return lexicon_of(text).words("instructions.reader")


def pronoun_in(instructions: Iterable[str], mail: StoredMail) -> str:
    """The pronoun for the reader: "he" or "she" by their name or title, or "they".

    Where the name does not tell, it is the one that a model's instructions have. They, too, where
    there is not one reader by name, or the mail speaks of somebody else whom the pronoun may mean.
    """
    words = lexicon_of(mail.body)
    name = addressee(mail)
    if len(mail.recipients) > 1 or not name:
        return "they"
    forms = {"he": words.words("roles.male"), "she": words.words("roles.female")}
    of_mail = {word.lower() for word in words.find_words(mail.body)}
    others = {pronoun for pronoun, listed in forms.items() if of_mail & listed}
    sex = sex_told_by(name.split()[0].rstrip(".,"), words)
    if not sex and not others:
        said = {word.lower() for text in instructions for word in words.find_words(text)}
        used = [pronoun for pronoun, listed in forms.items() if said & listed]
        return used[0] if len(used) == 1 else "they"
    pronoun = {"male": "he", "female": "she"}.get(sex, "they")
    return "they" if pronoun in others else pronoun


def greeted_name(body: str) -> str:
    """The name in the first line when that is a greeting, such as "Hi Ann,"; otherwise ''."""
    first = body.strip().partition("\n")[0].strip()
    match = _NAME.match(first)
    if match is None or len(first) > _MAX_GREETING_CHARACTERS or len(first.split()) < 2:
        return ""
    words = lexicon_of(body)
    greeting, _, name = first.strip(" ,!:.").partition(" ")
    if greeting.lower().rstrip(".") in words.words("names.titles"):
        return f"{greeting} {name}"
    keys = ("reported.greetings", "names.greetings", "names.never")
    is_known = greeting.lower() in words.words(*keys)
    # "Trading Profits" is a heading, and "It's Dara." a sentence.
    is_greeting = is_known or (
        first.endswith((",", "!", ":", "."))
        and greeting.lower() not in words.words("function_words.list")
    )
    name = match[1].strip(" ,!:.")
    return name if is_greeting and name != first.strip(" ,!:.") else ""
