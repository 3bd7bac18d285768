"""All archive formats give the same messages, and bad archives a plain error line."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import random
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import PanzaError
from engine.mail.archives import mbox, separators, streams
from engine.mail.archives.archives import RawMessage, archive_size, read_archive
from engine.mail.archives.folder_names import standard_labels
from engine.mail.archives.mbox import split_mbox
from engine.mail.message.message import read_envelope, read_message

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


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("mail.mbox", MBOX),
        ("Sent", b"\xef\xbb\xbf\n" + MBOX),
        ("crlf.mbox", MBOX.replace(b"\n", b"\r\n")),
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


def test_maildir_flags_and_folders_become_labels(tmp_path: Path) -> None:
    write(tmp_path / "Maildir" / ".Sent" / "cur" / "1.host:2,S", ONE)
    write(tmp_path / "Maildir" / ".Sent" / "cur" / "2.host:2,DT", TWO)
    write(tmp_path / "Maildir" / ".Sent" / "tmp" / "3.host", TWO)
    first, second, undelivered = read_archive(tmp_path / "Maildir")
    assert (undelivered.is_mail, "not delivered" in str(undelivered.problem)) == (False, True)
    assert {"maildir", "sent", "cur", "seen"} <= set(first.labels)
    assert {"draft", "trash"} <= set(second.labels)


def test_folder_names_of_maildir_and_imap_are_read(tmp_path: Path) -> None:
    write(tmp_path / "m" / ".Sent.2020" / "cur" / "1.host:2,S", ONE)
    write(tmp_path / "m" / "INBOX.Entw&APw-rfe" / "cur" / "2.host:2,", TWO)
    by_subject = {raw.data[37:40]: set(raw.labels) for raw in read_archive(tmp_path / "m")}
    assert {"sent", "2020", "seen"} <= by_subject[b"one"]
    assert "entwürfe" in by_subject[b"two"]


def test_apple_mails_flags_are_read(tmp_path: Path) -> None:
    write(tmp_path / "m" / "1.emlx", emlx(ONE, 1 << 1))
    write(tmp_path / "m" / "2.emlx", emlx(TWO, 1 << 6))
    first, second = read_archive(tmp_path / "m")
    assert (first.data, "trash" in first.labels) == (ONE, True)
    assert (second.data, "draft" in second.labels) == (TWO, True)


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
    for path in (profile, tmp_path / "thunderbird"):
        raws = list(read_archive(path))
        assert sum(raw.problem is None for raw in raws) == 4
        problems = {raw.source.rpartition("/")[2]: raw.problem for raw in raws if raw.problem}
        assert problems == {
            "prefs.js": "index, settings, picture or document",
            "pkcs11.txt": "index, settings, picture or document",
            "1": "index, settings, picture or document",
            "Letters": "neither a mailbox nor a mail",
        }


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


@pytest.mark.parametrize(
    ("header", "meaning"),
    [
        ("X-Gmail-Labels: Inbox,Sent", {"sent"}),
        ("X-Gmail-Labels: =?UTF-8?Q?Gesendet,Entw=C3=BCrfe?=", {"sent", "draft"}),
        ("X-Gmail-Labels: =?UTF-8?B?5bey5Y+R6YKu5Lu2?=", {"sent"}),
        ("X-Gmail-Labels: Corbeille", {"trash"}),
        ("X-Gmail-Labels: Lixeira,Importante", {"trash"}),
        ("X-Gmail-Labels: =?UTF-8?B?0KHQv9Cw0Lw=?=", {"spam"}),
        ("X-Gmail-Labels: =?UTF-8?Q?Archivert,Sendte_e-mails?=", {"sent"}),
        ("X-Gmail-Labels: Dihantar,Basurahan", {"sent", "trash"}),
        ("X-Gmail-Labels: Brussels,Work", set()),
        ("X-Mozilla-Status: 0009", {"trash"}),
        ("X-Status: DF", {"trash"}),
        ("X-Unsent: 1", {"draft"}),
        ("X-Mozilla-Draft-Info: internal/draft; vcard=0; receipt=0", {"draft"}),
        ("X-Mozilla-Draft-Info: internal/draft\nX-Gmail-Labels: Sent", {"sent"}),
        ("X-Mozilla-Status: 0801", {"draft"}),
        ("X-Draft-Info: type=reply; uid=5", {"draft"}),
        ("X-Uniform-Type-Identifier: com.apple.mail-draft", {"draft"}),
        ("X-Gmail-Labels: Scheduled,Important", {"draft"}),
        ("X-Gmail-Labels: Geplant", {"draft"}),
        ("X-Gmail-Labels: =?UTF-8?Q?Programm=C3=A9s?=", {"draft"}),
        ("X-Gmail-Labels: Sent,Scheduled", {"sent"}),
    ],
)
def test_labels_and_flags_of_mail_programs_are_recognised(header: str, meaning: set[str]) -> None:
    assert standard_labels(read_envelope(f"{header}\n\n".encode()), ()) == meaning


PROTON = {
    "sent": ["2", "5", "7"],
    "draft": ["1", "5", "8"],
    "trash": ["2", "3", "5"],
    "trashed draft": ["1", "3", "5"],
    "spam": ["4", "5"],
    "scheduled": ["2", "5", "7", "12"],
    "outbox": ["9"],
    "own folder": ["5", "Zm9sZGVy=="],
}


@pytest.mark.parametrize("form", ["folder", "zip"])
def test_the_folders_of_protons_export_are_read(tmp_path: Path, form: str) -> None:
    files = {}
    for name, labels in PROTON.items():
        files[f"mail/{name}.eml"] = ONE
        content = {"Version": 1, "Payload": {"ID": name, "LabelIDs": labels, "Subject": "one"}}
        files[f"mail/{name}.metadata.json"] = json.dumps(content).encode()
    files["mail/broken.eml"] = ONE
    files["mail/broken.metadata.json"] = b'{"Payload": [3]}'
    files["mail/alone.eml"] = ONE
    files["mail/labels.json"] = b'{"Version": 1, "Payload": []}'
    if form == "zip":
        path = write(tmp_path / "export.zip", zipped(files))
    else:
        path = tmp_path
        for name, data in files.items():
            write(tmp_path / name, data)
    raws = list(read_archive(path))
    (other,) = (raw for raw in raws if not raw.is_mail)
    assert other.source.endswith("labels.json")
    found = {
        raw.source.rpartition("/")[2]: set(standard_labels(read_envelope(raw.data), raw.labels))
        for raw in raws
        if raw.is_mail
    }
    assert found == {
        "sent.eml": {"sent"},
        "draft.eml": {"draft"},
        "trash.eml": {"sent", "trash"},
        "trashed draft.eml": {"draft", "trash"},
        "spam.eml": {"spam"},
        "scheduled.eml": {"sent", "draft"},
        "outbox.eml": {"draft"},
        "own folder.eml": set(),
        "broken.eml": set(),
        "alone.eml": set(),
    }


def test_zip_names_without_the_flag_are_utf8(tmp_path: Path) -> None:
    data = zipped({"Entwürfe.mbox": MBOX})
    unmarked = bytearray(data)
    unmarked[7] &= ~8
    unmarked[data.find(b"PK\x01\x02") + 9] &= ~8
    first, _ = read_archive(write(tmp_path / "m.zip", bytes(unmarked)))
    assert "entwürfe" in first.labels


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


def test_from_lines_in_bodies_do_not_split_a_message() -> None:
    body = (
        b"From: Ida <ida@example.org>\nSubject: one\n\n>From the start.\n>>From a quote.\n\n"
        b"From my point of view it is 2020 already.\n\n"
        b"From Monday at 10:30 we are closed.\nSee: you\n"
    )
    messages = list(split_mbox(io.BytesIO(SEPARATOR + body + b"\n" + SEPARATOR + TWO)))
    assert len(messages) == 2
    assert messages[0] is not None
    assert b"\nFrom the start.\n>From a quote.\n" in messages[0]
    assert b"closed.\nSee: you\n" in messages[0]


@pytest.mark.parametrize("date", [b"", b"Date: Thu, 1 Jan 1970 00:00:00 +0000\n", b"Date: soon\n"])
@pytest.mark.parametrize("zone", [b"18:50:09 2020", b"18:50:09 +0000 2020"])
def test_the_separator_dates_a_message_without_a_date(date: bytes, zone: bytes) -> None:
    raw = b"From 12@xxx Thu May  7 " + zone + b"\nFrom: a@b.c\n" + date + b"Subject: x\n\nDate: y\n"
    (message,) = split_mbox(io.BytesIO(raw))
    assert read_envelope(message).date == 1588877409
    assert read_message(message).plain == "Date: y\n"


def test_a_messages_own_date_is_preferred_to_the_separators() -> None:
    (message,) = split_mbox(io.BytesIO(SEPARATOR + ONE))
    assert message == ONE


def test_separators_of_other_programs() -> None:
    lines = (
        b"From - Tue Oct 23 11:22:33 2012",
        b"From 1600212409040825219@xxx Thu May 07 18:50:09 +0000 2020",
        b"From MAILER-DAEMON Fri Jul  8 12:08:34 2011",
        b"From Ida Example Fri, 8 Jul 2011 12:08:34 +0200",
        b"From ida@example.org",
    )
    data = b"\n".join(line + b"\n" + ONE for line in lines)
    assert len(list(split_mbox(io.BytesIO(data)))) == len(lines)


@pytest.mark.parametrize(
    "line",
    [
        b"From ",
        b"From",
        b"From -",
        b"From - 2020-05-07 18:50",
        b"From ida@example.org 2020-05-07T18:50:09Z",
        b"From ida@example.org 2020-05-07",
        b"From ida at example.org  Thu May  7 18:50:09 2020",
        b"From ida a example.org  gio mag  7 18:50:09 2020",
        b"From - Do Mai  7 18:50:09 2020",
        b"From ida@example.org jeu. 7 mai 2020 18:50:09",
        "From ida@example.org 2020年5月7日 18:50:09".encode(),
        "From - Чт май  7 18:50:09 2020".encode(),
        b"From Ida Moor 07.05.2020 18:50:09",
        b"From ida@example.org 5/7/2020 6:50:09 PM",
        b'From "MAILER-DAEMON" Thu May  7 18:50:09 2020',
        b'From "Ida Moor" 2020-05-07 18:50:09',
        b"From MAILER-DAEMON",
        b"From ida@example.org 20200507T185009Z",
        b"From ida@example.org 1588877409",
        b"From ida@example.org 07-May-20 18:50",
        b"From Ida Moor <ida@example.org> 2020-05-07 18:50:09 +0200",
        b"From ida@example.org Thursday, May 7, 2020 6:50 PM",
        b"From ???@??? Thu May 07 18:50:09 2020",
        b"From ida@example.org Thu May  7 18:50:09 CEST 2020",
    ],
    ids=lambda line: line.decode(),
)
@pytest.mark.parametrize("end", [b"\n", b"\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("blank", [b"\n", b""], ids=["blank", "no blank"])
def test_separators_in_all_forms(tmp_path: Path, line: bytes, end: bytes, blank: bytes) -> None:
    mails = [line + b"\n" + ONE, SEPARATOR + TWO, line + b"\n" + TWO]
    data = blank.join(mails).replace(b"\n", end)
    assert subjects(write(tmp_path / "Sent", data)) == ["one", "two", "two"]


@pytest.mark.parametrize(
    "line",
    ["Fri Mai  8 18:50:09 2020", "2020-05-08 18:50:09", "8. Mai 2020 18:50:09", "20200508T185009Z"],
)
def test_a_separator_in_another_language_dates_its_message(line: str) -> None:
    raw = f"From ida@example.org {line}\nFrom: Ida <ida@example.org>\nMessage-ID: <1@x>\n\nHi\n"
    (message,) = split_mbox(io.BytesIO(raw.encode()))
    assert read_envelope(message).date == 1588963809


@pytest.mark.parametrize(
    "body",
    [
        b"From \nVienna: by train.\n",
        b"From Vienna\nTo: Graz\nDate: Friday\n",
        b"From here\nBut: it is not.\nThe last line\n",
        b"From 2020-05-07 10:00 on\nWe are closed: come later.\n",
        b"From 2019 to 2020 at 10:30,\nFrom: ida@example.org\nTo: bo@example.org\n",
        b"From the list I have:\nFrom: Bo <bo@example.org>\nDate: 7 May 2020 18:50\n",
        b"From\nFrom\n\nFrom,From\n",
        b"From -\n\nDate: Friday\n",
    ],
)
def test_sentences_that_start_like_separators_do_not_split(body: bytes) -> None:
    for line in (b"From \n", SEPARATOR):
        data = line + ONE + b"\n" + body + b"\n" + line + TWO
        messages = list(split_mbox(io.BytesIO(data)))
        assert [b"First" in message for message in messages] == [True, False]
        assert messages[0].rstrip().endswith(body.rstrip())


PATCH = (
    b"From 0123456789abcdef0123456789abcdef01234567 Mon Sep 17 00:00:00 2001\n"
    b"From: Ida <ida@example.org>\nDate: Thu, 7 May 2020 18:50:09 +0200\n"
    b"Subject: [PATCH] lake: fill it\n\n---\n lake.c | 1 +\n"
)


def test_a_patch_in_a_mail_is_no_mail() -> None:
    multipart = ONE.replace(b"\n\n", b'\nContent-Type: multipart/mixed; boundary="b1"\n\n')
    attached = multipart + b"\n--b1\n\nSee below.\n\n--b1\nContent-Type: text/x-patch\n\n"
    mails = [attached + PATCH + b"\n--b1--\n", ONE + b"\n" + PATCH]
    for mail in mails:
        found = list(split_mbox(io.BytesIO(SEPARATOR + mail + b"\n" + SEPARATOR + TWO)))
        assert [b"PATCH" in message for message in found] == [True, False]
    # A file of patches is a mailbox of them.
    assert len(list(split_mbox(io.BytesIO(PATCH + b"\n" + PATCH)))) == 2


def test_a_mailbox_attached_to_a_mail_is_a_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    declared = b"\nContent-Type: multipart/mixed;\n boundary=b1\n\n"
    multipart = ONE.replace(b"\n\n", declared) + b"\n--b1\n\nSee below.\n\n--b1\n"
    attached = multipart + b"Content-Type: text/plain; name=old\n\n" + MBOX + b"\n--b1--\n"
    mails = [attached, TWO, multipart, multipart + b"--b1--\n", TWO]
    data = b"\n".join(SEPARATOR + mail for mail in mails)
    for size in (100, 1000, 10_000):
        monkeypatch.setattr(mbox, "_CHUNK", size)
        found = [message.strip() for message in split_mbox(io.BytesIO(data))]
        assert found == [mail.strip() for mail in mails]


def test_messages_split_the_same_at_every_chunk_size(monkeypatch: pytest.MonkeyPatch) -> None:
    data = b"\n".join(SEPARATOR + ONE + b"x" * length + b"\n" for length in range(0, 300, 7))
    whole = list(split_mbox(io.BytesIO(data)))
    monkeypatch.setattr(mbox, "LOOKAHEAD", 200)
    monkeypatch.setattr(separators, "LOOKAHEAD", 200)
    for size in range(50, 90):
        monkeypatch.setattr(mbox, "_CHUNK", size)
        assert list(split_mbox(io.BytesIO(data))) == whole
    assert len(whole) == 43


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
