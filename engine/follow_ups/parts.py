"""Take an instruction apart: whom it is for, and the parts of what is told behind it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from engine.checking.lexicon import Lexicon, alternatives, lexicon, straight
from engine.follow_ups.people import doing

_NAME = r"[^\W\d_][\w'.-]*"
_LONGEST_HEAD_WORDS = 4  # before a colon


@dataclass(frozen=True)
class Part:
    """A part of an instruction, text[start:end]; the next one starts at `then`."""

    start: int
    end: int
    then: int


def without_request(instruction: str, lexicon: Lexicon) -> str:
    """Return an instruction without "can you please" before its verb."""
    match = _request(lexicon.language).match(straight(instruction))
    return instruction[match.end() :] if match else instruction


def parts(instruction: str, lexicon: Lexicon) -> list[Part]:
    """Return the parts of an instruction behind its head ("Tell Ann that", "ann:")."""
    text = straight(instruction)
    start = head_end(text, lexicon)
    end = len(text.rstrip())
    if text[:end].endswith((".", "!")):
        end -= 1
    found = []
    for gap in _between_parts(lexicon.language).finditer(text, start, end):
        if gap.start() > start:
            found.append(Part(start, gap.start(), gap.end()))
        start = gap.end()
    if start < end:
        found.append(Part(start, end, len(text)))
    return found


def head_end(instruction: str, lexicon: Lexicon) -> int:
    """Return where what is told begins, behind whom it is told."""
    match = _head(lexicon.language).match(instruction)
    return match.end() if match and match.end() < len(instruction) else 0


@cache
def _request(language: str) -> re.Pattern[str]:
    words = lexicon(language)
    beginnings = alternatives(words.words("direct.beginnings"))
    verbs = alternatives(words.words("instructions.verbs"))
    return re.compile(rf"(?:{beginnings}[\s,]+)+(?={verbs}\s)", re.IGNORECASE)


@cache
def _between_parts(language: str) -> re.Pattern[str]:
    words = lexicon(language)
    loose = words.words("follow_ups.loose_clauses")
    sure = words.words("follow_ups.joiners") | words.words("follow_ups.clauses") - loose
    doers = alternatives(doing(words))
    begins = alternatives(words.words("reported.told_beginnings", "reported.articles"))
    otherwise = alternatives(words.words("follow_ups.otherwise"))
    joiners = (
        rf"(?:{alternatives(sure)}|{otherwise}(?=\s+{doers}(?!\w))"
        rf"|{alternatives(loose)}(?=\s+(?:{begins}|{doers})(?!\w)))"
    )
    return re.compile(rf"[.!?;]+\s+|,\s+(?:{joiners}\s+)?|\s+{joiners}\s+(?=\w)|\n+", re.IGNORECASE)


@cache
def _head(language: str) -> re.Pattern[str]:
    words = lexicon(language)
    verbs = alternatives(words.words("instructions.verbs"))
    to = alternatives(words.words("instructions.to"))
    titles = alternatives(words.words("names.titles"))
    told = alternatives(words.words("follow_ups.told"))
    doers = alternatives(doing(words))  # "Tell Ann I'll come" is not for Ann I'll.
    # "Tell the team that", but not "ask for the key if".
    behind = alternatives(words.words("follow_ups.told") - words.words("follow_ups.prepositions"))
    little = alternatives(
        words.words("follow_ups.prepositions") | words.words("follow_ups.beginnings")
    )
    described = rf"(?!{little}\s)(?:(?!{doers}(?!\w)){_NAME},?\s+){{1,{_LONGEST_HEAD_WORDS}}}?"
    names = rf"{_NAME}(?:\s(?!{doers}(?!\w))(?-i:[^\W\d_a-zß-ÿ])[\w'-]*){{0,2}}"
    return re.compile(
        rf"\s*{_NAME}(?:\s{_NAME}){{0,{_LONGEST_HEAD_WORDS - 1}}}(?::|\s-)\s+"
        rf"|\s*{verbs}\s+(?:{to}\s+)?{described}{behind}\s+"
        rf"|\s*{verbs}\s+(?:{to}\s+)?(?:{titles}\.?\s+)?{names}(?:,?\s+{told})*\s+",
        re.IGNORECASE,
    )
