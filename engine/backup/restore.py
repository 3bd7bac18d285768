"""Restore a backup: check it, then put it in the home's place, and keep what was there."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import apsw

from engine.backup import contents as manifest
from engine.backup.contents import Contents
from engine.backup.read import extract, key_file_in, read_contents
from engine.database.aside import (
    UNFINISHED,
    new_folder,
    nobody_else,
    replace_database,
    unfinished_restores,
)
from engine.database.database import changed_schema, find_damage, open_database, schema_version
from engine.database.schema import SCHEMA_VERSION
from engine.disk import durable, locked_folders
from engine.disk.files import remove
from engine.drafting.drafts import count_drafts
from engine.encryption.key_file import key_file
from engine.encryption.key_record import KEY_FILE
from engine.errors import PanzaError, UsageError
from engine.forgetting.forget import forgotten_in
from engine.home.home import Home
from engine.home.locks import hold_write, refuse_while_working
from engine.home.names import WORKING_NAME
from engine.mail.stored.store import counts
from engine.sizes import format_size


@dataclass(frozen=True)
class Restored:
    """What was restored. aside: the folder with what was there before; None if nothing was.

    forgotten: the ids of mails in it that had been forgotten since the backup was made.
    """

    contents: Contents
    aside: Path | None
    forgotten: Sequence[int] = ()


def check_restore(home: Home, path: Path, progress: Callable[[int, int], None]) -> Restored:
    """Find out whether a backup can be restored: check all that restore_backup does.

    Only the database is written for it, to the home, and removed again. Raises as restore_backup
    does, but not if the home is in use.
    """
    contents = read_contents(path)
    _check_schema(path, contents.schema)
    _check_key(home, path)
    was_there = home.root.exists()
    home.prepare()
    _check_room(home, contents)
    try:
        durable.make_folder(home.working)
        with locked_folders.temporary(home.working, WORKING_NAME) as new:
            contents = extract(path, new, progress, only=(manifest.DATABASE, KEY_FILE))
            _check_database(path, new / manifest.DATABASE, contents)
            return Restored(contents, None, _forgotten(home, new / manifest.DATABASE))
    except OSError as error:
        raise PanzaError(
            f"{path} can't be checked, for which its database is written to {home.root} "
            f"({error.strerror or error}); nothing was changed. Make room, then try again."
        ) from error
    finally:
        if not was_there:
            for folder in (home.working, home.cache, home.models, home.root):
                with contextlib.suppress(OSError):  # Somebody else uses it now.
                    folder.rmdir()


def restore_backup(home: Home, path: Path, progress: Callable[[int, int], None]) -> Restored:
    """Replace the home's database, and its models if the backup has some, by those of a backup.

    Everything is written and checked beside the old files first, which are then moved to the
    folder `before-restore-…` in the home. Raises PanzaError, with the home unchanged, for a damaged
    backup, too little room, or while the home is in use.
    """
    contents = read_contents(path)
    _check_schema(path, contents.schema)
    _check_key(home, path)
    home.prepare()
    refuse_while_working(home, "Nothing was restored.")
    with hold_write(home, "panza-tui restore"):
        _check_key(home, path)  # It may have been encrypted meanwhile.
        _check_room(home, contents)
        new = home.root / "restore.partial"
        remove(new)  # Of a restore that was cut short.
        try:
            new.mkdir(mode=0o700)
            contents = extract(path, new, progress)
            _check_database(path, new / manifest.DATABASE, contents)
            if contents.is_encrypted and not (home.root / KEY_FILE).exists():
                durable.replace(new / KEY_FILE, home.root / KEY_FILE)
            forgotten = _forgotten(home, new / manifest.DATABASE)
            with nobody_else(home.database):
                return Restored(contents, _replace(home, new, contents), forgotten)
        except OSError as error:
            raise PanzaError(
                f"{path} can't be restored to {home.root} ({error.strerror or error}). What was "
                "there is kept. Make room, then restore again."
            ) from error
        finally:
            shutil.rmtree(new, ignore_errors=True)


def _check_key(home: Home, path: Path) -> None:
    """Raise UsageError unless the home has the backup's key, or is empty.

    A home has one key for all that is in it.
    """
    theirs, own = key_file_in(path), key_file(home)
    if (theirs and theirs.id) == (own and own.id):
        return
    is_empty = not home.database.exists() and not any(home.models.glob("*"))
    if own is None and is_empty:
        return
    what = "encrypted with another key" if theirs and own else "encrypted" if theirs else "plain"
    raise UsageError(
        f"{path} is {what}, and {home.root} is {'encrypted' if own else 'plain'}, so it can't be "
        "restored there; nothing was changed. Restore it to another folder with --home."
    )


def _check_schema(path: Path, version: int) -> None:
    if version < 1:
        raise PanzaError(
            f"{path} has no database that a panza-tui wrote (schema {version}); nothing was "
            "changed. Try another backup."
        )
    if version > SCHEMA_VERSION:
        raise PanzaError(
            f"{path} was written by a newer panza-tui; update this one to restore it. Nothing was "
            "changed."
        )


def _check_room(home: Home, contents: Contents) -> None:
    free = shutil.disk_usage(home.root).free
    if free < contents.total_bytes:
        raise PanzaError(
            f"The backup takes {format_size(contents.total_bytes)} in {home.root}, and "
            f"{format_size(free)} are free; nothing was changed. Make room, then restore again."
        )


def _check_database(path: Path, database: Path, contents: Contents) -> None:
    """Check every page of the database in the backup, which another program may have made.

    It must be what our migrations make, with as many rows as the backup says.
    """
    changed: list[str] = []
    try:
        with closing(open_database(database, alone=True)) as connection:
            version = schema_version(connection)
            _check_schema(path, version)
            damage = find_damage(connection, thorough=True)
            if not damage:
                changed = changed_schema(connection)
            if not (damage or changed):
                stored = (version, counts(connection).kept, count_drafts(connection))
                if stored != (contents.schema, contents.mails, contents.drafts):
                    damage = f"it has other rows than {manifest.MANIFEST} says"
    except (apsw.Error, UnicodeDecodeError) as error:
        damage = str(error)
    if damage:
        raise PanzaError(
            f"The database in {path} is damaged ({damage}); nothing was changed. Try an older "
            "backup."
        )
    if changed:
        raise PanzaError(
            f"The database in {path} is not as panza-tui makes it ({', '.join(changed[:3])}), so "
            "somebody changed it; nothing was changed here. Try another backup."
        )


def _forgotten(home: Home, database: Path) -> list[int]:
    """Return the ids of the mails in a backup's database that were forgotten in the home."""
    with contextlib.suppress(
        apsw.Error, PanzaError, UnicodeDecodeError
    ):  # A damaged home has none.
        if home.database.exists():
            with (
                closing(open_database(home.database)) as present,
                closing(open_database(database, alone=True)) as restored,
            ):
                return forgotten_in(present, restored)
    return []


def _replace(home: Home, new: Path, contents: Contents) -> Path | None:
    """Move the old files aside and the new ones to their place; neither is ever missing.

    The models go first; until the database has followed, a mark in the folder says so.
    """
    aside = new_folder(home, "restore")
    models = aside / manifest.MODELS
    if contents.with_models:
        durable.write_file(aside / UNFINISHED, b"")
        durable.sync(home.root)
        (new / manifest.MODELS).mkdir(mode=0o700, exist_ok=True)
        (new / manifest.MODELS).replace(models)
        durable.sync(aside)
        durable.exchange(models, home.models)
    try:
        replace_database(home, new / manifest.DATABASE, aside)
    except BaseException:
        if (new / manifest.DATABASE).exists():
            _put_back(home, aside, contents)
        raise
    for mark in unfinished_restores(home):  # Also of earlier ones, which this one has finished.
        mark.unlink()
        durable.sync(mark.parent)
    if contents.with_models and not models.is_symlink() and not any(models.iterdir()):
        models.rmdir()
    if any(aside.iterdir()):
        return aside
    aside.rmdir()
    return None


def _put_back(home: Home, aside: Path, contents: Contents) -> None:
    """Undo what was replaced, after an error, as long as the new database is not in its place."""
    for path in aside.glob(f"{manifest.DATABASE}*"):
        old = home.root / path.name
        if old.exists():  # It is the same file under another name.
            path.unlink()
        else:
            path.replace(old)
    if contents.with_models:
        durable.exchange(aside / manifest.MODELS, home.models)
    shutil.rmtree(aside)  # It has the backup's models now.
