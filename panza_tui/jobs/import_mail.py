"""Import mail from archives: store it in the database, then embed the new mails."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from engine.database import database
from engine.encryption.stored import is_encrypted
from engine.errors import Interrupted, PanzaError, UsageError
from engine.events import Emit, Event
from engine.home.home import Home
from engine.settings import Settings
from panza_tui.jobs.child_process import ask_child
from panza_tui.jobs.embed import finish_embedding
from panza_tui.jobs.one_writer import one_writer

if TYPE_CHECKING:
    from engine.mail.importing.finishing import OnMail
    from engine.mail.importing.tally import ImportReport, OnSkipped

Owner = tuple[str, str, int]
"""A possible owner of an archive: name, address (the name again if there is none), mails."""

_WRITER = "panza-tui import"


def import_mails(
    home: Home,
    settings: Settings,
    paths: Sequence[Path],
    me: Sequence[str],
    emit: Emit,
    *,
    on_stored: Callable[[ImportReport], None] = lambda report: None,
    on_skipped: OnSkipped | None = None,
    forgotten: bool = False,
) -> ImportReport:
    """Store the mails that the user sent, then embed them.

    me: the user's addresses or names, in addition to those in the settings and of earlier imports.
    on_stored: called with the report before embedding. on_skipped: called with a line for each mail
    that is not kept. forgotten: also import mails that were forgotten.
    Raises Interrupted on Ctrl-C, and what import_archives raises.
    """
    from engine.mail.importing.importing import import_archives

    _check_paths(paths)
    if settings.store.encrypt and not is_encrypted(home.database):
        raise UsageError(
            "store.encrypt is on, and this home is not encrypted; nothing was imported. Run "
            "'panza-tui encrypt on' first."
        )
    with (
        closing(database.connect(home.database)) as connection,
        one_writer(home, _WRITER, emit),
    ):
        try:
            report = import_archives(
                connection,
                paths,
                me,
                emit,
                on_skipped,
                configured=settings.user.addresses,
                name=settings.user.name,
                restore_forgotten=forgotten,
            )
        except KeyboardInterrupt as interrupt:
            raise Interrupted(
                "Interrupted; this import stored nothing, and earlier mails are kept. "
                "Run the import again."
            ) from interrupt
        on_stored(report)
        finish_embedding(connection, home, emit)
    return report


def preview_import(
    home: Home,
    settings: Settings,
    paths: Sequence[Path],
    me: Sequence[str],
    emit: Emit,
    *,
    on_mail: OnMail,
    on_skipped: OnSkipped | None = None,
    forgotten: bool = False,
) -> ImportReport:
    """Import as import_mails does, then roll it back. on_mail: called with each mail."""
    from engine.mail.importing.importing import import_archives

    _check_paths(paths)
    with (
        closing(database.connect(home.database)) as connection,
        one_writer(home, _WRITER, emit),
    ):
        try:
            return import_archives(
                connection,
                paths,
                me,
                emit,
                on_skipped,
                configured=settings.user.addresses,
                name=settings.user.name,
                on_mail=on_mail,
                restore_forgotten=forgotten,
                dry_run=True,
            )
        except KeyboardInterrupt as interrupt:
            raise Interrupted("Interrupted; nothing was stored.") from interrupt


def user_addresses(home: Home, settings: Settings) -> list[str]:
    """Return the user's addresses, and names of mail without addresses, as far as known."""
    from engine.mail.stored.people import known_addresses, known_names

    with closing(database.connect(home.database)) as connection:
        known = [*known_addresses(connection), *known_names(connection)]
        return [*settings.user.addresses, *known]


def find_owners(paths: Sequence[Path], emit: Emit) -> list[Owner]:
    """Return who may own the archives, the likeliest first. Raises PanzaError for other files."""
    from engine.mail.importing.importing import find_addresses

    _check_paths(paths)
    return find_addresses(paths, emit)


def find_owners_in_child(
    home: Home, path: Path, on_event: Callable[[Event], None], stopped: Callable[[], bool]
) -> list[Owner]:
    """Call `find_owners` in a child process, as parsing mail would block the app."""
    found: list[Owner] = []
    ask_child(home, "addresses", [path], found.extend, on_event, stopped)
    return [(name, address, mails) for name, address, mails in found]


def _check_paths(paths: Sequence[Path]) -> None:
    for path in paths:
        if not path.exists():
            raise PanzaError(f"There is no file or folder {path}; nothing was imported.")
