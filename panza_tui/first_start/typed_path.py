"""Read a path as a person types it, or as file managers and terminals paste it."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import unquote_to_bytes

# RFC 8089: file:/path, file:///path and file://host/path.
_FILE_URL = re.compile(r"file:(?://[^/]*)?(?=/)", re.IGNORECASE)


def typed_path(text: str) -> Path | None:
    """Return the path in a text: bare, in quotes, with backslashes, or a file: URL; None if empty.

    Of several pasted lines, the first counts.
    """
    typed = next(iter(text.strip().splitlines()), "").strip()
    if len(typed) > 1 and typed[0] == typed[-1] and typed[0] in "'\"":
        typed = typed[1:-1]
    if not typed:
        return None
    if url := _FILE_URL.match(typed):
        return Path(os.fsdecode(unquote_to_bytes(typed[url.end() :]))).absolute()
    path = Path(typed).expanduser().absolute()
    if "\\" in typed and not path.exists():
        # Terminals put a backslash before spaces when a file is dropped on them.
        return Path(re.sub(r"\\(.)", r"\1", typed)).expanduser().absolute()
    return path
