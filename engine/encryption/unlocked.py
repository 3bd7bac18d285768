"""The data keys that this process knows, and the one that a path needs.

A path belongs to the nearest home above it, and that is encrypted if it has a key.toml; a file of
that name elsewhere may be any program's. A child process gets the keys
through a pipe, never as an argument or in its environment, where others could read them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import tomli

from engine.errors import PanzaError, UsageError

KEY_FILE = "key.toml"

ID_BYTES, SECRET_BYTES = 16, 32

State = Literal["on", "encrypting", "decrypting"]
"""Of a home: encrypted, or on the way there or back."""

_LOCK, _DATABASE = "write.lock", "panza.db"
"""What a home has: the first from its first work on, the second also where a backup is read."""

_INHERITED = "PANZA_KEYS_FD"
"""The environment variable with the number of the pipe that the keys are read from."""

_known: dict[bytes, bytes] = {}


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
    """Forget a key."""
    _known.pop(key_id, None)


def known_key(key_id: bytes) -> DataKey | None:
    """Return a key by its id, if this process knows it."""
    _take_inherited()
    return DataKey(key_id, _known[key_id]) if key_id in _known else None


def key_file_of(path: Path) -> Path | None:
    """Return the key.toml of the home that a path is in; None if that is not encrypted."""
    for folder in path.parents:
        file, is_used = folder / KEY_FILE, (folder / _LOCK).exists()
        # Also a link to a disk that is not there.
        if os.path.lexists(file) and (
            is_used or (folder / _DATABASE).exists() or _is_key_file(file)
        ):
            return file
        if is_used:
            return None
    return None


def _is_key_file(path: Path) -> bool:
    try:
        id_and_state(tomli.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return True


def key_of(path: Path) -> DataKey | None:
    """Return the key of the home that a path is in; None if that is not encrypted.

    Raises LockedError if the key is not known, PanzaError if the home is half encrypted.
    """
    file = key_file_of(path)
    if file is None:
        return None
    try:
        key_id, state = id_and_state(tomli.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise unreadable(file) from error
    if state != "on":
        word, command = ("Encrypting", "on") if state == "encrypting" else ("Decrypting", "off")
        raise PanzaError(
            f"{word} {file.parent} was interrupted; run 'panza-tui encrypt {command}' to finish "
            "it. Nothing was lost."
        )
    if key := known_key(key_id):
        return key
    raise LockedError(
        f"{file.parent} is encrypted, and its passphrase was not given; nothing was changed. Start "
        "panza-tui in a terminal, or name a file with the passphrase in PANZA_PASSPHRASE_FILE."
    )


def id_and_state(record: dict[str, Any]) -> tuple[bytes, State]:
    """Return the id of the key in a key.toml, and the state of its home. Raises ValueError."""
    key_id, state = bytes.fromhex(record["id"]), record["state"]
    if len(key_id) != ID_BYTES or state not in get_args(State):
        raise ValueError
    return key_id, state


def unreadable(file: Path) -> PanzaError:
    """Return the error for a key.toml that is damaged."""
    return PanzaError(
        f"The key in {file} can't be read, or is of a newer panza-tui; nothing was changed. The "
        f"home can't be read without it: copy {KEY_FILE} back from a backup (a zip file)."
    )


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
