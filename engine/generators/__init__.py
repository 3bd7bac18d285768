"""One protocol for whatever writes text: llama.cpp and transformers stand behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from engine.prompt import Message


@dataclass(frozen=True)
class Sampling:
    """How the next token is chosen. temperature 0 takes the likeliest one each time."""

    max_tokens: int
    temperature: float = 0.0
    top_p: float = 1.0
    repeat_penalty: float = 1.0
    seed: int = 0
    stop: tuple[str, ...] = ()


class Generator(Protocol):
    """A loaded model. Not safe for two threads at once."""

    @property
    def backend(self) -> str:
        """llama-cpp or transformers."""

    def stream(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        stopped: Callable[[], bool] = lambda: False,
    ) -> Iterator[str]:
        """Yield the answer to a chat in pieces of whole characters, as they are made.

        stopped is asked while the prompt is read, which takes longest; once true, nothing more
        comes. Closing the iterator stops the work too. Raises PanzaError when the prompt does not
        fit.
        """

    def complete(self, text: str, sampling: Sampling) -> Iterator[str]:
        """Yield the continuation of plain text; work on a prefix seen before is reused."""

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """How many tokens the rendered prompt has."""

    def close(self) -> None:
        """Give the memory back."""
