"""Decrypt pages of an encrypted database by themselves, for one that SQLite can't open any more.

The format is that of SQLite3 Multiple Ciphers' cipher chacha20 with a raw key: the last 32 bytes of
a page are its nonce of 16 bytes and a tag (Poly1305) of all before it; its number is part of the
stream's counter. Of page 1, the bytes 16 to 23 are plain, and the 16 before them random. A page
whose tag is wrong is decrypted, too: what is damaged in it is as much as in a plain one. But so is
what somebody changed, who needs no key to turn a bit; so `has_right_tag` tells.
"""

from __future__ import annotations

import hmac

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms
from cryptography.hazmat.primitives.poly1305 import Poly1305

from engine.encryption.unlocked import DataKey

RESERVED = 32
"""Bytes at the end of each page that hold nothing of the database."""

_TAG_BYTES = 16
_PLAIN_ON_FIRST = 24


def decrypted_page(key: DataKey, page: bytes, number: int) -> bytes:
    """Return a page of the same length, with zeros in the place of what is reserved."""
    end = len(page) - RESERVED
    start = _PLAIN_ON_FIRST if number == 1 else 0
    counter, nonce = _start(page, number)
    once = _stream(key.secret, counter, nonce, bytes(64))[32:]
    content = _stream(once, counter + 1, nonce, page[start:end])
    return page[:start] + content + bytes(RESERVED)


def has_right_tag(key: DataKey, page: bytes, number: int) -> bool:
    """Whether a stored page is as it was written with this key, at this place."""
    counter, nonce = _start(page, number)
    once = _stream(key.secret, counter, nonce, bytes(64))[:32]
    right = Poly1305.generate_tag(once, page[:-_TAG_BYTES])
    return hmac.compare_digest(right, page[-_TAG_BYTES:])


def _start(page: bytes, number: int) -> tuple[int, bytes]:
    """Return the counter and the nonce that a page's stream begins with."""
    at = len(page) - RESERVED
    stored = int.from_bytes(page[at + 12 : at + 16], "little")
    return stored ^ number, page[at : at + 12]


def _stream(key: bytes, counter: int, nonce: bytes, data: bytes) -> bytes:
    start = (counter & 0xFFFFFFFF).to_bytes(4, "little") + nonce
    return Cipher(algorithms.ChaCha20(key, start), None).encryptor().update(data)
