"""Write the drafts of one contender; those of an interrupted evaluation are taken from there."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from engine import events
from engine.drafting.drafting import best_first, write_body
from engine.events import Emit
from engine.generators import Generator, Sampling
from engine.generators.loading import LoadedGenerator
from engine.prompt.prompt import Message
from engine.settings import Settings
from training.evaluation.contenders import Contender
from training.evaluation.finished_work import FinishedWork
from training.evaluation.pairs import PreparedRequest
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
        self._loaded: LoadedGenerator | None = None

    def drafts(self, asked: Sequence[PreparedRequest], best_of: int = 1) -> list[Written]:
        """One draft for each request by the settings, or the best of several."""
        return [self._best(one, best_of) if best_of > 1 else self._first(one) for one in asked]

    def answers(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[str]:
        """The answer to each prompt, as the model gives it."""

        def answer(prompt: Prompt) -> str:
            pieces = self._open().generator.stream(prompt, sampling)
            with closing(pieces):  # type: ignore[type-var]
                return "".join(pieces)

        about = asdict(sampling)
        return [
            self._once(("answer", prompt, about), partial(answer, prompt)).text
            for prompt in prompts
        ]

    def close(self) -> None:
        """Free the model's memory."""
        if self._loaded is not None:
            self._loaded.close()
            self._loaded = None

    def _open(self) -> LoadedGenerator:
        if self._loaded is None:
            self._loaded = self._contender.open()
        return self._loaded

    def _first(self, asked: PreparedRequest, *, counts: bool = True) -> Written:
        drafting = dataclasses.replace(self._settings.drafting, candidates=1)

        def write() -> str:
            return write_body(self._open().generator, asked.prepared.first, drafting)

        return self._once(("draft", asked.prepared.first, asdict(drafting)), write, counts=counts)

    def _best(self, asked: PreparedRequest, best_of: int) -> Written:
        """The best of a draft by the settings and further ones; its seconds are those of all."""
        drafting = dataclasses.replace(self._settings.drafting, candidates=best_of)
        settings = dataclasses.replace(self._settings, drafting=drafting)
        first = self._first(asked, counts=False)

        def choose() -> str:
            ranked = best_first(
                first.text, asked.request, asked.prepared, settings, self._open(), lambda: False
            )
            return ranked[0].text

        best = self._once(("best", asked.prepared.first, asdict(drafting)), choose)
        return dataclasses.replace(best, seconds=first.seconds + best.seconds)

    def _once(
        self, about: tuple[str, Prompt, Any], write: Callable[[], str], *, counts: bool = True
    ) -> Written:
        """Write a text, unless it was written before. about: what it is, its prompt, and how."""
        what, prompt, how = about
        key = (what, self._contender.identity, _as_json(prompt), how)
        found = self._work.find(*key)
        if found is None:
            generator = self._open().generator
            began = time.monotonic()
            text = write()
            seconds = time.monotonic() - began
            written = Written(text, _tokens_of(generator, text), seconds)
            self._work.keep(asdict(written), *key)
        else:
            written = Written(**found)
        if counts:
            self._counter.add(made=found is None, found=found is not None)
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
