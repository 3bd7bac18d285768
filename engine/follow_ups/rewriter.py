"""A small model that puts a follow-up into the instruction it changes.

It is the mail base with an adapter of its own, trained on follow-ups and standalone instructions
written by hand (`python -m training.rewriter`), and only loaded for a follow-up. What it writes is
taken where all its words are those of the two texts.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from engine.generators import Generator, Sampling
from engine.home.home import Home
from engine.mail_base import MAIL_BASE
from engine.mail_base.merging import PackagedAdapter, mail_base_gguf, merged_gguf
from engine.prompt.prompt import Message

if TYPE_CHECKING:
    from engine.checking.lexicon import Lexicon

ADAPTER = PackagedAdapter(
    f"{MAIL_BASE}-follow-ups",
    Path(__file__).with_name("rewriter.safetensors"),
    "3f8cf6610b8463c1a1ce6b8eec41a42f63eb016d45e026d64dfe15bfb69f6ab1",
)

_SYSTEM = "Put the change into the instruction."
_CONTEXT, _MOST_TOKENS = 1024, 240
_OF_DAYS = 3  # letters, in which their short forms are alike


def rewriting(instruction: str, follow_up: str) -> list[Message]:
    """Return the prompt that asks for both as one instruction."""
    asked = f"Instruction: {instruction.strip()}\nChange: {follow_up.strip()}"
    return [Message("system", _SYSTEM), Message("user", asked)]


class Rewriter:
    """Makes one instruction of two texts; the model is loaded at the first call.

    threads: of the processor, called before each prompt.
    """

    def __init__(self, home: Home, threads: Callable[[], int]) -> None:
        self._home, self._threads = home, threads
        self._generator: Generator | None = None

    def __call__(self, instruction: str, follow_up: str) -> str:
        """Return an instruction with the changes of a follow-up; by rules where no model can.

        Raises PanzaError where the model can't be prepared.
        """
        # Most requests are no follow-ups.
        from engine.checking.lexicon import lexicon_of
        from engine.follow_ups.standalone import LONGEST, standalone

        by_rules = standalone(instruction, follow_up)
        lexicon = lexicon_of(f"{instruction}\n{follow_up}")
        if lexicon.language != "en" or max(len(instruction), len(follow_up)) > LONGEST:
            return by_rules
        made = self._written(instruction, follow_up)
        is_new = made.casefold().rstrip(".") != instruction.strip().casefold().rstrip(".")
        is_sound = is_new and is_made_of(made, f"{instruction} {follow_up}", lexicon)
        return made if is_sound else by_rules

    def close(self) -> None:
        """Free the model's memory; may be called twice."""
        if self._generator:
            self._generator.close()
        self._generator = None

    def _written(self, instruction: str, follow_up: str) -> str:
        if self._generator is None:
            from engine.generators.llama_cpp_generator import LlamaCppGenerator

            path = merged_gguf(self._home, ADAPTER, mail_base_gguf)
            self._generator = LlamaCppGenerator(path, _CONTEXT, self._threads)
        pieces = self._generator.stream(
            rewriting(instruction, follow_up), Sampling(max_tokens=_MOST_TOKENS)
        )
        return "".join(pieces).strip()


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
