"""Tables conversations and drafts: what was asked, what it stood on, what came out."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict

import apsw

from engine.mail.types import Received

_BRIEFLY = 2_000  # Milliseconds to wait for another writer; a draft is not held up for longer.


def start_conversation(connection: apsw.Connection, name: str = "") -> int:
    """A new conversation's id."""
    connection.execute(
        "INSERT INTO conversations (name, created) VALUES (?, ?)", (name, int(time.time()))
    )
    return connection.last_insert_rowid()


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
    """Keep a finished draft; its id, or None when it could not be written.

    A full disk or a busy database costs the history, never the draft. One row is one transaction
    of SQLite's own, so the home's write lock, which a long import holds, is not waited for.
    """
    connection.set_busy_timeout(_BRIEFLY)
    try:
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
    finally:
        connection.set_busy_timeout(30_000)
    return connection.last_insert_rowid()
