"""The chat's archive on a real home: its database, and files that drafts are saved to.

Every call has a connection of its own, so that any thread can make it at any time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from engine import database
from engine.errors import PanzaError
from engine.home import Home
from engine.mail.types import Address
from engine.settings import Settings
from panza_tui.chat.service import (
    Answered,
    Borrowed,
    OwnFact,
    PastConversation,
    PastDraft,
    SourceMail,
)

if TYPE_CHECKING:
    import apsw

    from engine.conversations import KeptDraft
    from engine.retrieval.search import Hit


class HomeArchive:
    """An `Archive` (panza_tui.chat.service) on a home."""

    def __init__(self, home: Home, read_settings: Callable[[], Settings]) -> None:
        self._home = home
        self._read_settings = read_settings

    def conversations(self, query: str) -> list[PastConversation]:
        from engine.conversations import list_conversations

        if not self._home.database.exists():
            return []
        with self._connection() as connection:
            return [
                PastConversation(one.id, one.name, one.last_used, one.drafts)
                for one in list_conversations(connection, query)
            ]

    def conversation(self, key: int) -> list[PastDraft]:
        from engine.conversations import read_conversation

        with self._connection() as connection:
            return [_past(kept) for kept in read_conversation(connection, key)]

    def rename(self, key: int, name: str) -> None:
        from engine.conversations import rename_conversation

        with self._connection() as connection:
            rename_conversation(connection, key, name)

    def delete(self, key: int) -> None:
        from engine.conversations import delete_conversation

        with self._connection() as connection:
            delete_conversation(connection, key)

    def accept(self, draft: int, final: str) -> None:
        from engine.drafts import accept_draft

        with self._connection() as connection:
            if not accept_draft(connection, draft, final):
                raise PanzaError(
                    "The draft is yours, but the history could not note that you took it (is "
                    "another panza-tui at work, or the disk full?)."
                )

    def read_mail(self, text: str | bytes) -> tuple[str, Answered | None]:
        from engine.mail.replies.pasted import parse_stdin

        pasted = parse_stdin(text)
        if not pasted.thread:
            return pasted.kind, None
        return pasted.kind, Answered(
            pasted.thread, pasted.recipient, pasted.subject, tuple(pasted.addressed)
        )

    def borrowed(self, text: str, sources: Sequence[SourceMail]) -> list[Borrowed]:
        from engine.retrieval.borrowed import borrowed_spans

        spans = borrowed_spans(text, [source.body for source in sources])
        return [Borrowed(span.start, span.end, span.source) for span in spans]

    def facts(self) -> list[OwnFact]:
        from engine.mail.stored.writer_facts import writer_facts

        if not self._home.database.exists():
            return []
        with self._connection() as connection:
            known = [OwnFact(fact.kind, fact.text) for fact in writer_facts(connection)]
        return list(dict.fromkeys(known))

    def quoted(self, text: str, answered: Answered) -> str:
        from engine.mail.replies.compose import quote_below

        return quote_below(text, answered.thread[-1])

    def as_eml(self, text: str, to: str, subject: str, answered: Answered | None) -> bytes:
        from engine.mail.replies.compose import compose_eml
        from engine.mail.stored.people import own_address

        with self._connection() as connection:
            addressed = answered.addressed if answered else ()
            sender = own_address(connection, self._read_settings().user, addressed)
        return compose_eml(
            text,
            sender=sender,
            recipient=to,
            subject=subject,
            answered=answered.thread[-1] if answered else None,
        )

    def put_into_maildir(self, folder: Path, eml: bytes) -> Path:
        from engine.mail.replies.compose import save_to_maildir

        return save_to_maildir(folder, eml)

    def unsent(self) -> str:
        from engine.drafts import read_unsent

        if not self._home.database.exists():
            return ""
        with self._connection() as connection:
            return read_unsent(connection)

    def keep_unsent(self, text: str) -> None:
        from engine.drafts import keep_unsent

        if not self._home.database.exists():
            return
        with self._connection() as connection:
            keep_unsent(connection, text)

    @contextmanager
    def _connection(self) -> Iterator[apsw.Connection]:
        connection = database.connect(self._home.database)
        try:
            yield connection
        finally:
            connection.close()


def as_source(hit: Hit) -> SourceMail:
    """A mail that retrieval found, as the chat shows it."""
    found = hit.reasons
    reasons = []
    if found.words:
        reasons.append(f"shares {', '.join(found.words)}")
    if found.same_recipient:
        reasons.append("went to the same person")
    return SourceMail(
        hit.id,
        hit.date,
        _names(hit.recipients),
        hit.subject,
        hit.body,
        tuple(reasons),
        found.similarity or 0.0,
    )


def _past(kept: KeptDraft) -> PastDraft:
    thread = kept.thread
    answered = Answered(thread, kept.recipient, thread[-1].subject) if thread else None
    return PastDraft(
        kept.id,
        kept.instruction,
        kept.recipient,
        answered,
        kept.text,
        kept.model,
        tuple(as_source(hit) for hit in kept.sources),
        kept.final is not None,
    )


def _names(people: Sequence[Address]) -> str:
    return ", ".join(name or address for name, address in people)
