"""Is a text the instruction for this mail? A wrong one teaches the model to make things up."""

from __future__ import annotations

import re

from engine.mail.stored.store import StoredMail
from training.playback.mail_parts import split_mail
from training.playback.worked_examples import WORKED_EXAMPLES

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_MOST_WORDS = 70
_LONGEST_COPY = 14
_TRUE_SHARE = 0.75
_TOLD_SHARE = 0.25


def flaw(instruction: str, mail: StoredMail, common: frozenset[str]) -> str | None:
    """What is wrong with an instruction, as a name; None when it is true to its mail.

    endless: over 70 words, or not text. copy: 15 or more words in the mail's own order.
    repetitive: says a word over and over. invented: a name or number that the mail lacks, or more
    than a quarter of its telling words are not in the mail. vague: tells less than a quarter of
    the mail's telling words. common: words that tell nothing (notes.common_words).
    """
    words = _WORD.findall(instruction.lower())
    if len(words) > _MOST_WORDS or "\ufffd" in instruction:
        return "endless"
    if _longest_common_run(words, _WORD.findall(mail.body.lower())) > _LONGEST_COPY:
        return "copy"
    names = " ".join(name for name, _ in mail.recipients)
    known = _stems(f"{mail.body} {mail.subject} {names}")
    if not _stems(" ".join(_names_and_numbers(instruction))) <= known:
        return "invented"
    telling = [s for w in words if (s := _stem(w)) not in _VOCABULARY and w not in common]
    if len(telling) > 2 * len(set(telling)):
        return "repetitive"
    true = set(telling) & known
    if len(true) < _TRUE_SHARE * len(set(telling)):
        return "invented"
    told = {
        stem
        for word in _WORD.findall(" ".join(split_mail(mail.body).sentences).lower())
        if (stem := _stem(word)) not in _VOCABULARY and word not in common
    }
    if len(true & told) < _TOLD_SHARE * len(told):
        return "vague"
    return None


def _names_and_numbers(instruction: str) -> list[str]:
    """Words with a capital that do not begin a sentence, and all numbers."""
    found = []
    for match in _WORD.finditer(instruction):
        word, before = match[0], instruction[: match.start()].rstrip(" \"'(“‘")
        begins = not before or before[-1] in ".!?:"
        if word[0].isdigit() or (word[0].isupper() and not begins and word != "I"):
            found.append(word)
    return found


def _stem(word: str) -> str:
    """The word in lower case without possessive or plural, cut to 6 letters: forms agree."""
    return re.sub(r"['’].*|s$", "", word.lower())[:6] or word.lower()


def _stems(text: str) -> set[str]:
    return {_stem(word) for word in _WORD.findall(text)}


# What instructions say of themselves ("ask", "whether"): in the worked ones, but not their mails.
_VOCABULARY = frozenset(
    stem
    for example in WORKED_EXAMPLES
    for stem in _stems(f"Write to and {example.instruction}") - _stems(example.mail)
)


def _longest_common_run(first: list[str], second: list[str]) -> int:
    longest, row = 0, [0] * (len(second) + 1)
    for word in first:
        new = [0] * (len(second) + 1)
        for index, other in enumerate(second):
            if word == other:
                new[index + 1] = row[index] + 1
        row = new
        longest = max(longest, *row)
    return longest
