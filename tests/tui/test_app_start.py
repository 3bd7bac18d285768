"""The start of the app: the terminal that it needs, and what is imported before the first paint."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from engine.errors import UsageError
from engine.home.home import Home
from engine.settings import load_settings
from panza_tui.app import run_app


def test_no_terminal_is_one_plain_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="needs a terminal") as caught:
        run_app(Home(tmp_path / "home"), lambda: load_settings(environment={}), None)
    assert caught.value.exit_code == 2
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "home").exists()


class LatinTerminal(io.StringIO):
    encoding = "iso-8859-1"

    def isatty(self) -> bool:
        return True


def test_a_terminal_without_utf_8_is_one_plain_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", LatinTerminal())
    monkeypatch.setattr("sys.stderr", LatinTerminal())
    with pytest.raises(UsageError, match=r"LC_ALL=C\.UTF-8"):
        run_app(Home(tmp_path / "home"), lambda: load_settings(environment={}), None)


HEAVY = ("torch", "transformers", "llama_cpp", "numpy", "sqlite_vec", "training", "peft")


def test_nothing_heavy_is_imported_before_the_first_paint() -> None:
    program = (
        "import sys; import panza_tui.app, panza_tui.chat.home_service; "
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.stdout.strip() == "[]", run.stderr


def test_the_real_app_on_an_empty_home_says_what_to_do(tmp_path: Path) -> None:
    """In a real terminal, the app paints, names the next command, and quits on ctrl+q."""
    program = (
        "import sys; from pathlib import Path; from engine.home.home import Home; "
        "from engine.settings import load_settings; from panza_tui.app import run_app; "
        f"home = Home(Path({str(tmp_path / 'home')!r})).prepare(); "
        "sys.exit(run_app(home, load_settings, None))"
    )
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "160", "LINES": "30"}
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment,
        start_new_session=True,
    )
    os.close(theirs)
    watchdog = threading.Timer(60, process.kill)
    watchdog.start()
    screen = b""
    try:
        while b"export of it" not in screen and (some := _read(ours)):
            screen += some
        os.write(ours, b"\x11")
        while some := _read(ours):
            screen += some
        assert process.wait() == 0, screen[-3000:].decode()
    finally:
        watchdog.cancel()
        process.kill()
        os.close(ours)
    assert b"Traceback" not in screen


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # The other side is closed.
        return b""
