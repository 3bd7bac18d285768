"""Encrypt logs line by line, so that they can be appended to and a kill cuts only the last line.

A line is "panza-tui line 1 " and in base64 its random nonce of 12 bytes and its ChaCha20-Poly1305
ciphertext, under a key derived from the data key. Lines can be removed, repeated or put in another
order by who can write the file; they can't be read or changed.
"""

from __future__ import annotations

import base64
import os
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from engine.encryption.unlocked import DataKey, key_of

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

_PREFIX = b"panza-tui line 1 "
_NONCE_BYTES = 12


def encrypted_line(key: DataKey | None, line: bytes) -> bytes:
    """Return a line, without its end, as it is stored. key: None for a plain home."""
    if key is None:
        return line
    nonce = os.urandom(_NONCE_BYTES)
    return _PREFIX + base64.b64encode(nonce + _cipher(key.secret).encrypt(nonce, line, None))


def is_encrypted_line(line: bytes) -> bool:
    """Whether a stored line is encrypted, with whatever key."""
    return line.startswith(_PREFIX)


def decrypted_line(key: DataKey, line: bytes) -> bytes:
    """Return a line, without its end; b"" for one that is cut, changed or not encrypted."""
    from cryptography.exceptions import InvalidTag

    try:
        sealed = base64.b64decode(line.removeprefix(_PREFIX), validate=True)
        nonce, ciphertext = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        return _cipher(key.secret).decrypt(nonce, ciphertext, None)
    except (ValueError, InvalidTag):
        return b""


def plain_line(path: Path, line: bytes) -> bytes:
    """Return a line of a log of some home, without its end; b"" for one that can't be decrypted."""
    key = key_of(path)
    return line if key is None else decrypted_line(key, line)


@lru_cache(maxsize=4)
def _cipher(secret: bytes) -> ChaCha20Poly1305:
    # Imported where it is needed, as every command knows events.
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return ChaCha20Poly1305(
        HKDF(hashes.SHA256(), length=32, salt=None, info=_PREFIX).derive(secret)
    )
