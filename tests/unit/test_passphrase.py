"""The passphrase in a file: its first line, or one plain line why not."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from engine.encryption.key_file import Cost, new_key, unwrap, wrap
from engine.errors import UsageError
from panza_tui.terminal.passphrase import FILE, ask_passphrase

CHEAP = Cost(memory_kib=64, passes=1, lanes=1)


@pytest.mark.parametrize(
    ("content", "passphrase"),
    [
        (b"six random words\n", "six random words"),
        (b"\xef\xbb\xbfsix random words\r\nmore", "six random words"),
        (b" spaces stay \n", " spaces stay "),
        ("käsebrot \u200d🙂\n".encode(), "käsebrot \u200d🙂"),
        (b"x" * 4096, "x" * 4096),
    ],
)
def test_the_first_line_is_the_passphrase(tmp_path: Path, monkeypatch, content, passphrase) -> None:
    path = tmp_path / "p"
    path.write_bytes(content)
    monkeypatch.setenv(FILE, str(path))
    assert ask_passphrase("Passphrase") == passphrase
    key = new_key()
    assert unwrap(wrap(key, passphrase, "on", CHEAP), passphrase) == key


def test_it_may_come_through_a_pipe(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    threading.Thread(target=path.write_text, args=("six random words\n",)).start()
    monkeypatch.setenv(FILE, str(path))
    assert ask_passphrase("Passphrase") == "six random words"


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/dev/zero", "too long"),
        ("/dev/null", "is empty"),
        ("/dev/full", "too long"),
        ("/nowhere", "can't be read"),
        ("/", "can't be read"),
        ("long", "too long"),
        ("binary", "not text"),
    ],
)
def test_what_has_none_is_one_line(tmp_path: Path, monkeypatch, path: str, why: str) -> None:
    (tmp_path / "long").write_bytes(b"x" * 4097)
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    monkeypatch.setenv(FILE, str(tmp_path / path))  # An absolute path stays itself.
    with pytest.raises(UsageError, match=why) as caught:
        ask_passphrase("Passphrase")
    assert "\n" not in str(caught.value)
