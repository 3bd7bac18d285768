"""Make examples of training pairs, each with the context that its prompt shows."""

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
    pairs: Sequence[TrainingPair],
    learnt: Collection[int],
    connection: apsw.Connection,
    home: Home,
    settings: Settings,
    tokenizer: Any,
    emit: Emit,
) -> list[Example]:
    """Make one example per mail, in order, with the prompt that drafting would build.

    learnt: the ids of the training mails; only those are shown as sources. A share of the examples
    name the recipient and a share show sources, since users do not always name one and not every
    draft has sources. Which ones depends on the seed and the mail's id.
    """
    name = settings.user.name or database.read_fact(connection, "user.name") or ""
    with_sources = [p for p in pairs if _draw(settings, p, "sources") < _source_share(settings)]
    sources = _sources(with_sources, learnt, connection, home, settings)
    examples = []
    for pair in pairs:
        mail = pair.mail
        messages = build_prompt(
            pair.instruction,
            prompt=settings.prompt,
            user_name=name,
            recipient=_recipient(settings, pair),
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
    if len(examples) < len(pairs):
        emit(
            events.Warn(
                f"{len(pairs) - len(examples)} of {len(pairs)} mails were left out: the context "
                f"alone fills training.max_tokens ({settings.training.max_tokens})."
            )
        )
    return examples


def _sources(
    pairs: Sequence[TrainingPair],
    learnt: Collection[int],
    connection: apsw.Connection,
    home: Home,
    settings: Settings,
) -> dict[int, list[str]]:
    """Mail id -> bodies of similar past mails."""
    if not pairs:
        return {}
    from engine.retrieval.neighbours import similar_bodies

    return {
        pair.mail.id: similar_bodies(
            connection,
            home,
            pair.mail.id,
            pair.instruction,
            settings.retrieval.sources,
            allowed=learnt,
            recipient=_recipient(settings, pair),
            min_similarity=settings.retrieval.min_similarity,
        )
        for pair in pairs
    }


def _recipient(settings: Settings, pair: TrainingPair) -> str:
    """The recipient's name, where the example names it."""
    named = _draw(settings, pair, "recipient") < settings.training.recipient_share
    recipients = pair.mail.recipients
    return recipients[0][0] if named and recipients else ""


def _source_share(settings: Settings) -> float:
    return settings.training.retrieval_share if settings.retrieval.sources else 0.0


def _draw(settings: Settings, pair: TrainingPair, what: str) -> float:
    return random.Random(f"{settings.training.seed}/{what}/{pair.mail.id}").random()
