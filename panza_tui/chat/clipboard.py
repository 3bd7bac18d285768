"""Text onto the clipboard of this machine, by the tool that its desktop has."""

from __future__ import annotations

import os
import shutil
import subprocess

_SECONDS = 2.0


def copy_locally(text: str) -> bool:
    """Hand the text to wl-copy, xclip, xsel, pbcopy or clip.exe; False where none does.

    Over ssh there is none: the terminal's own way (OSC 52) is what reaches the user's desk then.
    """
    for needs, command in (
        ("WAYLAND_DISPLAY", ["wl-copy"]),
        ("DISPLAY", ["xclip", "-selection", "clipboard"]),
        ("DISPLAY", ["xsel", "--clipboard", "--input"]),
        ("", ["pbcopy"]),
        ("", ["clip.exe"]),
    ):
        if (needs and not os.environ.get(needs)) or not shutil.which(command[0]):
            continue
        try:
            subprocess.run(
                command,
                input=text.encode("utf-8", "replace"),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=_SECONDS,
                check=True,
            )
            return True
        except (OSError, subprocess.SubprocessError):
            continue
    return False
