"""Run the demo: every step on the bundled mailbox, with the commands that a user would type."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli

from engine.disk import locked_folders
from engine.errors import PanzaError
from engine.events import Emit, Started
from engine.home.home import Home
from engine.mail_base import MAIL_BASE
from engine.models.models import list_models
from engine.models.packaged import EMBEDDED_BASE
from engine.subprocesses import start_module

DATA = Path(__file__).resolve().parents[1] / "demo"
"""The folder with the bundled mailbox, its writer, and the settings that shorten the demo."""


_FOLDER = "panza-demo-"
"""How the name of the temporary folder begins."""


@dataclass(frozen=True)
class Writer:
    """The writer of the bundled mailbox, and the instructions to draft for."""

    name: str
    address: str
    about: str
    instructions: list[str]


@dataclass(frozen=True)
class DemoDraft:
    """The drafts of three models for one instruction.

    base: the embedded model. mail_base: the same after the written corpus. personal: that after
    the writer's own mails.
    """

    instruction: str
    base: str
    mail_base: str
    personal: str


@dataclass(frozen=True)
class DemoResult:
    """The results of the demo. figures: of the trained model. seconds: by step."""

    drafts: tuple[DemoDraft, ...]
    figures: Mapping[str, Any]
    seconds: Mapping[str, float]


def read_writer() -> Writer:
    """Read who wrote the bundled mailbox."""
    return Writer(**tomli.loads((DATA / "writer.toml").read_text(encoding="utf-8")))


def demo(emit: Emit) -> DemoResult:
    """Import, play back, train, export and draft in a temporary home.

    Each step is announced by an event Started whose `command` is what a user would type; its
    progress goes to stderr. Raises PanzaError if a step fails.
    """
    writer = read_writer()
    mailbox = str(DATA / "mailbox.mbox")
    with _temporary_folder() as folder:
        home = Home(folder / "home").prepare()
        seconds = {
            arguments[0]: _run(home, emit, *arguments)
            for arguments in (
                ("import", mailbox, "--me", writer.address),
                ("playback",),
                ("train",),
                ("export",),
            )
        }
        emit(Started("draft"))
        started = time.monotonic()
        drafts = tuple(
            DemoDraft(
                text,
                _draft(home, text, "--plain-base", base=EMBEDDED_BASE),
                _draft(home, text, "--plain-base"),
                _draft(home, text),
            )
            for text in writer.instructions
        )
        seconds["nine drafts"] = time.monotonic() - started
        return DemoResult(drafts, list_models(home)[0].figures, seconds)


@contextlib.contextmanager
def _temporary_folder() -> Iterator[Path]:
    """Yield an empty folder, and remove it at the end, as the next demo does after a kill."""
    place = Path(tempfile.gettempdir())
    locked_folders.sweep(place, _FOLDER)
    with locked_folders.temporary(place, _FOLDER) as folder:
        yield folder


def _start(
    home: Home, *arguments: str, stdout: Any, base: str = MAIL_BASE
) -> subprocess.Popen[bytes]:
    return start_module(
        "panza_tui",
        ["--config", DATA / "settings.toml", *arguments],
        folder=home.root,
        environment=os.environ | {"PANZA_HOME": str(home.root), "PANZA_MODEL_BASE": base},
        stdout=stdout,
    )


def _run(home: Home, emit: Emit, *arguments: str) -> float:
    """Run one command in a process, and return the seconds it took."""
    emit(Started(arguments[0], {"command": f"panza-tui {shlex.join(arguments)}"}))
    started = time.monotonic()
    process = _start(home, *arguments, stdout=sys.stderr)
    try:
        code = process.wait()
    except KeyboardInterrupt:
        # The command saves its work on an interrupt; the home must not be removed before that.
        process.send_signal(signal.SIGINT)
        process.wait()
        raise
    if code != 0:
        raise PanzaError(
            f"The demo's '{arguments[0]}' failed (exit code {code}); see the message above."
        )
    return time.monotonic() - started


def _draft(home: Home, instruction: str, *options: str, base: str = MAIL_BASE) -> str:
    """Return a draft made with `--ask --json`, as a script would do it."""
    arguments = ["--ask", instruction, "--json", "--seed", "0", *options]
    with _start(home, *arguments, stdout=subprocess.PIPE, base=base) as asking:
        out, _ = asking.communicate()
    if asking.returncode != 0:
        raise PanzaError("The demo's drafts failed; see the message above.")
    return json.loads(out)["draft"]
