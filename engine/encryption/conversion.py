"""Convert a home from plain to encrypted, and back.

key.toml says what is being done before the first file changes, and from then on nobody else opens
the home. Each file is written beside the old one, read back, and takes its place at once; so the
work goes on from wherever it was interrupted, and at any moment each file is whole, old or new.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import IO

import apsw

from engine.backup.in_home import backups_in
from engine.database.copies import remove_database
from engine.database.database import copy_with_key, find_damage, open_database, schema_version
from engine.database.rows import each_row
from engine.disk import durable
from engine.disk.files import remove
from engine.disk.regular_files import open_regular
from engine.encryption import keyring, streams
from engine.encryption.in_memory import is_possible
from engine.encryption.key_file import KeyFile, key_file, write_key_file
from engine.encryption.key_record import KEY_FILE
from engine.encryption.lines import decrypted_line, encrypted_line, is_encrypted_line
from engine.encryption.unlocked import DataKey, lock, unlock
from engine.errors import PanzaError, UsageError, cause, explain
from engine.generators.saved_beginnings import remove_beginnings
from engine.home.home import Home
from engine.home.locks import hold_write, refuse_while_working
from engine.home.names import MODEL, kind_of
from engine.sizes import format_size

_PLAIN = b"SQLite format 3\0"
_LOGS = ("events.jsonl", "log.txt")
_LEFT_ALONE = ("run.lock", "export.lock", "pause", "paused")
"""Files of a model with nothing of the user's in them."""

_LEFT_OVER = (".importing-*", ".key.toml.*.partial", "jobs/*/events.jsonl", "jobs/*/log.txt")
"""What killed processes and ended jobs left."""

_ROOM = 64 << 20
"""Bytes that must stay free beside the largest file, which is there twice for a while."""


def encrypt_home(home: Home, file: KeyFile, key: DataKey, progress: Callable[[str], None]) -> None:
    """Encrypt a home, or go on with it. file: its key.toml, new or begun with. key: that in it.

    progress: called with what is being converted. Raises PanzaError, with the home as it was, while
    it is in use, where it has copies that would stay plain, if the database is damaged, if
    something in it is encrypted with another key, or if key.toml changed meanwhile.
    """
    if not is_possible():
        raise PanzaError(
            "This system has no file system in memory (such as /dev/shm), to which models could be "
            "decrypted; nothing was changed. Encrypt the disk instead."
        )
    with _alone(home):
        present = key_file(home)
        if present is not None and replace(present, in_keyring=file.in_keyring) != file:
            raise _changed_meanwhile(home)
        _check_keys(home, key)
        write_key_file(home, replace(file, state="encrypting"), key)
        unlock(key)
        try:
            refuse_while_working(home, "Nothing was changed.")  # It may have begun meanwhile.
            _convert_all(home, key, encrypting=True, progress=progress)
        except Exception as error:
            _give_up(home, file, key, error, encrypting=True)
            raise
        write_key_file(home, replace(file, state="on"), key)


def decrypt_home(home: Home, file: KeyFile, key: DataKey, progress: Callable[[str], None]) -> None:
    """Decrypt a home, or go on with it. Raises as `encrypt_home` does."""
    with _alone(home):
        if key_file(home) != file:
            raise _changed_meanwhile(home)
        _check_keys(home, key)
        write_key_file(home, replace(file, state="decrypting"), key)
        unlock(key)
        try:
            refuse_while_working(home, "Nothing was changed.")
            _convert_all(home, key, encrypting=False, progress=progress)
        except Exception as error:
            _give_up(home, file, key, error, encrypting=False)
            raise
        _remove_key_file(home, key)
        if file.in_keyring:
            keyring.drop(key.id)


@contextlib.contextmanager
def _alone(home: Home) -> Iterator[None]:
    """Hold the home's write lock, after a check that the home can be converted as a whole."""
    if home.is_read_only:
        raise PanzaError(f"{home.root} can't be written; nothing was changed.")
    refuse_while_working(home, "Nothing was changed.")
    if copies := [*home.kept_aside, *backups_in(home)]:
        names = ", ".join(path.relative_to(home.root).as_posix() for path in copies)
        raise UsageError(
            f"A backup, or what a restored one or a repair replaced, would stay as it is: {names}. "
            f"Nothing was changed. Remove it from {home.root}, or move it away, then try again."
        )
    _check_room(home)
    home.prepare()
    with hold_write(home, "panza-tui encrypt"):
        yield


def _changed_meanwhile(home: Home) -> UsageError:
    return UsageError(
        f"Another panza-tui changed {home.root / KEY_FILE} meanwhile, so nothing was changed. See "
        "'panza-tui encrypt status'."
    )


def _check_keys(home: Home, key: DataKey) -> None:
    """Raise PanzaError if something in the home can't be read with this key, or without any.

    key.toml may have been lost, or come from another home; its replacement would open nothing.
    """
    others = [path for path in _files(home) if _is_of_another_key(path, key)]
    if home.database.exists() and not _opens(home.database, key):
        others.insert(0, home.database)
    if others:
        raise PanzaError(
            f"{others[0]} is damaged, or encrypted with another key than that of {KEY_FILE}; "
            f"nothing was changed. If {KEY_FILE} was lost or replaced, copy the one of this home "
            "back from a backup (a zip file); otherwise run 'panza-tui doctor --check'."
        )


def _is_of_another_key(path: Path, key: DataKey) -> bool:
    with open(path, "rb", opener=open_regular) as file:
        if path.name in _LOGS:
            lines = (line.rstrip(b"\n") for line in file)
            found = next((line for line in lines if is_encrypted_line(line)), None)
            return found is not None and not decrypted_line(key, found)
        return streams.key_id_of(file) not in (None, key.id)


def _opens(database: Path, key: DataKey) -> bool:
    """Whether a database is plain, empty, or encrypted with this key."""
    with open(database, "rb", opener=open_regular) as file:
        start = file.read(len(_PLAIN))
    if start in (_PLAIN, b""):
        return True
    try:
        # For writing, as a journal that a power cut left is played back first.
        with closing(open_database(database, key=key, flags=apsw.SQLITE_OPEN_READWRITE)) as opened:
            schema_version(opened)
    except apsw.NotADBError:
        return False
    return True


def _check_room(home: Home) -> None:
    files = [home.database, *home.models.rglob("*")]
    largest = max((path.stat().st_size for path in files if path.is_file()), default=0)
    free = shutil.disk_usage(next(p for p in (home.root, *home.root.parents) if p.exists())).free
    if free < largest + _ROOM:
        raise PanzaError(
            f"This needs {format_size(largest + _ROOM)} in {home.root}, and {format_size(free)} "
            "are free; nothing was changed. Make room, then try again."
        )


def _convert_all(
    home: Home, key: DataKey, *, encrypting: bool, progress: Callable[[str], None]
) -> None:
    # What can be made again, or is of no use any more, would be a second copy of mails.
    left = [path for pattern in _LEFT_OVER for path in home.root.glob(pattern)]
    remove_beginnings(home)
    for path in (home.evaluation, *home.migration_copies, *home.left_over, *left):
        if not path.parent.is_symlink():
            remove(path)
    progress("database")
    _convert_database(home, key, encrypting=encrypting)
    for path in _files(home):
        progress(path.relative_to(home.root).as_posix())
        if path.name in _LOGS:
            # One that is right already is not written again, so undoing needs no room for it.
            if _has_lines(path, encrypted=not encrypting):
                _convert(path, lambda s, t: _convert_lines(key, s, t, encrypting=encrypting))
        elif encrypting != _is_encrypted(path):
            _convert_file(path, key, encrypting=encrypting)


def _files(home: Home) -> Iterator[Path]:
    """The files of a home, apart from its database, that are encrypted: those with names of ours.

    Drafts of killed processes are removed first.
    """
    for top in sorted(home.models.glob("*/*")):
        if kind_of(top.name, MODEL) is None or top.name in _LEFT_ALONE:
            continue
        if top.is_symlink() or top.parent.is_symlink():  # What a link leads to is not ours.
            continue
        if top.suffix == ".partial":
            remove(top)
            continue
        for path in [top] if top.is_file() else sorted(top.rglob("*")):
            if path.is_file() and not path.is_symlink():
                yield path


def _is_encrypted(path: Path) -> bool:
    with open(path, "rb", opener=open_regular) as file:
        return streams.is_encrypted(file.read(len(streams.MAGIC)))


def _has_lines(log: Path, *, encrypted: bool) -> bool:
    """Whether a log has a line that is encrypted, or one that is not."""
    with open(log, "rb", opener=open_regular) as file:
        return any(is_encrypted_line(line.rstrip(b"\n")) == encrypted for line in file)


def _convert_database(home: Home, key: DataKey, *, encrypting: bool) -> None:
    draft = home.root / "panza.db.converted.partial"
    remove_database(draft)
    if not home.database.exists():
        return
    with open(home.database, "rb", opener=open_regular) as file:
        is_plain = file.read(len(_PLAIN)) == _PLAIN
    if is_plain != encrypting:
        return
    old_key, new_key = (None, key) if encrypting else (key, None)
    try:
        with _only_reader(home.database, old_key) as old:
            _write_converted(home.database, old, draft, new_key)
            durable.replace(draft, home.database)
    except (apsw.Error, OSError) as error:
        raise PanzaError(
            f"{home.database} can't be converted ({error}); it was left as it was. Run "
            "'panza-tui doctor --check', and make room."
        ) from error
    finally:
        remove_database(draft)


@contextlib.contextmanager
def _only_reader(path: Path, key: DataKey | None) -> Iterator[apsw.Connection]:
    """Yield a connection that keeps all others out, with the write-ahead log moved into the file.

    Raises PanzaError if another process has the database open.
    """
    flags = apsw.SQLITE_OPEN_READWRITE
    with closing(open_database(path, key=key, flags=flags)) as connection:
        connection.set_busy_timeout(0)
        try:
            for setting in ("journal_mode = DELETE", "locking_mode = EXCLUSIVE"):
                connection.execute(f"PRAGMA {setting}").fetchall()
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("COMMIT")  # The lock stays.
        except (apsw.BusyError, apsw.LockedError) as error:
            raise PanzaError(
                "The database is in use; close the app and other panza-tui commands, then try "
                "again. Nothing was changed."
            ) from error
        yield connection


def _write_converted(
    path: Path, old: apsw.Connection, draft: Path, new_key: DataKey | None
) -> None:
    """Write a copy of a database with another key, and compare it with the original."""
    if damage := find_damage(old, thorough=True):
        raise PanzaError(
            f"{path} is damaged ({damage}), so it was left as it was. Run 'panza-tui doctor "
            "--repair' first."
        )
    os.close(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    copy_with_key(old, draft, new_key)
    flags = apsw.SQLITE_OPEN_READONLY
    with closing(open_database(draft, key=new_key, flags=flags)) as new:
        damage = find_damage(new, thorough=True)
        if damage or _content(old) != _content(new):
            raise PanzaError(
                f"The copy of {path} is not like it ({damage or 'other rows'}); the database was "
                "left as it was. Please report this."
            )


def _content(connection: apsw.Connection) -> dict[str, str]:
    """Return a digest of the rows of each stored table, and of the schema's version."""
    version = connection.pragma("user_version")
    found = {"": str(version)}
    query = "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 ORDER BY name"
    for table in [str(name) for (name,) in connection.execute(query)]:
        digest = hashlib.sha256()
        # Bytes, as a text that a disk damaged may be no UTF-8.
        columns = [
            f'"{name}"' for _, name, *_ in connection.execute(f'PRAGMA table_info("{table}")')
        ]
        wanted = ", ".join(f"typeof({name}), CAST({name} AS BLOB)" for name in columns)
        for row in each_row(connection, f'SELECT {wanted} FROM "{table}"'):
            digest.update(repr(row).encode())
        found[table] = digest.hexdigest()
    return found


def _convert_file(path: Path, key: DataKey, *, encrypting: bool) -> None:
    def convert(source: IO[bytes], target: IO[bytes]) -> None:
        if encrypting:
            streams.encrypt(key, source, target)
        else:
            for block in streams.decrypt(source):
                target.write(block)

    def is_right(draft: Path) -> bool:
        return _digest(draft, decrypted=encrypting) == _digest(path, decrypted=not encrypting)

    _convert(path, convert, is_right)


def _convert_lines(key: DataKey, source: IO[bytes], target: IO[bytes], *, encrypting: bool) -> None:
    """Convert a log; a line that is as it is to be already is kept."""
    for stored in source:
        line = stored.rstrip(b"\n")
        plain = decrypted_line(key, line) if is_encrypted_line(line) else line
        target.write((encrypted_line(key, plain) if encrypting else plain) + b"\n")


def _convert(
    path: Path,
    convert: Callable[[IO[bytes], IO[bytes]], None],
    is_right: Callable[[Path], bool] = lambda draft: True,
) -> None:
    draft = path.with_name(f".{path.name}.partial")
    try:
        with (
            open(path, "rb", opener=open_regular) as source,
            durable.drafted(path, draft) as target,
        ):
            convert(source, target)
            target.flush()
            if not is_right(draft):
                raise PanzaError(f"What was written for {path} is not what was read; it was left.")
    except (OSError, streams.DamagedError) as error:
        is_full = getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT)
        advice = "If it is damaged, forget its model or restore a backup, then try again."
        raise PanzaError(
            f"{path} can't be converted ({cause(error)}); it was left as it was. "
            f"{'Make room, then try again.' if is_full else advice}"
        ) from error


def _digest(path: Path, *, decrypted: bool) -> str:
    digest = hashlib.sha256()
    with open(path, "rb", opener=open_regular) as file:
        if decrypted:
            for block in streams.decrypt(file):
                digest.update(block)
        else:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def _give_up(
    home: Home, file: KeyFile, key: DataKey, error: Exception, *, encrypting: bool
) -> None:
    """After an error, undo what was done, so that the home can be used as before.

    Raises PanzaError, which says what that error did and how to go on, if that is not possible.
    """
    try:
        _convert_all(home, key, encrypting=not encrypting, progress=lambda what: None)
        if encrypting:
            _remove_key_file(home, key)
        else:
            write_key_file(home, replace(file, state="on"), key)
    except Exception:
        raise PanzaError(
            f"{explain(error)} The home can't be used until 'panza-tui encrypt "
            f"{'on' if encrypting else 'off'}' has done its work; nothing was lost."
        ) from error


def _remove_key_file(home: Home, key: DataKey) -> None:
    (home.root / KEY_FILE).unlink()
    durable.sync(home.root)
    lock(key.id)
