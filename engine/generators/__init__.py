"""The protocol of a text generator, which llama.cpp and transformers implement."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from engine.prompt.prompt import Message


@dataclass(frozen=True)
class Sampling:
    """How the next token is chosen. temperature 0 is greedy decoding."""

    max_tokens: int
    temperature: float = 0.0
    top_p: float = 1.0
    repeat_penalty: float = 1.0
    seed: int = 0


@dataclass(frozen=True)
class Written:
    """How an answer ended. is_complete: not stopped, and not out of memory for it.

    log_likelihood: the mean over its tokens, in nats, whatever the sampling.
    """

    is_complete: bool
    log_likelihood: float


class Generator(Protocol):
    """A loaded model. Not thread-safe."""

    @property
    def backend(self) -> str:
        """llama-cpp or transformers."""

    def stream(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        stopped: Callable[[], bool] = lambda: False,
    ) -> Iterator[str]:
        """Yield the answer to a chat in pieces of whole characters, as they are generated.

        stopped: polled while the prompt is evaluated, which takes longest; once true, nothing more
        is generated. Closing the iterator stops generating, too. Raises PanzaError when the prompt
        does not fit the context.
        """

    def stream_several(
        self,
        messages: Sequence[Message],
        samplings: Sequence[Sampling],
        on_text: Callable[[int, str], bool],
        stopped: Callable[[], bool] = lambda: False,
    ) -> list[Written]:
        """Write several answers to a chat at once, one for each of `samplings`.

        The prompt is evaluated once, and the answers grow together, a token each at a time.
        on_text: gets the number of an answer and its next piece; returns whether it may go on.
        Returns how each ended. Raises PanzaError when the prompt does not fit the context.
        """

    def log_likelihood(self, messages: Sequence[Message], answer: str) -> float:
        """Return the mean log-likelihood of an answer's tokens, its end included, in nats.

        What `stream` keeps of its last prompt stays if there is room. Raises PanzaError when both
        do not fit the context.
        """

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """How many tokens the rendered prompt has."""

    def close(self) -> None:
        """Free the model's memory."""
