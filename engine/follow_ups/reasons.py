"""Put why something is so into an instruction: "say it's because of the rain"."""

from __future__ import annotations

import re
from functools import cache

from engine.checking.lexicon import Lexicon, alternatives, capitalised, lexicon
from engine.follow_ups.leaving_out import left_out


def reason_in(change: str, words: Lexicon) -> str | None:
    """Return why something is so, '' where a change only asks to say why; None if it does not."""
    match = _cue(words.language).match(change)
    return change[match.end() :].strip() if match else None


def with_reason(instruction: str, reason: str, words: Lexicon) -> str:
    """Return an instruction with a reason, in place of the one that it has."""
    old = _reason(words.language).search(instruction)
    if old:
        return (
            f"{instruction[: old.start('why')]}{reason.rstrip('.')}{instruction[old.end('why') :]}"
        )
    told = capitalised(reason) if instruction[:1].isupper() else reason
    end = "" if instruction.rstrip().endswith((".", "!", "?")) else "."
    return f"{instruction.rstrip()}{end} {told}"


def without_reason(instruction: str, change: str, words: Lexicon) -> str | None:
    """Return an instruction without why, if a change asks for that; None if it has no reason."""
    why, little = words.words("follow_ups.why"), words.words("function_words.list")
    found = words.find_words(left_out(change, words).lower())
    first = next((word for word in found if word in why or word not in little), "")
    if first not in why and not _no_reason(words.language).match(change):
        return None
    old = _reason(words.language).search(instruction)
    return instruction[: old.start()].rstrip(" ,") + instruction[old.end() :] if old else None


@cache
def _cue(language: str) -> re.Pattern[str]:
    words = lexicon(language)
    cues = alternatives(words.words("follow_ups.reasons"))
    because = alternatives(words.words("follow_ups.because"))
    return re.compile(
        rf"{cues}(?!\w)[\s,:.-]*(?:(?:that\s+)?(?:it's\s+)?{because}\s+)?", re.IGNORECASE
    )


@cache
def _no_reason(language: str) -> re.Pattern[str]:
    cues = alternatives(lexicon(language).words("follow_ups.no_reason"))
    return re.compile(rf"{cues}\s*(?:[,.!;].*)?$", re.IGNORECASE)


@cache
def _reason(language: str) -> re.Pattern[str]:
    words = lexicon(language)
    because = alternatives(words.words("follow_ups.because"))
    joiners = alternatives(words.words("follow_ups.joiners"))
    orders = alternatives(words.words("instructions.verbs"))
    told = alternatives(words.words("follow_ups.objects", "follow_ups.told"))
    end = rf"\s+{joiners}\s+(?:{orders}\s|\w+\s+{told}\s)|[,.;!?]|$"
    return re.compile(rf"(?<=\s){because}\s+(?P<why>[^,.;!?]+?)(?={end})", re.IGNORECASE)
