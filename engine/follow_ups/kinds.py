"""Put a colour, a size or the like in the place of another: "pink ones" for "in green"."""

from __future__ import annotations

from engine.checking.lexicon import Lexicon
from engine.follow_ups.cues import content_stems, without_lead_in


def with_new_kind(instruction: str, change: str, lexicon: Lexicon) -> str | None:
    """Put the one word of a change that is of a kind in the place of the only one of its kind."""
    kinds = lexicon.pairs("follow_ups.kinds")
    said = lexicon.find_words(without_lead_in(change.rstrip(".!"), lexicon))
    stands_in = lexicon.words("follow_ups.stand_ins")
    held = {lexicon.stem(word) for word in lexicon.find_words(instruction)}
    telling = [
        word
        for word in said
        if word.lower() not in stands_in
        and lexicon.stem(word) not in held
        and (word.lower() in kinds or content_stems([word], lexicon))
    ]
    if len(telling) != 1 or telling[0].lower() not in kinds:
        return None
    kind = kinds[telling[0].lower()]
    old = [word for word in lexicon.match_words(instruction) if kinds.get(word[0].lower()) == kind]
    if len(old) != 1:
        return None
    new = telling[0] if old[0][0][:1].isupper() else telling[0].lower()
    return instruction[: old[0].start()] + new + instruction[old[0].end() :]
