"""Read the files inside zip and tar archives and gzip, bzip2 and xz files, with a size limit."""

from __future__ import annotations

import bz2
import gzip
import re
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import IO, cast

from engine.mail.archives.profiles import problem_in_profile
from engine.mail.archives.proton import LONGEST_METADATA, labels_in, mail_name, metadata_name
from engine.mail.archives.spool import spooled
from engine.mail.archives.streams import (
    DAMAGE_ERRORS,
    LimitedReader,
    Stream,
    UnpackLimit,
    XzReader,
)
from engine.mail.archives.truncated_zip import read_truncated_zip

_MAIL_FOLDER = re.compile(r"(?:.*?/)?Mail(?=/)")  # of a profile of Thunderbird
_NO_REGULAR_FILE = "a link or a device in an archive, which is not followed"
_ENCRYPTED_FLAG, _UTF8_FLAG = 0x1, 0x800  # of a zip member
_READS_BEHIND_THE_END = 2
_LONGEST_TAR_HEADER = 8 * 1024  # bytes of the headers for long names, which tarfile reads whole


@dataclass(frozen=True)
class Member:
    """A file in an archive.

    is_only: it is the only one, in a compressed file. problem: why it can't be read. labels: its
    folders, if a file beside it has them. if_not_mail: what it is if no mail is recognised in it,
    as the files beside it say.
    """

    name: str
    open: Callable[[], AbstractContextManager[Stream]]
    is_only: bool = False
    problem: str | None = None
    labels: tuple[str, ...] = ()
    if_not_mail: str | None = None


def read_members(stream: Stream, head: bytes, name: str, limit: UnpackLimit) -> Iterator[Member]:
    """Yield the files in an archive or compressed file.

    stream: from its beginning; if it can seek, it is the file on disk. head: its first bytes.
    Raises one of DAMAGE_ERRORS; so does reading a member.
    """
    if head.startswith(b"PK\x03\x04"):
        yield from _read_zip(stream, name, limit)
    elif head[257:262] == b"ustar":
        yield from _read_tar(stream, name)
    else:
        unpacked = LimitedReader(_decompress(stream, head), None, limit)
        inner = re.sub(r"(?i)(?<=\.t)(?:gz|bz2?|xz)$|\.(?:gz|bz2|xz)$", "", name)
        yield Member(inner.removesuffix(".t"), _already_open(unpacked), is_only=True)


def _decompress(stream: Stream, head: bytes) -> Stream:
    file = cast(IO[bytes], stream)
    if head.startswith(b"\x1f\x8b"):
        return gzip.GzipFile(fileobj=file)
    if head.startswith(b"BZh"):
        return bz2.BZ2File(file)
    return XzReader(stream)


def _read_zip(stream: Stream, name: str, limit: UnpackLimit) -> Iterator[Member]:
    with _seekable(stream) as whole:
        try:
            archive = zipfile.ZipFile(whole)
        except zipfile.BadZipFile:
            for file in read_truncated_zip(whole):
                limited = LimitedReader(file, file.size, limit)
                yield Member(f"{name}/{file.name}", _already_open(limited))
            return
        with archive:
            names = frozenset(archive.namelist())
            paths = names.union(found[0] for name in names if (found := _MAIL_FOLDER.match(name)))
            for member in archive.infolist():
                is_link = (member.external_attr >> 16) & 0o170000 not in (0, 0o100000)
                is_folder = member.filename.endswith("/")  # `is_dir` fails for an empty name.
                if is_folder or mail_name(member.filename) in names:
                    continue
                opener = _zip_opener(archive, member, limit)
                problem = _NO_REGULAR_FILE if is_link else None
                metadata = metadata_name(member.filename)
                labels: tuple[str, ...] = ()
                if metadata is not None and metadata in names:
                    labels = _zip_labels(archive, metadata, limit)
                inner = f"{name}/{_zip_name(member)}"
                if_not_mail = problem_in_profile(member.filename, paths.__contains__)
                yield Member(inner, opener, False, problem, labels, if_not_mail)


def _already_open(stream: Stream) -> Callable[[], AbstractContextManager[Stream]]:
    """Return an opener for a member that is read where the archive's stream is now."""
    return lambda: nullcontext(stream)


def _zip_opener(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, limit: UnpackLimit
) -> Callable[[], AbstractContextManager[Stream]]:
    @contextmanager
    def open_member() -> Iterator[Stream]:
        if member.flag_bits & _ENCRYPTED_FLAG:
            raise zipfile.BadZipFile("it is encrypted")
        with archive.open(member) as file:
            yield LimitedReader(file, member.compress_size, limit)

    return open_member


def _zip_labels(archive: zipfile.ZipFile, name: str, limit: UnpackLimit) -> tuple[str, ...]:
    try:
        with _zip_opener(archive, archive.getinfo(name), limit)() as file:
            return labels_in(file.read(LONGEST_METADATA))
    except DAMAGE_ERRORS:
        return ()


def _zip_name(member: zipfile.ZipInfo) -> str:
    """Return the file's name; many programs write UTF-8 without setting the flag for it."""
    if not member.flag_bits & _UTF8_FLAG:
        try:
            return member.filename.encode("cp437").decode("utf-8")
        except UnicodeError:
            pass
    return member.filename


@contextmanager
def _seekable(stream: Stream) -> Iterator[IO[bytes]]:
    """Yield a zip as a file that can seek, as its central directory is at its end.

    One inside another archive can't, and is copied.
    """
    if hasattr(stream, "seek"):
        yield cast(IO[bytes], stream)
        return
    with spooled(stream) as whole:
        yield whole


def _read_tar(stream: Stream, name: str) -> Iterator[Member]:
    ending = cast(IO[bytes], _EndingStream(stream))
    with tarfile.open(fileobj=ending, mode="r|", tarinfo=_TarInfo) as tar:
        while (entry := tar.next()) is not None:
            tar.members = []  # type: ignore[attr-defined]  # else it keeps every entry
            inner = f"{name}/{entry.name}"
            if entry.isreg() and not entry.issparse():
                file = tar.extractfile(entry)
                if file is not None:
                    yield Member(inner, _already_open(file))
            elif entry.issym() or entry.islnk() or entry.isdev():
                yield Member(inner, _already_open(stream), problem=_NO_REGULAR_FILE)


class _EndingStream:
    """A stream that raises EOFError when it is read on and on behind its end.

    tarfile does that to skip an entry whose header says that it is larger than the archive: for a
    size of 2^62 bytes, for ever.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream, self._ends = stream, 0

    def read(self, size: int = -1, /) -> bytes:
        data = self._stream.read(size)
        self._ends = 0 if data else self._ends + 1
        if self._ends > _READS_BEHIND_THE_END:
            raise EOFError("it ends too early")
        return data


class _TarInfo(tarfile.TarInfo):
    """A tar entry that skips headers for long names which are longer than any name."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> _TarInfo:
        try:
            entry = super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError as error:
            if not buf.strip(b"\0"):  # the archive's end, or an empty archive
                raise
            # tarfile would take a broken header in the middle of an archive for its end.
            raise tarfile.ReadError(str(error)) from error
        if entry.size < 0:
            raise tarfile.ReadError("an entry with a negative size")
        is_header = entry.type in (b"x", b"g", b"X", b"L", b"K")
        if is_header and entry.size > _LONGEST_TAR_HEADER:
            entry.type = b"?"  # unknown, so tarfile skips it with its content
        return entry
