"""The greeting of a draft to somebody whose name nothing tells.

Nearly all mails that a model has learnt from greet a name, so it makes one up: "Dear Mr Pell".
"""

from __future__ import annotations

from engine.checking.first_names import sex_of
from engine.checking.lexicon import lexicon_of
from engine.mail.greetings import MARKS, Greeting, read_greeting
from engine.mail.mail_parts import split_mail
from engine.words import by_language, words


def without_invented_reader(text: str, told: str) -> str:
    """Return a draft that greets nobody by a name that is not in what the user told.

    told: all that may name the reader. "Dear Team" and "Hi Mum" stay, as they are no one's name.
    """
    line = split_mail(text).greeting
    greeting = read_greeting(line)
    whom = [word.strip(MARKS) for word in greeting.whom.split()]
    titles = words("names.titles")
    names = [word for word in whom if word[:1].isupper() and word.casefold() not in titles]
    is_titled = any(word.casefold() in titles for word in whom)
    is_name = bool(names) and (is_titled or bool(sex_of(names[0])))
    known = {word.casefold() for word in lexicon_of(told).find_words(told)}
    if not is_name or not known.isdisjoint(word.casefold() for word in names):
        return text
    language = lexicon_of(text).language
    neutral = by_language("greetings.neutral").get(language, (greeting.words,))
    return text.replace(line, str(Greeting(neutral[-1], "", greeting.mark)), 1)
