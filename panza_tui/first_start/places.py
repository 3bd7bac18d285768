"""List files and folders for the picker, and detect which of them are mail.

Nothing is unpacked, and at most a few kilobytes of each file are read.
"""

from __future__ import annotations

import os
import re
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from engine.errors import PanzaError
from engine.mail.archives.formats import Format, detect_format, is_never_mail

_HEAD = 16 * 1024  # Bytes: enough for the headers of a first mail.
_MOST_ENTRIES = 2_000
_KINDS = {
    Format.MBOX: "mbox",
    Format.MESSAGE: "mail",
    Format.EMLX: "mail",
    Format.PST: "Outlook file, to be converted first",
    Format.MSG: "Outlook file, to be converted first",
    Format.OLM: "Outlook file, to be converted first",
    Format.DBX: "Outlook Express file, to be converted first",
    Format.NSF: "Notes database, to be converted first",
    Format.BABYL: "Rmail file, to be converted first",
    Format.SEVEN_ZIP: "7z archive, to be unpacked first (7z x)",
    Format.RAR: "RAR archive, to be unpacked first (unrar x)",
    Format.ZSTD: "packed with Zstandard, to be unpacked first (zstd -d)",
}
_PACKED_MAIL = re.compile(r"(?i)\.(?:tgz|tbz2?|txz|tar|(?:tar|mbox)\.(?:gz|bz2|xz))$")
_PEEK = 50  # How many entries of a folder are checked for single mails.
_FOLDERS = ("Downloads", "Mail", "Maildir", "mail", "Documents", "Desktop", "")
_THUNDERBIRD = (
    ".thunderbird",
    ".mozilla-thunderbird",
    "snap/thunderbird/common/.thunderbird",
    ".var/app/org.mozilla.Thunderbird/.thunderbird",
    "Library/Thunderbird/Profiles",
)


@dataclass(frozen=True)
class Place:
    """A file or folder.

    kind: which kind of mail it holds ('mbox', 'Maildir', ...), or ''. bytes: 0 for a folder.
    """

    path: Path
    kind: str
    is_folder: bool
    bytes: int = 0


def places_in(folder: Path) -> list[Place]:
    """List a folder: mail first, then folders. Hidden ones are left out unless they are mail.

    Raises PanzaError if it can't be read.
    """
    try:
        with os.scandir(folder) as entries:
            paths = [Path(entry.path) for entry in islice(entries, _MOST_ENTRIES)]
    except OSError as error:
        raise PanzaError(f"{folder} can't be opened ({error.strerror}).") from error
    found = [place for path in paths if (place := describe_path(path)) is not None]
    shown = [
        place
        for place in found
        if place.kind or (place.is_folder and not place.path.name.startswith("."))
    ]
    return sorted(shown, key=lambda place: (not place.kind, place.path.name.lower()))


def likely_places(user_folder: Path) -> list[Place]:
    """Find mail where browsers and mail programs put it."""
    found: dict[Path, Place] = {}
    for path in _likely_paths(user_folder):
        place = describe_path(path)
        if place is not None and place.kind:
            found.setdefault(path.resolve(), place)
    return list(found.values())


def describe_path(path: Path) -> Place | None:
    """Describe a path; None if it can't be read or is neither file nor folder."""
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            return Place(path, _kind_of_folder(path), True)
        if stat.S_ISREG(status.st_mode):
            return Place(path, _kind_of_file(path), False, status.st_size)
    except (OSError, ValueError):
        return None
    return None


def _likely_paths(user_folder: Path) -> Iterator[Path]:
    for name in _THUNDERBIRD:
        yield from _children(user_folder / name)
    for name in _FOLDERS:
        folder = user_folder / name
        if name:
            yield folder
        yield from _children(folder)


def _children(folder: Path) -> list[Path]:
    try:
        return sorted(islice(folder.iterdir(), _MOST_ENTRIES))
    except OSError:
        return []


def _kind_of_folder(folder: Path) -> str:
    if (folder / "cur").is_dir() and (folder / "new").is_dir():
        return "Maildir"
    if (folder / "prefs.js").is_file():
        has_mail = (folder / "Mail").is_dir() or (folder / "ImapMail").is_dir()
        return "Thunderbird profile" if has_mail else ""
    if (folder / "Takeout" / "Mail").is_dir() or folder.name == "Takeout":
        return "Takeout"
    names = _children(folder)[:_PEEK]
    if any((name / "cur").is_dir() for name in names):
        return "Maildirs"
    if any(name.suffix.lower() == ".eml" for name in names):
        return "folder of .eml"
    return ""


def _kind_of_file(path: Path) -> str:
    if is_never_mail(path.name):
        return ""
    try:
        with open(path, "rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return ""
    kind = detect_format(head, path.name)
    if kind is not Format.PACKED:
        return _KINDS.get(kind, "")
    if head.startswith(b"PK"):
        return _kind_of_zip(path)
    return "archive" if _PACKED_MAIL.search(path.name) else ""


def _kind_of_zip(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError):
        return ""
    if any(name.startswith("Takeout/") and name.lower().endswith(".mbox") for name in names):
        return "Takeout zip"
    mail = (".mbox", ".eml", ".mbx")
    holds = any(name.lower().endswith(mail) or "/cur/" in name for name in names)
    return "zip with mail" if holds else ""
