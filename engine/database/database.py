"""Open panza.db, with sqlite-vec loaded and its schema migrated to the newest version.

apsw has its own SQLite with FTS5 and can always load extensions; the sqlite3 of many Pythons can't.
It is built with SQLite3 Multiple Ciphers, which encrypts the pages, also those in the log.
With the write-ahead log readers never wait; long writers hold the home's write lock
(engine.home.locks).
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import apsw

from engine.database.schema import MIGRATIONS, SCHEMA_VERSION
from engine.database.stored_rows import read_rows
from engine.disk import durable
from engine.encryption.key_record import KEY_FILE
from engine.encryption.unlocked import DataKey, key_file_of, key_of
from engine.errors import PanzaError, cause

BUSY_TIMEOUT = 30_000
"""Milliseconds to wait for another writer."""

_SECONDS_BETWEEN_TRIES = 0.01

_CIPHER = "chacha20"
"""Of each page, with a tag (Poly1305), as SQLite3 Multiple Ciphers names it."""

_READ_WRITE = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE | apsw.SQLITE_OPEN_NOFOLLOW


def connect(path: Path) -> apsw.Connection:
    """Open panza.db, or create it, with sqlite-vec and the newest schema.

    A database that can't be written, such as one on a read-only disk, is opened for reading. Raises
    PanzaError for a link, for a file that is not a database, or that a newer panza-tui wrote.
    """
    # SQLite would refuse a link anywhere in the path; only the file itself must not be one.
    path = path.parent.resolve() / path.name
    try:
        if path.exists() and not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)):
            return _connect_read_only(path)
        connection = open_database(path, flags=_READ_WRITE)
        _use_wal(connection)
        # Separately, because apsw stops at the first of several statements that returns a row.
        for setting in ("foreign_keys = ON", "secure_delete = ON", "fullfsync = ON"):
            connection.execute(f"PRAGMA {setting}").fetchall()
        _keep_temporary_files_in(connection, path.parent)
        _migrate(connection, path)
    except apsw.FullError as error:
        raise PanzaError(
            "The disk is full; what was stored is unharmed. Make room, then retry."
        ) from error
    except (apsw.NotADBError, apsw.CorruptError) as error:
        raise PanzaError(
            f"{path} is not a readable database ({error}); it was left alone. "
            f"{_about_its_key(path) if isinstance(error, apsw.NotADBError) else ''}"
            "Run 'panza-tui doctor --repair', or restore a backup."
        ) from error
    except (apsw.CantOpenError, apsw.ReadOnlyError, apsw.PermissionsError) as error:
        raise PanzaError(f"{path} can't be opened; is its folder yours and writable?") from error
    return connection


def _about_its_key(path: Path) -> str:
    """Say what else may be wrong with a file that is no database: its key. '' if that is right."""
    from engine.salvage.pages import is_of_its_key

    encrypted = key_file_of(path) is not None
    if encrypted and is_of_its_key(path):
        return ""
    known = "of another home" if encrypted else "missing"
    return f"If it is encrypted, {KEY_FILE} is {known}: copy it back from a backup (a zip file). "


def connect_to_read(path: Path) -> apsw.Connection:
    """Open panza.db to read it; if there is none, an empty one in memory, so no file is created."""
    if path.exists():
        return connect(path)
    connection = apsw.Connection(":memory:")
    _load_sqlite_vec(connection)
    _migrate(connection, path)
    return connection


def _connect_read_only(path: Path) -> apsw.Connection:
    """Open a database that can't be written.

    SQLite reads a write-ahead log only with its index, the -shm file, which it can't create there.
    Without a log nobody has the database open, and it can be read as one that never changes.
    """
    flags = apsw.SQLITE_OPEN_READONLY
    try:
        connection = open_database(path, flags=flags)
        version = schema_version(connection)
    except (apsw.CantOpenError, apsw.ReadOnlyError):
        log = path.with_name(f"{path.name}-wal")
        if log.exists() and log.stat().st_size:
            raise PanzaError(
                f"{path} can't be written now, and its newest changes in {log.name} can't be read "
                "without that; copy the home to a disk that can be written, and open it there."
            ) from None
        connection = open_database(path, flags=flags, unchanging=True)
        version = schema_version(connection)
    if version != SCHEMA_VERSION:
        older = "n older" if version < SCHEMA_VERSION else " newer"
        raise PanzaError(
            f"{path} was written by a{older} panza-tui and can't be written now; copy the home to "
            "a disk that can be, and open it there."
        )
    return connection


def _keep_temporary_files_in(connection: apsw.Connection, folder: Path) -> None:
    """Have SQLite write its temporary files, which hold text of mails, into the home."""
    current = connection.execute("PRAGMA temp_store_directory").get
    if current != str(folder):
        name = str(folder).replace("'", "''")
        connection.execute(f"PRAGMA temp_store_directory = '{name}'").fetchall()


_SQL_TOKEN = re.compile(
    r"""(?P<between>--[^\n]*|\s+)|'(?:[^']|'')*'|"(?:[^"]|"")*"|\w+|.""", re.DOTALL
)

OF_ITS_HOME: Literal["of its home"] = "of its home"

Key = DataKey | None | Literal["of its home"]
"""What a database is encrypted with; None for a plain one."""


def open_database(
    path: Path,
    *,
    key: Key = OF_ITS_HOME,
    flags: int = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE,
    alone: bool = False,
    unchanging: bool = False,
) -> apsw.Connection:
    """Open a database as it is, with sqlite-vec.

    alone: nobody else opens it, so it needs no locks, which the disk may not have. unchanging: it
    can't be written by anybody. Raises LockedError if its home is encrypted and locked, and
    PanzaError for a link, or what is no file: opening a FIFO would wait forever.
    """
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise PanzaError(f"{path} can't be opened: it is a link, or no file; it was left alone.")
    key = key_of(path) if key == OF_ITS_HOME else key
    name = f"{_uri(path)}?immutable={int(unchanging)}"
    # The ciphers are a layer above that which knows files.
    vfs = f"{'multipleciphers-' if key else ''}unix-none" if alone else None
    connection = apsw.Connection(name, flags=flags | apsw.SQLITE_OPEN_URI, vfs=vfs)
    if key:
        use_key(connection, key)
    connection.set_busy_timeout(BUSY_TIMEOUT)
    _load_sqlite_vec(connection)
    return connection


def use_key(connection: apsw.Connection, key: DataKey) -> None:
    """Read and write a database, which nothing was read of yet, with a key.

    Raises PanzaError if SQLite was built without ciphers.
    """
    if not any(name.startswith("multipleciphers-") for name in apsw.vfs_names()):
        raise PanzaError(
            "The package apsw-sqlite3mc, which encrypts, was overwritten by apsw; nothing was "
            "changed. Run: pip uninstall apsw && pip install --force-reinstall apsw-sqlite3mc"
        )
    connection.pragma("cipher", _CIPHER)
    connection.pragma("key", f"raw:{key.secret.hex()}")
    # SQLite does not encrypt its temporary files.
    connection.pragma("temp_store", "MEMORY")


def copy_with_key(source: apsw.Connection, target: Path, key: DataKey | None) -> None:
    """Write what a database holds to an empty file, encrypted with another key; None for plain.

    Raises apsw.Error.
    """
    parameters = f"cipher={_CIPHER}&key=raw:{key.secret.hex()}" if key else "key="
    try:
        source.execute("VACUUM INTO ?", (f"{_uri(target)}?{parameters}",)).fetchall()
    except apsw.Error as error:
        # SQLite may repeat the URI, and with it the key, at the end of what it says.
        why = str(error).partition("file:")[0].rstrip(": ")
        raise type(error)(f"{target} can't be written: {why}") from None


def _uri(path: Path) -> str:
    # Without the two slashes, a path that begins with two would name a computer.
    return f"file:{'//' if path.is_absolute() else ''}{quote(str(path))}"


def _use_wal(connection: apsw.Connection) -> None:
    """Switch to write-ahead logging.

    SQLite ignores the busy timeout when several connections switch a new file at once, so that is
    repeated here until the timeout is over.
    """
    deadline = time.monotonic() + BUSY_TIMEOUT / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchall()
            return
        except apsw.BusyError:
            if time.monotonic() > deadline:
                raise
            time.sleep(_SECONDS_BETWEEN_TRIES)


def schema_version(connection: apsw.Connection) -> int:
    """Return how many migrations were applied to the database."""
    return int(connection.pragma("user_version"))


def changed_schema(connection: apsw.Connection) -> list[str]:
    """Return the names of what is missing, or not as our migrations make it: tables, indexes,
    triggers and views.

    A trigger of somebody else could keep a copy of what is forgotten, and without one of ours, or
    without a table's references, what belongs to a forgotten mail would stay.
    """
    ours = apsw.Connection(":memory:")
    _load_sqlite_vec(ours)
    _migrate(ours, Path(":memory:"), MIGRATIONS[: max(schema_version(connection), 0)])
    return sorted({name for _, name, *_ in _schema(ours) ^ _schema(connection)})


def _schema(connection: apsw.Connection) -> set[tuple[str, ...]]:
    """Return kind, name, table and statement of all that a database has, in one spelling."""
    query = "SELECT type, name, tbl_name, sql FROM sqlite_schema"
    return {
        (str(kind), str(name), str(of), _one_spelling(sql or ""))
        for kind, name, of, sql in connection.execute(query)
    }


def _one_spelling(statement: str) -> str:
    """Return a statement without its comments, which may change, and with single spaces."""
    return " ".join(it[0] for it in _SQL_TOKEN.finditer(statement) if not it["between"])


def sqlite_versions() -> str:
    """Return the versions of SQLite and sqlite-vec, after a test of both and of FTS5."""
    connection = apsw.Connection(":memory:")
    _load_sqlite_vec(connection)
    vec = connection.execute("SELECT vec_version()").get
    connection.execute("CREATE VIRTUAL TABLE tried USING fts5(text)")
    return f"{apsw.sqlite_lib_version()}, FTS5, sqlite-vec {vec}"


def find_damage(connection: apsw.Connection, *, thorough: bool = False) -> str:
    """Return the first problem that SQLite's quick check finds; '' if there is none.

    thorough: also compare each index with its table, and the full-text index with itself.
    """
    check = "integrity_check" if thorough else "quick_check"
    result = connection.execute(f"PRAGMA {check}(1)").get
    line = " ".join(str(result).replace("*** in database main ***", "").split())
    return "" if line == "ok" else line


def read_fact(connection: apsw.Connection, key: str) -> str | None:
    """Return the value of a key in table `facts`; None if there is none, or it can't be read."""
    query = "SELECT value FROM facts WHERE key = ?"
    return next(read_rows(connection, "facts", query, (key,), lambda row: row[0]), None)


def write_fact(connection: apsw.Connection, key: str, value: str) -> None:
    """Set the value of a key in table `facts`."""
    connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (key, value))


def delete_fact(connection: apsw.Connection, key: str) -> None:
    """Delete a key from table `facts`, if it exists."""
    connection.execute("DELETE FROM facts WHERE key = ?", (key,))


def _load_sqlite_vec(connection: apsw.Connection) -> None:
    package = find_spec("sqlite_vec")  # not imported, because it imports numpy
    assert package is not None
    assert package.origin is not None
    connection.enable_load_extension(True)
    connection.load_extension(str(Path(package.origin).parent / "vec0"))
    connection.enable_load_extension(False)


def _migrate(
    connection: apsw.Connection, path: Path, migrations: tuple[str, ...] = MIGRATIONS
) -> None:
    if schema_version(connection) > len(migrations):
        raise PanzaError(f"{path} was written by a newer panza-tui; update this one to open it.")
    if schema_version(connection) < 0:
        raise apsw.CorruptError(f"its schema is {schema_version(connection)}")
    if schema_version(connection) < len(migrations):
        in_transaction(connection, lambda: _apply_missing(connection, path, migrations))


def _apply_missing(connection: apsw.Connection, path: Path, migrations: tuple[str, ...]) -> None:
    # Read again inside the transaction, as another process may have migrated meanwhile.
    done = schema_version(connection)
    if 0 < done < len(migrations):
        _keep_copy(path, done)
    for number, migration in enumerate(migrations[done:], start=done + 1):
        connection.execute(migration)
        connection.pragma("user_version", number)


def _keep_copy(path: Path, version: int) -> None:
    """Copy the database to a file beside it before its migration; only the newest copy is kept."""
    from engine.database.copies import copy_database, remove_database

    kept = path.with_name(f"{path.name}.schema-{version}")
    draft = path.with_name(f"{kept.name}.partial")
    try:
        remove_database(draft)
        # By another connection, as this one is in the transaction of the migration.
        with closing(open_database(path, flags=apsw.SQLITE_OPEN_READWRITE)) as reader:
            copy_database(reader, draft)
        durable.replace(draft, kept)
    except (OSError, apsw.FullError, apsw.IOError) as error:
        raise PanzaError(
            f"{path} has to be migrated for this version of panza-tui, and the copy that is made "
            f"before can't be written to {kept} ({cause(error)}); nothing was changed. Make room, "
            "then retry."
        ) from error
    for older in path.parent.glob(f"{path.name}.schema-*"):
        if older != kept:
            older.unlink(missing_ok=True)


def in_transaction(
    connection: apsw.Connection, work: Callable[[], None], *, commit: bool = True
) -> None:
    """Run `work` in one write transaction, rolled back on an error or without `commit`."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        work()
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT" if commit else "ROLLBACK")
