"""Put a follow-up into the instruction it changes: by rules, or by the model for lines.

Of several instructions that the model writes the best is taken (`choosing.py`) whose words are all
those of the two texts.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

from engine.follow_ups.requests import Rewrite
from engine.mail_base.line_model import LineModel
from engine.prompt.prompt import Message

if TYPE_CHECKING:
    from engine.checking.lexicon import Lexicon

_SYSTEM = "Put the change into the instruction."
_OF_DAYS = 3  # letters, in which their short forms are alike


def rewriting(instruction: str, follow_up: str) -> list[Message]:
    """Return the prompt that asks for both as one instruction."""
    asked = f"Instruction: {instruction.strip()}\nChange: {follow_up.strip()}"
    return [Message("system", _SYSTEM), Message("user", asked)]


def rewriter(model: LineModel | None) -> Rewrite | None:
    """Return what puts follow-ups into instructions with a model; None without one."""
    return functools.partial(rewritten, model=model) if model else None


def rewritten(instruction: str, follow_up: str, model: LineModel) -> str:
    """Return an instruction with the changes of a follow-up.

    By rules where each change names what it is about: a small model loses more. Raises PanzaError
    where the model can't be prepared.
    """
    # Most requests are no follow-ups.
    from engine.checking.lexicon import lexicon_of
    from engine.follow_ups.choosing import best
    from engine.follow_ups.standalone import LONGEST, changed

    by_rules = changed(instruction, follow_up)
    lexicon = lexicon_of(f"{instruction}\n{follow_up}")
    is_long = max(len(instruction), len(follow_up)) > LONGEST
    if by_rules.is_exact or is_long or lexicon.language != "en":
        return by_rules.text
    sound = [
        one
        for one in model.proposals(rewriting(instruction, follow_up))
        if not _are_alike(one.text, instruction)
        and is_made_of(one.text, f"{instruction} {follow_up}", lexicon)
    ]
    return best(sound, instruction, follow_up, lexicon).text if sound else by_rules.text


def _are_alike(one: str, other: str) -> bool:
    return one.strip().casefold().rstrip(".") == other.strip().casefold().rstrip(".")


def is_made_of(text: str, both: str, lexicon: Lexicon) -> bool:
    """Whether a text has the words of two others and function words alone, and is not longer.

    Days and numbers may be written in another way, and "tell" may be "ask".
    """
    little = lexicon.words("function_words.list") | lexicon.words("instructions.verbs")
    given, written = (
        [_form(word.lower(), lexicon) for word in lexicon.find_words(side)] for side in (both, text)
    )
    numbers = lexicon.pairs("numbers.values")
    digits = {*re.findall(r"\d+", both), *(word for word in given if word.isdigit())}
    known = {*given, *numbers.values()}
    return (
        0 < len(written) <= len(given)
        and digits.issuperset(re.findall(r"\d+", text))
        and all(word in known or word in little or word.isdigit() for word in written)
    )


def _form(word: str, lexicon: Lexicon) -> str:
    """Return what is alike in the forms of a word: "four" and "4", "tues" and "Tuesday"."""
    bare = word.removesuffix("'s")
    if number := lexicon.pairs("numbers.values").get(bare):
        return number
    days = lexicon.words_before("calendar.weekdays") | lexicon.words_before("calendar.months")
    short = {day[:_OF_DAYS] for day in days}
    return bare[:_OF_DAYS] if bare in days | short else lexicon.stem(bare)
