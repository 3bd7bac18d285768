"""Models for lines that write given texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from engine.generators import Written
from engine.home.home import Home
from engine.mail_base.line_model import LineModel
from engine.prompt.prompt import Message

LIKELY, UNLIKELY = -0.2, -2.0
"""Of what the model writes, and of other texts; nats a token, as they really are."""


class Writer:
    """A generator that writes these texts, and keeps what it is asked."""

    def __init__(self, *texts: str, likelihood: float = LIKELY) -> None:
        self.texts, self.likelihood, self.is_closed = texts, likelihood, False
        self.asked: list[str] = []

    def stream_several(
        self,
        messages: Sequence[Message],
        samplings: Sequence[object],
        on_text: Callable[[int, str], bool],
    ) -> list[Written]:
        self.asked.append(messages[-1].content)
        for number in range(len(samplings)):
            on_text(number, self.texts[number % len(self.texts)])
        return [Written(True, self.likelihood) for _ in samplings]

    def log_likelihood(self, messages: Sequence[Message], answer: str) -> float:
        return UNLIKELY

    def close(self) -> None:
        self.is_closed = True


def line_model(folder: Path, *texts: str, likelihood: float = LIKELY) -> tuple[LineModel, Writer]:
    """Return a model that writes these texts for each line, and its generator."""
    made, writer = LineModel(Home(folder), lambda: 1), Writer(*texts, likelihood=likelihood)
    made._generator = writer  # type: ignore[assignment]
    return made, writer
