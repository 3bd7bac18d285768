"""Replace a home's database by another one, and keep the old one in a folder beside it."""

from __future__ import annotations

import contextlib
import itertools
import os
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import apsw

from engine.database.database import open_database
from engine.disk import durable
from engine.errors import PanzaError
from engine.home.home import Home

UNFINISHED = "unfinished"
"""The file in `before-restore-…` while the models are replaced already, but not the database."""


def unfinished_restores(home: Home) -> list[Path]:
    """Return the marks of restores that were cut short between the models and the database."""
    return sorted(home.root.glob(f"before-restore-*/{UNFINISHED}"))


@contextlib.contextmanager
def nobody_else(database: Path) -> Iterator[None]:
    """Keep others from opening the old database while it is replaced.

    Everything in its write-ahead log is moved into it, as the log must not meet another database.
    Raises PanzaError if another process has it open.
    """
    if not database.exists():
        yield
        return
    with contextlib.ExitStack() as stack:
        try:
            connection = open_database(database, flags=apsw.SQLITE_OPEN_READWRITE)
            stack.enter_context(closing(connection))
            connection.set_busy_timeout(0)
            connection.execute("PRAGMA journal_mode = DELETE").fetchall()
            connection.execute("BEGIN EXCLUSIVE")
        except (apsw.BusyError, apsw.LockedError) as error:
            raise PanzaError(
                "The database is in use; close the app and other panza-tui commands, then try "
                "again. Nothing was changed."
            ) from error
        except apsw.FullError as error:
            raise PanzaError(
                "The disk is full; nothing was changed. Make room, then try again."
            ) from error
        except apsw.Error:
            stack.close()  # It is damaged: nobody can use it, and it is moved as it is.
        yield


def new_folder(home: Home, why: str) -> Path:
    """Create the folder for what is replaced: `before-<why>-<time>`."""
    name = time.strftime(f"before-{why}-%Y%m%d-%H%M%S")
    for number in itertools.count(2):
        folder = home.root / name
        try:
            folder.mkdir(mode=0o700)
            return folder
        except FileExistsError:
            name = f"{name.partition('.')[0]}.{number}"
    raise AssertionError


def replace_database(home: Home, new: Path, aside: Path) -> None:
    """Move the old database to the folder `aside`, and `new` to its place.

    There is a database at any time, if the file system has hard links.
    """
    for suffix in ("-wal", "-shm", "-journal"):
        beside = home.database.with_name(home.database.name + suffix)
        if beside.exists():
            beside.replace(aside / beside.name)
    if home.database.exists():
        try:
            os.link(home.database, aside / home.database.name)
        except OSError:  # The file system has no links.
            home.database.replace(aside / home.database.name)
    durable.sync(aside)
    durable.sync(home.root)
    durable.replace(new, home.database)
