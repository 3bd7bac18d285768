"""Put where or how something is in the place of another: "by train" for "by car"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.checking.facts import find_facts
from engine.checking.lexicon import Lexicon
from engine.follow_ups.cues import content_stems, without_lead_in

_LONGEST = 4  # words


def with_new_place(instruction: str, change: str, lexicon: Lexicon) -> str | None:
    """Put a change that is only "by train" in the place of what stands behind "by"."""
    new_text = without_lead_in(change.rstrip(".!"), lexicon)
    new, old = list(lexicon.match_words(new_text)), list(lexicon.match_words(instruction))
    if not 1 < len(new) <= _LONGEST or find_facts(new_text, lexicon.language):
        return None
    word = new[0][0].lower()
    places = [n for n, one in enumerate(old) if one[0].lower() == word]
    if word not in lexicon.words("follow_ups.prepositions") or len(places) != 1:
        return None
    start = old[places[0]]
    end = _end(instruction, old[places[0] + 1 :], lexicon)
    if end is None or find_facts(instruction[start.start() : end], lexicon.language):
        return None
    return instruction[: start.start()] + new_text + instruction[end:]


def _end(instruction: str, behind: Sequence[re.Match[str]], lexicon: Lexicon) -> int | None:
    """Return where the first telling word ends."""
    return next((one.end() for one in behind if content_stems([one[0]], lexicon)), None)
