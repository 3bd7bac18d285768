"""A text in the user's own editor: $VISUAL, $EDITOR, or what the machine has."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path

from engine.errors import PanzaError

_USUAL = ("sensible-editor", "nano", "vim", "vi")


def edit_text(text: str, *, no_colour: bool) -> str:
    """The text as it was left in the editor; the terminal must be free for it.

    no_colour: NO_COLOR was set; Textual takes it out of the environment, the editor gets it back.
    Raises PanzaError when there is no editor or it fails; the text is as it was then.
    """
    command = _editor()
    environment = {**os.environ, "NO_COLOR": "1"} if no_colour else dict(os.environ)
    with tempfile.TemporaryDirectory(prefix="panza-") as folder:
        # Editors know what .eml is: they wrap and colour it as mail.
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
    for name in _USUAL:
        if shutil.which(name):
            return [name]
    raise PanzaError("There is no editor: set EDITOR to the one you like, as EDITOR=nano.")
