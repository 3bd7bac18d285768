"""What an instruction says to the mail's reader, as far as rules understand it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.checking.brief import Brief
from engine.checking.first_names import sex_of
from engine.checking.lexicon import capitalised
from engine.direct_speech.loosely import loosely_said
from engine.direct_speech.orders import orders
from engine.direct_speech.speaking import direct_speech
from engine.direct_speech.turned import called, tidied, turned

_LONGEST = 3000
"""Characters of an instruction that is read; a longer one is hardly typed, and takes seconds."""


@dataclass(frozen=True)
class Understood:
    """What an instruction says; '' for what is not understood.

    said: to be written out as a mail. sentences: the same as sentences, of which a mail may
    consist. is_notes: whether these are notes as they were typed. reader: the name that the
    instruction has for who is written to. is_doubtful: whether a reader would likelier than not
    find it wrong, or the model for lines read it and made nothing sound of it.
    """

    said: str = ""
    sentences: str = ""
    is_notes: bool = False
    reader: str = ""
    is_doubtful: bool = False


NOTHING = Understood()


def understood(brief: Brief) -> Understood:
    """Return what an instruction says: direct speech, or notes with their reader as you."""
    if len(brief.instruction) > _LONGEST:
        return NOTHING
    reader = name_of_reader(brief)
    brief = replace(brief, recipient=brief.recipient or called(brief))
    if direct := direct_speech(brief):
        return Understood(direct, direct, reader=reader)
    if notes := loosely_said(brief) or turned(brief):
        return Understood(notes, tidied(notes, brief), is_notes=True, reader=reader)
    return NOTHING


def name_of_reader(brief: Brief) -> str:
    """Return whom an instruction names as its reader: "tell kim that" -> "Kim"; '' for nobody."""
    words = brief.words
    name = brief.named_addressee
    if brief.line.startswith(f"{name}:") and not sex_of(name.partition(" ")[0]):
        name = ""  # "Boiler: mended".
    name = name or next((order.whom for order in orders(brief)), "") or called(brief)
    found = words.find_words(name)
    nobody = words.words("function_words.list", "direct.groups", "direct.bodies", "roles.people")
    if not found or not nobody.isdisjoint(word.lower() for word in found):
        return ""
    return " ".join(capitalised(word) for word in found)
