"""A scripted generator, and a mail for it to answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from engine.generators import Sampling, Written
from engine.mail.types import Received
from engine.prompt.prompt import Message

LETTER = Received(
    "Bo <bo@x.org>", 50, "Dinner", "Would you like to have dinner on Friday? Bo", "input"
)


class Parrot:
    """A generator that returns the given pieces; a token is a word.

    others: the pieces of further drafts. heard: draft -> the likelihood of its instruction.
    """

    backend = "llama-cpp"

    def __init__(self, *pieces: str) -> None:
        self.pieces = pieces
        self.asked: Sequence[Message] = ()
        self.sampling = Sampling(0)
        self.given = 0
        self.others: list[tuple[str, ...]] = []
        self.heard: dict[str, float] = {}
        self.samplings: Sequence[Sampling] = ()
        self.scored: list[tuple[Sequence[Message], str]] = []

    def stream(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        stopped: Callable[[], bool] = lambda: False,
    ) -> Iterator[str]:
        self.asked, self.sampling = messages, sampling
        for piece in self.pieces:
            self.given += 1
            yield piece

    def stream_several(
        self,
        messages: Sequence[Message],
        samplings: Sequence[Sampling],
        on_text: Callable[[int, str], bool],
        stopped: Callable[[], bool] = lambda: False,
    ) -> list[Written]:
        self.samplings = samplings
        for number in range(len(samplings)):
            for piece in self.others[number] if number < len(self.others) else self.pieces:
                if stopped() or not on_text(number, piece):
                    break
        return [Written(not stopped(), -1.0) for _ in samplings]

    def log_likelihood(self, messages: Sequence[Message], answer: str) -> float:
        self.scored.append((messages, answer))
        prompt = messages[-1].content
        return next((found for text, found in self.heard.items() if text in prompt), -1.0)

    def count_tokens(self, messages: Sequence[Message]) -> int:
        return sum(len(message.content.split()) for message in messages)

    def close(self) -> None:
        pass
