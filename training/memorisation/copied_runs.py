"""Find runs of words that a draft has in common with a training mail, beyond the usual phrases."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from engine.mail.mail_parts import split_mail

RUN = 12
"""Words in a row; shorter runs are phrases that anyone writes."""

_WORD = re.compile(r"\w+(?:['’]\w+)*")


class TrainingRuns:
    """The runs of RUN words in training mails, without their greetings and closings."""

    def __init__(self, mails: Iterable[str]) -> None:
        runs = (run for mail in mails for run in _runs(_words_between(mail)))
        self._runs = np.unique(np.fromiter(runs, np.int64))  # Sorted; 8 bytes a word.

    def longest_in(self, draft: str, given: Sequence[str] = ()) -> int:
        """How many words the longest run has that a draft copies from a training mail; 0: none.

        given: texts that it may repeat, such as its instruction and the mail that it answers.
        """
        allowed = {run for text in given for run in _runs(_words(text))}
        longest = length = 0
        for run in _runs(_words_between(draft)):
            copied = self._has(run) and run not in allowed
            length = (length + 1 if length else RUN) if copied else 0
            longest = max(longest, length)
        return longest

    def _has(self, run: int) -> bool:
        at = int(np.searchsorted(self._runs, run))
        return at < len(self._runs) and int(self._runs[at]) == run


def longest_shared_run(draft: str, mails: Sequence[str], given: Sequence[str] = ()) -> int:
    """How many words in a row a draft has in common with one of these mails; 0: none.

    Without greetings and closings. given: texts that it may repeat, such as its instruction.
    """
    words = _words_between(draft)
    copied = _lengths_in(words, [_words_between(mail) for mail in mails])
    allowed = _lengths_in(words, [_words(text) for text in given])
    return int(np.max(np.where(copied > allowed, copied, 0), initial=0))


def _lengths_in(words: Sequence[str], texts: Iterable[Sequence[str]]) -> np.ndarray:
    """The length of the longest run from each word on that is in one of the texts."""
    longest = np.zeros(len(words), int)
    for text in texts:
        others = np.array(text, object)
        lengths = np.zeros(len(text) + 1, int)
        for at in reversed(range(len(words))):
            # From the word before on, a run is one longer than from its successor on.
            lengths[:-1] = np.where(others == words[at], lengths[1:] + 1, 0)
            longest[at] = max(longest[at], lengths.max())
    return longest


def _words_between(mail: str) -> list[str]:
    """The words between greeting and closing, which a writer repeats in every mail."""
    return _words("\n".join(split_mail(mail).sentences))


def _words(text: str) -> list[str]:
    return [word.casefold().replace("’", "'") for word in _WORD.findall(text)]


def _runs(words: Sequence[str]) -> Iterator[int]:
    """A hash of each run, in order: the words themselves would take much memory."""
    for start in range(len(words) - RUN + 1):
        yield hash(tuple(words[start : start + RUN]))
