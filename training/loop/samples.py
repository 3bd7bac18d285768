"""Sample drafts for the same three instructions at every evaluation, to watch the voice change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import TrainerCallback

from engine import events
from engine.events import Emit
from training.cost.sizes import SAMPLE_DRAFT_TOKENS
from training.examples.tokens import Example

_DRAFTS = 3


def median_length_examples(examples: Sequence[Example], count: int = _DRAFTS) -> list[Example]:
    """The `count` examples whose mails are nearest to the median length, in their own order."""
    lengths = sorted(example.labelled_tokens for example in examples)
    median = lengths[len(lengths) // 2] if lengths else 0
    nearest = sorted(examples, key=lambda e: (abs(e.labelled_tokens - median), e.mail_id))[:count]
    return [example for example in examples if example in nearest]


class SampleCallback(TrainerCallback):
    """Drafts before the first step and at every evaluation; without validation, every epoch.

    examples: their prompts are drafted for. copied: of a draft for a mail id, how many words in a
    row are those of a training mail. instructions: by mail id. is_stored: whether a mail still has
    an instruction; the log must not get back what was forgotten meanwhile. Drafts are greedy, one
    batch, and leave the random state as it was, so that a run with samples is bit by bit the run
    without them.
    """

    def __init__(
        self,
        examples: Sequence[Example],
        instructions: Mapping[int, str],
        copied: Callable[[int, str], int],
        is_stored: Callable[[int, str], bool],
        tokenizer: Any,
        stop_requested: Callable[[], bool],
        emit: Emit,
    ) -> None:
        self._examples = examples
        self._instructions = instructions
        self._copied = copied
        self._is_stored = is_stored
        self._tokenizer = tokenizer
        self._stop_requested = stop_requested
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
        if not self._examples or self._stop_requested():
            return
        prompts = [example.token_ids[: example.prompt_tokens] for example in self._examples]
        drafts = _generate(model, self._tokenizer, prompts, self._stop_requested)
        if self._stop_requested():
            return  # The drafts are cut off and would look finished.
        longest = 0
        for example, draft in zip(self._examples, drafts, strict=True):
            text = self._tokenizer.decode(draft, skip_special_tokens=True).strip()
            instruction = self._instructions[example.mail_id]
            if not self._is_stored(example.mail_id, instruction):
                continue
            self._emit(events.Sample(step, instruction, text))
            longest = max(longest, self._copied(example.mail_id, text))
        self._emit(events.Metric(step, {"copied_words": longest}))


def _generate(
    model: Any,
    tokenizer: Any,
    prompts: Sequence[Sequence[int]],
    stop_requested: Callable[[], bool],
) -> list[list[int]]:
    """The greedy continuation of each prompt, at most SAMPLE_DRAFT_TOKENS token ids."""
    longest = max(map(len, prompts))
    pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else 0
    rows = [[pad] * (longest - len(prompt)) + list(prompt) for prompt in prompts]
    mask = [[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in prompts]
    eos = getattr(model.generation_config, "eos_token_id", None)
    ends = {*(eos if isinstance(eos, list) else [eos]), tokenizer.eos_token_id} - {None}

    def stop(ids: Tensor, scores: Tensor, **_: Any) -> Tensor:
        return torch.full((len(ids),), stop_requested(), dtype=torch.bool, device=ids.device)

    was_training = model.training
    model.eval()
    try:
        with torch.random.fork_rng():
            generated = model.generate(
                input_ids=torch.tensor(rows, device=model.device),
                attention_mask=torch.tensor(mask, device=model.device),
                do_sample=False,
                max_new_tokens=SAMPLE_DRAFT_TOKENS,
                eos_token_id=sorted(ends),
                pad_token_id=pad,
                stopping_criteria=[stop],
            )
    finally:
        model.train(was_training)
    return generated[:, longest:].tolist()
