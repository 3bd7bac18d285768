"""A small model for the lines that users type, which reads them more freely than rules.

It is the mail base with an adapter of its own, trained on lines and what they mean, all written by
hand (`python -m training.line_model`). It puts follow-ups into instructions (`engine.follow_ups`),
and says what an instruction says to the mail's reader (`engine.direct_speech`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.generators import Generator, Sampling
from engine.generators.llama_library import thread_count
from engine.home.home import Home
from engine.mail_base import MAIL_BASE
from engine.mail_base.merging import PackagedAdapter, mail_base_gguf, merged_gguf
from engine.prompt.prompt import Message
from engine.settings import Settings

ADAPTER = PackagedAdapter(
    f"{MAIL_BASE}-lines",
    Path(__file__).with_name("lines.safetensors"),
    "9df59b2a3e45ca63a3107856f00b0dc87768f3df074a6f52f4607696e269138d",
)

_CONTEXT, _MOST_TOKENS = 1024, 160
_SAMPLINGS = (
    Sampling(_MOST_TOKENS),
    *(Sampling(_MOST_TOKENS, temperature=0.6, top_p=0.95, seed=seed) for seed in range(5)),
)


@dataclass(frozen=True)
class Proposal:
    """A text that the model wrote. log_likelihood: the mean over its tokens, in nats."""

    text: str
    log_likelihood: float


def line_model_of(home: Home, settings: Settings) -> LineModel:
    """Return the model, not yet loaded, with as many threads as the settings say."""
    return LineModel(home, lambda: thread_count(settings.drafting.threads, home))


class LineModel:
    """Writes a few short texts for a prompt; the model is loaded at the first call.

    threads: of the processor, called before each prompt.
    """

    def __init__(self, home: Home, threads: Callable[[], int]) -> None:
        self._home, self._threads = home, threads
        self._generator: Generator | None = None

    def proposals(self, messages: Sequence[Message]) -> list[Proposal]:
        """Return what the model writes for a prompt, the likeliest text first.

        Raises PanzaError where the model can't be prepared.
        """
        texts = [""] * len(_SAMPLINGS)

        def add(number: int, piece: str) -> bool:
            texts[number] += piece
            return True

        ends = self._loaded().stream_several(messages, _SAMPLINGS, add)
        return [
            Proposal(text.strip(), end.log_likelihood)
            for text, end in zip(texts, ends, strict=True)
        ]

    def log_likelihood(self, messages: Sequence[Message], text: str) -> float:
        """Return how likely the model writes a text: the mean over its tokens, in nats."""
        return self._loaded().log_likelihood(messages, text)

    def _loaded(self) -> Generator:
        if self._generator is None:
            from engine.generators.llama_cpp_generator import LlamaCppGenerator

            path = merged_gguf(self._home, ADAPTER, mail_base_gguf)
            self._generator = LlamaCppGenerator(path, _CONTEXT, self._threads)
        return self._generator

    def close(self) -> None:
        """Free the model's memory; may be called twice."""
        if self._generator:
            self._generator.close()
        self._generator = None
