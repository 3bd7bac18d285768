"""Store drafts in table `drafts`, and the chat's unsent text in table `facts`.

A draft is stored with its instruction, its sources and the text that the user accepted.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict

import apsw

from engine.database.database import BUSY_TIMEOUT, read_fact, write_fact
from engine.database.stored_json import from_json
from engine.mail.types import Received

UNSENT = "chat.unsent"
"""The key of the unsent text in table `facts`."""

_SHORT_TIMEOUT = 2_000  # Milliseconds to wait for another writer, as the user waits for the draft.


def keep_draft(
    connection: apsw.Connection,
    *,
    conversation: int | None,
    instruction: str,
    recipient: str,
    thread: Sequence[Received],
    sources: Sequence[int],
    draft: str,
    model: str,
    backend: str,
    seed: int,
) -> int | None:
    """Save a finished draft and return its id, or None if it could not be written.

    A full disk or a busy database must not lose the draft itself, so nothing is raised.
    """
    try:
        with short_timeout(connection):
            connection.execute(
                "INSERT INTO drafts (conversation_id, created, instruction, recipient, thread, "
                "sources, draft, model, backend, seed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    conversation,
                    int(time.time()),
                    instruction,
                    recipient,
                    json.dumps([asdict(mail) for mail in thread]),
                    json.dumps(list(sources)),
                    draft,
                    model,
                    backend,
                    seed,
                ),
            )
    except (apsw.Error, UnicodeError):
        return None
    return connection.last_insert_rowid()


def accept_draft(connection: apsw.Connection, draft_id: int, final: str) -> bool:
    """Save the text that the user accepted for a draft, edited or not.

    Returns False if it could not be written, or the draft has been deleted meanwhile.
    """
    try:
        with short_timeout(connection):
            connection.execute("UPDATE drafts SET final = ? WHERE id = ?", (final, draft_id))
    except (apsw.Error, UnicodeError):
        return False
    return connection.changes() == 1


def is_edited(draft: str, final: str) -> bool:
    """Return whether the user changed a draft: another space or line break is no change."""
    return draft.split() != final.split()


def thread_of(stored: str) -> tuple[Received, ...]:
    """Return the value of column `thread`. Raises UnreadableError."""
    return tuple(Received(**mail) for mail in from_json("drafts", "thread", stored))


def sources_of(stored: str) -> tuple[int, ...]:
    """Return the value of column `sources`. Raises UnreadableError."""
    return tuple(from_json("drafts", "sources", stored))


def count_drafts(connection: apsw.Connection) -> int:
    """Return the number of stored drafts."""
    return connection.execute("SELECT count(*) FROM drafts").get


def read_unsent(connection: apsw.Connection) -> str:
    """Return the text that the user typed in the chat and did not send, or ''."""
    return read_fact(connection, UNSENT) or ""


def keep_unsent(connection: apsw.Connection, text: str) -> None:
    """Save the text that the user typed in the chat and did not send, for the next start."""
    if read_unsent(connection) != text:
        with short_timeout(connection):
            write_fact(connection, UNSENT, text)


@contextlib.contextmanager
def short_timeout(connection: apsw.Connection) -> Iterator[None]:
    """Wait at most two seconds for another writer in this block.

    A single statement is its own transaction, so it need not wait for the home's write lock, which
    a long import holds.
    """
    connection.set_busy_timeout(_SHORT_TIMEOUT)
    try:
        yield
    finally:
        connection.set_busy_timeout(BUSY_TIMEOUT)
