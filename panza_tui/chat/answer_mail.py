"""The window that asks for the mail to answer: pasted, or a file by name or from a tree."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.suggester import Suggester
from textual.widgets import DirectoryTree, Input, Static

from engine.errors import PanzaError
from panza_tui.shell.line_input import LineInput
from panza_tui.shell.paste import pasted_text
from panza_tui.shell.workers import run_in_thread

_MAX_BYTES = 40_000_000  # Mail servers accept less, attachments included.


class PathSuggester(Suggester):
    """Completes a path with the files on disk."""

    async def get_suggestion(self, value: str) -> str | None:
        return await asyncio.to_thread(_completed, value)


class MailTree(DirectoryTree):
    """Folders, and files that are not hidden. Hidden folders are shown: Maildirs may be in them."""

    def filter_paths(self, paths: Iterable[Path]) -> Iterable[Path]:
        return [path for path in paths if not path.name.startswith(".") or path.is_dir()]


class AnswerScreen(ModalScreen[bytes | None]):
    """Asks for a mail and returns its bytes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Back", id="answer.back"),
        Binding("down", "app.focus_next", "Files", show=False),
    ]

    def compose(self) -> ComposeResult:
        with Vertical(classes="window") as window:
            window.border_title = "Answer a mail"
            window.border_subtitle = "Enter opens · Esc goes back"
            yield Static("Paste it here, or name its .eml file:", markup=False)
            yield LineInput(
                placeholder="~/mail/letter.eml",
                suggester=PathSuggester(use_cache=False, case_sensitive=True),
                compact=True,
            )
            yield Static("", classes="error", markup=False)
            yield MailTree(Path.home())

    def on_mount(self) -> None:
        self.query_one(Input).focus()
        self.query_one(".error").display = False

    def on_paste(self, event: events.Paste) -> None:
        text = pasted_text(event.text)
        if "\n" in text.strip():
            event.stop()
            self.dismiss(text.encode("utf-8", "replace"))

    @on(Input.Submitted)
    def _named(self, event: Input.Submitted) -> None:
        if event.value.strip():
            self._open(Path(event.value.strip()).expanduser())

    @on(DirectoryTree.FileSelected)
    def _picked(self, event: DirectoryTree.FileSelected) -> None:
        self._open(event.path)

    def _open(self, path: Path) -> None:
        def read(mail: bytes) -> None:
            self.dismiss(mail)

        run_in_thread(
            self, partial(_read, path), read, self._complain, group="open", exclusive=True
        )

    def _complain(self, error: str) -> None:
        line = self.query_one(".error", Static)
        line.update(f"! {error}")
        line.display = True


def _read(path: Path) -> bytes:
    try:
        if path.exists() and not path.is_file():
            raise OSError(None, "it is not a file")
        if path.stat().st_size > _MAX_BYTES:
            raise OSError(None, "it is larger than 40 MB")
        return path.read_bytes()
    except OSError as error:
        raise PanzaError(f"{path}: {error.strerror}.") from error


def _completed(path: str) -> str | None:
    """Return the first path on disk that begins like this one; None if there is none."""
    folder, _, beginning = path.rpartition("/")
    place = Path(folder or ("/" if path.startswith("/") else ".")).expanduser()
    try:
        names = sorted(name for name in os.listdir(place) if name.startswith(beginning))
    except OSError:
        return None
    if not names or not beginning:
        return None
    found = f"{folder}/{names[0]}" if "/" in path else names[0]
    return f"{found}/" if (place / names[0]).is_dir() else found
