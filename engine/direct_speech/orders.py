"""Take an instruction apart into its orders: what to tell, to ask, to thank for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from engine.checking.brief import Brief
from engine.checking.lexicon import Lexicon, alternatives, lexicon, straight

KINDS = (
    "apologise", "tell", "ask", "thank", "congratulate", "suggest", "remind", "wish", "offer",
    "invite",
)  # fmt: skip
"""Of orders; each is a list of verbs. Besides: "act", what the writer does by saying so."""

_NAME = r"[^\W\d_][\w'.-]*"
_GAP = r"(?:^|(?<=[.!?;:])\s+|,\s*(?:(?:and|but|then)\s+)?|\s+(?:and|but)\s+|\s+-\s+)"


@dataclass(frozen=True)
class Order:
    """One order of an instruction.

    kind: one of KINDS, or "act". whom: as it is written, or ''. act: with which the reader is told.
    """

    kind: str
    whom: str
    content: str
    act: str = ""


def orders(brief: Brief) -> list[Order]:
    """Return the orders of an instruction, in order; none if it does not begin with one."""
    words = brief.words
    text = in_full(re.sub(r"\s+", " ", straight(brief.instruction)).strip(), words)
    heads = [
        head
        for head in _head(words.language, tuple(sorted(brief.addressee))).finditer(text)
        if _is_complete(head)
    ]
    if not heads or heads[0].start() > 0:
        return []
    found = []
    for head, behind in zip(heads, [*heads[1:], None], strict=True):
        content = text[head.end() : behind.start() if behind else len(text)].strip(" ,:;-")
        if head["act"] and "," in head[0][len(head["act"]) :]:
            content = f", {content}"
        act = words.pairs("direct.acts").get((head["act"] or "").lower(), "")
        kind = next((kind for kind in KINDS if head[kind]), "act")
        kind, content = _as_meant(kind, content, words)
        found.append(Order(kind, (head["whom"] or "").strip(), content, act))
    return found


def in_full(text: str, words: Lexicon) -> str:
    """Return a text with hasty spellings in full: "cant" -> "can't", "pls" -> "please"."""
    spelling = words.pairs("direct.spelling")
    pattern = re.compile(rf"(?<![\w'-]){alternatives(spelling)}(?![\w'-])", re.IGNORECASE)
    text = pattern.sub(lambda match: spelling[match[0].lower()], text)
    verbs = alternatives(words.words("reported.imperatives"))
    return re.sub(rf"(?<!\w)ill(?=\s{verbs}(?!\w))", "I'll", text, flags=re.IGNORECASE)


def _as_meant(kind: str, content: str, words: Lexicon) -> tuple[str, str]:
    """Return an order without "saying", and "mail her asking for" and "confirm that" as meant."""
    saying = re.compile(rf"{alternatives(words.words('direct.saying'))}(?!\w)\s*", re.IGNORECASE)
    if kind == "tell" and (asking := re.match(r"asking\s+", content)):
        return "ask", content[asking.end() :]
    if kind == "act" and re.match(r"that\s", content):
        kind = "tell"
    if kind == "tell" and (match := saying.match(content)):
        content = f"that {content[match.end() :]}"
    return kind, content


def _is_complete(head: re.Match[str]) -> bool:
    """Whether "let" has its "know"."""
    return head["tell"] is None or head["tell"].lower() != "let" or head["know"] is not None


@cache
def _head(language: str, addressee: tuple[str, ...]) -> re.Pattern[str]:
    words = lexicon(language)

    def listed(key: str) -> str:
        return alternatives(words.words(f"direct.{key}"))

    kinds = "|".join(rf"(?P<{kind}>{listed(kind)})" for kind in KINDS)
    pronouns = alternatives({*words.words("roles.male"), *words.words("roles.female"), "them"})
    subjects = alternatives(words.words("roles.third"))
    titles = alternatives(words.words("names.titles"))
    the = r"(?:(?:all|the|my|our)\s+){1,2}"
    known = (
        rf"(?:{the})?(?:{titles}\.?\s+)?(?:{alternatives(addressee)}\s*)+" if addressee else "(?!)"
    )
    capitals = r"(?-i:(?!I\b)[A-ZÀ-Þ])[\w'.-]*(?:\s(?:and\s)?(?-i:(?!I\b)[A-ZÀ-Þ])[\w'.-]*){0,3}"
    behind = r"(?=\s+(?:that|to|whether|if|for|about|know)\b|:)"
    whom = (
        rf"(?P<whom>{known}(?!\w)|{pronouns}(?!\w)|{the}{_NAME}(?:\s+{_NAME})??{behind}"
        rf"|(?:{titles}\.?\s+){_NAME}|(?!{listed('nobody')}(?![\w'])){capitals}"
        rf"|(?:{the})?{listed('groups')}(?!\w)"
        rf"|(?<!\bto\s)(?!{listed('nobody')}(?![\w']))(?-i:[a-zß-ÿ])[\w-]*(?=\s)"
        rf"|(?!{listed('nobody')}(?![\w']))(?-i:[a-zß-ÿ])[\w-]*"
        rf"(?=[,:]|\s+(?:{listed('nobody')}|{subjects})(?![\w'])))"
    )
    acts = alternatives(words.pairs("direct.acts"))
    return re.compile(
        rf"{_GAP}(?:{listed('beginnings')}[\s,]+)*"
        rf"(?:(?:{kinds})(?!\w)(?:\s+(?:{listed('to')}\s+)?{whom})?(?P<know>\s+know(?!\w))?"
        rf"|(?P<act>{acts})(?!\w)(?:\s+to\s+{known}(?!\w))?)"
        r"[\s,]*:?\s*",
        re.IGNORECASE,
    )
