"""The data keys that this process knows, and the one that a path needs.

A path belongs to the nearest home above it, and that is encrypted if it has a key.toml; a file of
that name elsewhere may be any program's. A home whose key was used once needs that one to the end
of the process: if its key.toml is gone, nothing is written in plain. A child process gets the keys
through a pipe, never as an argument or in its environment, where others could read them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from engine.encryption.key_record import (
    ID_BYTES,
    KEY_FILE,
    SECRET_BYTES,
    check_tag,
    id_and_state,
    read_record,
)
from engine.errors import PanzaError, UsageError

_LOCK, _DATABASE = "write.lock", "panza.db"
"""What a home has: the first from its first work on, the second also where a backup is read."""

_INHERITED = "PANZA_KEYS_FD"
"""The environment variable with the number of the pipe that the keys are read from."""

_known: dict[bytes, bytes] = {}

_used: dict[str, bytes] = {}
"""The homes of which a key was used, by their real paths -> the key's id."""


class LockedError(UsageError):
    """The home is encrypted, and its key is not known."""


class NobodyToAskError(LockedError):
    """The passphrase is needed, and it is in no file or keyring."""


@dataclass(frozen=True)
class DataKey:
    """The key of a home. id: 16 bytes that tell it from others, not secret. secret: 32 bytes."""

    id: bytes
    secret: bytes

    def __repr__(self) -> str:  # A traceback must not show it.
        return f"DataKey({self.id.hex()})"


def unlock(key: DataKey) -> None:
    """Let this process read and write what is encrypted with this key."""
    _known[key.id] = key.secret


def lock(key_id: bytes) -> None:
    """Forget a key, and which homes it was used for."""
    _known.pop(key_id, None)
    for root in [root for root, used in _used.items() if used == key_id]:
        del _used[root]


def known_key(key_id: bytes) -> DataKey | None:
    """Return a key by its id, if this process knows it."""
    _take_inherited()
    return DataKey(key_id, _known[key_id]) if key_id in _known else None


def key_file_of(path: Path) -> Path | None:
    """Return the key.toml of the home that a path is in; None if that is not encrypted.

    Raises PanzaError if it was when it was used before, and has lost its key.toml.
    """
    for folder in path.parents:
        file, is_used = folder / KEY_FILE, (folder / _LOCK).exists()
        # Also a link, which is not followed: it must not make the home a plain one.
        if os.path.lexists(file) and (
            is_used or (folder / _DATABASE).exists() or _is_key_file(file)
        ):
            return file
        if _used and os.path.realpath(folder) in _used:
            raise _lost(file)
        if is_used:
            return None
    return None


def _is_key_file(path: Path) -> bool:
    try:
        id_and_state(read_record(path), path)
    except (PanzaError, FileNotFoundError):
        return False
    return True


def key_of(path: Path) -> DataKey | None:
    """Return the key of the home that a path is in; None if that is not encrypted.

    Raises LockedError if the key is not known, PanzaError if the home is half encrypted, or its
    key.toml was changed by somebody without the key.
    """
    file = key_file_of(path)
    if file is None:
        return None
    try:
        record = read_record(file)
    except FileNotFoundError as error:
        raise _lost(file) from error
    key_id, state = id_and_state(record, file)
    root = os.path.realpath(file.parent)
    if _used.get(root, key_id) != key_id:
        raise _lost(file)
    key = known_key(key_id)
    if key is not None:
        check_tag(record, key.secret, file)
    if state != "on":
        word, command = ("Encrypting", "on") if state == "encrypting" else ("Decrypting", "off")
        raise PanzaError(
            f"{word} {file.parent} was interrupted; run 'panza-tui encrypt {command}' to finish "
            "it. Nothing was lost."
        )
    if key is not None:
        _used[root] = key_id
        return key
    raise LockedError(
        f"{file.parent} is encrypted, and its passphrase was not given; nothing was changed. Start "
        "panza-tui in a terminal, or name a file with the passphrase in PANZA_PASSPHRASE_FILE."
    )


def _lost(file: Path) -> PanzaError:
    return PanzaError(
        f"{file} was there, and is missing or another one now, so nothing was written. Start "
        "panza-tui again if you decrypted the home meanwhile; otherwise copy it back from a backup "
        "(a zip file)."
    )


def forget_home(root: Path) -> None:
    """Let a home, all of which was removed, be a plain one."""
    real = Path(os.path.realpath(root))
    for used in [used for used in _used if Path(used).is_relative_to(real)]:
        del _used[used]


@contextmanager
def handed_over() -> Iterator[tuple[dict[str, str], tuple[int, ...]]]:
    """Yield (environment variables, file descriptors) that give a child process the keys."""
    _take_inherited()
    if not _known:
        yield {}, ()
        return
    reading, writing = os.pipe()
    try:
        with os.fdopen(writing, "wb") as pipe:  # A pipe holds 64 KiB, a key takes 48 bytes.
            pipe.write(b"".join(key_id + secret for key_id, secret in _known.items()))
        yield {_INHERITED: str(reading)}, (reading,)
    finally:
        os.close(reading)


def _take_inherited() -> None:
    """Read the keys that the parent process handed over, once."""
    number = os.environ.pop(_INHERITED, "")
    if not number.isdecimal():
        return
    with os.fdopen(int(number), "rb") as pipe:
        while record := pipe.read(ID_BYTES + SECRET_BYTES):
            _known[record[:ID_BYTES]] = record[ID_BYTES:]
