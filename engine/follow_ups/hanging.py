"""What hangs on a part of an instruction that is left out, and makes no sense without it."""

from __future__ import annotations

import re

from engine.checking.lexicon import Lexicon, alternatives
from engine.follow_ups.cues import content_stems
from engine.follow_ups.people import is_person

_LAST_BIT = re.compile(r"(?:^|(?<=[,.;:!?\n-]))[^,.;:!?\n]*$")
_FEW_WORDS = 3


def without_hanging_clause(gone: str, after: str, lexicon: Lexicon) -> str:
    """Return what stands behind without "but it's sorted", where "it" is what is gone."""
    its = lexicon.words("follow_ups.its")
    words = [word.lower().partition("'")[0] for word in lexicon.find_words(after)[:2]]
    held = {word.lower().partition("'")[0] for word in lexicon.find_words(gone)}
    hangs = (
        len(words) > 1
        and words[0] in lexicon.words("follow_ups.contrasts")
        and words[1] in its
        and held.isdisjoint(its)
    )
    if not hangs:
        return after
    joiners = alternatives(lexicon.words("follow_ups.joiners"))
    end = re.search(rf"[,.;!?\n]|\s{joiners}\s", after.lstrip()[len(words[0]) :])
    return after.lstrip()[len(words[0]) + end.start() :] if end else ""


def without_hanging_verb(before: str, lexicon: Lexicon) -> str:
    """Return what stands before without "had it" behind its last comma, which tells nothing."""
    bit = _LAST_BIT.search(before)
    if bit is None or not bit.start():
        return before
    words = [word.lower() for word in lexicon.find_words(bit[0])]
    tells = content_stems(words, lexicon) or any(is_person(word, lexicon) for word in words)
    ends = lexicon.words("follow_ups.objects", "follow_ups.light")
    if tells or not 0 < len(words) <= _FEW_WORDS or words[-1] not in ends:
        return before
    return before[: bit.start()].rstrip(" ,;-")
