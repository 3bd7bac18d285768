"""The labels that folder names, flags and headers of mail programs give a mail."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from made_archives import ONE, TWO, emlx, write, zipped

from engine.errors import PanzaError
from engine.mail.archives.archives import read_archive
from engine.mail.archives.folder_names import folder_labels, standard_labels
from engine.mail.importing.ownership import scan_messages
from engine.mail.message.message import read_envelope


def test_maildir_flags_and_folders_become_labels(tmp_path: Path) -> None:
    write(tmp_path / "Maildir" / ".Sent" / "cur" / "1.host:2,S", ONE)
    write(tmp_path / "Maildir" / ".Sent" / "cur" / "2.host:2,DT", TWO)
    write(tmp_path / "Maildir" / ".Sent" / "tmp" / "3.host", TWO)
    first, second, undelivered = read_archive(tmp_path / "Maildir")
    assert (undelivered.is_mail, "not delivered" in str(undelivered.problem)) == (False, True)
    assert {"maildir", "sent", "cur", "seen"} <= set(first.labels)
    assert {"draft", "trash"} <= set(second.labels)


def test_a_mail_that_mh_renamed_is_removed(tmp_path: Path) -> None:
    for name in ("1", ",2", "#3"):
        write(tmp_path / "Mail" / "sent" / name, ONE)
    labels = {Path(raw.source).name: raw.labels for raw in read_archive(tmp_path / "Mail")}
    assert [name for name, found in labels.items() if "trash" in found] == ["#3", ",2"]
    assert all("sent" in found for found in labels.values())


def test_folder_names_of_maildir_and_imap_are_read(tmp_path: Path) -> None:
    write(tmp_path / "m" / ".Sent.2020" / "cur" / "1.host:2,S", ONE)
    write(tmp_path / "m" / "INBOX.Entw&APw-rfe" / "cur" / "2.host:2,", TWO)
    by_subject = {raw.data[37:40]: set(raw.labels) for raw in read_archive(tmp_path / "m")}
    assert {"sent", "2020", "seen"} <= by_subject[b"one"]
    assert "entwürfe" in by_subject[b"two"]


@pytest.mark.parametrize(
    ("folder", "label"),
    [
        ("Sent (1)", "sent"),
        ("Sent-2019", "sent"),
        ("Sent Items 7fe", "sent items"),
        ("Drafts 1c2", "drafts"),
        ("Drafts abc", None),
        ("Drafts of laws", None),
    ],
)
def test_a_number_behind_a_folders_name_does_not_matter(folder: str, label: str | None) -> None:
    names = {"sent", "sent items", "drafts"}
    assert names.intersection(folder_labels(f"mail/{folder}/1.eml")) == ({label} - {None})


@pytest.mark.parametrize(
    ("folder", "label"),
    [
        ("Lähetetyt kohteet", "sent"),
        ("Отправленные элементы", "sent"),
        ("已傳送", "sent"),
        ("Elements enviats", "sent"),
        ("已刪除郵件", "trash"),
        ("Koš za smeti", "trash"),
        ("postponed", "draft"),
        ("Udkast", "draft"),
        ("Rozepsaná pošta", "draft"),
        ("草稿匣", "draft"),
        ("Correo electrónico no deseado", "spam"),
        ("스팸 메일함", "spam"),
    ],
)
def test_folders_of_mail_programs_in_many_languages(folder: str, label: str) -> None:
    envelope = read_envelope(b"From: ida@example.org\n\n")
    assert standard_labels(envelope, folder_labels(f"mail/{folder}/cur/1")) == {label}


def test_apple_mails_flags_are_read(tmp_path: Path) -> None:
    write(tmp_path / "m" / "1.emlx", emlx(ONE, 1 << 1))
    write(tmp_path / "m" / "2.emlx", emlx(TWO, 1 << 6))
    first, second = read_archive(tmp_path / "m")
    assert (first.data, "trash" in first.labels) == (ONE, True)
    assert (second.data, "draft" in second.labels) == (TWO, True)


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
        ("X-Mozilla-Status: 0001\nX-Mozilla-Status2: 00200000", {"trash"}),
        ("X-Mozilla-Status: 0001\nX-Mozilla-Status2: 00000000", set()),
        ("X-Status: DF", {"trash"}),
        ("X-Unsent: 1", {"draft"}),
        ("X-Mozilla-Draft-Info: internal/draft; vcard=0; receipt=0", {"draft"}),
        ("X-Mozilla-Draft-Info: internal/draft\nX-Gmail-Labels: Sent", {"sent"}),
        ("X-Mozilla-Draft-Info: internal/draft\nReceived: from a by b; 5 Jan 2024", set()),
        ("X-Unsent: 1\nDKIM-Signature: v=1; d=example.org", set()),
        ("X-Mozilla-Status: 0801\nReceived: from a by b; 5 Jan 2024", {"draft"}),
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


@pytest.mark.parametrize("given", [("a.eml",), ("a.eml", "a.metadata.json")])
def test_mails_of_protons_export_that_are_given_one_by_one_have_their_folders(
    tmp_path: Path, given: tuple[str, ...]
) -> None:
    write(tmp_path / "a.eml", ONE)
    write(tmp_path / "a.metadata.json", b'{"Payload": {"LabelIDs": ["1", "5", "8"]}}')
    ((raw, envelope, _),) = scan_messages([tmp_path / name for name in given])
    assert envelope is not None
    assert standard_labels(envelope, raw.labels) == {"draft"}


def test_metadata_of_protons_export_alone_is_no_mail(tmp_path: Path) -> None:
    write(tmp_path / "a.eml", ONE)
    metadata = write(tmp_path / "a.metadata.json", b'{"Payload": {"LabelIDs": ["2"]}}')
    with pytest.raises(PanzaError, match="is not a mailbox"):
        list(scan_messages([metadata]))
