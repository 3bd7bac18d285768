"""Read the greeting of a mail: its words, whom it greets, and the mark at its end."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache

from engine.words import words

MARKS = ",;:!.-–—"

_SIGNS = ("So", "Sk", "Cf")
"""Unicode's categories of emoji, and of what joins and colours them."""

_AS_EMOJI = "\ufe0f"
"""Behind a sign that is to be shown as an emoji."""

_LONGEST_JOINER = 3
"""Letters of a word in small letters between two names: "Ann and Bo", "Ida van der Moor"."""


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
    def says_nothing(self) -> bool:
        """Whether its words are usual ones with at most one more, as "Congratulations" is not."""
        usual = _usual_start(self.words)
        return len(self.words.split()) <= len(usual.split()) + (1 if usual else 0)

    @property
    def has_title(self) -> bool:
        return any(map(_is_title, self.whom.split()[:1]))

    def __str__(self) -> str:
        return " ".join(filter(None, (self.words, self.whom))) + self.mark


def read_greeting(line: str, names: Collection[str] = ()) -> Greeting:
    """Read a mail's short first line; an empty one is returned for what is no greeting for certain.

    names: the words of the recipient's name, case-folded. "Sounds good" may say something, and so
    may "Will do" to somebody whose name is Will.
    """
    text = line.strip()
    stem = without_marks(text)
    mark = text[len(stem) :]
    parts = stem.split()
    usual = _usual_start(stem)
    known = [n for n, part in enumerate(parts) if part.strip(MARKS).casefold() in names]
    capitals = [n for n, part in enumerate(parts) if n and (part[0].isupper() or "@" in part)]
    named = known or [n for n in capitals if n >= len(usual.split())]
    if not (known or usual or (named and "," in mark)):
        return Greeting()
    first = named[0] if named else len(parts)
    while first > (0 if named else len(usual.split())) and _is_title(parts[first - 1]):
        first -= 1
    whom = parts[first:]
    if whom and not (_are_names(whom, {*known, *capitals}, first) and _is_one_phrase(whom, mark)):
        return Greeting()
    return Greeting(" ".join(parts[:first]), " ".join(whom), mark)


def without_marks(text: str) -> str:
    """Return a text without the marks, signs and emoji at its end."""
    end = len(text)
    while end and (
        text[end - 1] in MARKS + _AS_EMOJI
        or text[end - 1].isspace()
        or unicodedata.category(text[end - 1]) in _SIGNS
    ):
        end -= 1
    return text[:end]


def _are_names(whom: Sequence[str], named: Collection[int], first: int) -> bool:
    """Whether `whom`, from a line's word `first` on, is nothing but names and what joins them."""
    last = len(whom) - 1
    return all(
        first + n in named
        or _is_title(part)
        or (n < last and part.islower() and len(part) <= _LONGEST_JOINER)
        or not any(map(str.isalnum, part))
        for n, part in enumerate(whom)
    )


def _is_one_phrase(whom: Sequence[str], mark: str) -> bool:
    """Whether nothing else is said behind a name, as in "Ann, Great!" and "Ann! Great"."""
    ends = [part[-1] for part in whom[:-1] if not _is_title(part) and len(part) > len("A.")]
    return not any(end in "!?." or (end in MARKS and "!" in mark) for end in ends)


def _usual_start(text: str) -> str:
    """Return the longest phrase with which mails begin at the start of a text, '' without one."""
    start = f"{text.casefold()} "
    return next((it for it in _greetings() if start.startswith(f"{it} ")), "")


@cache
def _greetings() -> tuple[str, ...]:
    """Return the phrases with which mails begin, the longest first."""
    return tuple(sorted(words("greetings.words"), key=len, reverse=True))


def _is_title(word: str) -> bool:
    return word.strip(MARKS).casefold() in words("names.titles")
