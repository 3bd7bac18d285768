"""Take an instruction in Spanish, French or Italian apart into its orders."""

from __future__ import annotations

import re
from functools import cache

from engine.checking.brief import Brief
from engine.checking.lexicon import Lexicon, alternatives
from engine.direct_speech.orders import KINDS, Order
from engine.direct_speech.romance.parts import SPACE
from engine.direct_speech.wording import beginnings

_ACCENTS = {
    "a": "aàáâãä",
    "e": "eèéêë",
    "i": "iìíîï",
    "o": "oòóôõö",
    "u": "uùúûü",
    "n": "nñ",
    "c": "cç",
}


def orders(brief: Brief) -> list[Order]:
    """Return the orders of an instruction, in order; none if it does not begin with one."""
    words = brief.words
    text = brief.line
    first, later = _heads(words, tuple(sorted(brief.addressee)))
    head = first.match(text)
    if not head:
        return []
    heads = [head, *later.finditer(text, head.end())]
    found = []
    for here, behind in zip(heads, [*heads[1:], None], strict=True):
        content = text[here.end() : behind.start() if behind else len(text)].strip(" ,;-")
        if here["answer"]:
            is_for = re.match(alternatives(words.words("direct.reasons")), content)
            content = f"{here['answer']}{' ' if is_for else ', '}{content}"
        elif re.search(r"[:,]\s*$", here[0]):
            content = f": {content}"
        kind = next(kind for kind in KINDS if here[kind])
        found.append(Order(kind, (here["whom"] or "").strip(), content))
    return found


def name_of_reader(brief: Brief) -> str:
    """Return a pattern for the reader's name, which matches none if it is unknown."""
    return rf"(?:{_name(tuple(sorted(brief.addressee)))}\s?)+"


@cache
def _heads(words: Lexicon, addressee: tuple[str, ...]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Match the first head of an instruction, "Dile a Ana", and a later one, "y pregúntale"."""

    def listed(*keys: str) -> str:
        return alternatives(words.words(*keys))

    more = {"tell": ["direct.tell_several"]}
    kinds = "|".join(
        rf"(?P<{kind}>{listed(f'direct.{kind}', *more.get(kind, []))})" for kind in KINDS
    )
    begins = beginnings(words)
    relatives = listed("direct.male", "direct.female")
    title = rf"(?:(?:{listed('names.titles', 'direct.titles')}|{relatives})\.?\s+)"
    articles = listed("direct.articles", "direct.to_the", "roles.first_possessive")
    the = rf"(?:{articles}{SPACE})"
    people = rf"{the}(?:{listed('roles.people', 'direct.groups')}|{relatives})(?!\w)"
    people = rf"(?:{listed('direct.all')}\s+)?{people}"
    apposition = rf"(?:,\s{the}[^,.:]{{1,40}},(?=\s{listed('direct.opens')}))?"
    to = rf"(?:{listed('direct.to')}{SPACE})"
    named = rf"{to}?(?:{the}(?:\w+\s+)??)?{title}*(?:{_name(addressee)}\s*)+"
    whom = rf"\s+(?P<whom>{named}|{to}?{people}){apposition}"
    opens = rf"(?=\s*:|[\s,]+{listed('direct.opens')})"
    verb = rf"(?:{kinds})(?![\w'-])"
    joins = rf"(?:(?<=[.!?;:])\s+|,?\s+{listed('direct.joins')}\s+|,\s+)"
    answer = rf"(?:\s+(?P<answer>{listed('direct.yes_no')})(?=\s+{listed('direct.to')}[\s']))?"
    whole = rf"{verb}{answer}(?:{whom}|{opens})[\s,]*:?\s*"
    return (
        re.compile(begins + whole, re.IGNORECASE),
        re.compile(joins + begins + whole, re.IGNORECASE),
    )


def _name(addressee: tuple[str, ...]) -> str:
    return rf"(?:{'|'.join(map(_loosely, addressee))})(?![\w-])" if addressee else "(?!)"


def _loosely(name: str) -> str:
    """Return a pattern for a name without its accents that matches it with them."""
    return "".join(f"[{_ACCENTS[one]}]" if one in _ACCENTS else re.escape(one) for one in name)
