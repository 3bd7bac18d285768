"""The real app in a real terminal, with the embedded model: from the first start to a draft.

Set PICTURES to a folder to have each screen of the journey saved there as SVG.
"""

from __future__ import annotations

import mailbox
import os
import shutil
import sys
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path

import apsw
import pytest
from conftest import WRITER, short_messages
from terminal import Terminal

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")

SETTINGS = """
[training]
epochs = 1
batch_size = 4
held_out = 0.05
validation = 0.6
max_tokens = 128
[rosa]
mask_warmup_steps = 1
[export]
quantize = "F16"
[playback]
attempts = 1
max_tokens = 12
[drafting]
max_tokens = 40
threads = 1
"""


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    made = Terminal(tmp_path)
    yield made
    made.close()


def picture(terminal: Terminal, name: str) -> None:
    if folder := os.environ.get("PICTURES"):
        terminal.picture(Path(folder) / f"{name}.svg", "panza-tui")


def test_from_the_first_start_to_an_accepted_draft(terminal: Terminal, tmp_path: Path):
    export, home, drafts = tmp_path / "sent.mbox", tmp_path / "home", tmp_path / "Mail" / "Drafts"
    export.write_bytes(short_messages())
    drafts.parent.mkdir()
    mailbox.Maildir(drafts, create=True)
    config = tmp_path / "config" / "panza-tui" / "panza.toml"
    config.parent.mkdir(parents=True)
    config.write_text(SETTINGS, encoding="utf-8")
    terminal.run(
        [sys.executable, "-m", "panza_tui", "--home", str(home)],
        HOME=str(tmp_path),
        XDG_CONFIG_HOME=str(tmp_path / "config"),
        OMP_NUM_THREADS="1",
        COLORTERM="truecolor",
    )

    terminal.wait_for("Where is the mail you sent?")
    picture(terminal, "first-start")
    terminal.type(str(export))
    terminal.press("Enter")
    terminal.wait_for("Which addresses are yours?")
    terminal.wait_for(WRITER)
    picture(terminal, "this-is-me")
    terminal.press("Enter")
    terminal.wait_for("Enter begins")
    terminal.press("Enter")
    terminal.wait_for("rough estimates", seconds=240)
    picture(terminal, "base-model")
    terminal.press("Enter")
    terminal.wait_for("What should the email say?", seconds=400)

    terminal.wait_for("● mail-base-5-rosa")
    terminal.type("Tell Ann that the wheel is ready on Friday")
    terminal.press("Enter")
    terminal.wait_for("based on", seconds=120)
    picture(terminal, "draft")
    terminal.press("C-s")
    terminal.wait_for("Accept this draft")
    terminal.press("Down", "Down", "Enter")
    terminal.wait_for("/Mail/Drafts")
    terminal.press("Enter")
    terminal.wait_for("in Drafts")
    terminal.press("C-q")
    terminal.wait_for_end()

    [kept] = list((drafts / "cur").iterdir()) + list((drafts / "new").iterdir())
    message = message_from_bytes(kept.read_bytes())
    assert WRITER in message["From"]
    connection = apsw.Connection(str(home / "panza.db"))
    [(instruction, final)] = connection.execute(
        "SELECT instruction, final FROM drafts WHERE final IS NOT NULL"
    )
    assert instruction == "Tell Ann that the wheel is ready on Friday"
    assert message.get_payload(decode=True).decode().strip() == final.strip()
