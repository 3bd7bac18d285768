"""Drafts for the same three instructions at every evaluation: one sees the voice arrive."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import TrainerCallback

from engine import events
from engine.events import Emit
from training.examples.tokens import Example

_DRAFTS = 3
_LONGEST = 48
"""Tokens of a draft: enough for a greeting, a sentence or two and often the closing."""


def typical(examples: Sequence[Example], count: int = _DRAFTS) -> list[Example]:
    """The examples whose mails are nearest to the middle length, in their own order."""
    lengths = sorted(example.labelled_tokens for example in examples)
    middle = lengths[len(lengths) // 2] if lengths else 0
    nearest = sorted(examples, key=lambda e: (abs(e.labelled_tokens - middle), e.mail_id))[:count]
    return [example for example in examples if example in nearest]


class SampleCallback(TrainerCallback):
    """Drafts before the first step and at every evaluation; without validation, every epoch.

    examples: whose prompts are answered, never their mails. instructions: by mail id. The drafts
    are the likeliest words, together in one batch, with the random state left as it was: a run
    with samples is the run without them, bit by bit.
    """

    def __init__(
        self,
        examples: Sequence[Example],
        instructions: Mapping[int, str],
        tokenizer: Any,
        stopping: Callable[[], bool],
        emit: Emit,
    ) -> None:
        self._examples = examples
        self._instructions = instructions
        self._tokenizer = tokenizer
        self._stopping = stopping
        self._emit = emit

    def on_train_begin(
        self, args: Any, state: Any, control: Any, model: Any = None, **context: Any
    ) -> None:
        if state.global_step == 0:
            self._draft(model, 0)

    def on_evaluate(
        self, args: Any, state: Any, control: Any, model: Any = None, **context: Any
    ) -> None:
        self._draft(model, state.global_step)

    def on_epoch_end(
        self, args: Any, state: Any, control: Any, model: Any = None, **context: Any
    ) -> None:
        if args.eval_strategy == "no":
            self._draft(model, state.global_step)

    def _draft(self, model: Any, step: int) -> None:
        if not self._examples or self._stopping():
            return
        prompts = [example.token_ids[: example.prompt_tokens] for example in self._examples]
        answers = _answers(model, self._tokenizer, prompts, self._stopping)
        if self._stopping():
            return  # Cut off in the middle: half a draft would be taken for a whole one.
        for example, answer in zip(self._examples, answers, strict=True):
            text = self._tokenizer.decode(answer, skip_special_tokens=True).strip()
            self._emit(events.Sample(step, self._instructions[example.mail_id], text))


def _answers(
    model: Any, tokenizer: Any, prompts: Sequence[Sequence[int]], stopping: Callable[[], bool]
) -> list[list[int]]:
    """The likeliest continuation of each prompt, as token ids, at most `_LONGEST` of them."""
    longest = max(map(len, prompts))
    filler = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else 0
    rows = [[filler] * (longest - len(prompt)) + list(prompt) for prompt in prompts]
    mask = [[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in prompts]
    named = getattr(model.generation_config, "eos_token_id", None)
    ends = {*(named if isinstance(named, list) else [named]), tokenizer.eos_token_id} - {None}

    def stop(ids: Tensor, scores: Tensor, **_: Any) -> Tensor:
        return torch.full((len(ids),), stopping(), dtype=torch.bool, device=ids.device)

    was_training = model.training
    model.eval()
    try:
        with torch.random.fork_rng():
            written = model.generate(
                input_ids=torch.tensor(rows, device=model.device),
                attention_mask=torch.tensor(mask, device=model.device),
                do_sample=False,
                max_new_tokens=_LONGEST,
                eos_token_id=sorted(ends),
                pad_token_id=filler,
                stopping_criteria=[stop],
            )
    finally:
        model.train(was_training)
    return written[:, longest:].tolist()
