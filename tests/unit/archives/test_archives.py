"""All archive formats give the same messages, and bad archives a plain error line."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import random
import tarfile
import zipfile
from pathlib import Path

import pytest
from made_archives import MBOX, ONE, SEPARATOR, TWO, emlx, subjects, tarred, tgz, write, zipped

from engine.errors import PanzaError
from engine.mail.archives import mbox, streams
from engine.mail.archives.archives import archive_size, read_archive


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("mail.mbox", MBOX),
        ("Sent", b"\xef\xbb\xbf\n" + MBOX),
        ("crlf.mbox", MBOX.replace(b"\n", b"\r\n")),
        ("classic-mac.mbox", MBOX.replace(b"\n", b"\r")),
        ("In", MBOX.replace(b"\n", b"\r")),
        ("blank-below.mbox", MBOX.replace(b"\nFrom: ", b"\n\nFrom: ")),
        ("twice-returned.mbox", MBOX.replace(b"\n", b"\r\r\n")),
        ("twice-returned.mbox.gz", gzip.compress(MBOX.replace(b"\n", b"\r\r\n"))),
        ("classic-mac.mbox.gz", gzip.compress(MBOX.replace(b"\n", b"\r"))),
        ("utf16.mbox", MBOX.decode().encode("utf-16")),
        ("utf16-be.mbox", MBOX.decode().replace("\n", "\r\n").encode("utf-16-be")),
        ("utf16-le", MBOX.decode().encode("utf-16-le")),
        ("utf16.mbox.gz", gzip.compress(MBOX.decode().encode("utf-16"))),
        (
            "utf16.zip",
            zipped(
                {name: ONE.decode().encode("utf-16") for name in ["1.eml"]}
                | {"2.eml": TWO.decode().encode("utf-16-le")}
            ),
        ),
        ("mail.mbox.gz", gzip.compress(MBOX)),
        ("mail.mbox.bz2", bz2.compress(MBOX)),
        ("mail.mbox.xz", lzma.compress(MBOX)),
        ("mail.tar.bz2", bz2.compress(tarred({"Sent": MBOX}))),
        ("mail.tar.xz", lzma.compress(tarred({"Sent": MBOX})) + lzma.compress(b"")),
        ("mail.tar", tarred({"a.eml": ONE, "b.mbox.gz": gzip.compress(SEPARATOR + TWO)})),
        ("zips.zip", zipped({"takeout-001.zip": zipped({"Takeout/Mail/Sent.mbox": MBOX})})),
        ("mail.mmdf", b"".join(b"\1\1\1\1\n" + mail + b"\1\1\1\1\n" for mail in (ONE, TWO))),
        ("cut.mbox", ONE + b"\n" + SEPARATOR + TWO),
        ("emlx.zip", zipped({"Sent.mbox/1.emlx": emlx(ONE), "2.partial.emlx": emlx(TWO)})),
        ("takeout.zip", zipped({"Takeout/Mail/All.mbox": MBOX, "Takeout/index.html": b"<p>hi"})),
        ("mail.tgz", tgz({"mail/1.eml": ONE, "mail/2.eml": TWO, "mail/note.txt": b"nothing"})),
        ("mail.tar.gz", tgz({"mail.mbox.gz": gzip.compress(MBOX)})),
        ("emls.zip", zipped({"a/1.": ONE, "a/2.": TWO})),
        ("zip-in-tgz.tgz", tgz({"inner.zip": zipped({"m.mbox": MBOX})})),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_archive_format_gives_the_same_messages(
    tmp_path: Path, name: str, data: bytes
) -> None:
    assert subjects(write(tmp_path / name, data)) == ["one", "two"]


def test_folders_are_read_in_natural_order(tmp_path: Path) -> None:
    write(tmp_path / "inbox" / "10.", TWO)
    write(tmp_path / "inbox" / "9.", ONE)
    write(tmp_path / "inbox" / "cover.png", b"\x89PNG\r\n")
    write(tmp_path / "more" / "Archive", MBOX)
    assert subjects(tmp_path) == ["one", "two", "one", "two"]


def test_only_mail_is_read_from_a_thunderbird_profile(tmp_path: Path) -> None:
    profile = tmp_path / "abc.default" / "Mail" / "Local Folders"
    write(profile / "Sent", MBOX)
    write(profile / "Sent.msf", b"From: Mork\n\n// <!-- <mdb:mork:z v=1.4/> -->")
    write(profile / "Archives.sbd" / "2020", MBOX)
    write(profile / "msgFilterRules.dat", b"Subject: x\n")
    write(tmp_path / "abc.default" / "prefs.js", b"From: x\n")
    write(tmp_path / "abc.default" / "global-messages-db.sqlite", b"SQLite format 3\0")
    write(profile / "Templates", b"")
    write(profile / "Letters", b"Dear diary,\n")
    write(profile / "Old", b"\x00\x01 damaged")
    write(profile / "Old.msf", b"")
    os.symlink("127.0.1.1:+500", tmp_path / "abc.default" / "lock")
    write(profile / "node.js", MBOX)  # a mail folder of that name
    raws = list(read_archive(tmp_path / "abc.default"))
    found = [raw for raw in raws if raw.problem is None]
    assert [raw.source.partition("Local Folders/")[2] for raw in found] == [
        "Sent#1",
        "Sent#2",
        "node.js#1",
        "node.js#2",
        "Archives.sbd/2020#1",
        "Archives.sbd/2020#2",
    ]
    assert "archives" in found[4].labels
    (damaged,) = (raw for raw in raws if raw.is_mail and raw.problem)
    assert damaged.source.endswith("/Old")
    assert damaged.problem == "a mail folder of Thunderbird in which no mail is recognised"
    others = {raw.source.rpartition("/")[2]: raw.problem for raw in raws if not raw.is_mail}
    by_name = "index, settings, picture or document"
    assert others == {
        "prefs.js": by_name,
        "lock": by_name,
        "Old.msf": by_name,
        "global-messages-db.sqlite": by_name,
        "Sent.msf": by_name,
        "msgFilterRules.dat": by_name,
        "Templates": "empty",
        "Letters": "neither a mailbox nor a mail",
    }


def test_files_of_a_profile_outside_its_mail_folders_are_settings(tmp_path: Path) -> None:
    profile = tmp_path / "thunderbird" / "abc.default"
    write(profile / "prefs.js", b"user_pref(1);\n")
    write(profile / "Mail" / "Local Folders" / "Sent", MBOX)
    write(profile / "Mail" / "Local Folders" / "Letters", b"Dear diary,\n")
    write(profile / "pkcs11.txt", b"library=\nname=NSS\n")
    write(profile / "datareporting" / "events" / "1", b"{}\n")
    write(profile / "Old mails" / "2019", MBOX)
    write(profile / "Mail" / "Local Folders" / "Broken", b"\x00\x01 damaged")
    write(profile / "Mail" / "Local Folders" / "Broken.msf", b"// Mork")
    files = {
        file.relative_to(tmp_path).as_posix(): file.read_bytes()
        for file in sorted(tmp_path.rglob("*"))
        if file.is_file()
    }
    as_zip = write(tmp_path / "profile.zip", zipped(files))
    for path in (profile, tmp_path / "thunderbird", as_zip):
        raws = list(read_archive(path))
        assert sum(raw.problem is None for raw in raws) == 4
        problems = {raw.source.rpartition("/")[2]: raw.problem for raw in raws if raw.problem}
        assert problems == {
            "prefs.js": "index, settings, picture or document",
            "pkcs11.txt": "index, settings, picture or document",
            "1": "index, settings, picture or document",
            "Letters": "neither a mailbox nor a mail",
            "Broken": "a mail folder of Thunderbird in which no mail is recognised",
            "Broken.msf": "index, settings, picture or document",
        }
        assert [raw.source[-6:] for raw in raws if raw.problem and raw.is_mail] == ["Broken"]


def test_what_thunderbird_keeps_beside_its_mail_is_named(tmp_path: Path) -> None:
    profile = tmp_path / "abc.default"
    write(profile / "prefs.js", b"user_pref(1);\n")
    folder = profile / "Mail" / "Local Folders"
    write(folder / "Sent", MBOX)
    write(folder / "nstmp", MBOX)
    write(folder / "nstmp-1", MBOX)
    write(folder / "Sent.mozmsgs" / "1.wdseml", ONE)
    write(folder / "filterlog.html", b"<p>Applied filter</p>\n")
    write(profile / "Mail" / "pop.example.org" / "popstate.dat", b"# POP3 State File\n")
    write(profile / "News" / "news.example.org.rc", b"alt.test: 1-10\n")
    write(profile / "Mail" / "pop.example.org" / "Sent" / "cur" / "1667898000123.eml", ONE)
    assert subjects(profile) == ["one", "two", "one"]
    by_name = "index, settings, picture or document"
    unfinished = "a copy of a mail folder that Thunderbird left unfinished when compacting it"
    assert {
        raw.source.rpartition("/")[2]: raw.problem for raw in read_archive(profile) if raw.problem
    } == {
        "prefs.js": by_name,
        "nstmp": unfinished,
        "nstmp-1": unfinished,
        "1.wdseml": by_name,
        "filterlog.html": by_name,
        "popstate.dat": by_name,
        "news.example.org.rc": by_name,
    }
    assert subjects(folder / "nstmp") == ["one", "two"]  # named by the user


def test_a_folder_that_cannot_be_opened_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "m" / "1.eml", ONE)
    (tmp_path / "m" / "locked").mkdir()
    scan = os.scandir

    def refuse(path: str) -> object:
        if os.fspath(path).endswith("locked"):
            raise PermissionError(13, "Permission denied", os.fspath(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    mail, locked = read_archive(tmp_path / "m")
    assert mail.problem is None
    assert locked.source == "m/locked"
    assert locked.problem == "a folder that can't be read (Permission denied)"


def test_zip_names_without_the_flag_are_utf8(tmp_path: Path) -> None:
    data = zipped({"Entwürfe.mbox": MBOX})
    unmarked = bytearray(data)
    unmarked[7] &= ~8
    unmarked[data.find(b"PK\x01\x02") + 9] &= ~8
    first, _ = read_archive(write(tmp_path / "m.zip", bytes(unmarked)))
    assert "entwürfe" in first.labels


def test_a_name_hides_nothing_and_may_be_empty(tmp_path: Path) -> None:
    path = tmp_path / "named.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("", "a\u3164\ufe0f\u200b b.eml"):
            archive.writestr(zipfile.ZipInfo(name), b"From: ida@example.org\nSubject: a\n\nb\n")
    raws = list(read_archive(path))
    assert [(raw.source, raw.problem) for raw in raws] == [
        ("named.zip/", None),
        ("named.zip/a\N{REPLACEMENT CHARACTER} b.eml", None),
    ]


def test_links_in_folders_and_archives_are_counted_and_not_followed(tmp_path: Path) -> None:
    secret = write(tmp_path / "secret.eml", TWO)
    write(tmp_path / "mail" / "1.eml", ONE)
    os.symlink(secret, tmp_path / "mail" / "2.eml")
    os.symlink(tmp_path, tmp_path / "mail" / "3")
    os.mkfifo(tmp_path / "mail" / "4.eml")
    raws = list(read_archive(tmp_path / "mail"))
    assert [(raw.source[-5:], raw.problem and raw.problem[:7]) for raw in raws] == [
        ("1.eml", None),
        ("2.eml", "a link,"),
        ("ail/3", "a link,"),
        ("4.eml", "neither"),
    ]
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        link = tarfile.TarInfo("2.eml")
        link.type, link.linkname = tarfile.SYMTYPE, str(secret)
        tar.addfile(link)
        tar.add(tmp_path / "mail" / "1.eml", "../../1.eml")
    linked, read = read_archive(write(tmp_path / "mail.tgz", packed.getvalue()))
    assert linked.problem == "a link or a device in an archive, which is not followed"
    assert b"Subject: one" in read.data
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mail", "mail.tgz", "secret.eml"]


def test_an_oversized_message_loses_its_middle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mbox, "LONGEST_MESSAGE", 10_000)
    monkeypatch.setattr(mbox, "_KEPT_END", 1_000)
    monkeypatch.setattr(mbox, "_CHUNK", 5_000)
    long = ONE + b"y" * 60_000 + b"\nThe end.\n"
    path = write(tmp_path / "m.mbox", SEPARATOR + long + b"\n" + SEPARATOR + TWO + b"\n")
    first, second = read_archive(path)
    assert first.data.startswith(ONE)
    assert first.data.endswith(b"y\nThe end.\n\n")
    assert len(first.data) < 30_000
    assert second.data.startswith(b"From: Ida")


def test_positions_grow_to_the_size(tmp_path: Path) -> None:
    write(tmp_path / "a.mbox", MBOX)
    write(tmp_path / "b.mbox.gz", gzip.compress(MBOX))
    positions = [raw.position for raw in read_archive(tmp_path)]
    assert positions == sorted(positions)
    assert positions[-1] == archive_size(tmp_path)


def test_a_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "_MIN_LIMIT", 100_000)
    bomb = SEPARATOR + ONE + b"\0" * 20_000_000
    path = write(tmp_path / "m.zip", zipped({"bomb.mbox": bomb, "good.eml": TWO}))
    found = list(read_archive(path))
    assert [raw.problem is None for raw in found] == [False, True]
    assert "far more than mail" in str(found[0].problem)


def test_a_damaged_archive_gives_what_can_be_read(tmp_path: Path) -> None:
    noise = random.Random(0)
    many = b"\n".join(SEPARATOR + ONE + noise.randbytes(50_000).hex().encode() for _ in range(60))
    packed = gzip.compress(many)
    path = write(tmp_path / "m.mbox.gz", packed[: len(packed) // 2])
    found = list(read_archive(path))
    assert found[-1].problem is not None
    assert "damaged archive" in found[-1].problem
    assert sum(raw.problem is None for raw in found) > 10


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("empty.mbox", b"", "is empty"),
        ("photo.mbox", b"\xff\xd8\xff\xe0 a photo", "is not a mailbox"),
        ("notes.txt", b"Dear diary,\nnothing happened.\n", "is not a mailbox"),
        ("mail.pst", b"!BDN....", "readpst"),
        ("mail", b"!BDN....", "readpst"),
        ("mail.msg", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "msgconvert"),
        ("mail.olm", b"PK\x03\x04", ".olm"),
        ("Sent Items.dbx", b"\xcf\xad\x12\xfe\xc5\xfd", "undbx"),
        ("mail.nsf", b"\x1a\x00\x00\x04\x00\x00", "Lotus Notes"),
        ("MESSAGES.TBB", b"\x21\x09\x70\x19\x30\0\0\0" + ONE, "The Bat"),
        ("out.box", b"\x10" * 7 + b"\x11" * 6 + b"S\r\n" + ONE, "Foxmail"),
        ("RMAIL", b"BABYL OPTIONS: -*- rmail -*-\nVersion: 5\n", "Babyl"),
        ("Sent Items.mbx", b"JMF6\x01\x00\x01\x00" + b"\0" * 40 + ONE, "Outlook Express 4"),
        ("sent", b"*mbx*\r\n1234567800000001\r\n" + b"\0" * 40 + ONE, "mailutil copy"),
        ("m.1", b"2 M1e C65a0b0c0\n\1\2N        00000000000001F4\n" + ONE, "doveadm backup"),
        ("FOL1.PMM", b"Sent" + b"\0" * 124 + ONE + b"\x1a", "Pegasus"),
        ("mail.7z", b"7z\xbc\xaf\x27\x1c\x00\x04", "7z x"),
        ("mail.rar", b"Rar!\x1a\x07\x01\x00", "unrar"),
        ("mail.mbox.zst", b"\x28\xb5\x2f\xfd\x24", "zstd -d"),
        ("broken.zip", b"PK\x03\x04 and nothing else", "damaged archive"),
        ("photos.zip", zipped({"a.jpg": b"\xff\xd8"}), "is not a mailbox"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_without_mail_is_reported_in_one_line(
    tmp_path: Path, name: str, data: bytes, words: str
) -> None:
    with pytest.raises(PanzaError) as caught:
        list(read_archive(write(tmp_path / name, data)))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(PanzaError, match=r"no file or folder .*nowhere"):
        list(read_archive(tmp_path / "nowhere.mbox"))


def test_a_pst_among_mails_is_reported_and_the_mails_are_read(tmp_path: Path) -> None:
    write(tmp_path / "a.eml", ONE)
    write(tmp_path / "old.pst", b"!BDN")
    mail, outlook = read_archive(tmp_path)
    assert mail.problem is None
    assert "readpst" in str(outlook.problem)


def test_a_mailbox_that_starts_with_nul_bytes_is_read(tmp_path: Path) -> None:
    (raw,) = read_archive(write(tmp_path / "Sent", b"\0\0\0\0From a@x.org\n" + ONE))
    assert raw.problem is None
