"""Edit a text in the user's own editor: $VISUAL, $EDITOR, or a common one."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from textual.app import App, SuspendNotSupported

from engine.disk.regular_files import open_regular
from engine.errors import PanzaError
from panza_tui.terminal.sanitise import safe_text

_COMMON = ("sensible-editor", "nano", "vim", "vi")


def edit_suspended(app: App[Any], text: str, place: AbstractContextManager[Path]) -> str:
    """Return the text as the user left it in the editor, while the app is suspended.

    place: see `edit_text`. Raises PanzaError if that can't be done.
    """
    try:
        with app.suspend():
            return safe_text(edit_text(text, place, no_colour=app.no_color))
    except SuspendNotSupported as error:
        raise PanzaError("No other program can use this terminal; F7 edits here.") from error


def edit_text(text: str, place: AbstractContextManager[Path], *, no_colour: bool) -> str:
    """Return the text as the user left it in the editor, which needs the terminal for itself.

    place: the folder for the file that is edited. no_colour: whether to set NO_COLOR for the
    editor; Textual takes it out of the environment. Raises PanzaError if there is no editor, or it
    fails; what it wrote is then not used, as users of vim's `:cq` expect.
    """
    command = _editor()
    environment = {**os.environ, "NO_COLOR": "1"} if no_colour else dict(os.environ)
    try:
        with place as folder:
            # For a name with .eml, editors wrap and colour the text as mail.
            path = folder / "draft.eml.txt"
            path.write_text(text + "\n", encoding="utf-8", errors="replace")
            _run([*command, str(path)], environment)
            return _read(path).rstrip("\n")
    except OSError as error:
        raise PanzaError(
            f"The draft can't be handed to {command[0]} ({error.strerror}); it is as it was."
        ) from error


def _run(command: Sequence[str], environment: Mapping[str, str]) -> None:
    try:
        done = subprocess.run(command, env=environment, check=False)
    except OSError as error:
        raise PanzaError(
            f"The editor {command[0]} can't be started ({error.strerror}); set EDITOR."
        ) from error
    if done.returncode != 0:
        raise PanzaError(
            f"{command[0]} ended with an error ({done.returncode}), so nothing that was written "
            "there is used; the draft is as it was."
        )


def _read(path: Path) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace", opener=open_regular) as file:
            return file.read()
    except OSError as error:
        raise PanzaError(
            f"The editor left no text to read ({error.strerror}); the draft is as it was."
        ) from error


def _editor() -> list[str]:
    for name in ("VISUAL", "EDITOR"):
        try:
            if command := shlex.split(os.environ.get(name, "")):
                return command
        except ValueError as error:
            raise PanzaError(
                f"{name} can't be read as a command ({error}); the draft is as it was."
            ) from error
    for name in _COMMON:
        if shutil.which(name):
            return [name]
    raise PanzaError("No editor was found; set EDITOR, for example EDITOR=nano.")
