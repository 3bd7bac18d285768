"""Damaged archives give the mails that can be read, and one reason."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.errors import PanzaError
from engine.mail.archives.archives import read_archive

COUNT = 40
MAILS = [
    b"From: Ida <ida@example.org>\nSubject: %d\nDate: 7 May 2020 18:50\n\nBody %d: %d\n"
    % (number, number, 7919**number)
    for number in range(COUNT)
]
MBOX = b"".join(b"From ida@example.org Thu May  7 18:50:09 2020\n" + mail + b"\n" for mail in MAILS)


class _Pipe(io.BytesIO):
    """An unseekable file, for which zipfile writes sizes after the files."""

    def seekable(self) -> bool:
        return False

    def tell(self) -> int:
        raise OSError


def zipped(packed: io.BytesIO, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    with zipfile.ZipFile(packed, "w", method) as archive:
        archive.mkdir("mails")
        for number, mail in enumerate(MAILS):
            archive.writestr(f"mails/{number}.eml", mail)
    return packed.getvalue()


def tarred() -> bytearray:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for number, mail in enumerate(MAILS):
            entry = tarfile.TarInfo(f"{number}.eml")
            entry.size = len(mail)
            tar.addfile(entry, io.BytesIO(mail))
    return bytearray(packed.getvalue())


def read(path: Path, data: bytes) -> tuple[int, list[str]]:
    """Return the number of complete mails in an archive, and the problems reported."""
    path.write_bytes(data)
    found = list(read_archive(path))
    whole = [raw.data.strip() for raw in found if raw.problem is None]
    assert whole == [mail.strip() for mail in MAILS[: len(whole)]]
    return len(whole), [raw.problem for raw in found if raw.problem is not None]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("cut.mbox.gz", gzip.compress(MBOX)),
        ("cut.mbox.bz2", bz2.compress(MBOX, 1)),
        ("cut.mbox.xz", lzma.compress(MBOX)),
        ("cut.zip", zipped(io.BytesIO())),
        ("stored.zip", zipped(io.BytesIO(), zipfile.ZIP_STORED)),
        ("piped.zip", zipped(_Pipe())),
        ("cut.tar", bytes(tarred())),
        ("cut.tgz", gzip.compress(tarred())),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_mails_before_a_cut_are_read_and_the_cut_is_reported(
    tmp_path: Path, name: str, data: bytes
) -> None:
    if name == "cut.mbox.bz2":  # packed in blocks larger than this mailbox: all or nothing
        with pytest.raises(PanzaError, match="damaged archive"):
            list(read_archive(_written(tmp_path / name, data[: len(data) * 2 // 3])))
        return
    count, problems = read(tmp_path / name, data[: len(data) * 2 // 3])
    assert count >= COUNT // 3
    assert any("damaged" in problem for problem in problems)


def test_a_zip_without_its_directory_gives_all_its_files(tmp_path: Path) -> None:
    for place in (io.BytesIO(), _Pipe()):
        data = zipped(place)
        count, problems = read(tmp_path / "cut.zip", data[: data.index(b"PK\x01\x02")])
        assert count == COUNT
        assert problems == ["a damaged archive (it ends too early)"]


def test_a_broken_header_inside_a_tar_is_reported(tmp_path: Path) -> None:
    data = tarred()
    data[20 * 1024 : 20 * 1024 + 512] = b"\x7f" * 512
    count, problems = read(tmp_path / "broken.tar", data)
    assert count == 20
    assert len(problems) == 1


def test_an_encrypted_file_in_a_zip_is_reported_and_the_others_are_read(tmp_path: Path) -> None:
    data = bytearray(zipped(io.BytesIO()))
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    count, problems = read(tmp_path / "secret.zip", data)
    assert count == COUNT - 1
    assert problems == ["a damaged file (it is encrypted)"]


def _written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("kind", [b"0", b"x", b"g", b"L", b"K", b"S", b"7", b"5", b"2", b"?"])
@pytest.mark.parametrize("size", [1 << 62, (1 << 88) - 1, -512, -1])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_an_entry_with_an_impossible_size_ends_a_tar(
    tmp_path: Path, kind: bytes, size: int, pack: Callable[[bytes], bytes]
) -> None:
    data = tarred()
    at = data.index(b"9.eml")
    data[at + 124 : at + 136] = (256**12 + size if size < 0 else 1 << 95 | size).to_bytes(
        13, "big"
    )[1:]
    data[at + 156 : at + 157] = kind
    data[at + 148 : at + 156] = b"%06o\0 " % tarfile.calc_chksums(bytes(data[at : at + 512]))[0]
    whole, problems = read(tmp_path / "mails", pack(bytes(data)))
    assert whole >= 9
    assert len(problems) <= 2
    assert problems or kind in (b"x", b"g", b"L", b"K", b"?")


@pytest.mark.parametrize("missing", [1, 5, 30])
@pytest.mark.parametrize("size_is", ["smaller", "huge"])
def test_a_file_in_a_cut_zip_that_is_longer_than_its_header_says_ends(
    tmp_path: Path, missing: int, size_is: str
) -> None:
    whole = bytearray(zipped(io.BytesIO()))
    at = whole.index(b"PK\x03\x04", 4)  # The first one is a folder.
    at += 18
    packed = int.from_bytes(whole[at : at + 4], "little")
    size = packed - missing if size_is == "smaller" else 0xFFFFFFFE
    whole[at : at + 4] = size.to_bytes(4, "little")
    path = tmp_path / "mails.zip"
    path.write_bytes(whole[: len(whole) // 2])
    with contextlib.suppress(PanzaError):
        list(read_archive(path))
