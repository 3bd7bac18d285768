"""What an instruction says to the mail's reader, as far as rules understand it."""

from __future__ import annotations

from dataclasses import dataclass

from engine.checking.brief import Brief
from engine.direct_speech.speaking import direct_speech
from engine.direct_speech.turned import tidied, turned

_LONGEST = 3000
"""Characters of an instruction that is read; a longer one is hardly typed, and takes seconds."""


@dataclass(frozen=True)
class Understood:
    """What an instruction says; '' for what is not understood.

    said: to be written out as a mail. sentences: the same as sentences, of which a mail may
    consist. is_notes: whether these are notes as they were typed.
    """

    said: str = ""
    sentences: str = ""
    is_notes: bool = False


NOTHING = Understood()


def understood(brief: Brief) -> Understood:
    """Return what an instruction says: direct speech, or notes with their reader as you."""
    if len(brief.instruction) > _LONGEST:
        return NOTHING
    if direct := direct_speech(brief):
        return Understood(direct, direct)
    notes = turned(brief)
    return Understood(notes, tidied(notes, brief), is_notes=True) if notes else NOTHING
