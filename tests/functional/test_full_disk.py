"""A home on a disk that is full or read-only."""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Panza, assert_one_line, bundled_messages, stored

from engine.database import connect
from engine.home import Home


@contextlib.contextmanager
def mounted(folder: Path, *options: str) -> Iterator[None]:
    """Mount a file system for a test; skip it if that is not permitted."""
    folder.mkdir(exist_ok=True)
    try:
        done = subprocess.run(["mount", *options, str(folder)], capture_output=True, check=False)
    except OSError:
        pytest.skip("there is no mount here")
    if done.returncode:
        pytest.skip("mounting is not permitted here")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_home_that_can_not_be_written(mails_home: Home, panza: Panza) -> None:
    root = str(mails_home.prepare().root)
    with mounted(mails_home.root, "--bind", root):
        subprocess.run(["mount", "-o", "remount,bind,ro", root], check=True)
        for line in (["playback"], ["import", root], ["train"]):
            assert_one_line(panza(*line), 1)


@pytest.fixture
def full_home(mails_home: Home) -> Iterator[Home]:
    """`mails_home` on a small disk that is almost full."""
    content = mails_home.database.read_bytes()
    cache = mails_home.cache.resolve()
    with mounted(mails_home.root, "-t", "tmpfs", "-o", "size=3m", "tmpfs"):
        mails_home.database.write_bytes(content)
        mails_home.cache.symlink_to(cache)
        with contextlib.closing(connect(mails_home.prepare().database)) as connection:
            connection.execute("DELETE FROM instructions WHERE mail_id = 5")
        yield mails_home


def fill(home: Home) -> Path:
    """Fill the disk completely."""
    filler = home.root / "filler"
    with open(filler, "wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(bytes(4096)):
            pass
    return filler


def test_a_full_disk_damages_nothing(full_home: Home, tmp_path: Path, panza: Panza) -> None:
    archive = tmp_path / "sent.mbox"
    archive.write_bytes(bundled_messages(161))
    before = stored(full_home)
    filler = fill(full_home)
    for line in (["import", archive], ["playback"], ["train"], ["status"], ["--ask", "x"]):
        assert_one_line(panza(*line), 1, "disk", "Make room")
    filler.unlink()
    with contextlib.closing(connect(full_home.database)) as connection:  # As the app does.
        connection.execute("SELECT count(*) FROM mails").fetchall()
        filler = fill(full_home)
        for line in (["import", archive], ["playback"]):
            assert_one_line(panza(*line), 1, "disk is full")
        asked = panza("--ask", "x", "--plain-base", "--max-tokens", "2", "--no-retrieval")
        assert (asked.code, asked.out != "\n") == (0, True)
        assert "could not be saved" in asked.err
        filler.unlink()
    assert stored(full_home) == before
    assert panza("import", archive).code == 0
    found = json.loads(panza("status", "--json").out)
    assert found["mails"] == found["indexed"] > 32
