"""Copy a database that others are using, and check the copy."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import apsw

from engine.encryption.unlocked import DataKey, key_of
from engine.errors import PanzaError

_PAGES_AT_ONCE = 4096
"""16 MiB between two reports of progress."""

DATABASE_SUFFIXES = ("", "-wal", "-shm", "-journal")
"""Of a database's own file, and of those that SQLite keeps beside it."""


def copy_database(
    source: apsw.Connection,
    target: Path,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> None:
    """Copy an open database to a new file, complete in itself. The caller flushes it to the disk.

    It is encrypted with the same key. The copy is what one moment's reader sees; others may read
    and write meanwhile. progress: called with (pages copied, of all). Raises PanzaError, without a
    copy, if the database is damaged.
    """
    from engine.database.database import open_database

    path = Path(source.filename)
    key = key_of(path)
    target.touch(mode=0o600, exist_ok=False)
    try:
        # Nobody else knows the copy, and the disk may know no locks.
        with closing(open_database(target, key=key, alone=True)) as copy:
            _copy_pages(source, copy, progress)
        _check(path, target, key)
    except BaseException as error:
        remove_database(target)
        if isinstance(error, apsw.CorruptError | apsw.NotADBError):
            raise _damaged(path, str(error)) from error
        raise


def remove_database(path: Path) -> None:
    """Remove a database file, and what SQLite keeps beside it."""
    for suffix in DATABASE_SUFFIXES:
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _copy_pages(
    source: apsw.Connection, copy: apsw.Connection, progress: Callable[[int, int], None]
) -> None:
    # Within a transaction, as the backup would start again at every change by another process.
    source.execute("BEGIN")
    source.execute("SELECT count(*) FROM sqlite_schema").fetchall()
    for setting in ("journal_mode = OFF", "synchronous = OFF"):
        copy.execute(f"PRAGMA {setting}").fetchall()
    try:
        with copy.backup("main", source, "main") as backup:
            while not backup.done:
                backup.step(_PAGES_AT_ONCE)
                progress(backup.page_count - backup.remaining, backup.page_count)
    finally:
        source.execute("ROLLBACK")


def _check(path: Path, target: Path, key: DataKey | None) -> None:
    """Check each page, row and index of a copy, and make it a database without further files."""
    from engine.database.database import find_damage, open_database

    with closing(open_database(target, key=key, alone=True)) as copy:
        # The copy says that it has a write-ahead log, as the original has.
        for setting in ("locking_mode = EXCLUSIVE", "journal_mode = DELETE"):
            copy.execute(f"PRAGMA {setting}").fetchall()
        if damage := find_damage(copy, thorough=True):
            raise _damaged(path, damage)


def _damaged(path: Path, damage: str) -> PanzaError:
    return PanzaError(
        f"{path} is damaged ({damage}), so no copy of it was made; nothing was changed. "
        "Run 'panza-tui doctor --repair' first."
    )
