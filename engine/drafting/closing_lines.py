"""Tell which last lines of a mail are a closing, and which of those say something."""

from __future__ import annotations

import re
from collections.abc import Collection, Set
from functools import cache
from itertools import zip_longest

from engine.checking.facts import find_facts
from engine.checking.lexicon import Lexicon, lexicon_of
from engine.mail.greetings import MARKS, without_marks
from engine.mail.own_words.closings import is_closing, is_closing_with_name
from engine.mail.own_words.endings import UNSPACED
from engine.words import words

_MAX_CLOSING_WORDS = 4  # of a line; "With kind regards from"
_MAX_NAME_WORDS = 3
_INITIAL = re.compile(r"(?:^|[\s.-])\w\.$")
"""The end of a name with a full stop: "T.", "P. A-L."."""

_SAYING = ("answers.yes", "answers.no", "purposes.apologies", "purposes.congratulations")
"""Lists of words that say something even alone: "Sorry"."""


class ClosingLines:
    """Those of one writer. own: the words of the name, signed: lines with which mails are signed.

    Both are case-folded.
    """

    def __init__(self, own: Collection[str], signed: Collection[str]) -> None:
        self._own = frozenset(own)
        self._signed = signed

    def closing_of(self, text: str) -> str:
        """Return the last lines that are a closing, below at least one other line.

        A closing phrase with or without a name below it, the writer's name, both on one line, and a
        short line right above the writer's name.
        """
        lines = text.splitlines(keepends=True)
        start = len(lines)
        below = ""
        while start > 1:
            line = lines[start - 1].strip()
            is_closing_line = (
                is_closing(line)
                or self.is_name(line)
                or self._closes_with_name(line)
                or (self.is_name(below) and _may_stand_above_name(line))
                or (start == len(lines) and _may_be_name(line) and is_closing(lines[start - 2]))
            )
            if line and not is_closing_line:
                break
            below = line
            start -= 1
        return "".join(lines[start:]).lstrip()

    def closes(self, text: str) -> bool:
        """Whether a text has a closing below its first line, whatever stands below that."""
        lines = [line.strip() for line in text.splitlines() if line.strip()][1:]
        return any(
            self.is_name(line)
            or self._closes_with_name(line)
            or (is_closing(line) and (not below or line.endswith(",") or _may_be_name(below)))
            for line, below in zip_longest(lines, lines[1:], fillvalue="")
        )

    def is_name(self, line: str) -> bool:
        """Whether a line is the writer's name as it is signed, with or without an emoji."""
        name = as_signed(line)
        return bool(name) and (name in self._signed or self._own.issuperset(name.split()))

    def said_in(self, closing: str, text: str, asked: str) -> str:
        """Return the beginning of a closing, up to its last line that says something, or ''.

        text: that above it, by which the language is told. asked: the instruction.
        """
        lines = closing.splitlines(keepends=True)
        lexicon = lexicon_of(text)
        told = {lexicon.stem(word) for word in lexicon.find_words(asked)}
        stop = len(lines)
        # A name may be somebody else's, and looks like anything with capitals.
        if lines and _may_be_name(lines[-1]):
            stop -= 1
        while stop and not self._says_something(lines[stop - 1].strip(), lexicon, told):
            stop -= 1
        return "".join(lines[:stop])

    def _says_something(self, line: str, lexicon: Lexicon, told: Collection[str]) -> bool:
        """Whether a line is more than a phrase or a name. told: stems of what is to be said."""
        if not line or self.is_name(line) or is_closing_with_name(line):
            return False
        little = lexicon.words("function_words.list") | _closing_words() | self._own
        found = lexicon.find_words(line.lower())
        said = [word for word in found if word not in little]
        if is_closing(line):
            return bool(said)
        bare = " ".join(word for word in line.split() if not self.is_name(word))
        return (
            _length(bare) > (_MAX_CLOSING_WORDS if bare.endswith(",") else 1)
            or any(lexicon.stem(word) in told for word in said)
            or not lexicon.words(*_SAYING).isdisjoint(found)
            or bool(find_facts(bare, lexicon.language))
        )

    def _closes_with_name(self, line: str) -> bool:
        """Whether a line is "À plus, Ann Lee" or "Cheers Ann"."""
        parts = line.split()
        while parts and parts[-1].strip(MARKS).casefold() in self._own:
            parts.pop()
        rest = " ".join(parts)
        if not rest or len(rest) == len(line) or len(parts) > _MAX_CLOSING_WORDS:
            return False
        return rest.endswith(",") or is_closing(rest)


def may_be_signed(line: str, own: Set[str]) -> bool:
    """Whether a last line may be a name, as "Let me know." and "See you at 5" can't.

    own: the words of the writer's name, case-folded; a line with one of them may be longer.
    """
    bare = line.strip()
    if not own.isdisjoint(folded(bare).split()) or _INITIAL.search(bare):
        return True
    return not _is_said(bare) and len(bare.split()) <= _MAX_NAME_WORDS


def as_signed(line: str) -> str:
    """Return a name's line as it is compared: in small letters, without marks and emoji."""
    return folded(without_marks(line))


def folded(text: str) -> str:
    """Return a text in small letters, without the marks around its words."""
    return " ".join(word.strip(MARKS) for word in text.casefold().split()).strip()


def _is_said(line: str) -> bool:
    """Whether a line ends a sentence, or has a link or a number, as no name and no phrase has."""
    return line.endswith((".", "?", "!")) or "://" in line or any(map(str.isdigit, line))


def _may_stand_above_name(line: str) -> bool:
    longest = _MAX_CLOSING_WORDS * (2 if line.endswith(",") else 1)
    return any(map(str.isalnum, line)) and not _is_said(line) and _length(line) <= longest


def _may_be_name(line: str) -> bool:
    parts = without_marks(line).split()
    return 0 < len(parts) <= _MAX_NAME_WORDS and all(part[0].isupper() for part in parts)


def _length(line: str) -> int:
    """Return how many words a line has; without spaces, two letters are taken for one."""
    return max(len(line.split()), len(UNSPACED.findall(line)) // 2)


@cache
def _closing_words() -> frozenset[str]:
    """Return the words of which closing phrases are made."""
    phrases = (*words("closings.phrases"), *words("closings.nouns"))
    return frozenset(word for phrase in phrases for word in re.findall(r"[^\W\d_]+", phrase))
