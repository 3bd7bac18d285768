"""Folders of mails that pffexport (libpff) made of an Outlook file."""

from __future__ import annotations

from pathlib import Path

from engine.mail.archives.archives import RawMessage, read_archive
from engine.mail.message.message import read_message
from engine.mail.own_words.message_text import read_own_words

PROPERTIES = (
    "Message:\nClient submit time:\t\t\tMay 03, 2024 08:00:00.000000000 UTC\n"
    "Flags:\t\t\t\t\t0x00000001 (Read)\nConversation topic:\t\t\tLake\n"
    "Subject:\t\t\t\tLake: when?\nSender name:\t\t\t\tIda Moor\n"
    "Sender email address:\t\t\tida@example.org\n\n"
)
RECIPIENTS = (
    "Display name:\t\tBo Berg\nEmail address:\t\tbo@example.org\nRecipient type:\t\tTo\n\n"
    "Display name:\t\tCy\nEmail address:\t\tcy@example.org\nRecipient type:\t\tCC\n\n"
)
DELIVERED = (
    "From: Ida Moor <ida@example.org>\r\nTo: Dee <dee@example.org>\r\nSubject: Boat\r\n"
    'Content-Type: multipart/alternative;\r\n\tboundary="a"\r\nMIME-Version: 1.0\r\n'
    "Date: Fri, 03 May 2024 10:00:00 +0200\r\n"
)
TEXT = "Friday suits me well.\n\nIda"


def read(folder: Path, **files: str) -> list[RawMessage]:
    mail = folder / "me.pst.export" / "Top of Outlook data file" / "Sent Items" / "Message00001"
    mail.mkdir(parents=True)
    for name, text in {"OutlookHeaders.txt": PROPERTIES, **files}.items():
        (mail / name).write_text(text, encoding="utf-8", newline="")
    return list(read_archive(folder / "me.pst.export"))


def test_a_sent_mail_has_the_header_of_its_properties(tmp_path: Path) -> None:
    files = {"Recipients.txt": RECIPIENTS, "ConversationIndex.txt": "x", "Message.txt": TEXT}
    (raw,) = read(tmp_path, **files)
    message = read_message(raw.data)
    envelope = message.envelope
    assert "sent items" in raw.labels
    assert (envelope.sender, envelope.subject) == (("Ida Moor", "ida@example.org"), "Lake: when?")
    assert envelope.date == 1714723200
    assert [address for _, address in envelope.recipients] == ["bo@example.org", "cy@example.org"]
    assert read_own_words(message)[0] == TEXT


def test_html_is_read_if_there_is_no_text(tmp_path: Path) -> None:
    html = "<html><body><p>Friday suits me.</p></body></html>"
    (raw,) = read(tmp_path, **{"Message.html": html, "Message.rtf": "{\\rtf"})
    assert read_own_words(read_message(raw.data))[0] == "Friday suits me."


def test_a_delivered_mail_has_its_own_header_without_its_parts(tmp_path: Path) -> None:
    (raw,) = read(tmp_path, **{"InternetHeaders.txt": DELIVERED, "Message.txt": TEXT})
    message = read_message(raw.data)
    assert (message.envelope.subject, message.envelope.date) == ("Boat", 1714723200)
    assert read_own_words(message)[0] == TEXT


def test_a_mail_marked_as_unsent_is_a_draft(tmp_path: Path) -> None:
    unsent = PROPERTIES.replace("(Read)", "(Read, Unsent)")
    (raw,) = read(tmp_path, **{"OutlookHeaders.txt": unsent, "Message.txt": TEXT})
    assert "draft" in raw.labels


def test_a_mail_in_rtf_is_named_with_what_to_do(tmp_path: Path) -> None:
    sent = tmp_path / "me.pst.export" / "Sent Items"
    sent.mkdir(parents=True)
    (sent / "1.eml").write_text("From: ida@example.org\n\nHello Bo.\n")
    found = read(tmp_path, **{"Message.rtf": "{\\rtf1}"})
    assert [raw.problem is None for raw in found] == [True, False]
    assert "pffexport -f text" in str(found[1].problem)


def test_properties_without_a_mail_are_no_mail(tmp_path: Path) -> None:
    sent = tmp_path / "me.pst.export" / "Sent Items"
    sent.mkdir(parents=True)
    (sent / "1.eml").write_text("From: ida@example.org\n\nHello Bo.\n")
    found = read(tmp_path, **{"Meeting.txt": "Meeting:\n"})
    assert [raw.is_mail for raw in found] == [True, False]
