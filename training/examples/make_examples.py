"""Mails with instructions -> examples: which context each of them is trained with."""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from typing import Any

import apsw

from engine import database, events
from engine.events import Emit
from engine.home import Home
from engine.prompt import build_prompt
from engine.settings import Settings
from training.examples.tokens import Example, build_example
from training.examples.training_pairs import TrainingPair


def make_examples(
    chosen: Sequence[TrainingPair],
    learnt: Collection[int],
    connection: apsw.Connection,
    home: Home,
    settings: Settings,
    tokenizer: Any,
    emit: Emit,
) -> list[Example]:
    """One example a mail, in order, with a prompt as drafting would build it.

    learnt: the ids of the training mails; only those are shown as similar past mails. A share of
    the examples names the recipient, and a share shows past mails, as a user does not always do
    the one and not every mail has the other. Which ones is drawn from the seed and the mail's id.
    """
    name = settings.user.name or database.read_fact(connection, "user.name") or ""
    with_sources = [m for m in chosen if _draw(settings, m, "sources") < _share(settings)]
    sources = _similar(with_sources, learnt, connection, home, settings)
    examples = []
    for played in chosen:
        mail = played.mail
        messages = build_prompt(
            played.instruction,
            prompt=settings.prompt,
            user_name=name,
            recipient=_recipient(settings, played),
            thread=[mail.answered] if mail.answered else [],
            sources=sources.get(mail.id, []),
        )
        example = build_example(
            tokenizer,
            messages,
            mail.body,
            max_tokens=settings.training.max_tokens,
            mail_id=mail.id,
        )
        if example is not None:
            examples.append(example)
    if len(examples) < len(chosen):
        emit(
            events.Warn(
                f"{len(chosen) - len(examples)} of {len(chosen)} mails were left out: the context "
                f"alone fills training.max_tokens ({settings.training.max_tokens})."
            )
        )
    return examples


def _similar(
    mails: Sequence[TrainingPair],
    learnt: Collection[int],
    connection: apsw.Connection,
    home: Home,
    settings: Settings,
) -> dict[int, list[str]]:
    if not mails:
        return {}
    from engine.retrieval.neighbours import similar_bodies

    return {
        played.mail.id: similar_bodies(
            connection,
            home,
            played.mail.id,
            played.instruction,
            settings.retrieval.sources,
            allowed=learnt,
            recipient=_recipient(settings, played),
            min_similarity=settings.retrieval.min_similarity,
        )
        for played in mails
    }


def _recipient(settings: Settings, played: TrainingPair) -> str:
    """The name of whom the mail is for, where the example tells it."""
    named = _draw(settings, played, "recipient") < settings.training.recipient_share
    recipients = played.mail.recipients
    return recipients[0][0] if named and recipients else ""


def _share(settings: Settings) -> float:
    return settings.training.retrieval_share if settings.retrieval.sources else 0.0


def _draw(settings: Settings, played: TrainingPair, what: str) -> float:
    return random.Random(f"{settings.training.seed}/{what}/{played.mail.id}").random()
