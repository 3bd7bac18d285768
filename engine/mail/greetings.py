"""Read the greeting of a mail: its words, whom it greets, and the mark at its end."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache

from engine.words import words

MARKS = ",;:!.-–—"


@dataclass(frozen=True)
class Greeting:
    """ "Dear Ann," → words: "Dear", whom: "Ann", mark: ",". All '' without a greeting."""

    words: str = ""
    whom: str = ""
    mark: str = ""

    @property
    def form(self) -> tuple[str, bool, str]:
        """What is alike in the greetings of two people: words, whether it has a name, and mark."""
        return self.words.casefold(), bool(self.whom), self.mark

    @property
    def has_title(self) -> bool:
        return any(map(_is_title, self.whom.split()[:1]))

    def __str__(self) -> str:
        return " ".join(filter(None, (self.words, self.whom))) + self.mark


def read_greeting(line: str, names: Collection[str] = ()) -> Greeting:
    """Read a mail's short first line; an empty one is returned for what is no greeting for certain.

    names: the words of the recipient's name, case-folded. "Sounds good" may say something.
    """
    text = line.strip()
    stem = text.rstrip(MARKS + " ")
    parts = stem.split()
    greets = next((it for it in _greetings() if f"{stem.casefold()} ".startswith(f"{it} ")), "")
    known = [n for n, part in enumerate(parts) if part.strip(MARKS).casefold() in names]
    capitals = [n for n, part in enumerate(parts) if n and (part[0].isupper() or "@" in part)]
    named = known or [n for n in capitals if n >= len(greets.split())]
    if not (known or greets or (named and text.endswith(","))):
        return Greeting()
    first = named[0] if named else len(parts)
    while first > 1 and _is_title(parts[first - 1]):
        first -= 1
    return Greeting(" ".join(parts[:first]), " ".join(parts[first:]), text[len(stem) :])


@cache
def _greetings() -> tuple[str, ...]:
    """Return the phrases with which mails begin, the longest first."""
    return tuple(sorted(words("greetings.words"), key=len, reverse=True))


def _is_title(word: str) -> bool:
    return word.strip(MARKS).casefold() in words("names.titles")
