"""Extract facts from a signature: phone numbers, addresses, links, job title, organisation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from engine.mail.own_words.closings import is_closing
from engine.mail.own_words.contact import (
    EMAIL,
    LINK,
    has_job_title,
    has_organisation,
    is_phone,
    is_postal,
)

FactKind = Literal["phone", "email", "link", "postal", "title", "organisation"]

_LONGEST_LINE = 200
_MAX_LINES = 40
# A line often has several facts: "T +44 20 7946 0123 | M +44 7700 900123 | www.example.org".
_SEPARATOR = re.compile(r"\s*[|•·¦‖]\s*|\s*;\s+|\t+|\s{3,}|\s+[/–—-]+\s+")
_BEFORE_LABEL = re.compile(
    r"[,/]?\s+(?=(?:tel|phone|ph|fax|mobile|mob|cell|direct|office|e-?mail|web|www|[tmfew])"
    r"\b\s?[.:)])",
    re.IGNORECASE,
)
_LABEL = re.compile(r"^[^\W\d_][\w -]{0,14}\.?\s?:\s*")


@dataclass(frozen=True)
class Fact:
    """A fact about the writer. text: as written; a number keeps its label ("Fax: …")."""

    kind: FactKind
    text: str


def signature_facts(block: str) -> list[Fact]:
    """Return the distinct facts in a signature, in order.

    Consecutive lines of a postal address are one fact, joined by ", ". Names and mottos are not
    facts.
    """
    facts: list[Fact] = []
    after_postal = False
    for line in block.splitlines()[:_MAX_LINES]:
        for fact in _facts_in_line(" ".join(line[:_LONGEST_LINE].split("\r"))):
            is_address_line = fact.kind == "postal"
            if is_address_line and after_postal:
                facts[-1] = Fact("postal", f"{facts[-1].text.rstrip(',')}, {fact.text}")
            else:
                facts.append(fact)
            after_postal = is_address_line
    return list(dict.fromkeys(facts))


def _facts_in_line(line: str) -> Iterator[Fact]:
    if is_closing(line):
        return
    for part in _SEPARATOR.split(line):
        for text in _BEFORE_LABEL.split(part):
            text = text.strip(" \t*_<>[](),")
            if text:
                yield from _facts_in_part(text)


def _facts_in_part(text: str) -> Iterator[Fact]:
    addresses = EMAIL.findall(text)
    rest = EMAIL.sub(" ", text)
    links = [link.rstrip(".,;:)>]") for link in LINK.findall(rest)]
    rest = LINK.sub(" ", rest)
    yield from (Fact("email", address) for address in addresses)
    yield from (Fact("link", link) for link in links)
    rest = " ".join(_LABEL.sub("", rest).split()) if addresses or links else rest
    if is_phone(rest):
        yield Fact("phone", rest)
    elif is_postal(rest):
        yield Fact("postal", rest)
    elif has_organisation(rest):
        yield Fact("organisation", rest)
    elif has_job_title(rest):
        yield Fact("title", rest)
