"""Recognise the words of one mail in other texts: in quotes, drafts, instructions and logs.

Compared are windows of five words, without case, punctuation and quote marks, of which at least
one word is telling: few other mails of the user have it. So a short line such as "Code 8841" is
found, also when it was wrapped again, and "see you on Monday" is not. A shorter line is compared as
a whole.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import apsw

from engine.mail.own_words.closings import is_closing
from engine.mail.stored.store import StoredMail

_WINDOW = 5
_IDEOGRAPHS_IN_WINDOW = 10
_MAX_OTHER_MAILS = 3
"""A word that more of the user's other mails have is not telling."""

_MIN_SINGLE_WORD = 5
"""The number of letters of a line of one word that is telling without a digit."""

_LONGEST_SALUTATION = 4  # words

# Scripts without spaces: each character counts as a word.
_IDEOGRAPH = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_WORD = re.compile(rf"[{_IDEOGRAPH}]|[^\W_{_IDEOGRAPH}]+")
_IS_IDEOGRAPH = re.compile(rf"[{_IDEOGRAPH}]")
_SENTENCE_END = re.compile(r"(?<=[.!?;:。！？])\s+")

Words = tuple[str, ...]


class WordsOfMail:
    """The telling windows and short lines of a mail's own words."""

    def __init__(self, connection: apsw.Connection, mail: StoredMail) -> None:
        self._connection, self._mail = connection, mail
        self._telling: dict[str, bool] = {}
        self._windows: set[Words] = set()
        self._lines: set[str] = set()
        for line in mail.body.splitlines():
            if not _is_salutation(line) and not is_closing(line):
                self._add(_words(line))
        for sentence in _SENTENCE_END.split(" ".join(mail.body.split())):
            if len(words := _words(sentence)) >= _WINDOW:
                self._add(words)

    def may_be_in(self, text: str) -> bool:
        """Return False, quickly, for most texts that have no words of the mail."""
        folded = text.casefold()
        return any(word in folded for word in self._anchors)

    @cached_property
    def _anchors(self) -> set[str]:
        """Words of which every text with words of the mail has at least one."""
        pieces = [*self._windows, *(tuple(line.split()) for line in self._lines)]
        return {max(filter(self._is_telling, piece), key=len, default=piece[0]) for piece in pieces}

    def are_in(self, text: str, beyond: str = "") -> bool:
        """Return whether a text, or a string in its JSON, has words of the mail.

        beyond: another text; only what the first has more than this one counts.
        """
        found = self._found_in(text)
        return bool(found - self._found_in(beyond)) if found and beyond else bool(found)

    def _found_in(self, text: str) -> set[object]:
        found: set[object] = set()
        for part in texts_of(text):
            words = _words(part)
            found.update(self._windows.intersection(_windows(words)))
            whole = f" {' '.join(words)} "
            found.update(line for line in self._lines if f" {line} " in whole)
        return found

    def _add(self, words: list[str]) -> None:
        """Add the windows of a line or sentence, or the whole of a short one."""
        if len(words) < _WINDOW:
            long_enough = len(words) > 1 or any(map(_tells_alone, words))
            if long_enough and any(map(self._is_telling, words)):
                self._lines.add(" ".join(words))
            return
        for window in _windows(words):
            if all(map(_IS_IDEOGRAPH.match, window)) or any(map(self._is_telling, window)):
                self._windows.add(window)

    def _is_telling(self, word: str) -> bool:
        if word not in self._telling:
            self._telling[word] = len(word) > 1 and self._is_rare(word)
        return self._telling[word]

    def _is_rare(self, word: str) -> bool:
        rows: list[Any] = self._connection.execute(
            "SELECT rowid FROM mails_text WHERE mails_text MATCH ? AND rowid <> ? LIMIT ?",
            (f'body : "{word}"', self._mail.id, _MAX_OTHER_MAILS + 1),
        ).fetchall()
        return len(rows) <= _MAX_OTHER_MAILS


def _is_salutation(line: str) -> bool:
    return line.rstrip().endswith((",", "，")) and len(line.split()) <= _LONGEST_SALUTATION


def _tells_alone(word: str) -> bool:
    has_digit = any(letter.isdigit() for letter in word)
    return len(word) >= (_MIN_SINGLE_WORD - has_digit)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _windows(words: Sequence[str]) -> Iterator[Words]:
    """Yield each run of five words, or of ten characters in a script without spaces."""
    for start in range(len(words) - _WINDOW + 1):
        window = tuple(words[start : start + _WINDOW])
        if all(map(_IS_IDEOGRAPH.match, window)):
            window = tuple(words[start : start + _IDEOGRAPHS_IN_WINDOW])
            if len(window) < _IDEOGRAPHS_IN_WINDOW:
                continue
        yield window


def texts_of(value: str) -> Iterator[str]:
    """Yield a text, and each string in it if it is JSON."""
    yield value
    if value.startswith(("[", "{")):
        try:
            yield from _strings(json.loads(value))
        except (ValueError, RecursionError):
            return


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _strings(inner)
