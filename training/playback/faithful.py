"""Whether an instruction says what its mail says, as far as words tell."""

from __future__ import annotations

import re
from collections import Counter

from engine.checking.lexicon import Lexicon, alternatives, lexicon_of, straight
from engine.mail.mail_parts import split_mail
from engine.mail.stored.store import StoredMail
from training.playback.reader import addressee

_LEAST_SHARED = 0.9
"""Of the telling words of a mail, in a faithful instruction. Chosen by hand, on judged ones."""


def is_faithful(instruction: str, mail: StoredMail) -> bool:
    """Whether an instruction has most telling words of its mail, no others, and I as often.

    It also says yes or no where the mail does, thanks for something only if the mail does, says
    "should" and "about" as often, and is for the mail's reader. Of 176 that strict readers judged,
    34 % were right; of the 22 faithful ones 86 %.
    """
    words = lexicon_of(mail.body)
    body = " ".join(split_mail(straight(mail.body)).sentences)
    names = " ".join(name for name, _ in mail.recipients)
    told = _telling_stems(instruction, words)
    of_body = _telling_stems(body, words)
    known = of_body | _telling_stems(f"{mail.body} {mail.subject} {names}", words)
    shared = len(told & of_body) / max(1, len(of_body))
    return (
        told <= known
        and shared >= _LEAST_SHARED
        and _first_persons(instruction, words) == _first_persons(body, words)
        and _answers(mail.body, words) <= set(words.find_words(instruction.lower()))
        and (_thanks_for(mail.body, words) or not _thanks_for(instruction, words))
        and _modals(instruction, words) == _modals(body, words)
        and _is_for_reader(instruction, mail, words)
    )


def _answers(text: str, words: Lexicon) -> set[str]:
    """The words such as "no" with which sentences begin."""
    answers = words.words("instructions.negations") | words.words("answers.yes")
    firsts = (words.first_word(one.lower()) for one in split_mail(text).sentences)
    return set(firsts) & answers


def _modals(text: str, words: Lexicon) -> Counter[str]:
    """How often a text has each of the words such as "should" and "about"."""
    modals = words.words("reported.modals")
    return Counter(word for word in words.find_words(text.lower()) if word in modals)


def _is_for_reader(instruction: str, mail: StoredMail, words: Lexicon) -> bool:
    """Whether whom an instruction begins to ask, tell or thank is the mail's reader."""
    to = {word for phrase in words.words("instructions.to") for word in phrase.split()}
    said = [word for word in words.find_words(instruction.lower()) if word not in to]
    if not said or said[0] not in words.words("instructions.to_person"):
        return True
    keys = ("instructions.reader", "roles.male", "roles.female")
    readers = words.words(*keys) | set(words.find_words(addressee(mail).lower()))
    return any(word.removesuffix("'s") in readers for word in said[1:2])


def _thanks_for(text: str, words: Lexicon) -> bool:
    thanks = alternatives({*words.words("reported.thanks"), *words.words("purposes.thank")})
    what = alternatives(words.words("reported.thanked_for"))
    pattern = rf"(?<!\w){thanks}(?!\w)[^.!?]{{0,30}}?\s{what}\s"
    return re.search(pattern, text, re.IGNORECASE) is not None


def _telling_stems(text: str, words: Lexicon) -> set[str]:
    keys = ("function_words.list", "instructions.verbs", "instructions.form")
    ignored = words.words(*keys)
    found = (word for word in words.find_words(straight(text).lower()) if word not in ignored)
    return {words.stem(word) for word in found}


def _first_persons(text: str, words: Lexicon) -> int:
    keys = ("roles.first", "roles.first_possessive", "reported.first_objects")
    first = words.words(*keys)
    return sum(word.lower() in first for word in words.find_words(straight(text)))
