"""Paths -> raw messages, one at a time: mbox, Maildir, .eml, folders, and gz, zip, tgz of them.

What a file is, is told from its first bytes and not from its name: Thunderbird's mailboxes have no
extension, Enron's mails are called `1.` and Takeout mixes mail with web pages. Nothing is ever
unpacked to disk, so no name inside an archive can lead anywhere.
"""

from __future__ import annotations

import gzip
import io
import os
import re
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from engine.errors import PanzaError
from engine.mail.mbox import LONGEST_MESSAGE, Stream, split_mbox, starts_mbox

_HEAD = 16 * 1024
_FREE_UNPACKED = 100 * 1024 * 1024  # so much may come out of any packed file ...
_LARGEST_RATIO = 200  # ... and beyond that so many times its size: more is a bomb, not mail
_DEEPEST_NESTING = 3  # a mail in an mbox.gz in a tgz

_FOREIGN_NAMES = {".pst": "pst", ".ost": "pst", ".msg": "msg", ".olm": "olm"}
_FOREIGN = {
    "pst": "an Outlook .pst file; convert it with `readpst -o FOLDER FILE` (package pst-utils), "
    "then import the folder",
    "msg": "an Outlook .msg file; convert it with `msgconvert --mbox OUT.mbox FILE` (package "
    "libemail-outlook-message-perl), then import OUT.mbox",
    "olm": "an Outlook for Mac .olm file; convert it to mbox (Thunderbird with ImportExportTools "
    "NG, or an olm converter), then import the mbox",
}
_KNOWN_HEADERS = re.compile(
    rb"(?im)^(?:From|To|Subject|Date|Received|Message-ID|Return-Path|MIME-Version|Delivered-To"
    rb"|Content-Type|Reply-To|Sender|X-[!-9;-~]+)[ \t]*:"
)
_HEADER_LINE = re.compile(rb"[!-9;-~]+[ \t]*:")
_FLAGS = re.compile(r"[:;!,]2,([A-Za-z]*)$")
_FLAG_LABELS = {"D": "draft", "T": "trash", "S": "seen"}


@dataclass(frozen=True)
class RawMessage:
    """One message as it lies in an archive.

    data: its bytes, b"" where `problem` says why it can't be read. source: file, and member
    inside it. labels: names of the folders it lies in, and Maildir flags in words. position:
    bytes of the path read so far, of `archive_size(path)`.
    """

    data: bytes
    source: str
    labels: tuple[str, ...] = ()
    problem: str | None = None
    position: int = 0


def archive_size(path: Path) -> int:
    """Bytes on disk of all that `read_archive(path)` reads; 0 for what does not exist."""
    if path.is_dir():
        return sum(file.stat().st_size for file in _files_below(path))
    return path.stat().st_size if path.exists() else 0


def read_archive(path: Path) -> Iterator[RawMessage]:
    """Yield every message of a file or folder; memory is bounded by the longest message.

    Damaged and oversized messages are yielded with their `problem`, and the reading goes on.
    Raises PanzaError for what is absent, empty or no mail; for Outlook's own formats it names the
    way to convert them.
    """
    shown = _printable(path)
    try:
        if not path.exists():
            raise PanzaError(f"There is no file or folder {shown}; nothing was imported from it.")
        found = False
        problems: list[RawMessage] = []
        for raw in _read_folder(path) if path.is_dir() else _read_file(path, path.name, 0):
            found = found or raw.problem is None
            if found:
                yield from problems
                problems = []
                yield raw
            else:
                problems.append(raw)
    except OSError as error:
        raise PanzaError(f"{shown} can't be read ({error.strerror or error}).") from error
    if found:
        return
    if problems:
        raise PanzaError(f"{shown} holds no mail that can be read: it is {problems[0].problem}.")
    if archive_size(path) == 0:
        raise PanzaError(f"{shown} is empty; export your mail again, then import the new file.")
    raise PanzaError(
        f"{shown} is no mailbox: mbox, Maildir, .eml, a folder, zip or tgz of them is needed."
    )


def _read_folder(folder: Path) -> Iterator[RawMessage]:
    position = 0
    for file in _files_below(folder):
        inner = str(file.relative_to(folder.parent))
        try:
            yield from _read_file(file, inner, position)
        except OSError as error:
            why = f"a file that can't be read ({error.strerror or error})"
            yield RawMessage(b"", _printable(inner), problem=why)
        position += file.stat().st_size


def _files_below(folder: Path) -> Iterator[Path]:
    """Regular files in natural order; links are not followed, a Maildir's `tmp` is no mail."""
    for here, folders, files in os.walk(folder):
        if "tmp" in folders and "cur" in folders:
            folders.remove("tmp")
        folders.sort(key=_natural)
        for name in sorted(files, key=_natural):
            file = Path(here, name)
            if file.is_file() and not file.is_symlink():
                yield file


def _natural(name: str) -> list[tuple[int, str]]:
    """Sort key under which `9.` comes before `10.`."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"(\d+)", name)]


def _read_file(path: Path, name: str, before: int) -> Iterator[RawMessage]:
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        for raw in _read_stream(file, name, size, depth=0):
            yield replace(raw, position=before + min(file.tell(), size))


def _read_stream(stream: Stream, name: str, size: int, depth: int) -> Iterator[RawMessage]:
    """Messages of one file, wherever it lies. size: its bytes, packed if it is packed."""
    source, labels = _printable(name), _labels(name)
    if foreign := _FOREIGN_NAMES.get(os.path.splitext(name)[1].lower()):
        yield RawMessage(b"", source, problem=_FOREIGN[foreign])
        return
    head = stream.read(_HEAD)
    rest = _Rest(head, stream)
    if head.startswith(b"!BDN"):
        yield RawMessage(b"", source, problem=_FOREIGN["pst"])
    elif head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        yield RawMessage(b"", source, problem=_FOREIGN["msg"])
    elif head.startswith((b"\x1f\x8b", b"PK\x03\x04")) or head[257:262] == b"ustar":
        if depth == _DEEPEST_NESTING:
            yield RawMessage(b"", source, problem="an archive nested too deeply")
            return
        try:
            yield from _read_packed(head, rest, stream, name, size, depth)
        except (EOFError, RuntimeError, ValueError, NotImplementedError, OSError) as error:
            yield RawMessage(b"", source, problem=f"a damaged archive ({error})")
        except (zlib.error, zipfile.BadZipFile, tarfile.TarError) as error:
            yield RawMessage(b"", source, problem=f"a damaged archive ({error})")
    elif starts_mbox(head):
        for number, data in enumerate(split_mbox(rest), 1):
            where = f"{source}#{number}"
            if data is None:
                yield RawMessage(b"", where, labels, problem=_too_long())
            else:
                yield RawMessage(data, where, labels)
    elif looks_like_message(head) or (head and name.lower().endswith(".eml")):
        data = rest.read(LONGEST_MESSAGE + 1)
        if len(data) > LONGEST_MESSAGE:
            yield RawMessage(b"", source, labels, problem=_too_long())
        else:
            yield RawMessage(data.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n"), source, labels)


def _read_packed(
    head: bytes, rest: _Rest, stream: Stream, name: str, size: int, depth: int
) -> Iterator[RawMessage]:
    if head.startswith(b"\x1f\x8b"):
        unpacked = _Bounded(gzip.GzipFile(fileobj=rest), size)  # type: ignore[call-overload]
        inner = re.sub(r"(?i)\.tgz$|\.gz$", "", name)
        yield from _read_stream(unpacked, inner, size * _LARGEST_RATIO, depth + 1)
    elif head.startswith(b"PK\x03\x04"):
        # A zip's directory is at its end: one inside another archive is held in memory.
        whole = stream if depth == 0 else _in_memory(rest)
        with zipfile.ZipFile(whole) as archive:  # type: ignore[call-overload]
            for member in archive.infolist():
                if not member.is_dir() and not _is_link(member):
                    yield from _read_zip_member(archive, member, name, depth)
    else:
        with tarfile.open(fileobj=rest, mode="r|") as tar:  # type: ignore[call-overload]
            for entry in tar:
                if entry.isreg() and not entry.issparse():
                    opened = tar.extractfile(entry)
                    if opened is not None:
                        inner = f"{name}/{entry.name}"
                        yield from _read_stream(opened, inner, entry.size, depth + 1)


def _read_zip_member(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str, depth: int
) -> Iterator[RawMessage]:
    inner = f"{name}/{member.filename}"
    try:
        with archive.open(member) as opened:
            unpacked = _Bounded(opened, member.compress_size)
            yield from _read_stream(unpacked, inner, member.file_size, depth + 1)
    except (RuntimeError, ValueError, NotImplementedError, EOFError) as error:
        yield RawMessage(b"", _printable(inner), problem=f"a file that can't be unpacked ({error})")
    except (zlib.error, zipfile.BadZipFile) as error:
        yield RawMessage(b"", _printable(inner), problem=f"a damaged file ({error})")


def _is_link(member: zipfile.ZipInfo) -> bool:
    return (member.external_attr >> 16) & 0o170000 == 0o120000


def _in_memory(rest: _Rest) -> io.BytesIO:
    data = rest.read(LONGEST_MESSAGE + 1)
    if len(data) > LONGEST_MESSAGE:
        raise ValueError("a zip inside another archive is too large; unpack it first")
    return io.BytesIO(data)


class _Rest:
    """A stream whose first bytes were read to see what it is."""

    def __init__(self, head: bytes, stream: Stream) -> None:
        self._head, self._stream = head, stream

    def read(self, size: int = -1, /) -> bytes:
        if size < 0:
            head, self._head = self._head, b""
            return head + self._stream.read()
        data, self._head = self._head[:size], self._head[size:]
        # Loop: inside tar and zip a read may give less than was asked for.
        while len(data) < size and (more := self._stream.read(size - len(data))):
            data += more
        return data


class _Bounded:
    """An unpacked stream that refuses to grow far beyond what it was unpacked from."""

    def __init__(self, stream: Stream, packed: int) -> None:
        self._stream = stream
        self._left = max(_FREE_UNPACKED, packed * _LARGEST_RATIO)

    def read(self, size: int = -1, /) -> bytes:
        data = self._stream.read(self._left + 1 if size < 0 else size)
        self._left -= len(data)
        if self._left < 0:
            raise ValueError("it unpacks to far more than mail does; the rest was not read")
        return data


def looks_like_message(head: bytes) -> bool:
    """Whether these first bytes are the header of a mail."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    block = re.split(rb"\r?\n\r?\n", start, maxsplit=1)[0]
    return bool(_HEADER_LINE.match(start)) and bool(_KNOWN_HEADERS.search(block))


def _labels(name: str) -> tuple[str, ...]:
    """Folder names on the way to a message, without what mail programs hang on them."""
    labels = []
    for part in name.replace("\\", "/").split("/"):
        part = re.sub(r"(?i)\.(mbox|mbx|sbd|gz|zip|tgz|tar)$", "", part).lstrip(".")
        labels.append(re.sub(r"(?i)^INBOX[./]", "", part).strip().lower())
    flags = _FLAGS.search(name)
    labels += [_FLAG_LABELS[flag] for flag in (flags[1] if flags else "") if flag in _FLAG_LABELS]
    return tuple(label for label in labels if label)


def _printable(name: Path | str) -> str:
    """A file name as text that can be stored and shown."""
    text = os.fsencode(name).decode("utf-8", "replace")
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text
    )


def _too_long() -> str:
    return f"a message of more than {LONGEST_MESSAGE // 2**20} MB"
