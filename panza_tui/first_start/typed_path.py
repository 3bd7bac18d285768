"""Read a path as a person types it, or as file managers and terminals paste it."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import unquote_to_bytes

from engine.mail.message.unseen import remove_invisible

# RFC 8089: file:/path, file:///path and file://host/path.
_FILE_URL = re.compile(r"file:(?://[^/]*)?(?=/)", re.IGNORECASE)
_PASTE_MARK = re.compile(r"\x1b\[20[01]~")  # what terminals send around a paste
_QUOTES = ("''", '""', "“”", "„“", "‘’", "«»")
# Lines that file managers put above the paths of copied files.
_CLIPBOARD_WORDS = ("x-special/nautilus-clipboard", "copy", "cut")


def typed_path(text: str) -> Path | None:
    """Return the path in a text: bare, in quotes, with backslashes, or a file: URL; None if empty.

    Of several pasted lines, the first counts. "copy" alone is the name of a file.
    """
    text = remove_invisible(_PASTE_MARK.sub("", text))
    lines = list(filter(None, map(str.strip, text.splitlines())))
    typed = next((line for line in lines if line not in _CLIPBOARD_WORDS), "".join(lines[:1]))
    if len(typed) > 1 and typed[0] + typed[-1] in _QUOTES:
        typed = typed[1:-1]
    if not typed:
        return None
    if url := _FILE_URL.match(typed):
        return Path(os.fsdecode(unquote_to_bytes(typed[url.end() :]))).absolute()
    path = Path(typed).expanduser().absolute()
    if typed.startswith("$") and not path.exists():
        path = Path(os.path.expandvars(typed)).absolute()
    if "\\" in typed and not path.exists():
        # Terminals put a backslash before spaces when a file is dropped on them.
        return Path(re.sub(r"\\(.)", r"\1", typed)).expanduser().absolute()
    return path
