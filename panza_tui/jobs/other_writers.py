"""Read mails of other people, for the classifier that tells the user's writing from theirs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import closing
from pathlib import Path

from engine.database import database
from engine.events import Emit
from engine.home.home import Home
from engine.mail.importing.finishing import ImportedMail
from engine.mail.message.addresses import canonical
from engine.mail.types import Mail
from panza_tui.jobs.import_mail import find_owners

_MOST_MAILS = 2000
"""Of an archive, the newest."""


def others_mails(home: Home, paths: Sequence[Path], own: Collection[str], emit: Emit) -> list[str]:
    """The own words of everybody in the archives who wrote much, but for the user.

    own: the user's addresses. Nothing is stored in the user's home. Raises PanzaError for a file
    without mails of others.
    """
    users = {canonical(address) for address in own}
    texts: list[str] = []
    for path in paths:
        owners = find_owners([path], emit)
        writers = [address for _, address, _ in owners if canonical(address) not in users]
        texts += _mails_of(home, path, writers, emit)
    return texts


def _mails_of(home: Home, path: Path, writers: Sequence[str], emit: Emit) -> list[str]:
    from engine.mail.importing.importing import import_archives

    mails: list[Mail] = []

    def take(imported: ImportedMail) -> None:
        mails.append(imported.mail)

    # There is no such file, so the database is one in memory: others' mails reach no disk.
    with closing(database.connect_to_read(home.cache / "others.db")) as connection:
        import_archives(connection, [path], writers, emit, on_mail=take, dry_run=True)
    kept = [mail for mail in mails if mail.left_out is None and mail.body.strip()]
    return [mail.body for mail in sorted(kept, key=lambda mail: mail.date)[-_MOST_MAILS:]]
