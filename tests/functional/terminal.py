"""Run the real app in a real terminal (tmux): send keys, read the screen."""

from __future__ import annotations

import io
import os
import re
import shlex
import subprocess
import time
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

_THEME = TerminalTheme(
    (22, 24, 28),
    (222, 219, 211),
    [(22, 24, 28), (217, 122, 108), (147, 179, 123), (217, 164, 91)] + [(143, 163, 173)] * 4,
)


class Terminal:
    """A separate tmux session of `columns` by `rows`, with its socket in `folder`."""

    def __init__(self, folder: Path, columns: int = 110, rows: int = 34) -> None:
        self._socket = str(folder / "tmux")
        self._size = (columns, rows)

    def run(self, command: list[str], **environment: str) -> None:
        """Run a command line in it, with these variables added to the environment."""
        columns, rows = self._size
        given = [f"{name}={shlex.quote(value)}" for name, value in environment.items()]
        # Test runners set the size of their own terminal, which the app would take for this one.
        line = " ".join(["exec env -u COLUMNS -u LINES", *given, shlex.join(command)])
        self._tmux("-f", os.devnull, "new-session", "-d", "-x", str(columns), "-y", str(rows), line)
        self._tmux("set-option", "-g", "remain-on-exit", "on")

    def press(self, *keys: str) -> None:
        """Press keys by tmux's names: Enter, Escape, C-y, F2."""
        self._tmux("send-keys", *keys)

    def type(self, text: str) -> None:
        """Type a text as it is."""
        self._tmux("send-keys", "-l", text)

    def screen(self) -> str:
        """Return the text on the screen."""
        return self._tmux("capture-pane", "-p")

    def wait_for(self, *texts: str, seconds: float = 60) -> str:
        """Wait until one of `texts` is on the screen, and return it; fail after a timeout."""
        deadline = time.monotonic() + seconds
        while not any(text in (screen := self.screen()) for text in texts):
            assert time.monotonic() < deadline, f"none of {texts} came up:\n{screen}"
            time.sleep(0.1)  # Between two looks; the condition decides, not the clock.
        return screen

    def wait_for_end(self, seconds: float = 60) -> None:
        """Wait until the command has ended."""
        deadline = time.monotonic() + seconds
        while self._tmux("list-panes", "-F", "#{pane_dead}").strip() != "1":
            assert time.monotonic() < deadline, f"it is still running:\n{self.screen()}"
            time.sleep(0.1)

    def picture(self, path: Path, title: str) -> None:
        """Save the screen as SVG, with its colours."""
        columns, _ = self._size
        console = Console(record=True, width=columns, file=io.StringIO(), force_terminal=True)
        console.print(Text.from_ansi(self._tmux("capture-pane", "-e", "-p")), end="")
        svg = console.export_svg(title=title, theme=_THEME)
        # Rich's picture would fetch its font; the viewer's own monospaced one does.
        svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
        path.write_text(svg.replace("Fira Code, monospace", "monospace"), encoding="utf-8")

    def close(self) -> None:
        """End the session and everything running in it."""
        subprocess.run(
            ["tmux", "-S", self._socket, "kill-server"], capture_output=True, check=False
        )

    def _tmux(self, *arguments: str) -> str:
        done = subprocess.run(
            ["tmux", "-u", "-S", self._socket, *arguments],
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout
