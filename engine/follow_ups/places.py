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
    if not 1 < len(new) <= _LONGEST or _has_time(new_text, lexicon):
        return None
    if lexicon.phrases("follow_ups.too").search(new_text):
        return None
    word = new[0][0].lower()
    places = [n for n, one in enumerate(old) if one[0].lower() == word]
    possessives = lexicon.words("follow_ups.possessives")
    if new[1][0].lower() in possessives:
        places = [n for n in places if old[n + 1 :] and old[n + 1][0].lower() in possessives]
    if word not in lexicon.words("follow_ups.prepositions") or len(places) != 1:
        return None
    start = old[places[0]]
    end = _end(instruction, old[places[0] + 1 :], lexicon)
    if end is None or _has_time(instruction[start.start() : end], lexicon):
        return None
    return instruction[: start.start()] + new_text + instruction[end:]


def _end(instruction: str, behind: Sequence[re.Match[str]], lexicon: Lexicon) -> int | None:
    """Return where the first telling word ends, with the rest of a name: "the Lund office"."""
    if behind and behind[0][0].lower() in lexicon.words("follow_ups.possessives"):
        return behind[0].end()  # "At mine".
    told = [bool(content_stems([one[0]], lexicon)) for one in behind]
    if True not in told:
        return None
    last = told.index(True)
    while (
        behind[last][0][:1].isupper()
        and last + 1 < len(behind)
        and told[last + 1]
        and instruction[behind[last].end() : behind[last + 1].start()] == " "
    ):
        last += 1
    return behind[last].end()


def _has_time(text: str, lexicon: Lexicon) -> bool:
    """Whether a text holds a day, a time or a number, which are exchanged by themselves."""
    return any(fact.kind != "name" for fact in find_facts(text, lexicon.language))
