"""Check generated instructions against their mails: wrong ones teach a model to make things up."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.mail.stored.store import StoredMail
from training.playback.mail_parts import split_mail
from training.playback.worked_examples import WORKED_EXAMPLES

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")

# All limits were chosen by hand on instructions that the embedded base wrote for real mails.
_MAX_WORDS = 70
_MAX_COPIED_WORDS = 14

_MIN_FAITHFUL_SHARE = 0.75
"""Of an instruction's distinctive words, how many must be in the mail."""

_MIN_COVERED_SHARE = 0.25
"""Of a mail's distinctive words, how many the instruction must have."""

_MAX_REPEATS = 2
"""How often an instruction may use a distinctive word on average."""

_STEM_LETTERS = 6
"""How many leading letters of a word count, so that its forms are the same word."""


def rejection_reason(instruction: str, mail: StoredMail, common: frozenset[str]) -> str | None:
    """Why an instruction does not fit its mail, as one word; None when it fits.

    endless: over 70 words, or not text. copy: 15 or more words in the mail's order. repetitive:
    the same words again and again. invented: a name or number that is not in the mail, or more than
    a quarter of its distinctive words are not. vague: has less than a quarter of the mail's
    distinctive words. common: the words that are not distinctive (notes.common_words).
    """
    words = _WORD.findall(instruction.lower())
    if len(words) > _MAX_WORDS or "\ufffd" in instruction:
        return "endless"
    if _longest_common_run(words, _WORD.findall(mail.body.lower())) > _MAX_COPIED_WORDS:
        return "copy"
    names = " ".join(name for name, _ in mail.recipients)
    known = _stems(f"{mail.body} {mail.subject} {names}")
    if not _stems(" ".join(_names_and_numbers(instruction))) <= known:
        return "invented"
    distinctive = _distinctive_stems(words, common)
    if len(distinctive) > _MAX_REPEATS * len(set(distinctive)):
        return "repetitive"
    faithful = set(distinctive) & known
    if len(faithful) < _MIN_FAITHFUL_SHARE * len(set(distinctive)):
        return "invented"
    sentences = " ".join(split_mail(mail.body).sentences).lower()
    of_mail = set(_distinctive_stems(_WORD.findall(sentences), common))
    if len(faithful & of_mail) < _MIN_COVERED_SHARE * len(of_mail):
        return "vague"
    return None


def _names_and_numbers(instruction: str) -> list[str]:
    """Capitalised words that do not start a sentence, and all numbers."""
    found = []
    for match in _WORD.finditer(instruction):
        word, before = match[0], instruction[: match.start()].rstrip(" \"'(“‘")
        starts_sentence = not before or before[-1] in ".!?:"
        if word[0].isdigit() or (word[0].isupper() and not starts_sentence and word != "I"):
            found.append(word)
    return found


def _distinctive_stems(words: Sequence[str], common: frozenset[str]) -> list[str]:
    """The stems of the words that are neither common nor usual in instructions."""
    stems = [(word, _stem(word)) for word in words]
    return [s for word, s in stems if s not in _INSTRUCTION_WORDS and word not in common]


def _stem(word: str) -> str:
    """The first letters of a word in lower case, without possessive or plural."""
    return re.sub(r"['’].*|s$", "", word.lower())[:_STEM_LETTERS] or word.lower()


def _stems(text: str) -> set[str]:
    return {_stem(word) for word in _WORD.findall(text)}


# Words that belong to instructions, such as "ask": in the worked ones but not in their mails.
_INSTRUCTION_WORDS = frozenset(
    stem
    for example in WORKED_EXAMPLES
    for stem in _stems(f"Write to and {example.instruction}") - _stems(example.mail)
)


def _longest_common_run(first: list[str], second: list[str]) -> int:
    """The length of the longest run of words that both have."""
    longest, row = 0, [0] * (len(second) + 1)
    for word in first:
        new = [0] * (len(second) + 1)
        for index, other in enumerate(second):
            if word == other:
                new[index + 1] = row[index] + 1
        row = new
        longest = max(longest, *row)
    return longest
