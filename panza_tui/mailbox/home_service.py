"""The service of the mailbox on a real home."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, closing
from typing import TYPE_CHECKING

from engine.database import database
from engine.errors import NotReadyError, PanzaError
from engine.events import silent
from engine.home.home import Home
from engine.mail.stored import mailbox
from engine.mail.stored.mailbox import MailLine, Shown
from engine.settings import Settings
from panza_tui.jobs.background import start_job
from panza_tui.mailbox.service import Found, Opened

if TYPE_CHECKING:
    from pathlib import Path

    import apsw

_MOST_FOUND = 100
"""The maximum number of search results; nobody scrolls through more."""

_WRITER = "the mailbox"
"""The name of this writer, shown to others that wait."""


class HomeMailboxService:
    """A `MailboxService` on the database of a home; each call opens its own connection."""

    def __init__(
        self, home: Home, read_settings: Callable[[], Settings], config: Path | None
    ) -> None:
        self._home = home
        self._read_settings = read_settings
        self._config = config

    def ids(self, shown: Shown) -> list[int]:
        with self._connection() as connection:
            return mailbox.mail_ids(connection, shown)

    def lines(self, ids: Sequence[int]) -> list[MailLine]:
        with self._connection() as connection:
            return mailbox.mail_lines(connection, ids)

    def open(self, mail_id: int) -> Opened | None:
        from panza_tui.jobs.forget import models_that_learnt

        with self._connection() as connection:
            found = mailbox.open_mail(connection, mail_id)
        return Opened(*found, models_that_learnt(self._home, mail_id)) if found else None

    def search(self, query: str) -> list[Found]:
        from panza_tui.jobs.search import search

        try:
            result = search(self._home, self._read_settings(), query, _MOST_FOUND)
        except NotReadyError:  # There is no mail yet.
            return []
        return [Found(hit.id, hit.why) for hit in result.hits]

    def write_instruction(self, mail_id: int, text: str) -> None:
        with self._connection() as connection:
            mailbox.write_instruction(connection, mail_id, text)

    def redo_instruction(self, mail_id: int) -> None:
        arguments = ["playback", "--mail", str(mail_id)]
        job = start_job(self._home, self._config, "playback", arguments)
        for _ in job.events():
            pass
        if error := job.error():
            raise PanzaError(error)

    def leave_out(self, mail_id: int) -> None:
        with self._connection() as connection:
            mailbox.leave_out(connection, mail_id)

    def take_back(self, mail_id: int) -> None:
        from panza_tui.jobs.embed import embed_missing

        with self._connection() as connection:
            mailbox.take_back(connection, mail_id)
        embed_missing(self._home, silent, _WRITER)

    def forget(self, mail_id: int) -> list[str]:
        from panza_tui.jobs.forget import describe_forgotten, forget_mail

        forgotten = forget_mail(self._home, mail_id, silent, _WRITER)
        return describe_forgotten(self._home, forgotten)

    def _connection(self) -> AbstractContextManager[apsw.Connection]:
        return closing(database.connect(self._home.database))
