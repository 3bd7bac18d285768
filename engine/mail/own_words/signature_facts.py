"""What a signature tells of its writer: numbers, addresses, links, title and organisation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from engine.mail.own_words.closings import is_closing
from engine.mail.own_words.contact import (
    EMAIL,
    LINK,
    is_phone,
    is_postal,
    names_organisation,
    names_title,
)

FactKind = Literal["phone", "email", "link", "postal", "title", "organisation"]

_LONGEST_LINE = 200  # letters
_MOST_LINES = 40
# One line often holds several things: "T +44 20 7946 0123 | M +44 7700 900123 | www.example.org".
_BETWEEN = re.compile(r"\s*[|•·¦‖]\s*|\s*;\s+|\t+|\s{3,}|\s+[/–—-]+\s+")
_BEFORE_LABEL = re.compile(
    r"[,/]?\s+(?=(?:tel|phone|ph|fax|mobile|mob|cell|direct|office|e-?mail|web|www|[tmfew])"
    r"\b\s?[.:)])",
    re.IGNORECASE,
)
_LABEL = re.compile(r"^[^\W\d_][\w -]{0,14}\.?\s?:\s*")


@dataclass(frozen=True)
class Fact:
    """kind: what it is. text: as the writer wrote it; a number keeps its label ("Fax: …")."""

    kind: FactKind
    text: str


def signature_facts(block: str) -> list[Fact]:
    """The facts that a signature holds, in the order written, none twice.

    Lines of a postal address that follow each other are one fact, joined by ", ". What is
    neither a number, an address, a link, a title nor an organisation is no fact: names and mottos.
    """
    facts: list[Fact] = []
    joins = False
    for line in block.splitlines()[:_MOST_LINES]:
        for fact in _facts_of_line(" ".join(line[:_LONGEST_LINE].split("\r"))):
            postal = fact.kind == "postal"
            if postal and joins:
                facts[-1] = Fact("postal", f"{facts[-1].text.rstrip(',')}, {fact.text}")
            else:
                facts.append(fact)
            joins = postal
    return list(dict.fromkeys(facts))


def _facts_of_line(line: str) -> Iterator[Fact]:
    if is_closing(line):
        return
    for piece in _BETWEEN.split(line):
        for text in _BEFORE_LABEL.split(piece):
            text = text.strip(" \t*_<>[](),")
            if text:
                yield from _facts_of_piece(text)


def _facts_of_piece(text: str) -> Iterator[Fact]:
    mails = EMAIL.findall(text)
    rest = EMAIL.sub(" ", text)
    links = [link.rstrip(".,;:)>]") for link in LINK.findall(rest)]
    rest = LINK.sub(" ", rest)
    yield from (Fact("email", mail) for mail in mails)
    yield from (Fact("link", link) for link in links)
    rest = " ".join(_LABEL.sub("", rest).split()) if mails or links else rest
    if is_phone(rest):
        yield Fact("phone", rest)
    elif is_postal(rest):
        yield Fact("postal", rest)
    elif names_organisation(rest):
        yield Fact("organisation", rest)
    elif names_title(rest):
        yield Fact("title", rest)
