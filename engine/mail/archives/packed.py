"""Packed files -> the files inside: gzip, bzip2, xz, zip, tar, with a bound on what comes out."""

from __future__ import annotations

import bz2
import gzip
import re
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import IO, cast

from engine.mail.archives.cut_zip import files_in_cut_zip
from engine.mail.archives.streams import Allowance, Bounded, Stream, TooLarge, XzFile

_LARGEST_INNER_ZIP = 4 * 1024 * 1024 * 1024
_IN_MEMORY = 16 * 1024 * 1024
_PIECE = 256 * 1024
_NO_FILE = "a link or a device in an archive, which is not followed"
_ENCRYPTED = 0x1  # of a zip member's flags
_LONGEST_TAR_HEADER = 8 * 1024  # of the headers that hold long names; they are read whole


@dataclass(frozen=True)
class Member:
    """A file inside a packed one. is_all: there is no other. problem: why it is not to be read."""

    name: str
    open: Callable[[], AbstractContextManager[Stream]]
    is_all: bool = False
    problem: str | None = None


def members_of(stream: Stream, head: bytes, name: str, allowance: Allowance) -> Iterator[Member]:
    """The files in a packed file. stream: from its beginning on; one that
    can seek is the file on disk.

    Raises one of DAMAGE; so does reading a member.
    """
    if head.startswith(b"PK\x03\x04"):
        yield from _in_zip(stream, name, allowance)
    elif head[257:262] == b"ustar":
        yield from _in_tar(stream, name)
    else:
        unpacked = Bounded(_unpacker(stream, head), None, allowance)
        inner = re.sub(r"(?i)(?<=\.t)(?:gz|bz2?|xz)$|\.(?:gz|bz2|xz)$", "", name)
        yield Member(inner.removesuffix(".t"), _opened(unpacked), is_all=True)


def _unpacker(stream: Stream, head: bytes) -> Stream:
    file = cast(IO[bytes], stream)
    if head.startswith(b"\x1f\x8b"):
        return gzip.GzipFile(fileobj=file)
    if head.startswith(b"BZh"):
        return bz2.BZ2File(file)
    return XzFile(stream)


def _in_zip(stream: Stream, name: str, allowance: Allowance) -> Iterator[Member]:
    with _seekable(stream) as whole:
        try:
            archive = zipfile.ZipFile(whole)
        except zipfile.BadZipFile:
            yield from _in_cut_zip(whole, name, allowance)
            return
        with archive:
            for member in archive.infolist():
                is_link = (member.external_attr >> 16) & 0o170000 not in (0, 0o100000)
                if not member.is_dir():
                    opener = _opener(archive, member, allowance)
                    problem = _NO_FILE if is_link else None
                    yield Member(f"{name}/{_zip_name(member)}", opener, problem=problem)


def _in_cut_zip(whole: IO[bytes], name: str, allowance: Allowance) -> Iterator[Member]:
    for file in files_in_cut_zip(whole):
        bounded = Bounded(file, file.size, allowance)
        yield Member(f"{name}/{file.name}", _opened(bounded))


def _opened(stream: Stream) -> Callable[[], AbstractContextManager[Stream]]:
    """How to open what is read where it is."""
    return lambda: nullcontext(stream)


def _opener(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, allowance: Allowance
) -> Callable[[], AbstractContextManager[Stream]]:
    @contextmanager
    def opened() -> Iterator[Stream]:
        if member.flag_bits & _ENCRYPTED:
            raise zipfile.BadZipFile("it is encrypted")
        with archive.open(member) as file:
            yield Bounded(file, member.compress_size, allowance)

    return opened


def _zip_name(member: zipfile.ZipInfo) -> str:
    """The name as it was meant: many programs write UTF-8 and do not say so."""
    if not member.flag_bits & 0x800:
        try:
            return member.filename.encode("cp437").decode("utf-8")
        except UnicodeError:
            pass
    return member.filename


@contextmanager
def _seekable(stream: Stream) -> Iterator[IO[bytes]]:
    """A zip's directory is at its end: one inside another archive is put down without a name."""
    if hasattr(stream, "seek"):
        yield cast(IO[bytes], stream)
        return
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as whole:
        size = 0
        while piece := stream.read(_PIECE):
            size += len(piece)
            if size > _LARGEST_INNER_ZIP:
                raise TooLarge("is too large inside another archive; unpack it first")
            whole.write(piece)
        whole.seek(0)
        yield cast(IO[bytes], whole)


def _in_tar(stream: Stream, name: str) -> Iterator[Member]:
    with tarfile.open(fileobj=cast(IO[bytes], stream), mode="r|", tarinfo=_TarInfo) as tar:
        while (entry := tar.next()) is not None:
            tar.members = []  # type: ignore[attr-defined]  # it would hold all of them
            inner = f"{name}/{entry.name}"
            if entry.isreg() and not entry.issparse():
                file = tar.extractfile(entry)
                if file is not None:
                    yield Member(inner, _opened(file))
            elif entry.issym() or entry.islnk() or entry.isdev():
                yield Member(inner, _opened(stream), problem=_NO_FILE)


class _TarInfo(tarfile.TarInfo):
    """An entry whose headers for long names are read only where they have the length of names."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> _TarInfo:
        try:
            entry = super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError as error:
            if not buf.strip(b"\0"):  # the end, or nothing at all
                raise
            # In the middle of an archive tarfile takes a broken header for its end.
            raise tarfile.ReadError(str(error)) from error
        is_header = entry.type in (b"x", b"g", b"X", b"L", b"K")
        if is_header and entry.size > _LONGEST_TAR_HEADER:
            entry.type = b"?"  # unknown: passed over with what it holds
        return entry
