"""Put why something is so into an instruction: "say it's because of the rain"."""

from __future__ import annotations

import re
from functools import cache

from engine.checking.lexicon import Lexicon, alternatives, capitalised, lexicon


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


@cache
def _cue(language: str) -> re.Pattern[str]:
    words = lexicon(language)
    cues = alternatives(words.words("follow_ups.reasons"))
    because = alternatives(words.words("follow_ups.because"))
    return re.compile(
        rf"{cues}(?!\w)[\s,:.-]*(?:(?:that\s+)?(?:it's\s+)?{because}\s+)?", re.IGNORECASE
    )


@cache
def _reason(language: str) -> re.Pattern[str]:
    because = alternatives(lexicon(language).words("follow_ups.because"))
    return re.compile(
        rf"(?<=\s){because}\s+(?P<why>[^,.;!?]+?)(?=\s+and\s+\w+\s+(?:him|her|them|if|that)\s|[,.;!?]|$)",
        re.IGNORECASE,
    )
