"""Backups that lie in the home itself, where they keep what is forgotten, and stay plain."""

from __future__ import annotations

import contextlib
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

from engine.backup.contents import MANIFEST
from engine.disk.regular_files import open_regular
from engine.home.home import Home
from engine.home.names import HOME, kind_of


def backups_in(home: Home) -> list[Path]:
    """Return the backups in a home, also in the user's own folders there."""
    if not home.root.is_dir():
        return []
    others = sorted(path for path in home.root.iterdir() if kind_of(path.name, HOME) is None)
    return [path for top in others for path in _files(top) if _is_backup(path)]


def _files(top: Path) -> Iterator[Path]:
    if top.is_symlink():
        return
    yield top
    for folder, _, names in os.walk(top):  # Follows no links.
        yield from (Path(folder, name) for name in sorted(names))


def _is_backup(path: Path) -> bool:
    if path.is_symlink() or not path.is_file():
        return False
    with (
        contextlib.suppress(OSError, ValueError, zipfile.BadZipFile),
        open(path, "rb", opener=open_regular) as file,
        zipfile.ZipFile(file) as archive,
    ):
        return MANIFEST in archive.namelist()
    return False
