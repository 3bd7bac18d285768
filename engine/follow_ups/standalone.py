"""Make one instruction of an earlier one and its follow-up."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import tomli

from engine.checking.lexicon import Lexicon, lexicon_of
from engine.follow_ups.omissions import is_vain
from engine.follow_ups.parts import changes
from engine.follow_ups.rewrites import rewrites, score
from engine.follow_ups.tone import Tone, tone_of, with_tone

WEIGHTS = Path(__file__).with_name("weights.toml")
"""Of the features of a rewrite, fitted to the corpus by `python -m training.follow_up_weights`."""


_LONGEST = 1500
"""Characters of an instruction or a follow-up; a longer one is a whole text, put below."""


def standalone(instruction: str, follow_up: str) -> str:
    """Return an instruction with the changes of a follow-up, as if it had been typed so at first.

    What neither text says is never in it, and most of what the follow-up does not touch stays word
    for word. What should be left out but is not there is passed over, as a small model would
    mention it. Not every change is understood: then both stand there, one behind the other. A tone
    is asked for by an adverb, as a small model would copy "friendlier" into the mail.
    """
    if max(len(instruction), len(follow_up)) > _LONGEST:
        return f"{instruction.strip()}\n{follow_up.strip()}"
    lexicon = lexicon_of(f"{instruction}\n{follow_up}")
    text, weights = instruction.strip(), _weights()
    wanted = changes(follow_up, lexicon)
    for change in wanted:
        if tone_of(change, lexicon) or is_vain(text, change, lexicon):
            continue
        text = max(rewrites(text, change, lexicon), key=lambda one: score(one, weights)).text
    tone = _last_tone(wanted, lexicon)
    return with_tone(text, tone, lexicon) if tone else text


def only_tone(instruction: str, follow_up: str) -> Tone | None:
    """Return the tone that a follow-up asks for; None if it asks for anything else."""
    if len(follow_up) > _LONGEST:
        return None
    lexicon = lexicon_of(f"{instruction}\n{follow_up}")
    wanted = changes(follow_up, lexicon)
    is_all = all(tone_of(change, lexicon) for change in wanted)
    return _last_tone(wanted, lexicon) if is_all else None


def _last_tone(wanted: Sequence[str], lexicon: Lexicon) -> Tone | None:
    tones = (tone_of(change, lexicon) for change in reversed(wanted))
    return next((tone for tone in tones if tone), None)


@cache
def _weights() -> dict[str, float]:
    tables = tomli.loads(WEIGHTS.read_text(encoding="utf-8"))
    return {
        f"{done}.{name}": value for done, table in tables.items() for name, value in table.items()
    }
