"""Make examples of accepted drafts: what the user asked for, and the mail as it was sent."""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from typing import Any

import apsw

from engine.drafting.accepted_drafts import AcceptedDraft
from engine.drafting.preparing import addressee
from engine.mail.own_words.pasted_code import without_code
from engine.mail.stored.people import own_name
from engine.mail.stored.store import load_mails
from engine.prompt.prompt import build_prompt
from engine.retrieval.facts import relevant_facts
from engine.settings import Settings
from training.examples.tokens import Example, build_example

EDITED_WEIGHT = 2
"""How often an epoch shows an edited draft, whose instruction and mail are both the user's.

A mail with an instruction by playback, and a draft that was accepted as it was, are shown once.
"""

_ACCEPTED_DRAFT = -1
"""The mail id of these examples."""


def accepted_examples(
    drafts: Sequence[AcceptedDraft],
    learnt: Collection[int],
    connection: apsw.Connection,
    settings: Settings,
    tokenizer: Any,
    *,
    epoch: int | None = None,
) -> list[Example]:
    """Make the examples of one epoch, with the prompts that the drafts were written for.

    learnt: the training mails; of the past mails that a draft was shown, only those are shown, and
    in a share of the examples. epoch: None for validation, with one example for each draft.
    """
    name = own_name(connection, settings.user)
    examples = []
    for draft in drafts:
        request = draft.request
        times = EDITED_WEIGHT if draft.is_edited and epoch is not None else 1
        shown = [key for key in draft.sources if key in learnt]
        sources = [without_code(mail.body) for mail in load_mails(connection, shown)]
        for time in range(times):
            draw = random.Random(f"{settings.training.seed}/accepted/{draft.id}/{epoch}/{time}")
            messages = build_prompt(
                request.instruction,
                prompt=settings.prompt,
                user_name=name,
                recipient=addressee(request, connection),
                thread=request.thread,
                sources=sources if draw.random() < settings.training.retrieval_share else [],
                turns=request.turns,
                facts=relevant_facts(connection, request.instruction),
            )
            example = build_example(
                tokenizer,
                messages,
                draft.final,
                max_tokens=settings.training.max_tokens,
                mail_id=_ACCEPTED_DRAFT,
            )
            if example is not None:
                examples.append(example)
    return examples
