"""Follow-ups that ask for another tone or length, not for other content: "friendlier"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from engine.checking.lexicon import Lexicon, alternatives, lexicon, straight
from engine.follow_ups.cues import clause, without_interjections, without_joiner
from engine.follow_ups.parts import head_end
from engine.follow_ups.people import is_person

_LISTS = {"follow_ups.shorter": -1, "follow_ups.longer": 1, "follow_ups.tones": 0}


@dataclass(frozen=True)
class Tone:
    """adverb: how an instruction asks for it. length: -1 for shorter, 1 for longer, else 0."""

    adverb: str
    length: int


def tone_of(change: str, lexicon: Lexicon) -> Tone | None:
    """Return the tone that a change asks for; None if it asks for content.

    Its reason may stand behind a comma: "friendlier, she's nervous".
    """
    said, rest = clause(without_interjections(straight(change), lexicon))
    first = lexicon.first_word(rest).partition("'")[0]
    if rest and not (rest.startswith(",") and is_person(first, lexicon)):
        return None
    match = _asks_for(lexicon.language).fullmatch(without_joiner(said, lexicon).strip())
    if not match:
        return None
    tones = [_named(match[group], lexicon) for group in ("tone", "other") if match[group]]
    adverbs = match["joiner"].join(tone.adverb for tone in tones) if match["other"] else ""
    return Tone(adverbs or tones[0].adverb, sum(tone.length for tone in tones))


def _named(words: str, lexicon: Lexicon) -> Tone:
    """Return the tone that an entry of the lists names."""
    wanted = re.sub(r"\s+", " ", words.lower())
    found = ((lexicon.pairs(key).get(wanted), length) for key, length in _LISTS.items())
    return next(Tone(adverb, length) for adverb, length in found if adverb)


def with_tone(instruction: str, tone: Tone, lexicon: Lexicon) -> str:
    """Return an instruction that asks for a tone: "Ask Ann politely to", "ann, politely: …"."""
    end = _named_end(instruction, lexicon)
    if not end:
        return f"{instruction.rstrip(' .')}, {tone.adverb}"
    mark = ", " if instruction[end:].lstrip().startswith((":", "-")) else " "
    return f"{instruction[:end].rstrip()}{mark}{tone.adverb}{instruction[end:]}"


def _named_end(instruction: str, lexicon: Lexicon) -> int:
    """Return where whom an instruction is for ends, before "that" or a colon; 0 for nobody."""
    head = instruction[: head_end(straight(instruction), lexicon)]
    match = _told(lexicon.language).search(head)
    return match.start() if match else 0


@cache
def _asks_for(language: str) -> re.Pattern[str]:
    words = lexicon(language)
    tones = alternatives(frozenset().union(*(words.pairs(key) for key in _LISTS)))
    before = alternatives(
        words.words("follow_ups.lead_ins")
        | words.words("follow_ups.asking")
        | words.words("follow_ups.degrees")
        | words.words("follow_ups.wording")
    )
    behind = alternatives(words.words("follow_ups.behind") | words.words("follow_ups.wording"))
    joiners = alternatives(words.words("follow_ups.joiners"))
    return re.compile(
        rf"(?:{before}\s+)*?(?P<tone>{tones})"
        rf"(?:(?P<joiner>\s+{joiners}\s+)(?:{before}\s+)*(?P<other>{tones}))?"
        rf"(?:,?\s+{behind})*[.!?]*",
        re.IGNORECASE,
    )


@cache
def _told(language: str) -> re.Pattern[str]:
    told = alternatives(lexicon(language).words("follow_ups.told"))
    return re.compile(rf"(?::|\s-)\s+$|(?:,?\s+{told})*\s+$", re.IGNORECASE)
