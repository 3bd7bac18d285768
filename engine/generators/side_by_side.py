"""Answers to different chats that grow side by side.

To evaluate one token takes a processor nearly as long as to evaluate several: it has to read all
weights. So work that asks a model again and again is best done with other such work.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Generator as Steps
from dataclasses import dataclass
from typing import Protocol, TypeVar

from engine.generators import Generator, Sampling, Written
from engine.prompt.prompt import Message


@dataclass(frozen=True)
class Asked:
    """A chat to which several answers are wanted, one for each of `samplings`."""

    messages: Sequence[Message]
    samplings: Sequence[Sampling]


@dataclass(frozen=True)
class Answer:
    """The text of an answer, and how it ended."""

    text: str
    ended: Written


_Result = TypeVar("_Result")

Work = Steps[Asked, Sequence[Answer], _Result]
"""A function that yields each chat which it asks, is sent the answers, and returns its result."""


class Lanes(Protocol):
    """The places in which answers grow."""

    def has_room(self, answers: int) -> bool:
        """Whether so many answers can begin now; true when none grows."""

    def begin(self, key: object, asked: Asked) -> None:
        """Let the answers to a chat grow. Raises PanzaError when it does not fit the context."""

    def step(self) -> dict[object, list[Answer]]:
        """Let all answers grow by a token; return, by their keys, those of chats that are done."""

    def close(self) -> None:
        """Free the lanes' memory; may be called twice."""


class OneAfterAnother:
    """Lanes of a generator in which only the answers to one chat grow at a time."""

    def __init__(self, generator: Generator) -> None:
        self._generator = generator
        self._done: dict[object, list[Answer]] = {}

    def has_room(self, answers: int) -> bool:
        return not self._done

    def begin(self, key: object, asked: Asked) -> None:
        self._done[key] = answers_of(self._generator, asked)

    def step(self) -> dict[object, list[Answer]]:
        done, self._done = self._done, {}
        return done

    def close(self) -> None:
        self._done = {}


def answers_of(generator: Generator, asked: Asked) -> list[Answer]:
    """The answers to one chat, without any others beside them."""
    texts = ["" for _ in asked.samplings]

    def grow(number: int, piece: str) -> bool:
        texts[number] += piece
        return True

    ended = generator.stream_several(asked.messages, asked.samplings, grow)
    return [Answer(text, one) for text, one in zip(texts, ended, strict=True)]


def lanes_of(generator: Generator) -> Lanes:
    """Lanes of a generator: several where its backend and its model can do that."""
    from engine.generators.llama_cpp_generator import LlamaCppGenerator

    lanes = generator.open_lanes() if isinstance(generator, LlamaCppGenerator) else None
    return lanes or OneAfterAnother(generator)


def finish_side_by_side(
    works: Iterable[Work[_Result]],
    generator: Generator,
    should_stop: Callable[[], bool] = lambda: False,
) -> Steps[_Result, None, None]:
    """Do works, as many at once as there is room for, and yield each result as soon as it is there.

    Who does not take all results closes it before the generator, whose model the lanes use.

    should_stop: once true, nothing more is begun or continued.
    """
    waiting = iter(works)
    with contextlib.closing(lanes_of(generator)) as lanes:
        active: dict[object, Work[_Result]] = {}
        width = 1  # Answers that a work wants, which is what the last one wanted.
        while not should_stop():
            if lanes.has_room(width) and (work := next(waiting, None)) is not None:
                key: object = object()
                active[key] = work
                answered: dict[object, Sequence[Answer] | None] = {key: None}
            elif active:
                answered = dict(lanes.step())
            else:
                return
            for key, answers in answered.items():
                try:
                    asked = next(active[key]) if answers is None else active[key].send(answers)
                except StopIteration as finished:
                    del active[key]
                    yield finished.value
                else:
                    width = len(asked.samplings)
                    lanes.begin(key, asked)
