"""Edit a text in the user's own editor: $VISUAL, $EDITOR, or a common one."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from textual.app import App, SuspendNotSupported

from engine.errors import PanzaError
from panza_tui.terminal.sanitise import safe_text

_COMMON = ("sensible-editor", "nano", "vim", "vi")


def edit_suspended(app: App[Any], text: str) -> str:
    """Return the text as the user left it in the editor, while the app is suspended.

    Raises PanzaError if that can't be done.
    """
    try:
        with app.suspend():
            return safe_text(edit_text(text, no_colour=app.no_color))
    except SuspendNotSupported as error:
        raise PanzaError("No other program can use this terminal; F7 edits here.") from error


def edit_text(text: str, *, no_colour: bool) -> str:
    """Return the text as the user left it in the editor, which needs the terminal for itself.

    no_colour: whether to set NO_COLOR for the editor; Textual takes it out of the environment.
    Raises PanzaError if there is no editor, or it fails.
    """
    command = _editor()
    environment = {**os.environ, "NO_COLOR": "1"} if no_colour else dict(os.environ)
    with tempfile.TemporaryDirectory(prefix="panza-") as folder:
        # For a name with .eml, editors wrap and colour the text as mail.
        path = Path(folder) / "draft.eml.txt"
        path.write_text(text + "\n", encoding="utf-8")
        try:
            done = subprocess.run([*command, str(path)], env=environment, check=False)
        except OSError as error:
            raise PanzaError(
                f"The editor {command[0]} can't be started ({error.strerror}); set EDITOR."
            ) from error
        if done.returncode != 0:
            raise PanzaError(
                f"{command[0]} ended with an error ({done.returncode}); the draft is as it was."
            )
        return path.read_text(encoding="utf-8", errors="replace").rstrip("\n")


def _editor() -> list[str]:
    for name in ("VISUAL", "EDITOR"):
        if command := shlex.split(os.environ.get(name, "")):
            return command
    for name in _COMMON:
        if shutil.which(name):
            return [name]
    raise PanzaError("No editor was found; set EDITOR, for example EDITOR=nano.")
