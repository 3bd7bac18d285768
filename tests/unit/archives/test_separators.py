"""Where the messages of an mbox begin: separator lines, and lines that only look like them."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from made_archives import MBOX, ONE, SEPARATOR, TWO, subjects, write

from engine.mail.archives import mbox, separators
from engine.mail.archives.mbox import split_mbox
from engine.mail.message.message import read_envelope, read_message


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


def test_a_quote_mark_before_the_first_separator_is_an_exporters(tmp_path: Path) -> None:
    data = b">" + MBOX
    assert subjects(write(tmp_path / "sent.mbox", data)) == subjects(write(tmp_path / "b", MBOX))
    assert not mbox.starts_mbox(b">From now on: tea\n\n" + MBOX)
