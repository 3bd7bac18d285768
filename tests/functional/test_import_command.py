"""`panza-tui import` asks whose mails they are, reports, and names the next step."""

from __future__ import annotations

import os
import pty
import subprocess
from pathlib import Path

from conftest import PANZA, WRITER, Panza, bundled_messages

from engine.database.database import connect
from engine.home.home import Home


def test_import_reports_and_names_the_next_step(
    home: Home, imported: Home, tmp_path: Path, panza: Panza
) -> None:
    home.root.mkdir()
    home.cache.symlink_to(imported.cache)
    archive = tmp_path / "sent.mbox"
    archive.write_bytes(bundled_messages(10))
    done = panza("import", archive, "--me", WRITER)
    assert (done.code, done.out) == (0, "")
    assert "7 usable mails" in done.err
    assert done.err.endswith("Next: panza-tui import PATH\n")
    archive.write_bytes(bundled_messages(45))
    again = panza("import", archive, "-v")  # The address is known by now.
    assert again.code == 0
    assert "auto-reply: " in again.err
    assert "\x1b" not in again.err
    assert again.err.endswith("Next: panza-tui playback\n")


def test_import_asks_on_a_terminal_which_address_is_yours(
    home: Home, imported: Home, tmp_path: Path
) -> None:
    home.root.mkdir()
    home.cache.symlink_to(imported.cache)
    archive = tmp_path / "sent.mbox"
    archive.write_bytes(bundled_messages(10))
    master, terminal = pty.openpty()
    asking = subprocess.Popen(
        [*PANZA, "import", str(archive)], stdin=terminal, stdout=subprocess.DEVNULL, stderr=terminal
    )
    os.close(terminal)
    shown = b""
    try:
        while b"Your number" not in shown:
            shown += os.read(master, 4096)
        os.write(master, b"1\n")
        while piece := os.read(master, 4096):
            shown += piece
    except OSError:  # The terminal's last user has gone.
        pass
    os.close(master)
    assert asking.wait() == 0
    assert f"1. Lo Finch <{WRITER}>".encode() in shown
    assert connect(home.database).execute("SELECT count(*) FROM mails").get == 7
