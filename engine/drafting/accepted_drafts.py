"""Read the drafts that the user accepted: what was asked for, and the mail as the user sent it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import apsw

from engine.database.stored_rows import read_rows
from engine.drafting.drafts import is_edited, sources_of, thread_of
from engine.drafting.types import DraftRequest
from engine.follow_ups.requests import Rewrite, as_asked
from engine.prompt.prompt import Turn

_IS_ACCEPTED = "final IS NOT NULL AND trim(final, ' ' || char(9, 10, 13)) <> ''"


@dataclass(frozen=True)
class AcceptedDraft:
    """A draft that the user accepted. final: its text then; sources: ids of the past mails shown.

    request: as it was drafted for, with the earlier turns that it follows.
    """

    id: int
    request: DraftRequest
    sources: tuple[int, ...]
    draft: str
    final: str

    @property
    def is_edited(self) -> bool:
        """Whether the user changed the draft."""
        return is_edited(self.draft, self.final)


def accepted_drafts(
    connection: apsw.Connection, rewrite: Rewrite | None = None
) -> list[AcceptedDraft]:
    """Return all accepted drafts with a text, oldest first.

    rewrite: puts follow-ups into instructions, as when they were drafted; None for rules alone.
    """
    rows: Iterable[Any] = read_rows(
        connection,
        "drafts",
        f"SELECT id, conversation_id, {_IS_ACCEPTED}, instruction, recipient, thread, sources, "
        f"draft, final FROM drafts WHERE {_IS_ACCEPTED} OR conversation_id IN "
        f"(SELECT conversation_id FROM drafts WHERE {_IS_ACCEPTED}) ORDER BY id",
        make=_with_json,
    )
    accepted = []
    rounds: dict[int | None, list[_Round]] = defaultdict(list)
    for key, conversation, is_accepted, instruction, recipient, thread, sources, *texts in rows:
        draft, final = texts
        earlier = [] if conversation is None else rounds[conversation]
        variants = earlier.pop() if earlier and earlier[-1].instruction == instruction else None
        if is_accepted:
            request = as_asked(
                DraftRequest(
                    instruction,
                    thread=thread,
                    recipient=recipient,
                    turns=tuple(
                        Turn(one.instruction, one.text, one.is_edited)
                        for one in earlier
                        if one.text.strip()
                    ),
                ),
                rewrite,
            )
            accepted.append(AcceptedDraft(key, request, sources, draft, final))
        if variants and variants.is_accepted and final is None:
            earlier.append(variants)
        else:
            text = draft if final is None else final
            earlier.append(_Round(instruction, text, final is not None, is_edited(draft, text)))
    return accepted


def accepted_ids(connection: apsw.Connection) -> dict[int, int]:
    """Return the id of each accepted draft with a text -> when it was written."""
    query = f"SELECT id, created FROM drafts WHERE {_IS_ACCEPTED}"
    return dict(read_rows(connection, "drafts", query))


def _with_json(row: Sequence[Any]) -> tuple[Any, ...]:
    """Return a row of `accepted_drafts` with its thread and sources. Raises UnreadableError."""
    return (*row[:5], thread_of(row[5]), sources_of(row[6]), *row[7:])


@dataclass(frozen=True)
class _Round:
    """A round of a conversation with its accepted text, else its last.

    Drafts of one instruction in a row are variants of one round.
    """

    instruction: str
    text: str
    is_accepted: bool
    is_edited: bool
