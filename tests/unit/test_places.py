"""The file picker detects mail by content, not by name."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from engine.errors import PanzaError
from panza_tui.first_start.places import describe_path, likely_places, places_in

MBOX = b"From ro@example.org Mon Jun  1 10:00:00 2020\nFrom: ro@example.org\nSubject: Oars\n\nHi\n"
MAIL = MBOX.partition(b"\n")[2]


def write_zip(path: Path, *names: str) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, "x")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "Sent").write_bytes(MBOX)
    (tmp_path / "one.eml").write_bytes(MAIL)
    (tmp_path / "notes.txt").write_text("From here on it is only text.")
    (tmp_path / "picture.zip").write_bytes(b"PK\x03\x04 torn")
    write_zip(tmp_path / "takeout-1.zip", "Takeout/Mail/All.mbox", "Takeout/archive.html")
    write_zip(tmp_path / "mails.zip", "mails/1.eml")
    write_zip(tmp_path / "other.zip", "a.png")
    for part in ("cur", "new", "tmp"):
        (tmp_path / "Maildir" / part).mkdir(parents=True)
        (tmp_path / "mail" / ".Sent" / part).mkdir(parents=True)
    (tmp_path / ".thunderbird" / "ab.default" / "ImapMail").mkdir(parents=True)
    (tmp_path / ".thunderbird" / "ab.default" / "prefs.js").touch()
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "1.eml").write_bytes(MAIL)
    (tmp_path / "Pictures").mkdir()
    (tmp_path / ".cache").mkdir()
    (tmp_path / "gone.mbox").symlink_to(tmp_path / "nowhere")
    return tmp_path


def test_mail_is_named_by_kind_and_stands_first(folder: Path) -> None:
    places = places_in(folder)
    assert {place.path.name: place.kind for place in places} == {
        "Sent": "mbox",
        "one.eml": "mail",
        "takeout-1.zip": "Takeout zip",
        "mails.zip": "zip with mail",
        "Maildir": "Maildir",
        "mail": "Maildirs",
        "letters": "folder of .eml",
        "Pictures": "",
    }
    assert [bool(place.kind) for place in places] == [True] * 7 + [False]
    assert next(place for place in places if place.path.name == "Sent").bytes == len(MBOX)


def test_likely_places_hold_what_mail_programs_keep(folder: Path) -> None:
    (folder / "Downloads").mkdir()
    write_zip(folder / "Downloads" / "takeout-2.zip", "Takeout/Mail/All.mbox")
    found = {
        place.path.relative_to(folder).as_posix(): place.kind for place in likely_places(folder)
    }
    assert found[".thunderbird/ab.default"] == "Thunderbird profile"
    assert found["Downloads/takeout-2.zip"] == "Takeout zip"
    assert found["Maildir"] == "Maildir"
    assert found["Sent"] == "mbox"
    assert "Pictures" not in found


@pytest.mark.parametrize(
    ("start", "how"),
    [
        (b"7z\xbc\xaf\x27\x1c\0\4", "7z x"),
        (b"Rar!\x1a\x07\x01\0", "unrar x"),
        (b"\x28\xb5\x2f\xfd\4\0", "zstd -d"),
        (b"!BDN" + bytes(8), "converted"),
    ],
)
def test_what_must_be_unpacked_or_converted_first_is_said(
    tmp_path: Path, start: bytes, how: str
) -> None:
    (tmp_path / "sent.archive").write_bytes(start)
    (place,) = places_in(tmp_path)
    assert "to be " in place.kind
    assert how in place.kind


def test_each_place_is_listed_once(folder: Path) -> None:
    paths = [place.path.resolve() for place in likely_places(folder)]
    assert len(paths) == len(set(paths))


def test_an_empty_or_absent_home_has_no_likely_places(tmp_path: Path) -> None:
    assert likely_places(tmp_path) == []
    assert likely_places(tmp_path / "absent") == []


def test_an_unreadable_folder_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(PanzaError, match="can't be opened"):
        places_in(tmp_path / "absent")
    assert describe_path(tmp_path / "absent") is None
    assert describe_path(Path("/dev/null")) is None
