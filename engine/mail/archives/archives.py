"""Paths -> raw messages, one at a time: mailboxes, folders of mails, and packed files of them.

What a file is, is told from its first bytes and not from its name: Thunderbird's mailboxes have no
extension, Enron's mails are called `1.` and Takeout mixes mail with web pages. Names in archives
are labels; nothing is written under them, so none can lead anywhere.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BufferedReader
from pathlib import Path

from engine.errors import PanzaError
from engine.mail.archives.folder_names import folder_labels
from engine.mail.archives.formats import FOREIGN, Format, format_of, is_never_mail
from engine.mail.archives.mbox import LONGEST_MESSAGE, split_mbox
from engine.mail.archives.packed import Member, members_of
from engine.mail.archives.streams import DAMAGE, Allowance, Rest, Stream, TooLarge

_HEAD = 16 * 1024
_DEEPEST_NESTING = 4  # a mail in an mbox.gz in a zip in a tgz
_EMLX_DELETED, _EMLX_DRAFT = 1 << 1, 1 << 6
_EMLX_FLAGS = re.compile(rb"<key>flags</key>\s*<integer>(\d{1,20})</integer>")


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
        return sum(_size(file) for file, problem in _files_below(path) if problem is None)
    return path.stat().st_size if path.exists() else 0


def read_archive(path: Path) -> Iterator[RawMessage]:
    """Yield every message of a file or folder; memory is bounded by the longest message.

    Damaged messages and members are yielded with their `problem`, and the reading goes on. Raises
    PanzaError for what is absent, empty or no mail; for Outlook's own formats it names the way to
    convert them.
    """
    shown = _printable(path)
    try:
        if not path.exists():
            raise PanzaError(f"There is no file or folder {shown}; nothing was imported from it.")
        if not (path.is_dir() or path.is_file()):
            raise PanzaError(f"{shown} is neither a file nor a folder; nothing was imported.")
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
    for file, problem in _files_below(folder):
        inner = str(file.relative_to(folder.parent))
        if problem is not None:
            yield RawMessage(b"", _printable(inner), problem=problem, position=position)
            continue
        try:
            yield from _read_file(file, inner, position)
        except OSError as error:
            why = f"a file that can't be read ({error.strerror or error})"
            yield RawMessage(b"", _printable(inner), problem=why, position=position)
        position += _size(file)


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:  # gone since it was listed
        return 0


def _files_below(folder: Path) -> Iterator[tuple[Path, str | None]]:
    """Files in natural order, and what keeps one from being read; a Maildir's `tmp` is no mail.

    Links are not followed: they may lead out of what the user named, or round in a circle.
    """
    for here, folders, files in os.walk(folder):
        if "tmp" in folders and "cur" in folders:
            folders.remove("tmp")
        folders.sort(key=_natural)
        links = [name for name in folders if os.path.islink(os.path.join(here, name))]
        for name in sorted([*files, *links], key=_natural):
            if is_never_mail(name):
                continue
            file = Path(here, name)
            try:
                mode = file.lstat().st_mode
            except OSError:  # gone since it was listed
                continue
            if stat.S_ISLNK(mode):
                yield file, "a link, which is not followed (import what it leads to)"
            else:
                yield file, None if stat.S_ISREG(mode) else "neither a file nor a folder"


def _natural(name: str) -> list[tuple[int, str]]:
    """Sort key under which `9.` comes before `10.`."""
    parts = re.split(r"(\d{1,18})", name)
    return [(int(part), "") if part.isdecimal() else (0, part) for part in parts]


def _read_file(path: Path, name: str, before: int) -> Iterator[RawMessage]:
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        for raw in _read_stream(file, name, Allowance.for_packed(size), depth=0):
            yield replace(raw, position=before + min(file.tell(), size))


def _read_stream(
    stream: Stream, name: str, allowance: Allowance, depth: int
) -> Iterator[RawMessage]:
    """Messages of one file, wherever it lies."""
    source = _printable(name)
    head = stream.read(_HEAD)
    form = format_of(head, name)
    if form in FOREIGN:
        yield RawMessage(b"", source, problem=FOREIGN[form])
    elif form is Format.PACKED:
        yield from _read_packed(stream, head, name, allowance, depth)
    elif form is Format.MBOX:
        labels = folder_labels(name)
        for number, data in enumerate(split_mbox(Rest(head, stream)), 1):
            yield RawMessage(data, f"{source}#{number}", labels)
    elif form is Format.EMLX:
        yield _read_emlx(Rest(head, stream), name)
    elif form is Format.MESSAGE:
        rest = Rest(head, stream)
        data = rest.read(LONGEST_MESSAGE)
        rest.read(1)  # raises where the message breaks off
        data = data.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
        yield RawMessage(data, source, folder_labels(name))


def _read_packed(
    stream: Stream, head: bytes, name: str, allowance: Allowance, depth: int
) -> Iterator[RawMessage]:
    if depth == _DEEPEST_NESTING:
        yield RawMessage(b"", _printable(name), problem="an archive nested too deeply")
        return
    whole: Stream = Rest(head, stream)
    if depth == 0 and isinstance(stream, BufferedReader):  # on disk
        stream.seek(0)
        whole = stream
    try:
        for member in members_of(whole, head, name, allowance):
            yield from _read_member(member, allowance, depth)
    except DAMAGE as error:
        yield RawMessage(b"", _printable(name), problem=_damage("archive", error))


def _read_member(member: Member, allowance: Allowance, depth: int) -> Iterator[RawMessage]:
    if is_never_mail(member.name.rpartition("/")[2]):
        return
    if member.problem is not None:
        yield RawMessage(b"", _printable(member.name), problem=member.problem)
        return
    try:
        with member.open() as stream:
            yield from _read_stream(stream, member.name, allowance, depth + 1)
    except DAMAGE as error:
        yield RawMessage(
            b"",
            _printable(member.name),
            problem=_damage("archive" if member.is_all else "file", error),
        )


def _read_emlx(rest: Rest, name: str) -> RawMessage:
    """Apple Mail's file: the message's length in a line, the message, and a property list."""
    data = rest.read(LONGEST_MESSAGE)
    line, _, after = data.partition(b"\n")
    length = int(line.strip()[:12])
    labels = folder_labels(name)
    if found := _EMLX_FLAGS.search(after, min(length, len(after))):
        flags = int(found[1])
        labels += ("trash",) * bool(flags & _EMLX_DELETED) + ("draft",) * bool(flags & _EMLX_DRAFT)
    return RawMessage(after[:length], _printable(name), labels)


def _damage(what: str, error: BaseException) -> str:
    if isinstance(error, TooLarge):
        return f"a packed {what} that {error}"
    return f"a damaged {what} ({_printable(str(error) or type(error).__name__)[:200]})"


def _printable(name: Path | str) -> str:
    """A file name as text that can be stored and shown."""
    text = os.fsencode(name).decode("utf-8", "replace") if isinstance(name, Path) else name
    text = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text
    )
