"""Decide where own words end, given the lines below them that the rules recognise as foreign.

The rules (footers, disclaimers, device lines, advertisements) only name the lines that they
recognise. What is cut is decided here, so that no rule can cut the writer's own sentences below a
line that only looks like a program's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from engine.mail.own_words.contact import EMAIL, LINK
from engine.mail.own_words.contact_lines import is_sentence

POSTSCRIPT = re.compile(
    r"^\s{0,4}(?:(?:p\.?\s?){1,3}[sd]\.?|п\.?с\.?|з\.?ы\.?)[:.,\s-]", re.IGNORECASE
)
"""The start of a line such as "P.S. Bring cake"."""

LONGEST_LINE, LONGEST_PARAGRAPH = 400, 3000
"""Characters of a line and of a paragraph that `has_sentence` reads."""

_MIN_WORDS = 4  # of a line that is text, with or without a full stop
_MIN_WORDS_OF_SENTENCE = 3
_MIN_UNSPACED = 6  # characters of a sentence in a script without spaces
UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u9fff\uac00-\ud7af]")


@dataclass(frozen=True)
class ForeignPart:
    """Lines `start` to before `end` that a rule takes for a program's or a company's.

    is_certain: an address or link of a mailing list is evidence enough to cut what is below, too.
    """

    start: int
    end: int
    is_certain: bool = False


def own_text_end(lines: Sequence[str], parts: Sequence[ForeignPart]) -> int:
    """Return where own words end: at the first part without sentences of the writer below it.

    A certain part needs no such check. Return len(lines) if every part has own sentences below.
    """
    if not parts:
        return len(lines)
    is_foreign = [False] * len(lines)
    for part in parts:
        is_foreign[part.start : part.end] = [True] * (part.end - part.start)
    last_own = last_sentence(lines, is_foreign, min(part.start for part in parts))
    return min(
        (part.start for part in parts if part.is_certain or part.start > last_own),
        default=len(lines),
    )


def last_sentence(lines: Sequence[str], is_foreign: Sequence[bool], start: int) -> int:
    """Return the last line from `start` on with a sentence of the writer's; -1 if there is none."""
    end = len(lines)
    while end > start:
        top = end - 1
        if is_foreign[top] or not lines[top].strip():
            end -= 1
            continue
        while top > start and not is_foreign[top - 1] and lines[top - 1].strip():
            top -= 1
        if has_sentence(lines[top:end]):
            return end - 1
        end = top
    return -1


def has_sentence(paragraph: Sequence[str]) -> bool:
    """Return whether a paragraph has a sentence, rather than names, links and numbers alone."""
    text = " ".join(line[:LONGEST_LINE].strip() for line in paragraph)[:LONGEST_PARAGRAPH]
    bare = " ".join(EMAIL.sub(" ", LINK.sub(" ", text)).split())
    words = [word for word in bare.split() if any(map(str.isalpha, word))]
    if POSTSCRIPT.match(text):
        return len(words) > 1
    if UNSPACED.search(bare):
        return sum(map(str.isalpha, bare)) >= _MIN_UNSPACED
    if is_sentence(bare):
        return len(words) >= _MIN_WORDS_OF_SENTENCE
    lower_case = sum(not word[0].isupper() for word in words)
    return len(words) >= _MIN_WORDS and 2 * lower_case >= len(words)
