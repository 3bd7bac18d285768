"""List, search, read, rename and delete the conversations of the chat."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import apsw

from engine.database.stored_rows import read_rows
from engine.drafting.drafts import short_timeout, sources_of, thread_of
from engine.drafting.types import Conversation, KeptDraft
from engine.errors import PanzaError
from engine.mail.stored.store import recipients_of
from engine.retrieval.hits import Hit


def start_conversation(connection: apsw.Connection, name: str = "") -> int:
    """Create a conversation and return its id. Raises PanzaError if it can't be written."""
    _write(
        connection,
        "INSERT INTO conversations (name, created) VALUES (?, ?)",
        (name, int(time.time())),
    )
    return connection.last_insert_rowid()


def list_conversations(connection: apsw.Connection, query: str = "") -> list[Conversation]:
    """Return the conversations that contain a draft, the last used first.

    query: words that must all occur in a conversation, in any letter case: in its name, or in the
    instructions, recipients, answered mails and texts of its drafts.
    """
    words = query.casefold().split()
    texts = _texts(connection) if words else {}
    rows: Iterable[Any] = read_rows(
        connection,
        "conversations",
        """
        SELECT c.id, c.name, c.created, max(d.created), count(d.id),
            (SELECT instruction FROM drafts WHERE conversation_id = c.id ORDER BY id LIMIT 1)
        FROM conversations AS c JOIN drafts AS d ON d.conversation_id = c.id
        GROUP BY c.id ORDER BY max(d.id) DESC
        """,
    )
    return [
        Conversation(key, name or first, created, last_used, drafts)
        for key, name, created, last_used, drafts, first in rows
        if _contains_all("\n".join([name, *texts.get(key, ())]), words)
    ]


def _texts(connection: apsw.Connection) -> dict[int, list[str]]:
    """Return the texts of each conversation's drafts, and of the mails that they answer."""
    texts: dict[int, list[str]] = defaultdict(list)
    for conversation, thread, *written in read_rows(
        connection,
        "drafts",
        "SELECT conversation_id, thread, instruction, recipient, draft, coalesce(final, '') "
        "FROM drafts WHERE conversation_id IS NOT NULL",
        make=lambda row: (row[0], thread_of(row[1]), *row[2:]),
    ):
        answered = (f"{mail.sender} {mail.subject} {mail.body}" for mail in thread)
        texts[conversation] += [*written, *answered]
    return texts


def read_conversation(connection: apsw.Connection, conversation: int) -> list[KeptDraft]:
    """Return the drafts of a conversation, oldest first; none if it was deleted."""
    rows = read_rows(
        connection,
        "drafts",
        "SELECT id, created, instruction, recipient, thread, sources, draft, final, model, seed "
        "FROM drafts WHERE conversation_id = ? ORDER BY id",
        (conversation,),
        lambda row: (*row[:4], thread_of(row[4]), sources_of(row[5]), *row[6:]),
    )
    return [
        KeptDraft(
            id=key,
            created=created,
            instruction=instruction,
            recipient=recipient,
            thread=thread,
            sources=tuple(_stored_sources(connection, sources)),
            draft=draft,
            final=final,
            model=model,
            seed=seed,
        )
        for (
            key, created, instruction, recipient, thread, sources, draft, final, model, seed,
        ) in rows
    ]  # fmt: skip


def rename_conversation(connection: apsw.Connection, conversation: int, name: str) -> None:
    """Rename a conversation. Raises PanzaError if it can't be written."""
    _write(connection, "UPDATE conversations SET name = ? WHERE id = ?", (name, conversation))


def delete_conversation(connection: apsw.Connection, conversation: int) -> None:
    """Delete a conversation with its drafts. Raises PanzaError if it can't be written."""
    _write(connection, "DELETE FROM conversations WHERE id = ?", (conversation,))


def _stored_sources(connection: apsw.Connection, ids: Iterable[int]) -> Iterator[Hit]:
    query = "SELECT id, date, subject, body, recipients FROM mails WHERE id = ?"
    for key in ids:
        yield from read_rows(connection, "mails", query, (key,), _as_hit)


def _as_hit(row: Sequence[Any]) -> Hit:
    number, date, subject, body, recipients = row
    return Hit(number, date, recipients_of(recipients), subject, body)


def _contains_all(text: str, words: list[str]) -> bool:
    text = text.casefold()
    return all(word in text for word in words)


def _write(connection: apsw.Connection, statement: str, values: tuple[str | int, ...]) -> None:
    try:
        with short_timeout(connection):
            connection.execute(statement, values)
    except (apsw.Error, UnicodeError) as error:
        raise PanzaError(
            "The history can't be written now (is another panza-tui writing, or the disk full?); "
            "it is unchanged."
        ) from error
