"""The SHA256SUMS of a trained model's files, as `sha256sum -c` reads it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from engine.encryption.stored import blocks, read_file, write_file
from engine.encryption.streams import DamagedError
from engine.regular_files import open_regular

SUMS = "SHA256SUMS"


def write_sums(folder: Path, written: Iterable[Path] = (), dropped: Iterable[Path] = ()) -> None:
    """Write the checksums of these files of a model's folder, beside those of its others.

    dropped: files that are about to be replaced, whose older checksums are wrong from then on.
    """
    sums = _read(folder)
    for path in dropped:
        sums.pop(path.relative_to(folder).as_posix(), None)
    for path in written:
        sums[path.relative_to(folder).as_posix()] = _sha256(path)
    lines = [f"{digest}  {name}\n" for name, digest in sorted(sums.items())]
    write_file(folder / SUMS, "".join(lines).encode())


def check_sums(folder: Path) -> tuple[int, list[str]]:
    """Return how many files of a model's folder have a checksum, and those that do not match it.

    The checksums are those of what the files hold, also where they are encrypted.
    """
    sums = _read(folder)
    return len(sums), [name for name, digest in sums.items() if _found(folder / name) != digest]


def _found(path: Path) -> str:
    try:
        return _sha256(path)
    except (OSError, DamagedError):
        return ""


def _read(folder: Path) -> dict[str, str]:
    try:
        lines = read_file(folder / SUMS).splitlines()
    except (OSError, ValueError):
        return {}
    pairs = (line.partition("  ") for line in lines)
    return {name: digest for digest, _, name in pairs if name and ".." not in name.split("/")}


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with open(path, "rb", opener=open_regular) as file:
        for block in blocks(file):
            digest.update(block)
    return digest.hexdigest()
