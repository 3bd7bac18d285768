"""Demo: the whole job on the bundled mailbox, by the commands that a user would type."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli

from engine.errors import PanzaError
from engine.events import Emit, Started
from engine.home import Home
from engine.models import EMBEDDED_BASE, list_models
from engine.subprocesses import start_module

DATA = Path(__file__).resolve().parents[1] / "demo"
"""The bundled mailbox, who wrote it, and the settings that make the demo short."""


@dataclass(frozen=True)
class Writer:
    """Who wrote the bundled mailbox, and what is drafted in their name."""

    name: str
    address: str
    about: str
    instructions: list[str]


@dataclass(frozen=True)
class DemoDraft:
    """What both models wrote for one instruction."""

    instruction: str
    base: str
    personal: str


@dataclass(frozen=True)
class DemoResult:
    """What came of the demo. figures: of the trained model. seconds: by stage."""

    drafts: tuple[DemoDraft, ...]
    figures: Mapping[str, Any]
    seconds: Mapping[str, float]


def read_writer() -> Writer:
    """The writer of the bundled mailbox."""
    return Writer(**tomli.loads((DATA / "writer.toml").read_text(encoding="utf-8")))


def demo(emit: Emit) -> DemoResult:
    """Import, play back, train, export and draft in a throw-away home.

    Each stage is announced by an event Started whose `command` is what a user would type; the
    narration of its process goes to our stderr. Raises PanzaError when one fails.
    """
    writer = read_writer()
    mailbox = str(DATA / "mailbox.mbox")
    with tempfile.TemporaryDirectory(prefix="panza-demo-") as folder:
        home = Home(Path(folder)).prepare()
        seconds = {
            arguments[0]: _run(home, emit, *arguments)
            for arguments in (
                ("import", mailbox, "--me", writer.address),
                ("playback",),
                ("train", "--base", EMBEDDED_BASE),
                ("export",),
            )
        }
        emit(Started("draft"))
        started = time.monotonic()
        drafts = tuple(
            DemoDraft(text, _draft(home, text, "--plain-base"), _draft(home, text))
            for text in writer.instructions
        )
        seconds["six drafts"] = time.monotonic() - started
        return DemoResult(drafts, list_models(home)[0].figures, seconds)


def _start(home: Home, *arguments: str, stdout: Any) -> subprocess.Popen[bytes]:
    return start_module(
        "panza_tui",
        ["--config", DATA / "settings.toml", *arguments],
        folder=home.root,
        environment=os.environ | {"PANZA_HOME": str(home.root)},
        stdout=stdout,
    )


def _run(home: Home, emit: Emit, *arguments: str) -> float:
    """Run one command as its own process; returns the seconds it took."""
    emit(Started(arguments[0], {"command": f"panza-tui {shlex.join(arguments)}"}))
    started = time.monotonic()
    process = _start(home, *arguments, stdout=sys.stderr)
    try:
        code = process.wait()
    except KeyboardInterrupt:
        # A stage ends its own work on an interrupt, and the home must not be removed before that.
        process.send_signal(signal.SIGINT)
        process.wait()
        raise
    if code != 0:
        raise PanzaError(
            f"The demo's '{arguments[0]}' failed (exit code {code}); see the line above."
        )
    return time.monotonic() - started


def _draft(home: Home, instruction: str, *options: str) -> str:
    """One draft with `--ask`, as a script would make it."""
    arguments = ["--ask", instruction, "--json", "--seed", "0", *options]
    with _start(home, *arguments, stdout=subprocess.PIPE) as asking:
        out, _ = asking.communicate()
    if asking.returncode != 0:
        raise PanzaError("The demo's drafts failed; see the line above.")
    return json.loads(out)["draft"]
