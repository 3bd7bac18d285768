"""What a line says to the mail's reader, written by the model for lines, or by rules.

What rules understand is wrong less often than what the model reads, but run-on or telegram-like;
the text that a reader likeliest finds right is taken (`choosing.py`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from engine.checking.brief import Brief
from engine.direct_speech.choosing import Option, best
from engine.direct_speech.evidence import is_typed_english
from engine.direct_speech.for_assistant import leaves_words_to_assistant
from engine.direct_speech.understood import Understood, name_of_reader, understood
from engine.prompt.prompt import Message

if TYPE_CHECKING:
    from engine.mail_base.line_model import LineModel

_SYSTEM = "Say it to the reader."
_LONGEST = 450
"""Characters of a line that the model reads; it has learnt lines of up to fifty words."""


def saying(line: str, user_name: str, reader: str) -> list[Message]:
    """Return the prompt that asks for what a line says. reader: '' where unknown."""
    people = [f"From: {user_name}"] * bool(user_name) + [f"To: {reader}"] * bool(reader)
    asked = "\n".join([*people, f"Instruction: {line.strip()}"])
    return [Message("system", _SYSTEM), Message("user", asked)]


def understood_by(model: LineModel, brief: Brief, reader: str) -> Understood:
    """Return what an instruction says, by the model or by rules.

    By rules alone in other languages than English, for long texts, and where the words are left to
    an assistant. reader: a name, '' where unknown. Raises PanzaError where the model can't be
    prepared.
    """
    by_rules = understood(brief)
    named = by_rules.reader or name_of_reader(brief)
    brief = replace(brief, recipient=brief.recipient or named)
    offered = options(model, brief, reader, by_rules)
    if not offered:
        return by_rules
    chosen, is_doubtful = best(offered, brief)
    if chosen is None or chosen.by_rules:
        return replace(by_rules, is_doubtful=is_doubtful)
    return Understood(chosen.text, chosen.text, reader=named, is_doubtful=is_doubtful)


def options(model: LineModel, brief: Brief, reader: str, by_rules: Understood) -> list[Option]:
    """Return the different texts for a line, of the model and the rules; none if it is not for the
    model."""
    is_for_model = is_typed_english(brief) and len(brief.instruction) <= _LONGEST
    if not is_for_model or leaves_words_to_assistant(brief):
        return []
    asked = saying(brief.instruction, brief.user_name, reader)
    found = {one.text: Option(one.text, one.log_likelihood) for one in model.proposals(asked)}
    if said := by_rules.said:
        known = found.get(said) or Option(said, model.log_likelihood(asked, said))
        found[said] = replace(known, by_rules=True, is_notes=by_rules.is_notes)
    return [one for text, one in found.items() if text]
