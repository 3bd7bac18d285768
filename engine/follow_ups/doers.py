"""Put who does something in the place of who did: "she does the cake" for "I bring the cake"."""

from __future__ import annotations

from engine.checking.lexicon import Lexicon
from engine.follow_ups.cues import clause, content_stems, uncapitalised
from engine.follow_ups.parts import parts
from engine.follow_ups.people import doer_of


def with_other_doer(instruction: str, change: str, lexicon: Lexicon) -> str | None:
    """Put a change in the place of the one part in which somebody else does all that it tells of.

    None where there is no such part, or more than one.
    """
    said, rest = clause(change.rstrip(".!"))
    told = set(_told(said, lexicon))
    doer = doer_of(said, lexicon)
    if not told or not doer or rest:
        return None
    found = []
    for part in parts(instruction, lexicon):
        text = instruction[part.start : part.end]
        other = doer_of(text, lexicon)
        held = set(_told(text, lexicon))
        if other and other != doer and told <= held:
            found.append(part)
    if len(found) != 1:
        return None
    (part,) = found
    before, behind = instruction[: part.start], instruction[part.end :]
    return f"{before}{uncapitalised(said, lexicon) if before else said}{behind}"


def _told(text: str, lexicon: Lexicon) -> list[str]:
    """Return the stems of the telling words besides "doing" and the like."""
    light = lexicon.words("follow_ups.light")
    words = (word for word in lexicon.find_words(text) if word.lower() not in light)
    return content_stems(words, lexicon)
