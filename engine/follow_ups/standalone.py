"""Make one instruction of an earlier one and its follow-up."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import tomli

from engine.checking.lexicon import lexicon_of
from engine.follow_ups.capitals import with_fitting_capitals
from engine.follow_ups.changes import changes
from engine.follow_ups.cues import without_interjections
from engine.follow_ups.halves import halved
from engine.follow_ups.names import without_repeated_head
from engine.follow_ups.omissions import is_vain
from engine.follow_ups.parts import without_request
from engine.follow_ups.reasons import reason_in, with_reason, without_reason
from engine.follow_ups.rewrites import best, rewrites
from engine.follow_ups.tone import Tone, tone_of, with_tone

WEIGHTS = Path(__file__).with_name("weights.toml")
"""Of the features of a rewrite, fitted to the corpus by `python -m training.follow_up_weights`."""


LONGEST = 1500
"""Characters of an instruction or a follow-up; a longer one is a whole text, put below."""


@dataclass(frozen=True)
class Standalone:
    """An instruction with the changes of a follow-up.

    is_exact: whether each change named what it is about, or that it adds something, so that nothing
    was only put behind the instruction, or in the place of what it has words of.
    """

    text: str
    is_exact: bool


def standalone(instruction: str, follow_up: str) -> str:
    """Return an instruction with the changes of a follow-up; see `changed`."""
    return changed(instruction, follow_up).text


def changed(instruction: str, follow_up: str) -> Standalone:
    """Return an instruction with the changes of a follow-up, as if it had been typed so at first.

    What neither text says is never in it, and most of what the follow-up does not touch stays word
    for word. What should be left out but is not there is passed over, as a small model would
    mention it. Not every change is understood: then both stand there, one behind the other. A tone
    is asked for by an adverb, as a small model would copy "friendlier" into the mail.
    """
    if max(len(instruction), len(follow_up)) > LONGEST:
        return Standalone(f"{instruction.strip()}\n{follow_up.strip()}", False)
    is_exact = True
    lexicon = lexicon_of(f"{instruction}\n{follow_up}")
    text, tone, weights = without_request(instruction.strip(), lexicon), None, _weights()
    for told in changes(follow_up, lexicon):
        text, change = halved(text, without_repeated_head(text, told, lexicon), lexicon)
        if not change:
            continue
        if asked := tone_of(change, lexicon):
            tone = asked
        elif (reason := reason_in(without_interjections(change, lexicon), lexicon)) is not None:
            text = with_reason(text, reason, lexicon) if reason else text
        elif (made := without_reason(text, change, lexicon)) is not None:
            text = made
        elif not is_vain(text, change, lexicon):
            meant = best(rewrites(text, change, lexicon), weights)
            is_order = lexicon.first_word(change).lower() in lexicon.words("instructions.verbs")
            is_put_behind = "append.bias" in meant.features
            is_exact = is_exact and (meant.is_exact or (is_order and is_put_behind))
            text = with_fitting_capitals(text, meant.text, lexicon)
    return Standalone(with_tone(text, tone, lexicon) if tone else text, is_exact)


def only_tone(instruction: str, follow_up: str) -> Tone | None:
    """Return the tone that a follow-up asks for; None if it asks for anything else."""
    if len(follow_up) > LONGEST:
        return None
    lexicon = lexicon_of(f"{instruction}\n{follow_up}")
    tones = [tone_of(change, lexicon) for change in changes(follow_up, lexicon)]
    return tones[-1] if tones and all(tones) else None


@cache
def _weights() -> dict[str, float]:
    tables = tomli.loads(WEIGHTS.read_text(encoding="utf-8"))
    return {
        f"{done}.{name}": value for done, table in tables.items() for name, value in table.items()
    }
