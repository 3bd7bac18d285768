"""The text of --ask from a file or stdin, and how much is read of either."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from conftest import Panza

from engine.errors import UsageError
from engine.home.home import Home
from panza_tui.terminal import ask_text, stdin
from panza_tui.terminal.ask_text import read_ask_text
from panza_tui.terminal.stdin import read_stdin

ENDLESS = "import os\nwhile True: os.write(1, bytes(65536))"
# Not ru_maxrss, which begins with the memory of the process that started this one.
PEAK = (
    "from panza_tui.cli import run\n"
    "code = run(['--ask', 'x', '--plain-base', '-'])\n"
    "[peak] = [line.split()[1] for line in open('/proc/self/status') if 'VmHWM' in line]\n"
    "print(int(peak) >> 10, code)"
)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"Say hello\n", "Say hello"),
        (b"\xef\xbb\xbfSay hello\r\n", "Say hello"),
        ("Grüße\nund Küsse".encode(), "Grüße\nund Küsse"),
        (b"\xff hello", "\ufffd hello"),
        (b"@x", "@x"),
    ],
)
def test_a_file_has_the_text(tmp_path: Path, content: bytes, text: str) -> None:
    path = tmp_path / "note.txt"
    path.write_bytes(content)
    assert read_ask_text(f"@{path}") == text


def test_a_file_may_be_a_pipe(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    threading.Thread(target=path.write_text, args=("Say hello",)).start()
    assert read_ask_text(f"@{path}") == "Say hello"


def test_a_pipe_that_nobody_writes_to_yet_is_waited_for_with_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(stdin, "_SECONDS_UNTIL_NOTE", 0.1)
    path = tmp_path / "pipe"
    os.mkfifo(path)
    threading.Timer(1, path.write_text, args=("Say hello",)).start()
    assert read_ask_text(f"@{path}") == "Say hello"
    assert f"Waiting for the text of --ask in {path}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("argument", "text"),
    [("Say hello", "Say hello"), ("@@kim is late", "@kim is late"), ("mail a@b.c", "mail a@b.c")],
)
def test_other_texts_are_themselves(argument: str, text: str) -> None:
    assert read_ask_text(argument) == text


@pytest.mark.parametrize("argument", ["@nowhere.txt", "@", "@.", "@a\0b", "@/dev/zero"])
def test_a_file_that_can_not_be_read_is_one_line(argument: str) -> None:
    with pytest.raises(UsageError, match=r"can't be read|larger than 1 MB") as raised:
        read_ask_text(argument)
    assert "\n" not in str(raised.value)


def test_the_text_may_come_on_stdin(
    home: Home, tmp_path: Path, panza: Panza, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = tmp_path / "note.txt"
    note.write_text("Say hello\n")
    with open(note) as file:
        command = [sys.executable, "-m", "panza_tui", "--ask", "@-", "--plain-base", "--json"]
        done = subprocess.run(
            [*command, "--max-tokens", "2"], stdin=file, capture_output=True, text=True, check=False
        )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["instruction"] == "Say hello"
    both = panza("--ask", "@-", "-")
    assert (both.code, "no mail to answer can come there" in both.err) == (2, True)


def test_an_empty_file_is_no_text(home: Home, tmp_path: Path, panza: Panza) -> None:
    (tmp_path / "empty").touch()
    done = panza("--ask", f"@{tmp_path / 'empty'}")
    assert (done.code, "--ask needs a text" in done.err) == (2, True)


def test_only_so_much_is_read_from_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stdin, "_MAX_BYTES", 1 << 20)
    monkeypatch.setattr(ask_text, "_MAX_BYTES", 1 << 10)
    with subprocess.Popen([sys.executable, "-c", ENDLESS], stdout=subprocess.PIPE) as endless:
        assert endless.stdout is not None
        kept = os.dup(0)
        try:
            os.dup2(endless.stdout.fileno(), 0)
            with pytest.raises(UsageError, match="more than 1 MB on stdin"):
                read_stdin(required=False)
        finally:
            os.dup2(kept, 0)
            endless.kill()


def test_stdin_without_end_takes_little_memory(home: Home) -> None:
    with subprocess.Popen([sys.executable, "-c", ENDLESS], stdout=subprocess.PIPE) as endless:
        done = subprocess.run(
            [sys.executable, "-c", PEAK], stdin=endless.stdout, capture_output=True, check=False
        )
        endless.kill()
    peak, code = map(int, done.stdout.split())
    assert (code, done.stderr.count(b"\n")) == (2, 1)
    assert peak < 400
