"""Files of a home, encrypted where their home is: the only place that reads and writes them.

Each function takes the path in the home. In a plain home they are ordinary files.
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from engine.disk import durable, locked_folders
from engine.disk.files import read_small, remove
from engine.disk.regular_files import open_regular
from engine.encryption import streams
from engine.encryption.in_memory import memory_folder
from engine.encryption.unlocked import LockedError, key_file_of, key_of
from engine.errors import PanzaError
from engine.home.home import Home
from engine.home.names import WORKING_NAME


def is_encrypted(path: Path) -> bool:
    """Whether a path is in an encrypted home."""
    return key_file_of(path) is not None


def write_file(path: Path, content: bytes) -> None:
    """Write a small file as a whole, or leave the older one as it is."""
    key = key_of(path)
    durable.write_file(path, streams.encrypt_bytes(key, content) if key else content)


def read_file(path: Path) -> str:
    """Return the text of a small file that `write_file`, or a conversion, wrote.

    Raises what `read_small` raises, so ValueError for one in plain in an encrypted home, where only
    somebody without the key can have put it; LockedError if the home is locked.
    """
    return read_small(path, sealed=key_of(path) is not None)


def blocks(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the content of an open file of a home, block by block, decrypted.

    Raises streams.DamagedError, a ValueError, for an encrypted file that is not as it was written.
    """
    start = file.read(len(streams.MAGIC))
    file.seek(0)
    if streams.is_encrypted(start):
        yield from streams.decrypt(file)
        return
    while block := file.read(1 << 20):
        yield block


@contextlib.contextmanager
def readable(path: Path) -> Iterator[Path]:
    """Yield a path from which a library can read a file or folder of a home.

    In an encrypted home it is a decrypted copy in memory, which is removed at the end of the block;
    what is mapped into memory then stays. Raises PanzaError for a file that was changed.
    """
    if not is_encrypted(path):
        yield path
        return
    key_of(path)  # Raises if it is locked.
    with memory_folder() as folder:
        copy = folder / path.name
        if path.is_dir():
            _decrypt_tree(path, copy)
        else:
            decrypt_file(path, copy)
        yield copy


@contextlib.contextmanager
def writable(draft: Path) -> Iterator[Path]:
    """Yield the folder to write in what is to be the folder `draft`, which is not there yet.

    In an encrypted home that is one in memory, whose files are encrypted to the draft at the end of
    the block.
    """
    key = key_of(draft)
    if key is None:
        yield draft
        return
    with memory_folder() as folder:
        plain = folder / draft.name
        yield plain
        encrypt_tree(plain, draft)


@contextlib.contextmanager
def working_folder(folder: Path) -> Iterator[Path]:
    """Yield an empty folder for files in the making, and remove it at the end of the block.

    It is `folder`, or for an encrypted home one in memory.
    """
    if is_encrypted(folder):
        key_of(folder)  # Raises if it is locked.
        with memory_folder() as plain:
            yield plain
        return
    try:
        remove(folder)  # From a killed process.
        folder.mkdir()
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def temporary_folder(home: Home) -> Iterator[Path]:
    """Yield a folder for what another program works on, and remove it at the end of the block.

    It is in the home, or in memory for a home that is encrypted or can't be written. What a killed
    process left in the home is removed at the next start.
    """
    if is_encrypted(home.working) or not os.access(home.root, os.W_OK):
        key_of(home.working)  # Raises if it is locked.
        with memory_folder() as plain:
            yield plain
        return
    durable.make_folder(home.working)
    with locked_folders.temporary(home.working, WORKING_NAME) as folder:
        yield folder


def place(file: Path, path: Path) -> None:
    """Give a finished file its name in a home, with its content on the disk first.

    In an encrypted home `file` stays where it is, and `path` gets what it holds.
    """
    key = key_of(path)
    if key is None:
        durable.replace(file, path)
        return
    draft = path.with_name(f".{path.name}.partial")
    with open(file, "rb") as source, durable.drafted(path, draft) as target:
        streams.encrypt(key, source, target)


def encrypt_tree(plain: Path, folder: Path) -> None:
    """Encrypt a folder's files to the same names below another folder of a home."""
    key = key_of(folder)
    assert key is not None
    folder.mkdir(mode=0o700)
    for source in sorted(plain.rglob("*")):
        target = folder / source.relative_to(plain)
        if source.is_dir():
            target.mkdir(mode=0o700)
        else:
            with open(source, "rb") as reading, _created(target) as writing:
                streams.encrypt(key, reading, writing)


def decrypt_file(path: Path, copy: Path) -> None:
    """Write what a file of an encrypted home holds to a new file.

    Raises PanzaError if it was changed, or is not encrypted: somebody else may have put it there.
    """
    try:
        with open(path, "rb", opener=open_regular) as source, _created(copy) as target:
            for block in streams.decrypt(source):
                target.write(block)
    except streams.DamagedError as error:
        raise PanzaError(
            f"{path} is damaged ({error}); nothing was changed. Restore a backup."
        ) from error
    except LockedError as error:
        raise LockedError(f"{path} is encrypted with another key than that of its home.") from error


def is_whole(path: Path) -> bool:
    """Whether an encrypted file can be decrypted to its end."""
    try:
        with open(path, "rb", opener=open_regular) as file:
            return all(True for _ in streams.decrypt(file))
    except (OSError, ValueError, LockedError):
        return False


def _decrypt_tree(folder: Path, copy: Path) -> None:
    copy.mkdir(mode=0o700)
    for path in sorted(folder.rglob("*")):
        target = copy / path.relative_to(folder)
        if path.is_dir() and not path.is_symlink():
            target.mkdir(mode=0o700)
        else:
            decrypt_file(path, target)


def _created(path: Path) -> io.BufferedWriter:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
