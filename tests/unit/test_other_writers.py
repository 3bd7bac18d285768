"""Mails of others, which `evaluate --others` tells the user's from."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.events import Event
from engine.home.home import Home
from panza_tui.jobs.other_writers import others_mails

_MAIL = """From bo@post.example Mon Jun  1 10:00:00 2020
From: Bo Reed <bo@post.example>
To: ann@post.example
Date: {day} Jun 2020 10:00:00 +0000
Subject: The boat
Message-ID: <{day}@post.example>

Dear Ann, the boat is ready on day {day}, and the oars are in it.

"""


def test_mails_of_others_are_read_and_reach_no_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path / "home").prepare()
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    archive = tmp_path / "others.mbox"
    archive.write_text("".join(_MAIL.format(day=day) for day in range(1, 21)))
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    seen: set[Path] = set()

    def emit(event: Event) -> None:
        seen.update(path for path in tmp_path.rglob("*") if path.is_file())

    found = others_mails(home, [archive], ["lo@post.example"], emit)
    assert len(found) == 20
    assert seen
    assert seen | {path for path in tmp_path.rglob("*") if path.is_file()} == before
