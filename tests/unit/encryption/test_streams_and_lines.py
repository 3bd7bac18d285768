"""Encrypted files and lines: read back as they were, and refused if anything in them changed."""

from __future__ import annotations

import io
import os

import pytest

from engine.encryption import streams, unlocked
from engine.encryption.key_file import new_key
from engine.encryption.lines import decrypted_line, encrypted_line
from engine.encryption.unlocked import LockedError

CHUNK = 1 << 18
SEALED = CHUNK + 16
HEADER = 64


@pytest.fixture
def key():
    key = new_key()
    unlocked.unlock(key)
    return key


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_a_file_is_read_back_as_it_was(key, size):
    content = os.urandom(size)
    sealed = streams.encrypt_bytes(key, content)
    assert streams.is_encrypted(sealed)
    assert streams.decrypt_bytes(sealed) == content
    assert streams.encrypt_bytes(key, content) != sealed


def test_each_byte_of_a_file_is_protected(key):
    sealed = streams.encrypt_bytes(key, b"The boat is ready.")
    for at in range(len(streams.MAGIC), len(sealed)):
        changed = bytearray(sealed)
        changed[at] ^= 1
        with pytest.raises((streams.DamagedError, LockedError)):
            streams.decrypt_bytes(bytes(changed))


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s[:-1],
        lambda s: s[: HEADER + SEALED],  # The last chunk is gone.
        lambda s: s[: HEADER + 2 * SEALED],
        lambda s: s[:HEADER],
        lambda s: s[:20],
        lambda s: s + b"x",
        lambda s: s + s[-SEALED:],
        lambda s: s[:HEADER] + s[HEADER + SEALED :],  # The first one is.
        lambda s: s[:HEADER] + 2 * s[HEADER : HEADER + SEALED] + s[HEADER + 2 * SEALED :],
    ],
)  # fmt: skip
def test_chunks_can_not_be_cut_off_added_or_moved(key, change):
    sealed = streams.encrypt_bytes(key, os.urandom(2 * CHUNK + 100))
    with pytest.raises(streams.DamagedError):
        streams.decrypt_bytes(change(sealed))


def test_a_chunk_of_another_file_is_refused(key):
    first, second = (streams.encrypt_bytes(key, bytes(10)) for _ in range(2))
    with pytest.raises(streams.DamagedError):
        streams.decrypt_bytes(first[:HEADER] + second[HEADER:])


def test_a_source_that_gives_little_at_a_time_is_read_whole(key):
    class Slow(io.BytesIO):
        def read(self, size=-1):
            return super().read(min(size, 1000))

    content = os.urandom(CHUNK + 5)
    target = io.BytesIO()
    streams.encrypt(key, Slow(content), target)
    assert b"".join(streams.decrypt(Slow(target.getvalue()))) == content


def test_the_key_of_another_home_does_not_open_a_file(key):
    sealed = streams.encrypt_bytes(new_key(), b"The boat is ready.")
    with pytest.raises(LockedError):
        streams.decrypt_bytes(sealed)


def test_a_line_is_read_back_and_one_that_is_cut_or_changed_is_empty(key):
    line = '{"event": "sample", "text": "Käse"}'.encode()
    sealed = encrypted_line(key, line)
    assert decrypted_line(key, sealed) == line
    assert encrypted_line(key, line) != sealed
    assert encrypted_line(None, line) == line
    assert {decrypted_line(key, sealed[:at]) for at in range(len(sealed))} == {b""}
    for at in range(17, len(sealed)):
        changed = bytearray(sealed)
        changed[at] ^= 2
        # The last letter of base64 has bits that mean nothing.
        assert decrypted_line(key, bytes(changed)) in (b"", line)
    changed = sealed[:40] + b"A" + sealed[41:] if sealed[40:41] != b"A" else sealed[:40] + b"B"
    assert decrypted_line(key, changed) == b""
    assert decrypted_line(new_key(), sealed) == b""
    assert decrypted_line(key, line) == b""
