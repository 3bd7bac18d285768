"""`panza-tui demo`: the whole job on the bundled mailbox, by the same commands as a user's."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli

from engine.errors import PanzaError
from engine.home import Home, default_home
from engine.models import EMBEDDED_BASE, list_models
from engine.subprocesses import start_module
from panza_tui.commands.session import Session
from panza_tui.terminal.narration import say
from panza_tui.terminal.sanitise import safe_text

_HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class _Stage:
    """One command that was run, and how long it took."""

    title: str
    seconds: float


@dataclass(frozen=True)
class _Writer:
    name: str
    address: str
    about: str
    instructions: list[str]


def demo(session: Session) -> None:
    """Run all stages in a throw-away home and close with one summary on stdout."""
    writer = _Writer(**tomli.loads((_HERE / "writer.toml").read_text(encoding="utf-8")))
    mailbox = str(_HERE / "mailbox.mbox")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="panza-demo-") as folder:
        home = Home(Path(folder)).prepare()
        say(f"{writer.about} {writer.name}'s mailbox comes with panza-tui; all of it is made up.")
        stages = [
            _run(home, "import", "import", mailbox, "--me", writer.address),
            _run(home, "playback", "playback"),
            _run(home, "train", "train", "--base", EMBEDDED_BASE),
            _run(home, "export", "export"),
        ]
        say("\nDrafting with both models ...")
        started = time.monotonic()
        drafts = [
            (text, _draft(home, text, "--plain-base"), _draft(home, text))
            for text in writer.instructions
        ]
        stages.append(_Stage("six drafts", time.monotonic() - started))
        _show(drafts, list_models(home)[0].figures, stages)


def _start(home: Home, *arguments: str, stdout: Any) -> subprocess.Popen[bytes]:
    return start_module(
        "panza_tui",
        ["--config", _HERE / "settings.toml", *arguments],
        folder=home.root,
        environment=os.environ | {"PANZA_HOME": str(home.root)},
        stdout=stdout,
    )


def _run(home: Home, title: str, *arguments: str) -> _Stage:
    """Run one command as its own process, its narration on our stderr."""
    say(f"\n$ panza-tui {shlex.join(arguments)}")
    started = time.monotonic()
    process = _start(home, *arguments, stdout=sys.stderr)
    try:
        code = process.wait()
    except KeyboardInterrupt:
        # A stage ends its own work on an interrupt, and the home must not go before that.
        process.send_signal(signal.SIGINT)
        process.wait()
        raise
    if code != 0:
        raise PanzaError(f"The demo's '{title}' failed (exit code {code}); see the line above.")
    return _Stage(title, time.monotonic() - started)


def _draft(home: Home, instruction: str, *options: str) -> str:
    """One draft with `--ask`, as a script would make it."""
    arguments = ["--ask", instruction, "--json", "--seed", "0", *options]
    with _start(home, *arguments, stdout=subprocess.PIPE) as asking:
        out, _ = asking.communicate()
    if asking.returncode != 0:
        raise PanzaError("The demo's drafts failed; see the line above.")
    return json.loads(out)["draft"]


def _show(
    drafts: list[tuple[str, str, str]], figures: dict[str, Any], stages: list[_Stage]
) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    for instruction, base, personal in drafts:
        table = Table(title=Text(instruction, style="bold"), title_justify="left", expand=True)
        table.add_column("base model", ratio=1)
        table.add_column("personal model", ratio=1)
        table.add_row(Text(safe_text(base)), Text(safe_text(personal)))
        console.print("")
        console.print(table)
    real = default_home()
    before, after = figures["held_out_loss_base"], figures["held_out_loss"]
    total = sum(stage.seconds for stage in stages)
    lines = [
        "",
        f"Held-out loss {before:.2f} -> {after:.2f} nats a token (mails it never learnt from).",
        "Time          "
        + ", ".join(f"{stage.title} {stage.seconds:.0f} s" for stage in stages)
        + f"; together {total / 60:.1f} minutes.",
        f"Training held {figures['peak_memory_gib']:.1f} GiB at most.",
        "This home was thrown away. Your own would be:",
        f"  {real.database}   mails, instructions, search index, drafts",
        f"  {real.models}/   your models",
        "Next, with your own sent mail:  panza-tui import PATH",
    ]
    print("\n".join(lines))
