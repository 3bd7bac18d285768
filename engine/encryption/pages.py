"""Decrypt pages of an encrypted database by themselves, for one that SQLite can't open any more.

The format is that of SQLite3 Multiple Ciphers' cipher chacha20 with a raw key: the last 32 bytes of
a page are its nonce of 16 bytes and a tag; its number is part of the stream's counter. Of page 1,
the bytes 16 to 23 are plain, and the 16 before them random. The tag is not checked here: what is
damaged in a page is as much of it as in a plain one.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms

from engine.encryption.unlocked import DataKey

RESERVED = 32
"""Bytes at the end of each page that hold nothing of the database."""

_PLAIN_ON_FIRST = 24


def decrypted_page(key: DataKey, page: bytes, number: int) -> bytes:
    """Return a page of the same length, with zeros in the place of what is reserved."""
    end = len(page) - RESERVED
    start = _PLAIN_ON_FIRST if number == 1 else 0
    nonce = page[end : end + 12]
    counter = int.from_bytes(page[end + 12 : end + 16], "little") ^ number
    once = _stream(key.secret, counter, nonce, bytes(64))[32:]
    content = _stream(once, counter + 1, nonce, page[start:end])
    return page[:start] + content + bytes(RESERVED)


def _stream(key: bytes, counter: int, nonce: bytes, data: bytes) -> bytes:
    start = (counter & 0xFFFFFFFF).to_bytes(4, "little") + nonce
    return Cipher(algorithms.ChaCha20(key, start), None).encryptor().update(data)
