"""List, search, read, rename and delete the conversations of the chat."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator

import apsw

from engine.draft_types import Conversation, KeptDraft
from engine.drafts import short_timeout
from engine.errors import PanzaError
from engine.mail.stored.store import load_mail
from engine.mail.types import Received
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
    rows = connection.execute(
        """
        SELECT c.id, c.name, c.created, max(d.created), count(d.id),
            (SELECT instruction FROM drafts WHERE conversation_id = c.id ORDER BY id LIMIT 1),
            CASE WHEN :searched THEN c.name || char(10) || group_concat(
                d.instruction || char(10) || d.recipient || char(10) || d.draft || char(10)
                || coalesce(d.final, '') || char(10)
                || (SELECT coalesce(group_concat(
                        (mail.value ->> 'sender') || ' ' || (mail.value ->> 'subject')
                        || ' ' || (mail.value ->> 'body'), char(10)), '')
                    FROM json_each(d.thread) AS mail), char(10)) END
        FROM conversations AS c JOIN drafts AS d ON d.conversation_id = c.id
        GROUP BY c.id ORDER BY max(d.id) DESC
        """,
        {"searched": bool(words)},
    )
    return [
        Conversation(key, name or first, created, last_used, drafts)
        for key, name, created, last_used, drafts, first, text in rows
        if not words or _contains_all(text, words)
    ]


def read_conversation(connection: apsw.Connection, conversation: int) -> list[KeptDraft]:
    """Return the drafts of a conversation, oldest first; none if it was deleted."""
    rows = connection.execute(
        "SELECT id, created, instruction, recipient, thread, sources, draft, final, model, seed "
        "FROM drafts WHERE conversation_id = ? ORDER BY id",
        (conversation,),
    )
    return [
        KeptDraft(
            id=key,
            created=created,
            instruction=instruction,
            recipient=recipient,
            thread=tuple(Received(**mail) for mail in json.loads(thread)),
            sources=tuple(_stored_sources(connection, json.loads(sources))),
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
    for mail in filter(None, (load_mail(connection, key) for key in ids)):
        yield Hit(mail.id, mail.date, mail.recipients, mail.subject, mail.body)


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
