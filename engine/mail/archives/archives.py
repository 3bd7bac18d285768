"""Read raw messages, one at a time, from mailboxes, folders of mails, and archives of them.

A file's format is detected from its first bytes and not from its name: Thunderbird's mailboxes
have no extension, Enron's mails are called `1.` and Takeout mixes mail with web pages. Names in
archives serve as labels only; nothing is extracted to disk, so no path can escape.
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
from engine.mail.archives.formats import (
    CONVERT_ADVICE,
    NOT_MAIL,
    NOT_MAIL_BY_NAME,
    UNFINISHED_COPY,
    UNREAD_FOLDER,
    Format,
    detect_format,
    is_never_mail,
    other_line_end,
    why_not_mail,
)
from engine.mail.archives.mbox import LONGEST_MESSAGE, split_mbox
from engine.mail.archives.packed import Member, read_members
from engine.mail.archives.pffexport import (
    ONLY_RTF,
    content_type,
    is_read_with_mail,
    whole_mail,
)
from engine.mail.archives.profiles import is_unfinished_copy, problem_in_profile
from engine.mail.archives.proton import LONGEST_METADATA, labels_in, mail_name, metadata_name
from engine.mail.archives.streams import (
    DAMAGE_ERRORS,
    LineFeedReader,
    PushbackReader,
    Stream,
    TooLargeError,
    UnpackLimit,
    Utf8Reader,
)
from engine.mail.message.charsets import wide_encoding
from engine.mail.message.unseen import remove_invisible

_HEAD_BYTES = 16 * 1024  # read of each file to detect its format
_DEEPEST_NESTING = 4  # a mail in an mbox.gz in a zip in a tgz
_NOT_DELIVERED = "a mail that was not delivered completely (in a Maildir's tmp)"
_EMLX_DELETED_FLAG, _EMLX_DRAFT_FLAG = 1 << 1, 1 << 6
_EMLX_FLAGS = re.compile(rb"<key>flags</key>\s*<integer>(\d{1,20})</integer>")


@dataclass(frozen=True)
class RawMessage:
    """A message as stored in an archive.

    data: its bytes; b"" where `problem` says why it can't be read. is_mail: False for a file of
    another kind, of which `problem` says what it is. source: file, and member
    inside it. labels: names of the folders it is in, and Maildir flags as words. position:
    bytes of the path read so far, out of `archive_size(path)`.
    """

    data: bytes
    source: str
    labels: tuple[str, ...] = ()
    problem: str | None = None
    position: int = 0
    is_mail: bool = True


def archive_size(path: Path) -> int:
    """Return how many bytes on disk `read_archive(path)` reads; 0 if the path does not exist."""
    if path.is_dir():
        return sum(_file_size(file) for file, problem in _walk_files(path) if problem is None)
    return path.stat().st_size if path.exists() else 0


def read_archive(path: Path) -> Iterator[RawMessage]:
    """Yield every message of a file or folder; needs memory for the longest message only.

    Damaged messages, damaged members and files that are not mail are yielded with their `problem`,
    and reading continues. Raises PanzaError if the path does not exist, is empty or has no mail;
    for Outlook's own formats the error says how to convert them.
    """
    shown = _printable(path)
    try:
        if not path.exists():
            raise PanzaError(f"There is no file or folder {shown}; nothing was imported from it.")
        if not (path.is_dir() or path.is_file()):
            raise PanzaError(f"{shown} is neither a file nor a folder; nothing was imported.")
        has_mail, problem = False, ""
        for raw in _read_folder(path) if path.is_dir() else _read_file(path, path.name, 0):
            has_mail = has_mail or raw.problem is None
            problem = problem or (raw.problem or "" if raw.is_mail else "")
            yield raw
    except OSError as error:
        raise PanzaError(f"{shown} can't be read ({error.strerror or error}).") from error
    if has_mail:
        return
    if problem:
        raise PanzaError(f"{shown} has no mail that can be read: it is {problem}.")
    if archive_size(path) == 0:
        raise PanzaError(f"{shown} is empty; export your mail again, then import the new file.")
    raise PanzaError(
        f"{shown} is not a mailbox: choose an mbox, Maildir or .eml, or a folder, zip or tgz of "
        "them."
    )


def _read_folder(folder: Path) -> Iterator[RawMessage]:
    position = 0
    for file, problem in _walk_files(folder):
        inner = str(file.relative_to(folder.parent))
        if problem is not None:
            is_mail = problem not in (_NOT_DELIVERED, NOT_MAIL_BY_NAME)
            yield RawMessage(b"", _printable(inner), (), problem, position, is_mail)
            continue
        try:
            for raw in _read_file(file, inner, position):
                if raw.problem is NOT_MAIL:
                    path = file.relative_to(folder).as_posix()
                    yield _known_from_beside(
                        raw, problem_in_profile(path, lambda name: (folder / name).exists())
                    )
                else:
                    yield raw
        except OSError as error:
            why = f"a file that can't be read ({error.strerror or error})"
            yield RawMessage(b"", _printable(inner), problem=why, position=position)
        position += _file_size(file)


def _known_from_beside(raw: RawMessage, problem: str | None) -> RawMessage:
    """Return a file without mail with what the files beside it say that it is, if they do."""
    if problem is None:
        return raw
    return replace(raw, problem=problem, is_mail=problem is UNREAD_FOLDER)


def _labels_beside(file: Path) -> tuple[str, ...]:
    """Return the folders of a mail in Proton's export."""
    name = metadata_name(file.name)
    metadata = file.with_name(name) if name else None
    if metadata is None or metadata.is_symlink() or not metadata.is_file():
        return ()
    with open(metadata, "rb") as opened:
        return labels_in(opened.read(LONGEST_METADATA))


def _file_size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:  # deleted since it was listed
        return 0


def _walk_files(folder: Path) -> Iterator[tuple[Path, str | None]]:
    """Yield files in natural order, each with the reason why it can't be read, or None.

    Links are not followed: they may lead out of the folder that the user named, or form a loop.
    """
    unread: list[OSError] = []
    for here, folders, files in os.walk(folder, onerror=unread.append):
        while unread:
            yield _unread_folder(unread.pop())
        parent, here_name = os.path.split(here)
        is_maildirs_tmp = here_name == "tmp" and os.path.isdir(os.path.join(parent, "cur"))
        folders.sort(key=_natural_order)
        links = [name for name in folders if os.path.islink(os.path.join(here, name))]
        names = frozenset(files)
        for name in sorted([*files, *links], key=_natural_order):
            if mail_name(name) in names or is_read_with_mail(name, names):
                continue
            file = Path(here, name)
            try:
                mode = file.lstat().st_mode
            except OSError:  # deleted since it was listed
                continue
            if is_never_mail(name) and not stat.S_ISREG(mode):
                yield file, NOT_MAIL_BY_NAME
            elif stat.S_ISLNK(mode):
                yield file, "a link, which is not followed (import what it points to)"
            elif not stat.S_ISREG(mode):
                yield file, "neither a file nor a folder"
            else:
                yield file, _NOT_DELIVERED if is_maildirs_tmp else None
    yield from map(_unread_folder, unread)


def _unread_folder(error: OSError) -> tuple[Path, str]:
    why = f"a folder that can't be read ({error.strerror or error})"
    return Path(os.fsdecode(error.filename)), why


def _natural_order(name: str) -> list[tuple[int, str]]:
    """Return a sort key that puts `9.` before `10.`."""
    parts = re.split(r"(\d{1,18})", name)
    return [(int(part), "") if part.isdecimal() else (0, part) for part in parts]


def _read_file(path: Path, name: str, position: int) -> Iterator[RawMessage]:
    labels = _labels_beside(path)
    kind = content_type(path)
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        if kind is not None:
            yield _read_exported(path, name, kind, file.read(LONGEST_MESSAGE), position + size)
            return
        for raw in _read_stream(file, name, UnpackLimit.for_file_size(size), depth=0):
            at = position + min(file.tell(), size)
            yield replace(raw, position=at, labels=raw.labels + labels)


def _read_exported(path: Path, name: str, kind: str, body: bytes, position: int) -> RawMessage:
    """Read a mail that pffexport took apart."""
    if not kind:
        return RawMessage(b"", _printable(name), problem=ONLY_RTF, position=position)
    data, labels = whole_mail(path, kind, body)
    return RawMessage(data, _printable(name), folder_labels(name) + labels, position=position)


def _read_stream(stream: Stream, name: str, limit: UnpackLimit, depth: int) -> Iterator[RawMessage]:
    """Yield the messages of one file, on disk or inside an archive."""
    source = _printable(name)
    if is_unfinished_copy(name):
        yield RawMessage(b"", source, problem=UNFINISHED_COPY, is_mail=False)
        return
    head = stream.read(_HEAD_BYTES)
    if encoding := wide_encoding(head):
        stream = Utf8Reader(PushbackReader(head, stream), encoding)
        head = stream.read(_HEAD_BYTES)
    if line_end := other_line_end(head):
        stream = LineFeedReader(PushbackReader(head, stream), line_end)
        head = stream.read(_HEAD_BYTES)
    file_format = detect_format(head, name)
    if file_format in CONVERT_ADVICE:
        yield RawMessage(b"", source, problem=CONVERT_ADVICE[file_format])
    elif file_format is Format.PACKED:
        yield from _read_packed(stream, head, name, limit, depth)
    elif file_format is Format.MBOX:
        labels = folder_labels(name)
        for number, data in enumerate(split_mbox(PushbackReader(head, stream)), 1):
            yield RawMessage(data, f"{source}#{number}", labels)
    elif file_format is Format.EMLX:
        yield _read_emlx(PushbackReader(head, stream), name)
    elif file_format is Format.MESSAGE:
        whole = PushbackReader(head, stream)
        data = whole.read(LONGEST_MESSAGE)
        whole.read(1)  # raises if the message is cut off
        data = data.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
        yield RawMessage(data, source, folder_labels(name))
    else:
        yield RawMessage(b"", source, problem=why_not_mail(head, name), is_mail=False)


def _read_packed(
    stream: Stream, head: bytes, name: str, limit: UnpackLimit, depth: int
) -> Iterator[RawMessage]:
    if depth == _DEEPEST_NESTING:
        yield RawMessage(b"", _printable(name), problem="an archive nested too deeply")
        return
    whole: Stream = PushbackReader(head, stream)
    if depth == 0 and isinstance(stream, BufferedReader):  # a file on disk
        stream.seek(0)
        whole = stream
    try:
        for member in read_members(whole, head, name, limit):
            yield from _read_member(member, limit, depth)
    except DAMAGE_ERRORS as error:
        yield RawMessage(b"", _printable(name), problem=_damage_message("archive", error))


def _read_member(member: Member, limit: UnpackLimit, depth: int) -> Iterator[RawMessage]:
    if member.problem is not None:
        yield RawMessage(b"", _printable(member.name), problem=member.problem)
        return
    try:
        with member.open() as stream:
            for raw in _read_stream(stream, member.name, limit, depth + 1):
                if raw.problem is NOT_MAIL:
                    yield _known_from_beside(raw, member.if_not_mail)
                else:
                    yield replace(raw, labels=raw.labels + member.labels) if member.labels else raw
    except DAMAGE_ERRORS as error:
        problem = _damage_message("archive" if member.is_only else "file", error)
        yield RawMessage(b"", _printable(member.name), problem=problem)


def _read_emlx(stream: Stream, name: str) -> RawMessage:
    """Read Apple Mail's format: a line with the message's length, the message, a property list."""
    data = stream.read(LONGEST_MESSAGE)
    line, _, after = data.partition(b"\n")
    length = int(line.strip()[:12])
    labels = folder_labels(name)
    if found := _EMLX_FLAGS.search(after, min(length, len(after))):
        flags = int(found[1])
        if flags & _EMLX_DELETED_FLAG:
            labels += ("trash",)
        if flags & _EMLX_DRAFT_FLAG:
            labels += ("draft",)
    return RawMessage(after[:length], _printable(name), labels)


def _damage_message(what: str, error: BaseException) -> str:
    if isinstance(error, TooLargeError):
        return f"a packed {what} that {error}"
    return f"a damaged {what} ({_printable(str(error) or type(error).__name__)[:200]})"


def _printable(name: Path | str) -> str:
    """Return a file name as text that can be stored and shown, with U+FFFD for what can't."""
    text = os.fsencode(name).decode("utf-8", "replace") if isinstance(name, Path) else name
    text = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return remove_invisible(
        "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
    )
