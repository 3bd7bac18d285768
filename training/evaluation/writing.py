"""Write the drafts of one contender; those of an interrupted evaluation are taken from there."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from typing import Any

from engine import events
from engine.drafting import write_body
from engine.events import Emit
from engine.generators import Generator, Sampling
from engine.prompt import Message
from engine.settings import Settings
from training.evaluation.contenders import Contender
from training.evaluation.finished_work import FinishedWork
from training.examples.tokens import build_example

Prompt = Sequence[Message]


@dataclass(frozen=True)
class Written:
    """A draft, how many tokens it has, and the seconds it took, reading the prompt included."""

    text: str
    tokens: int
    seconds: float


@dataclass(frozen=True)
class Loss:
    """Nats and number of all labelled tokens of a mail."""

    nats: float
    tokens: int


class Counter:
    """Reports how many of a contender's `total` pieces of work are done."""

    def __init__(self, stage: str, total: int, emit: Emit) -> None:
        self._stage, self._total, self._emit = stage, total, emit
        self._done = self._made = 0
        self._began = time.monotonic()

    def add(self, made: int = 0, found: int = 0) -> None:
        """Count pieces that were made now, and those found in earlier work."""
        self._made += made
        self._done += made + found
        rate = self._made / (time.monotonic() - self._began) if self._made else None
        self._emit(events.Progress(self._stage, self._done, self._total, "texts", rate))


class Writer:
    """A contender at work. The model is loaded when the first draft is missing."""

    def __init__(
        self, contender: Contender, settings: Settings, work: FinishedWork, counter: Counter
    ) -> None:
        self._contender = contender
        self._settings = settings
        self._work = work
        self._counter = counter
        self._generator: Generator | None = None

    def drafts(self, prompts: Sequence[Prompt]) -> list[Written]:
        """One draft for each prompt, by the settings."""
        drafting = self._settings.drafting
        about = asdict(drafting)

        def write(prompt: Prompt) -> str:
            return write_body(self._open(), prompt, drafting)

        return [self._once("draft", prompt, about, write) for prompt in prompts]

    def answers(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[str]:
        """The answer to each prompt, as the model gives it."""

        def answer(prompt: Prompt) -> str:
            with closing(self._open().stream(prompt, sampling)) as pieces:  # type: ignore[type-var]
                return "".join(pieces)

        about = asdict(sampling)
        return [self._once("answer", prompt, about, answer).text for prompt in prompts]

    def close(self) -> None:
        """Free the model's memory."""
        if self._generator is not None:
            self._generator.close()
            self._generator = None

    def _open(self) -> Generator:
        if self._generator is None:
            self._generator = self._contender.open()
        return self._generator

    def _once(self, what: str, prompt: Prompt, how: Any, write: Callable[[Prompt], str]) -> Written:
        about = (what, self._contender.identity, _as_json(prompt), how)
        if (found := self._work.find(*about)) is not None:
            self._counter.add(found=1)
            return Written(**found)
        generator = self._open()
        began = time.monotonic()
        text = write(prompt)
        seconds = time.monotonic() - began
        tokens = _tokens_of(generator, text)
        written = Written(text, tokens, seconds)
        self._work.keep(asdict(written), *about)
        self._counter.add(made=1)
        return written


class Losses:
    """The losses of one contender. The model is loaded when the first one is missing."""

    def __init__(
        self, contender: Contender, settings: Settings, work: FinishedWork, counter: Counter
    ) -> None:
        self._contender = contender
        self._settings = settings
        self._work = work
        self._counter = counter
        self._loaded: tuple[Any, Any] | None = None

    def of_mails(self, prompts: Sequence[Prompt], mails: Sequence[str]) -> list[Loss]:
        """The loss of each mail given its prompt; an end of turn counts as a token of the mail."""
        return [self._loss(prompt, mail) for prompt, mail in zip(prompts, mails, strict=True)]

    def exposure(self, seed: int) -> float:
        """The exposure of the number that a run with this seed planted, in bits."""
        from training.loop.canary_exposure import canary_exposure

        about = ("exposure", self._contender.identity, seed, asdict(self._settings.prompt))
        bits = self._work.find(*about)
        if bits is None:
            model, tokenizer = self._load()
            budget = self._settings.training.micro_batch_tokens
            bits = canary_exposure(model, tokenizer, self._settings.prompt, seed, budget)
            self._work.keep(bits, *about)
        return bits

    def close(self) -> None:
        """Free the model's memory."""
        self._loaded = None

    def _load(self) -> tuple[Any, Any]:
        if self._loaded is None:
            self._loaded = self._contender.load()
        return self._loaded

    def _loss(self, prompt: Prompt, mail: str) -> Loss:
        from training.loop.micro_batches import example_losses

        # A prompt may be longer than in training; the limit is the context.
        most = self._settings.drafting.context_tokens
        about = ("loss", self._contender.identity, _as_json(prompt), mail, most)
        if (found := self._work.find(*about)) is not None:
            self._counter.add(found=1)
            return Loss(**found)
        model, tokenizer = self._load()
        example = build_example(tokenizer, prompt, mail, max_tokens=most)
        loss = Loss(0.0, 0)
        if example is not None:
            (nats,) = example_losses(model, [example], most)
            loss = Loss(nats, example.labelled_tokens)
        self._work.keep(asdict(loss), *about)
        self._counter.add(made=1)
        return loss


def _as_json(prompt: Prompt) -> list[list[str]]:
    return [[message.role, message.content] for message in prompt]


def _tokens_of(generator: Generator, text: str) -> int:
    with_text = generator.count_tokens([Message("user", text)])
    return with_text - generator.count_tokens([Message("user", "")])
