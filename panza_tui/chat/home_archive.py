"""The chat's archive of one home: its database, and the files that drafts are saved to.

Each call opens its own connection, so it can be made from any thread. Modules that are slow to
import are imported when they are needed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import TYPE_CHECKING

from engine.database import database
from engine.drafting import conversations, drafts
from engine.drafting.types import Conversation, KeptDraft
from engine.errors import PanzaError
from engine.home.home import Home
from engine.mail.types import MailToAnswer
from engine.retrieval.copied_passages import Span, copied_passages
from engine.retrieval.hits import Hit
from engine.settings import Settings

if TYPE_CHECKING:
    import apsw

    from engine.mail.stored.writer_facts import WriterFact


class HomeArchive:
    """An `Archive` (panza_tui.chat.service) on a home. config: the file named with --config."""

    def __init__(
        self, home: Home, read_settings: Callable[[], Settings], config: Path | None = None
    ) -> None:
        self._home = home
        self._read_settings = read_settings
        self._config = config

    def conversations(self, query: str) -> list[Conversation]:
        if not self._home.database.exists():
            return []
        with self._connection() as connection:
            return conversations.list_conversations(connection, query)

    def conversation(self, conversation_id: int) -> list[KeptDraft]:
        with self._connection() as connection:
            return conversations.read_conversation(connection, conversation_id)

    def rename(self, conversation_id: int, name: str) -> None:
        with self._connection() as connection:
            conversations.rename_conversation(connection, conversation_id, name)

    def delete(self, conversation_id: int) -> None:
        with self._connection() as connection:
            conversations.delete_conversation(connection, conversation_id)

    def accept(self, draft_id: int, final: str) -> None:
        with self._connection() as connection:
            if not drafts.accept_draft(connection, draft_id, final):
                raise PanzaError(
                    "The draft was accepted, but the history could not be updated (is the disk "
                    "full, or is another panza-tui busy?)."
                )

    def start_update(self, model: str) -> None:
        from panza_tui.jobs.update import start_update

        start_update(self._home, self._config, model)

    def read_mail(self, text: str | bytes) -> MailToAnswer:
        from engine.mail.replies.pasted import parse_stdin, read_mail_to_answer

        if not self._home.database.exists():
            return parse_stdin(text)
        with self._connection() as connection:
            return read_mail_to_answer(connection, self._read_settings().user, text)

    def copied_passages(self, text: str, sources: Sequence[Hit]) -> list[Span]:
        return copied_passages(text, [source.body for source in sources])

    def facts(self) -> list[WriterFact]:
        from engine.mail.stored.writer_facts import writer_facts

        if not self._home.database.exists():
            return []
        with self._connection() as connection:
            newest: dict[tuple[str, str], WriterFact] = {}
            for fact in writer_facts(connection):  # Several addresses may have the same one.
                newest.setdefault((fact.kind, fact.text), fact)
        return list(newest.values())

    def quoted(self, text: str, answered: MailToAnswer) -> str:
        from engine.mail.replies.compose import quote_below

        return quote_below(text, answered.thread[-1])

    def as_eml(self, text: str, to: str, subject: str, answered: MailToAnswer | None) -> bytes:
        from engine.mail.replies.compose import compose_eml
        from engine.mail.replies.recipients import missing_addresses, read_addressee
        from engine.mail.stored.people import own_address

        typed, to = to.strip(), read_addressee(to).recipient
        missing = missing_addresses(to) or ([typed] if typed and "@" not in to else [])
        if missing:
            raise PanzaError(f"There is no valid address in {missing[0]!r}.")
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

    def temporary_folder(self) -> AbstractContextManager[Path]:
        from engine.encryption.stored import temporary_folder

        return temporary_folder(self._home)

    def unsent(self) -> str:
        if not self._home.database.exists():
            return ""
        with self._connection() as connection:
            return drafts.read_unsent(connection)

    def save_unsent(self, text: str) -> None:
        if not self._home.database.exists():
            return
        with self._connection() as connection:
            drafts.keep_unsent(connection, text)

    def _connection(self) -> AbstractContextManager[apsw.Connection]:
        return closing(database.connect(self._home.database))
