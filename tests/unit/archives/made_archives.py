"""Two small mails, packed in each archive format."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from engine.mail.archives.archives import RawMessage, read_archive

ONE = b"From: Ida <ida@example.org>\nSubject: one\nDate: 7 May 2020 18:50\n\nFirst body.\n"
TWO = b"From: Ida <ida@example.org>\nSubject: two\nDate: 7 May 2020 18:50\n\nSecond body.\n"
SEPARATOR = b"From ida@example.org Thu May  7 18:50:09 2020\n"
MBOX = SEPARATOR + ONE + b"\n" + SEPARATOR + TWO


def subjects(path: Path) -> list[str]:
    messages = [raw for raw in read_archive(path) if raw.problem is None]
    return [line for raw in messages for line in _subject(raw)]


def _subject(raw: RawMessage) -> Iterator[str]:
    for line in raw.data.splitlines():
        if line.startswith(b"Subject: "):
            yield line[9:].decode()


def write(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def tgz(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return packed.getvalue()


def tarred(files: dict[str, bytes]) -> bytes:
    return gzip.decompress(tgz(files))


def emlx(mail: bytes, flags: int = 1) -> bytes:
    plist = b"<plist><dict><key>flags</key>\n<integer>%d</integer></dict></plist>\n" % flags
    return b"%-10d\n" % len(mail) + mail + plist


def zipped(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return packed.getvalue()
