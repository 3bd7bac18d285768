"""A loss that tells prompts apart: each answer has to be likelier after its own prompt.

The matrix of log-likelihoods of all answers after all prompts of a set is compared along both axes,
as CLIP compares images and captions (arXiv 2103.00020); the answers' own likelihoods are learnt
beside it, as in preference training without a reference model (ORPO, arXiv 2403.07691).
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from training.corpus.contrast_sets import ContrastSet
from training.examples.tokens import Example, build_example
from training.loop.micro_batches import pack_for, summed_losses

_MOST_TOKENS = 4096
"""Of a prompt with its answer."""


def encode_set(tokenizer: Any, contrast: ContrastSet) -> list[list[Example]]:
    """Return the examples [prompts, answers]; empty if an answer has no token or finds no room."""
    rows = [
        [
            build_example(tokenizer, prompt, answer, max_tokens=_MOST_TOKENS)
            for answer in contrast.answers
        ]
        for prompt in contrast.prompts
    ]
    whole = [[example for example in row if example] for row in rows]
    return whole if all(len(row) == len(contrast.answers) for row in whole) else []


def contrast_loss(model: Any, examples: list[list[Example]], weight: float) -> Tensor:
    """Summed cross-entropy (nats) of the own answers, and `weight` times that of telling apart.

    examples: [prompts, answers], answer i being that of prompt i. The second part is the
    cross-entropy of finding each prompt's answer among all, and each answer's prompt.
    """
    likelihoods, own = _likelihoods(model, examples)
    of_prompts, of_answers = likelihoods[: len(own)], likelihoods[:, : len(own)].T
    apart = cross_entropy(of_prompts, own, reduction="sum")
    apart = apart + cross_entropy(of_answers, own, reduction="sum")
    return weight * apart - likelihoods[own, own].sum()


@torch.no_grad()
def told_apart(model: Any, examples: list[list[Example]]) -> tuple[int, int, int]:
    """Return how many prompts find their answer, how many answers their prompt, of how many."""
    was_training = model.training
    model.eval()
    likelihoods, own = _likelihoods(model, examples)
    model.train(was_training)
    answers = likelihoods[: len(own)].argmax(1) == own
    prompts = likelihoods[:, : len(own)].argmax(0) == own
    return int(answers.sum()), int(prompts.sum()), len(own)


def _likelihoods(model: Any, examples: list[list[Example]]) -> tuple[Tensor, Tensor]:
    """The log-likelihoods (nats) [prompts, answers], and the places of pairs on its diagonal."""
    numbered = [
        replace(example, mail_id=number)
        for number, example in enumerate(itertools.chain.from_iterable(examples))
    ]
    # One row whatever its length: the losses of all are needed for the gradient of any.
    (batch,) = pack_for(model, numbered, sum(len(example.token_ids) for example in numbered))
    losses = summed_losses(model, batch)
    ordered = torch.stack([losses[number] for number in range(len(numbered))])
    likelihoods = -ordered.reshape(len(examples), -1)
    return likelihoods, torch.arange(min(likelihoods.shape))
