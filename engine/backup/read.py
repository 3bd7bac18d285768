"""Read a backup: what it contains, whether each file is as it was written, and its files."""

from __future__ import annotations

import contextlib
import hashlib
import os
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from engine.backup import contents as manifest
from engine.backup.contents import Contents
from engine.disk import durable
from engine.encryption.key_file import KeyFile, parse_key_file
from engine.encryption.key_record import KEY_FILE, MAX_BYTES
from engine.errors import PanzaError

_CHUNK = 1 << 20
_MAX_MANIFEST_BYTES = 64 << 20
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def verify(path: Path, progress: Callable[[int, int], None]) -> Contents:
    """Read a whole backup, and compare each file with its length and checksum.

    progress: called with (bytes read, of all). Raises PanzaError for a file that is no backup, or a
    damaged one.
    """
    return _read(path, None, progress)


def extract(
    path: Path,
    folder: Path,
    progress: Callable[[int, int], None],
    only: Collection[str] | None = None,
) -> Contents:
    """Write a backup's files into an empty folder, checked and flushed to the disk.

    only: the names of those that are written; the others are checked, too. Raises as verify does.
    """
    contents = _read(path, folder, progress, only)
    durable.sync_tree(folder)
    return contents


def read_contents(path: Path) -> Contents:
    """Return what a backup says that it contains. Raises PanzaError if it is no backup."""
    with _opened(path) as (_, contents):
        return contents


def key_file_in(path: Path) -> KeyFile | None:
    """Return the key.toml in a backup; None if it is not encrypted. Raises PanzaError."""
    with _opened(path) as (archive, contents):
        if not contents.is_encrypted:
            return None
        with archive.open(KEY_FILE) as stored:
            return parse_key_file(stored.read(MAX_BYTES + 1), path)


def _read(
    path: Path,
    folder: Path | None,
    progress: Callable[[int, int], None],
    only: Collection[str] | None = None,
) -> Contents:
    with _opened(path) as (archive, contents):
        done = 0
        for name, expected in contents.files.items():
            digest = hashlib.sha256()
            into = folder if only is None or name in only else None
            with archive.open(name) as stored, _sink(into, name) as write:
                while block := stored.read(_CHUNK):
                    digest.update(block)
                    write(block)
                    done += len(block)
                    progress(done, contents.total_bytes)
            if digest.hexdigest() != expected.sha256:
                raise ValueError(f"{name} has another checksum than when it was written")
    return contents


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[tuple[zipfile.ZipFile, Contents]]:
    """Open a backup with all its files, or raise PanzaError that says what is wrong with it."""
    if not path.is_file():
        raise PanzaError(f"There is no file {path}; nothing was changed.")
    try:
        with zipfile.ZipFile(path) as archive:
            infos = {info.filename: info for info in archive.infolist()}
            if manifest.MANIFEST not in infos:
                raise PanzaError(f"{path} is not a backup of panza-tui; nothing was changed.")
            if infos[manifest.MANIFEST].file_size > _MAX_MANIFEST_BYTES:
                raise ValueError(f"{manifest.MANIFEST} is too long")
            contents = manifest.from_json(archive.read(manifest.MANIFEST))
            _compare(infos, len(archive.infolist()), contents)
            yield archive, contents
    except zipfile.BadZipFile as error:
        raise PanzaError(
            f"{path} is not a backup of panza-tui, or an incomplete one ({error}); nothing was "
            "changed. Try an older backup."
        ) from error
    except (ValueError, KeyError, EOFError, RuntimeError, zlib.error) as error:
        raise PanzaError(
            f"{path} is damaged ({error}); nothing was changed. Try an older backup."
        ) from error


def _compare(infos: dict[str, zipfile.ZipInfo], entries: int, contents: Contents) -> None:
    """Raise ValueError unless the archive has exactly the listed files, with their lengths."""
    if set(infos) != {*contents.files, manifest.MANIFEST} or entries != len(infos):
        raise ValueError(f"it has other files than {manifest.MANIFEST} lists")
    for name, file in contents.files.items():
        if infos[name].file_size != file.bytes or infos[name].compress_type not in _METHODS:
            raise ValueError(f"{name} has another length than when it was written")


@contextlib.contextmanager
def _sink(folder: Path | None, name: str) -> Iterator[Callable[[bytes], object]]:
    """Yield a function that writes a file of the backup to the folder, if there is one."""
    if folder is None:
        yield len
        return
    path = folder / name
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        yield file.write
