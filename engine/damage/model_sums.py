"""The SHA256SUMS of a trained model's files, as `sha256sum -c` reads it."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from engine.disk.regular_files import open_regular
from engine.encryption.stored import blocks, read_file, write_file
from engine.encryption.streams import DamagedError

SUMS = "SHA256SUMS"


def write_sums(folder: Path, written: Iterable[Path]) -> None:
    """Write the checksums of these files of a model's folder, beside those of its others."""
    sums = _read(folder)
    for path in written:
        sums[path.relative_to(folder).as_posix()] = (_sha256(path),)
    _write(folder, sums)


@contextlib.contextmanager
def replacing(path: Path, new: Path) -> Iterator[None]:
    """Write the checksum of a file in a model's folder that is replaced by `new` in the block.

    Until then it has both, the older file's and the new one's, so that a kill or a full disk costs
    neither.
    """
    folder, name = path.parent, path.name
    before, digest = _read(folder), _sha256(new)
    if name in before:
        _write(folder, before | {name: (*before[name], digest)})
    try:
        yield
    except BaseException:
        with contextlib.suppress(OSError):
            _write(folder, before | {name: (digest,)} if _found(path) == digest else before)
        raise
    _write(folder, before | {name: (digest,)})


def check_sums(folder: Path) -> tuple[int, list[str]]:
    """Return how many files of a model's folder have a checksum, and those that do not match it.

    The checksums are those of what the files hold, also where they are encrypted.
    """
    sums = _read(folder)
    return len(sums), [name for name, known in sums.items() if _found(folder / name) not in known]


def _found(path: Path) -> str:
    try:
        return _sha256(path)
    except (OSError, DamagedError):
        return ""


def _read(folder: Path) -> dict[str, tuple[str, ...]]:
    try:
        lines = read_file(folder / SUMS).splitlines()
    except (OSError, ValueError):
        return {}
    sums: dict[str, tuple[str, ...]] = {}
    for line in lines:
        digest, _, name = line.partition("  ")
        if name and ".." not in name.split("/"):
            sums[name] = (*sums.get(name, ()), digest)
    return sums


def _write(folder: Path, sums: Mapping[str, Sequence[str]]) -> None:
    lines = [f"{digest}  {name}\n" for name, known in sorted(sums.items()) for digest in known]
    write_file(folder / SUMS, "".join(lines).encode())


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with open(path, "rb", opener=open_regular) as file:
        for block in blocks(file):
            digest.update(block)
    return digest.hexdigest()
