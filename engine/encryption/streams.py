"""Encrypt whole files in chunks, so that a large one is never in memory at once.

    bytes   0   "panza-tui file 1"
           16   id of the data key
           32   random salt of the file
           64   chunks of 256 KiB, each with its tag of 16 bytes; the last may be shorter or empty

The file's key is derived from the data key and the salt (HKDF-SHA256). A chunk's nonce is its
number and whether it is the last one, as in age (https://age-encryption.org/v1) and STREAM
(https://eprint.iacr.org/2015/189): chunks can't be cut off, swapped or repeated.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING

from engine.encryption.key_record import ID_BYTES
from engine.encryption.unlocked import DataKey, LockedError, known_key

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

MAGIC = b"panza-tui file 1"

_SALT_BYTES, _TAG_BYTES = 32, 16
_CHUNK = 1 << 18
_HEADER_BYTES = len(MAGIC) + ID_BYTES + _SALT_BYTES


class DamagedError(ValueError):
    """An encrypted file is not as it was written."""


def is_encrypted(start: bytes) -> bool:
    """Whether a file that begins with these 16 bytes is encrypted."""
    return start[: len(MAGIC)] == MAGIC


def key_id_of(source: IO[bytes]) -> bytes | None:
    """Return the id of the key that a file, read from its start, is encrypted with; None if not."""
    header = _read(source, len(MAGIC) + ID_BYTES)
    return header[len(MAGIC) :] if is_encrypted(header) else None


def encrypt(key: DataKey, source: IO[bytes], target: IO[bytes]) -> None:
    """Write all that `source` yields, encrypted."""
    salt = os.urandom(_SALT_BYTES)
    cipher = _cipher(key, salt)
    target.write(MAGIC + key.id + salt)
    block, number = _read(source, _CHUNK), 0
    while True:
        following = _read(source, _CHUNK)
        target.write(cipher.encrypt(_nonce(number, is_last=not following), block, None))
        if not following:
            return
        block, number = following, number + 1


def decrypt(source: IO[bytes]) -> Iterator[bytes]:
    """Yield the content of an encrypted file, chunk by chunk, each checked.

    Raises DamagedError if it was changed or cut short, LockedError if its key is not known.
    """
    from cryptography.exceptions import InvalidTag

    header = _read(source, _HEADER_BYTES)
    if not is_encrypted(header):
        raise DamagedError("it is not encrypted")
    if len(header) < _HEADER_BYTES:
        raise DamagedError("it is cut short")
    key_id, salt = header[len(MAGIC) : len(MAGIC) + ID_BYTES], header[-_SALT_BYTES:]
    key = known_key(key_id)
    if key is None:
        raise LockedError("It is encrypted with another key than that of the home.")
    cipher = _cipher(key, salt)
    block, number = _read(source, _CHUNK + _TAG_BYTES), 0
    while True:
        following = _read(source, _CHUNK + _TAG_BYTES)
        try:
            yield cipher.decrypt(_nonce(number, is_last=not following), block, None)
        except (InvalidTag, ValueError) as error:
            raise DamagedError("it was changed or cut short") from error
        if not following:
            return
        block, number = following, number + 1


def encrypt_bytes(key: DataKey, content: bytes) -> bytes:
    """Return a small file's content, encrypted."""
    target = io.BytesIO()
    encrypt(key, io.BytesIO(content), target)
    return target.getvalue()


def decrypt_bytes(content: bytes) -> bytes:
    """Return the content of a small encrypted file. Raises as `decrypt` does."""
    return b"".join(decrypt(io.BytesIO(content)))


def _cipher(key: DataKey, salt: bytes) -> ChaCha20Poly1305:
    # Imported where it is needed, as every command reads files.
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    derived = HKDF(hashes.SHA256(), length=32, salt=salt, info=MAGIC).derive(key.secret)
    return ChaCha20Poly1305(derived)


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])


def _read(source: IO[bytes], size: int) -> bytes:
    """Read as many bytes, or fewer at the end only: a pipe gives what it has."""
    parts: list[bytes] = []
    while size and (part := source.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
