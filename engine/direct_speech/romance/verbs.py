"""The forms of verbs, put together from the infinitives and the endings of a language."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from engine.checking.lexicon import Lexicon


@dataclass(frozen=True)
class Forms:
    """The forms of the verbs that are known.

    second: of the third person -> of the second. shared: the same, where the first person has the
    form of the third. orders: of the third person, with which something is asked for -> how it
    stands behind "te pido que" or "ti chiedo di". imperatives: how it stands alone. first: of the
    first person.
    """

    second: Mapping[str, str]
    shared: Mapping[str, str]
    orders: Mapping[str, str]
    imperatives: Mapping[str, str]
    first: frozenset[str]

    def is_third(self, word: str) -> bool:
        return word in self.second or word in self.shared or word in self.orders

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and (self.is_third(word) or word in self.first)


@cache
def forms(words: Lexicon) -> Forms:
    """Return the forms of a language's verbs, from its lists."""
    first = frozenset(_made("direct.first_endings", words)) | words.words("direct.first_verbs")
    orders = {**_made("direct.order_endings", words), **words.pairs("direct.order_verbs")}
    shared = {**_made("direct.shared_endings", words), **words.pairs("direct.shared_verbs")}
    second = {**_made("direct.endings", words), **words.pairs("direct.verbs")}
    alone = {
        orders: said
        for entry, to in words.pairs("direct.imperative_endings").items()
        for orders, said in _made_of(entry, to, words)
    }
    kept = words.words("direct.no_verbs")
    return Forms(
        {form: you for form, you in second.items() if form not in kept},
        shared,
        {form: said for form, said in orders.items() if form not in second},
        {**alone, **words.pairs("direct.imperatives")},
        first,
    )


def _made(key: str, words: Lexicon) -> dict[str, str]:
    """Return form -> form for all regular verbs, by a list of "ar a = as"."""
    return {
        form: to
        for entry, ending in words.pairs(key).items()
        for form, to in _made_of(entry, ending, words)
    }


def _made_of(entry: str, to: str, words: Lexicon) -> Iterator[tuple[str, str]]:
    """Yield a pair of forms for each regular verb with one of the entry's infinitives."""
    infinitive, _, ending = entry.partition(" ")
    for verb in words.words("direct.infinitives"):
        if verb.endswith(infinitive):
            stem = verb.removesuffix(infinitive)
            is_infinitive = to == infinitive
            said = verb if is_infinitive else _joined(stem, to, infinitive, words)
            yield _joined(stem, ending, infinitive, words), said


def _joined(stem: str, ending: str, infinitive: str, words: Lexicon) -> str:
    """Return a stem with an ending, spelled so that it sounds the same: "pag" + "e" is "pague"."""
    spelled = f"{stem}|{ending}"
    for entry, to in words.pairs("direct.joints").items():
        of, _, letters = entry.partition(" ")
        if of == infinitive:
            spelled = spelled.replace(letters, to)
    return spelled.replace("|", "")


def spoken_to(verb: str, is_formal: bool, words: Lexicon) -> str | None:
    """Return a French verb's form behind tu or vous for that behind il; None if not known."""
    known = words.pairs("direct.formal_verbs" if is_formal else "direct.verbs")
    if verb in known:
        return known[verb]
    for entry, to in words.pairs(
        "direct.formal_endings" if is_formal else "direct.endings"
    ).items():
        if re.search(rf"{entry}$", verb):
            return verb[: -len(entry)] + to
    return None
