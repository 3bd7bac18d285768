"""Copy text to the clipboard of this machine, with the desktop's own tool."""

from __future__ import annotations

import os
import shutil
import subprocess

_TIMEOUT = 2.0  # Seconds; each of them takes milliseconds.


def copy_locally(text: str) -> bool:
    """Copy with wl-copy, xclip, xsel, pbcopy or clip.exe; return False if none of them can.

    Over ssh none can: only the terminal's own sequence (OSC 52) reaches the user's machine then.
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
                timeout=_TIMEOUT,
                check=True,
            )
            return True
        except (OSError, subprocess.SubprocessError):
            continue
    return False
