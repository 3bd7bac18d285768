"""key.toml: a home's data key, wrapped by a key that Argon2id derives from the passphrase.

    format, id, state, in_keyring
    [argon2id]  salt, memory_kib, passes, lanes
    wrapped     nonce and ChaCha20-Poly1305 ciphertext of the data key
    tag         of all of it, under the data key; see engine.encryption.key_record

It is replaced as a whole, so an interrupted change leaves the older passphrase working.
"""

from __future__ import annotations

import os
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tomlkit
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from engine.disk import durable
from engine.encryption.key_record import (
    FORMAT,
    ID_BYTES,
    KEY_FILE,
    SECRET_BYTES,
    State,
    check_tag,
    id_and_state,
    parse_record,
    read_record,
    unreadable,
    with_tag,
)
from engine.encryption.unlocked import DataKey, LockedError
from engine.errors import UsageError
from engine.home.home import Home

SHORTEST = 8
"""Characters of a passphrase."""

_FORMATS = (1, FORMAT)
_NONCE_BYTES, _SALT_BYTES, _TAG_BYTES = 12, 16, 16
_MOST_MEMORY_KIB, _MOST_PASSES, _MOST_LANES = 1 << 20, 16, 64
"""A key.toml from elsewhere must not take all memory, or forever."""


@dataclass(frozen=True)
class Cost:
    """What deriving a key takes: by default RFC 9106's second choice, 64 MiB."""

    memory_kib: int = 1 << 16
    passes: int = 3
    lanes: int = 4


@dataclass(frozen=True)
class KeyFile:
    """The content of a key.toml. in_keyring: whether the key is in the system's keyring, too.

    record: as it was read, with its tag; empty for one that was not written yet.
    """

    id: bytes
    state: State
    salt: bytes
    cost: Cost
    wrapped: bytes
    in_keyring: bool = False
    record: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def is_older(self) -> bool:
        """Whether it is of a format that had no tag."""
        return self.record.get("format") != FORMAT


def new_key() -> DataKey:
    """Return a new random key."""
    return DataKey(os.urandom(ID_BYTES), os.urandom(SECRET_BYTES))


def wrap(key: DataKey, passphrase: str, state: State, cost: Cost | None = None) -> KeyFile:
    """Return the key.toml that holds a key under a passphrase. Raises UsageError if it is short."""
    if len(passphrase) < SHORTEST:
        raise UsageError(
            f"The passphrase has fewer than {SHORTEST} characters; nothing was changed. Several "
            "random words are a good one."
        )
    cost = cost or Cost()
    salt, nonce = os.urandom(_SALT_BYTES), os.urandom(_NONCE_BYTES)
    cipher = ChaCha20Poly1305(_derive(passphrase, salt, cost))
    return KeyFile(key.id, state, salt, cost, nonce + cipher.encrypt(nonce, key.secret, key.id))


def unwrap(file: KeyFile, passphrase: str) -> DataKey:
    """Return the key in a key.toml. Raises LockedError for a wrong passphrase."""
    nonce, ciphertext = file.wrapped[:_NONCE_BYTES], file.wrapped[_NONCE_BYTES:]
    cipher = ChaCha20Poly1305(_derive(passphrase, file.salt, file.cost))
    try:
        return DataKey(file.id, cipher.decrypt(nonce, ciphertext, file.id))
    except InvalidTag as error:
        raise LockedError("The passphrase is wrong; nothing was changed.") from error


def key_file(home: Home) -> KeyFile | None:
    """Return the key.toml of a home; None if it has none. Raises PanzaError if it is damaged."""
    path = home.root / KEY_FILE
    try:
        return _key_file(read_record(path), path)
    except FileNotFoundError:
        return None


def parse_key_file(content: bytes, path: Path) -> KeyFile:
    """Return what a key.toml says. path: where it is. Raises PanzaError if it is damaged."""
    return _key_file(parse_record(content, path), path)


def check_key_file(file: KeyFile, key: DataKey, path: Path) -> None:
    """Raise PanzaError if somebody without the key changed a key.toml. path: where it is."""
    check_tag(file.record, key.secret, path)


def write_key_file(home: Home, file: KeyFile, key: DataKey) -> None:
    """Write a home's key.toml, or leave the older one as it is."""
    record = {
        "format": FORMAT,
        "id": file.id.hex(),
        "state": file.state,
        "in_keyring": file.in_keyring,
        "wrapped": file.wrapped.hex(),
        "argon2id": {
            "salt": file.salt.hex(),
            "memory_kib": file.cost.memory_kib,
            "passes": file.cost.passes,
            "lanes": file.cost.lanes,
        },
    }
    note = (
        "# The key of this home, locked with your passphrase. Without this file and the\n"
        "# passphrase, nobody can read the home, nor its owner.\n"
    )
    text = note + tomlkit.dumps(with_tag(record, key.secret))
    durable.write_file(home.root / KEY_FILE, text.encode())


def _key_file(record: dict[str, Any], path: Path) -> KeyFile:
    key_id, state = id_and_state(record, path)
    try:
        argon = record["argon2id"]
        cost = Cost(argon["memory_kib"], argon["passes"], argon["lanes"])
        salt, wrapped = bytes.fromhex(argon["salt"]), bytes.fromhex(record["wrapped"])
        lengths = (len(salt), len(wrapped))
        if lengths != (_SALT_BYTES, _NONCE_BYTES + SECRET_BYTES + _TAG_BYTES):
            raise ValueError
        if record["format"] not in _FORMATS or not _is_bearable(cost):
            raise ValueError
    except (ValueError, KeyError, TypeError) as error:
        raise unreadable(path) from error
    return KeyFile(key_id, state, salt, cost, wrapped, record.get("in_keyring") is True, record)


def _derive(passphrase: str, salt: bytes, cost: Cost) -> bytes:
    # The same letters are typed as other code points on other keyboards.
    text = unicodedata.normalize("NFC", passphrase).encode("utf-8", "surrogatepass")
    return Argon2id(
        salt=salt,
        length=SECRET_BYTES,
        iterations=cost.passes,
        lanes=cost.lanes,
        memory_cost=cost.memory_kib,
    ).derive(text)


def _is_bearable(cost: Cost) -> bool:
    return (
        all(type(n) is int for n in (cost.memory_kib, cost.passes, cost.lanes))
        and 1 <= cost.passes <= _MOST_PASSES
        and 1 <= cost.lanes <= _MOST_LANES
        and 8 * cost.lanes <= cost.memory_kib <= _MOST_MEMORY_KIB
    )
