"""An archive inside another one is copied where it is as safe as the home, and nowhere else."""

from __future__ import annotations

import io
import os
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from engine.errors import PanzaError
from engine.mail.archives import spool
from engine.mail.archives.archives import read_archive

WORDS = b"the secret of the lighthouse"


@pytest.fixture
def nested(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A zip of three mails in a tgz; it is longer than what is kept in memory."""
    monkeypatch.setattr(spool, "_MAX_IN_MEMORY", 1000)
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        for number in range(3):
            text = b"From: ida@example.org\nSubject: %d\n\n%s\n" % (number, WORDS * 99)
            archive.writestr(f"{number}.eml", text)
    path = tmp_path / "mail.tgz"
    with tarfile.open(path, "w:gz") as outer:
        entry = tarfile.TarInfo("inner.zip")
        entry.size = len(inner.getvalue())
        outer.addfile(entry, io.BytesIO(inner.getvalue()))
    return path


@pytest.mark.skipif(sys.platform != "linux", reason="looks at open files as Linux shows them")
def test_a_copy_lies_encrypted_and_nameless_in_the_home(
    nested: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    for folder in (home, elsewhere):
        folder.mkdir()
    monkeypatch.setenv("SQLITE_TMPDIR", str(home))
    monkeypatch.setenv("TMPDIR", str(elsewhere))
    copies = []
    for raw in read_archive(nested):
        assert raw.problem is None
        assert raw.data.count(WORDS) == 99
        assert not [*home.iterdir(), *elsewhere.iterdir()]
        copies += [file for file in Path("/proc/self/fd").iterdir() if is_below(file, home)]
        for copy in copies:
            content = copy.read_bytes()
            assert len(content) > 3 * 99 * len(WORDS)
            assert WORDS not in content
    assert len(copies) == 3
    assert not any(is_below(file, home) for file in Path("/proc/self/fd").iterdir())


def is_below(file: Path, folder: Path) -> bool:
    try:
        return os.readlink(file).startswith(f"{folder}/")
    except OSError:  # The list's own descriptor.
        return False


def test_without_a_home_only_memory_is_used(nested: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SQLITE_TMPDIR", raising=False)
    with pytest.raises(PanzaError, match="too large inside another archive; unpack it first"):
        list(read_archive(nested))


def test_a_copy_that_can_not_be_written_is_no_damage_of_the_archive(
    nested: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SQLITE_TMPDIR", str(tmp_path / "gone"))
    with pytest.raises(PanzaError, match=r"nothing was imported\. Make room"):
        list(read_archive(nested))


def test_a_copy_is_read_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "_MAX_IN_MEMORY", 1000)
    monkeypatch.setenv("SQLITE_TMPDIR", str(tmp_path))
    whole = bytes(number * number % 251 for number in range(300_000))
    with spool.spooled(io.BytesIO(whole)) as copy:
        for start, size in ((0, 7), (63, 2), (64, 64), (299_990, 50), (1, 299_999)):
            assert copy.seek(start) == start
            assert copy.read(size) == whole[start : start + size]
        assert copy.seek(-5, os.SEEK_END) == len(whole) - 5
        assert copy.read() == whole[-5:]
