"""The loss of a model on its validation mails with each number of past mails in the prompt."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from contextlib import closing
from typing import Any

import torch

from engine.database import database
from engine.drafting.preparing import prepare
from engine.drafting.types import DraftRequest
from engine.generators.hugging_face_tokenizer import HuggingFaceTokenizer
from engine.home.home import Home
from engine.models.models import ModelCard
from engine.prompt.tokens import prompt_token_ids
from engine.settings import Settings
from training.examples.tokens import Example, build_example
from training.examples.training_pairs import TrainingPair, training_pairs
from training.loop.micro_batches import mean_loss
from training.runs.past_mails import MOST_SOURCES, hidden_mails
from training.runs.run_folder import read_split

_FEWEST_MAILS, _MOST_MAILS = 6, 24
"""Of the validation mails: below the first nothing is chosen; of more the newest are read. Chosen
by hand: at the end of a run, they take a fraction of an epoch."""

Load = Callable[[], tuple[Any, Any]]
"""Returns (model, tokenizer)."""


def losses_by_past_mails(
    home: Home,
    card: ModelCard,
    settings: Settings,
    load: Load,
    dtype: torch.dtype | None = None,
) -> list[float]:
    """Return nats per token with 0, 1, ... past mails at most, in drafting's prompts.

    load: called if there are enough validation mails; with too few, the result is empty. dtype: as
    for `response_loss`.
    """
    with closing(database.connect_to_read(home.database)) as connection:
        validating = set(read_split(home, card.name).validation)
        pairs = [pair for pair in training_pairs(connection) if pair.mail.id in validating]
        pairs = pairs[-_MOST_MAILS:]
        if len(pairs) < _FEWEST_MAILS:
            return []
        model, tokenizer = load()
        counter = HuggingFaceTokenizer(tokenizer)
        hidden = hidden_mails(home, connection, card)

        def examples(count: int) -> list[Example]:
            """The mails with prompts of `count` past mails at most."""
            shown = dataclasses.replace(
                settings, retrieval=dataclasses.replace(settings.retrieval, sources=count)
            )
            prompts = (
                prepare(
                    _request(pair, hidden),
                    connection,
                    home,
                    shown,
                    lambda messages: len(prompt_token_ids(counter, messages)),
                ).messages
                for pair in pairs
            )
            most = settings.drafting.context_tokens
            built = (
                build_example(
                    tokenizer, prompt, pair.mail.body, max_tokens=most, mail_id=pair.mail.id
                )
                for pair, prompt in zip(pairs, prompts, strict=True)
            )
            return [example for example in built if example is not None]

        budget = settings.training.micro_batch_tokens
        return [
            mean_loss(model, examples(count), budget, dtype) for count in range(MOST_SOURCES + 1)
        ]


def _request(pair: TrainingPair, hidden: frozenset[int]) -> DraftRequest:
    """The request that a user would make. hidden: ids of mails that are not shown."""
    answered = pair.mail.answered
    return DraftRequest(
        pair.instruction,
        thread=(answered,) if answered else (),
        exclude=hidden,
        no_copies_of=(pair.mail.body,),
    )
