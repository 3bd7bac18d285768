"""A small model that puts a follow-up into the instruction it changes.

It is the mail base with an adapter of its own, trained on follow-ups and standalone instructions
written by hand (`python -m training.rewriter`), and only loaded for a follow-up. Of several
that it writes the best is taken (`choosing.py`) whose words are all those of the two texts.
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
    from engine.follow_ups.choosing import Proposal

ADAPTER = PackagedAdapter(
    f"{MAIL_BASE}-follow-ups",
    Path(__file__).with_name("rewriter.safetensors"),
    "3f8cf6610b8463c1a1ce6b8eec41a42f63eb016d45e026d64dfe15bfb69f6ab1",
)

_SYSTEM = "Put the change into the instruction."
_CONTEXT, _MOST_TOKENS = 1024, 160
_SAMPLINGS = (
    Sampling(_MOST_TOKENS),
    *(Sampling(_MOST_TOKENS, temperature=0.6, top_p=0.95, seed=seed) for seed in range(5)),
)
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
        """Return an instruction with the changes of a follow-up.

        By rules where each change names what it is about: a small model loses more. Raises
        PanzaError where the model can't be prepared.
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
            for one in self.proposals(instruction, follow_up)
            if not _are_alike(one.text, instruction)
            and is_made_of(one.text, f"{instruction} {follow_up}", lexicon)
        ]
        return best(sound, instruction, follow_up, lexicon).text if sound else by_rules.text

    def proposals(self, instruction: str, follow_up: str) -> list[Proposal]:
        """Return several instructions that the model writes for both; the first is greedy."""
        from engine.follow_ups.choosing import Proposal

        if self._generator is None:
            from engine.generators.llama_cpp_generator import LlamaCppGenerator

            path = merged_gguf(self._home, ADAPTER, mail_base_gguf)
            self._generator = LlamaCppGenerator(path, _CONTEXT, self._threads)
        texts = [""] * len(_SAMPLINGS)

        def add(number: int, piece: str) -> bool:
            texts[number] += piece
            return True

        asked = rewriting(instruction, follow_up)
        ends = self._generator.stream_several(asked, _SAMPLINGS, add)
        return [
            Proposal(text.strip(), end.log_likelihood)
            for text, end in zip(texts, ends, strict=True)
        ]

    def close(self) -> None:
        """Free the model's memory; may be called twice."""
        if self._generator:
            self._generator.close()
        self._generator = None


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
