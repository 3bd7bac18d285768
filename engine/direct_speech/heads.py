"""Take an instruction apart into its orders where an order stands around whom it is for.

"Teile Anna mit, dass …" and "laat Anna weten dat …": the lists have "…" for the name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from engine.checking.brief import Brief
from engine.checking.lexicon import Lexicon, alternatives
from engine.direct_speech.orders import Order
from engine.direct_speech.wording import beginnings

_CAPITAL = r"(?-i:[A-ZÀ-Þ])[\w'-]*"
_NEEDS_WHOM = ("beg",)
"""Kinds of which the verb is another word without whom it is for: "bitte"."""


@dataclass(frozen=True)
class _Head:
    """The head of an order in a text. end: the place behind it."""

    kind: str
    whom: str
    end: int


def orders_around(brief: Brief) -> list[Order]:
    """Return the orders of an instruction, in order; none if it does not begin with one."""
    words = brief.words
    text = brief.line
    known = _known(brief)
    first = _head_at(text, 0, re.compile(rf"\s+(?:{known}|{_person(words, known)})", re.I), words)
    if first is None:
        return []
    heads, ends = [first], []
    again = re.compile(rf"\s+(?:{known}|{_pronouns(words)}(?!\w))", re.I)
    for gap in _gap(words).finditer(text):
        if gap.start() < heads[-1].end:
            continue
        if head := _head_at(text, gap.end(), again, words, is_later=True):
            heads.append(head)
            ends.append(gap.start())
    return [
        Order(
            head.kind,
            head.whom,
            _without_group(text[head.end : end].strip(" ,:;-").lstrip(". "), words),
        )
        for head, end in zip(heads, [*ends, len(text)], strict=True)
    ]


def _without_group(content: str, words: Lexicon) -> str:
    """Return a content without whom a group is of: "den Eltern | von der 3b, dass"."""
    of, that = (alternatives(words.words(f"direct.{key}")) for key in ("of_group", "that"))
    return re.sub(
        rf"^{of}\s+(?:[\w'-]+\s+){{0,4}}?[\w'-]+,?\s+(?={that}\s)", "", content, flags=re.I
    )


def _head_at(
    text: str, start: int, whom: re.Pattern[str], words: Lexicon, *, is_later: bool = False
) -> _Head | None:
    """Return the longest head at a place of a text."""
    begins, little, tail, *openings = _around(words)
    opening = openings[is_later]
    starts = {start, begins.match(text, start).end()}  # type: ignore[union-attr]
    found = []
    for verb, particle, kind in _verbs(words):
        match = next((one for at in starts if (one := verb.match(text, at))), None)
        if match is None:
            continue
        end = little.match(text, match.end()).end()  # type: ignore[union-attr]
        person = whom.match(text, end)
        if not person and kind in _NEEDS_WHOM:
            continue
        end = tail.match(text, person.end() if person else end).end()  # type: ignore[union-attr]
        if particle:
            if not (match := particle.match(text, end)):
                continue
            end = tail.match(text, match.end()).end()  # type: ignore[union-attr]
        if person or opening.match(text, end):
            found.append(_Head(kind, person[0].strip() if person else "", end))
    return max(found, key=lambda head: head.end, default=None)


@cache
def _verbs(words: Lexicon) -> list[tuple[re.Pattern[str], re.Pattern[str] | None, str]]:
    """Return of each head what stands before and behind the name, and its kind."""
    made = []
    for entry, kind in words.pairs("direct.heads").items():
        verb, _, particle = (part.strip() for part in entry.partition("…"))
        behind = re.compile(rf"\s+{particle}(?!\w)", re.I) if particle else None
        made.append((re.compile(rf"{verb}(?!\w)", re.I), behind, kind))
    return made


@cache
def _around(words: Lexicon) -> tuple[re.Pattern[str], ...]:
    """Match what may stand before an order, before and behind whom it is for, and its content."""
    begins = beginnings(words)
    little = rf"(?:\s+{alternatives(words.words('direct.before_whom'))}(?!\w))*"
    tail = rf"(?:,?\s+{alternatives(words.words('direct.behind_whom'))}(?!\w))*"
    opening = rf",?\s+{alternatives(_openings(words))}(?!\w)|[,:.]|$"
    dependent = words.words("direct.subordinators", "instructions.interrogatives")
    clause = rf",?\s+{alternatives(dependent)}(?!\w)"
    return tuple(re.compile(one, re.I) for one in (begins, little, tail, opening, clause))


@cache
def _gap(words: Lexicon) -> re.Pattern[str]:
    """Match what stands between two orders."""
    joiners = alternatives(words.words("direct.coordinators"))
    return re.compile(rf"(?:(?<=[.!?;:])\s+|,\s+|(?=\s+{joiners}\s))(?:\s*{joiners}\s+)?", re.I)


def _known(brief: Brief) -> str:
    """Return a pattern for the reader's name as it is known, with its title."""
    functions = brief.words.words("function_words.list", "direct.titles")
    written = {word.lower() for word in brief.words.find_words(brief.recipient.split("@")[0])}
    names = brief.addressee | (written - functions)
    if not names:
        return "(?!)"
    name = alternatives(names)
    titles = alternatives(brief.words.words("direct.titles"))
    return rf"(?:{titles}\.?\s+)*{name}(?!\w)(?:\s{name}(?!\w))*"


def _person(words: Lexicon, known: str) -> str:
    """Return a pattern for whom the first order is for: a name, "meinem Bruder Max", a pronoun."""
    kin = alternatives(words.words("direct.male", "direct.female", "roles.people"))
    titles = alternatives(words.words("direct.titles"))
    functions = alternatives(words.words("function_words.list"))
    capital = rf"(?!(?:{functions}|{titles})(?!\w)){_CAPITAL}"
    small = rf"(?!{functions}(?!\w))(?-i:[a-zß-ÿ])[\w'-]*"
    opening = alternatives(_openings(words))
    name = rf"(?:{kin}\s+)?(?:{titles}\.?\s+)*(?:{known}|{capital}(?:\s{capital})?)"
    alone = rf"{small}(?=\s*[,:]|\s+{opening}(?!\w))"
    return rf"{name}|(?:{titles}\.?\s+)+{small}|{kin}(?!\w)|{_pronouns(words)}(?!\w)|{alone}"


def _pronouns(words: Lexicon) -> str:
    pronouns = words.words_before("direct.he") | words.words_before("direct.she")
    return alternatives(pronouns - words.words("direct.owners"))


@cache
def _openings(words: Lexicon) -> frozenset[str]:
    """The words with which the content of an order begins."""
    says = frozenset(key.split()[-1] for key in words.words_before("direct.says"))
    listed = ("direct.subordinators", "instructions.interrogatives", "direct.openings")
    return words.words(*listed) | says
