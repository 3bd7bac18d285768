"""Mails with instructions -> examples: which context each of them is trained with."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import apsw

from engine import database, events
from engine.events import Emit
from engine.prompt import build_prompt
from engine.settings import Settings
from training.examples import Example, build_example
from training.run_folder import PlayedMail


def make_examples(
    chosen: Sequence[PlayedMail],
    connection: apsw.Connection,
    settings: Settings,
    tokenizer: Any,
    emit: Emit,
) -> list[Example]:
    """One example a mail, in order, with the prompt that drafting would build.

    The recipient is named in `training.recipient_share` of them, since a user does not always name
    one. Which ones is drawn from the seed and the mail's id, so it is the same each time.
    """
    name = settings.user.name or database.read_fact(connection, "user.name") or ""
    examples = []
    for played in chosen:
        mail = played.mail
        draw = random.Random(f"{settings.training.seed}/{mail.id}").random()
        whom = mail.recipients[0][0] if mail.recipients else ""
        messages = build_prompt(
            played.instruction,
            prompt=settings.prompt,
            user_name=name,
            recipient=whom if draw < settings.training.recipient_share else "",
            thread=[mail.answered] if mail.answered else [],
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
                f"{len(chosen) - len(examples)} mails were left out: their context alone "
                f"fills training.max_tokens ({settings.training.max_tokens})."
            )
        )
    return examples
