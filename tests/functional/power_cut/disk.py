"""A disk that loses what was not synced: replays recorded changes up to a power cut.

A file's content is on the disk once it was synced, and its name once the folder was. What else is
there after a power cut is up to the file system, so each cut is tried in four ways.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path


class Op(IntEnum):
    CREATE = 1
    WRITE = 2
    TRUNCATE = 3
    RENAME = 4
    UNLINK = 5
    MKDIR = 6
    RMDIR = 7
    LINK = 8
    SYNC = 9
    EXCHANGE = 10


@dataclass(frozen=True)
class Change:
    """A recorded call. inode: of the file or folder; paths: absolute; data: of a write."""

    op: Op
    inode: int
    offset: int
    length: int
    path: str
    target: str
    data: bytes


WAYS = {
    "all was written": (True, True),
    "nothing but what was synced": (False, False),
    "names, but not the content": (True, False),
    "content, but not the names": (False, True),
}
"""Which of (names, content) that were not synced are on the disk all the same."""


def read_changes(log: Path) -> list[Change]:
    data, at, changes = log.read_bytes(), 0, []
    while at < len(data):
        op, inode, offset, length, one, two = struct.unpack_from("<4Q2I", data, at)
        at += 40
        path, target = data[at : at + one].decode(), data[at + one : at + one + two].decode()
        at += one + two
        size = length if op == Op.WRITE else 0
        changes.append(Change(Op(op), inode, offset, length, path, target, data[at : at + size]))
        at += size
    return changes


@dataclass
class _File:
    now: bytearray
    synced: bytes = b""


@dataclass
class _Folder:
    now: dict[str, int] = field(default_factory=dict)
    synced: dict[str, int] = field(default_factory=dict)


class Disk:
    """The files below a folder, as they are now and as they were synced."""

    def __init__(self, root: Path) -> None:
        """Start with what is there now, all of it synced."""
        self._root = str(root)
        self._nodes: list[_File | _Folder] = []
        self._of_inode: dict[int, int] = {}
        self._top = self._add(root)

    def apply(self, change: Change) -> None:
        """Make one recorded change."""
        if change.op in (Op.WRITE, Op.TRUNCATE, Op.SYNC):
            self._learn_name(change)
        number = self._of_inode.get(change.inode)
        node = self._nodes[number] if number is not None else None
        match change.op:
            case Op.CREATE:
                self._enter(change.path, change.inode, _File(bytearray()))
            case Op.MKDIR:
                self._enter(change.path, change.inode, _Folder())
            case Op.WRITE if isinstance(node, _File):
                end = change.offset + len(change.data)
                node.now.extend(bytes(max(0, end - len(node.now))))
                node.now[change.offset : end] = change.data
            case Op.TRUNCATE if isinstance(node, _File):
                del node.now[change.length :]
                node.now.extend(bytes(change.length - len(node.now)))
            case Op.RENAME:
                parent, name = self._parent(change.path)
                number = parent.now.pop(name)
                parent, name = self._parent(change.target)
                parent.now[name] = number
            case Op.EXCHANGE:
                parent, name = self._parent(change.path)
                other, other_name = self._parent(change.target)
                one, two = parent.now[name], other.now[other_name]
                parent.now[name], other.now[other_name] = two, one
            case Op.LINK:
                parent, name = self._parent(change.path)
                number = parent.now[name]
                parent, name = self._parent(change.target)
                parent.now[name] = number
            case Op.UNLINK | Op.RMDIR:
                parent, name = self._parent(change.path)
                del parent.now[name]
            case Op.SYNC if isinstance(node, _File):
                node.synced = bytes(node.now)
            case Op.SYNC if isinstance(node, _Folder):
                node.synced = dict(node.now)

    def files(self, names: bool = True, content: bool = True) -> dict[str, bytes | None]:
        """What is on the disk, by relative path; None for a folder.

        names, content: whether those that were not synced are there.
        """
        return dict(self._walk("", self._top, names, content))

    def _walk(
        self, path: str, number: int, names: bool, content: bool
    ) -> Iterator[tuple[str, bytes | None]]:
        node = self._nodes[number]
        if isinstance(node, _File):
            yield path, bytes(node.now) if content else node.synced
            return
        if path:
            yield path, None
        for name, below in (node.now if names else node.synced).items():
            yield from self._walk(f"{path}/{name}".lstrip("/"), below, names, content)

    def _add(self, path: Path) -> int:
        if path.is_dir():
            inside = [below for below in path.iterdir() if not below.is_symlink()]
            entries = {below.name: self._add(below) for below in inside}
            return self._number(path.stat().st_ino, _Folder(entries, dict(entries)))
        data = path.read_bytes()
        return self._number(path.stat().st_ino, _File(bytearray(data), data))

    def _number(self, inode: int, node: _File | _Folder) -> int:
        """Return the number of a new file; its inode may be that of one that was removed."""
        self._nodes.append(node)
        self._of_inode[inode] = len(self._nodes) - 1
        return self._of_inode[inode]

    def _enter(self, path: str, inode: int, node: _File | _Folder) -> None:
        parent, name = self._parent(path)
        parent.now[name] = self._number(inode, node)

    def _learn_name(self, change: Change) -> None:
        """Give a file the name under which it is written, if how it got that was not recorded."""
        if not change.path.startswith(f"{self._root}/") or change.path.endswith(" (deleted)"):
            return
        parent, name = self._parent(change.path)
        number = self._of_inode.get(change.inode)
        if name not in parent.now and number not in parent.now.values():
            self._enter(change.path, change.inode, _File(bytearray()))
        elif name not in parent.now and number is not None:
            parent.now = {n: other for n, other in parent.now.items() if other != number}
            parent.now[name] = number

    def _parent(self, path: str) -> tuple[_Folder, str]:
        *folders, name = path.removeprefix(self._root).strip("/").split("/")
        number = self._top
        for part in folders:
            node = self._nodes[number]
            assert isinstance(node, _Folder)
            number = node.now[part]
        node = self._nodes[number]
        assert isinstance(node, _Folder)
        return node, name


def states(
    before: Disk, changes: list[Change], every_write: bool = True
) -> Iterator[tuple[str, dict[str, bytes | None]]]:
    """Yield (when and how the power was cut, what is on the disk), each different state once.

    Of a long run of writes to one file, every eighth is followed by a cut; without `every_write`
    none is that another write follows.
    """
    seen = set()
    for number in range(len(changes) + 1):
        if number:
            before.apply(changes[number - 1])
        if _in_a_run_of_writes(changes, number) and (number % 8 or not every_write):
            continue
        for way, (names, content) in WAYS.items():
            files = before.files(names, content)
            digest = hashlib.sha256()
            for path, data in sorted(files.items()):
                if not path.endswith("-shm"):  # SQLite makes it again.
                    digest.update(f"{path} {data is None} {len(data or b'')} ".encode())
                    digest.update(data or b"")
            if digest.digest() not in seen:
                seen.add(digest.digest())
                last = changes[number - 1] if number else None
                what = f"{last.op.name} {last.path} {last.target}" if last else "nothing"
                yield f"after change {number}, {what}: {way}", files


def _in_a_run_of_writes(changes: list[Change], number: int) -> bool:
    """Whether the change before the cut and the one after it are writes to the same file."""
    around = changes[number - 1 : number + 1] if number else []
    return len(around) == 2 and {(c.op, c.inode) for c in around} == {(Op.WRITE, around[0].inode)}


def put(files: dict[str, bytes | None], folder: Path) -> None:
    """Write a state of the disk into an empty folder."""
    for path, data in files.items():
        target = folder / path
        if data is None:
            target.mkdir(parents=True, exist_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
