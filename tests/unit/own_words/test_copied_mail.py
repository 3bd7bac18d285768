"""The mail to answer as people copy it: from a screen, a pager or a terminal, in any language."""

from __future__ import annotations

import json

import pytest

from engine.mail.replies.pasted import parse_stdin
from engine.mail.replies.recipients import read_addressee

TEXT = "Could you come on Friday?"
MAIL = (
    "From: Bo Berg <bo@example.org>\nTo: Ida <ida@example.org>\nSubject: lake\n"
    "Date: Wed, 01 Jan 2020 12:00:00 +0000\n\n"
)
HEADERS = {
    "German": "Von: Bo Berg <bo@example.org>\nGesendet: Mittwoch, 1. Januar 2020 12:00\n"
    "An: Ida <ida@example.org>\nBetreff: lake\n\n",
    "French": "De : Bo Berg <bo@example.org>\nEnvoyé : mercredi 1 janvier 2020 12:00\n"
    "À : Ida <ida@example.org>\nObjet : lake\n\n",
    "Japanese": "差出人: Bo Berg <bo@example.org>\n送信日時: 2020年1月1日 12:00\n"
    "宛先: Ida <ida@example.org>\n件名: lake\n\n",
    "no recipient": "From: Bo Berg <bo@example.org>\nSubject: lake\n\n",
    "coloured": "\x1b[32mFrom:\x1b[0m Bo Berg <bo@example.org>\n\x1b[1mSubject:\x1b[0m lake\n\n",
    "two languages": "From: Bo Berg <bo@example.org>\nGesendet: heute\nAn: Ida\nBetreff: lake\n\n",
    "two lines": "Von: Bo Berg <bo@example.org>\nAn: Ida <ida@example.org>,\n  cy@example.org\n"
    "Betreff: lake\n\n",
}


SHOWN = {
    "Gmail": "Bo Berg <bo@example.org>\nJan 1, 2020, 12:00 PM (2 days ago)\nto me\n\n",
    "Gmail, German": "Bo Berg <bo@example.org>\n\n1. Jan. 2020, 12:00 (vor 2 Tagen)\n\nan mich\n\n",
    "Gmail, French": "Bo Berg <bo@example.org>\nmer. 1 janv. 2020 12:00\nÀ moi, Cy\n\n",
    "Gmail, Korean": "Bo Berg <bo@example.org>\n2020년 1월 1일 (수) 오후 12:00\n나에게\n\n",
    "Gmail, without address": "Bo Berg\n12:00 PM (2 hours ago)\nto me\n\n",
    "Outlook": "BB\nBo Berg<bo@example.org>\nTo:\u200bIda\u200b\nWed 1/1/2020 12:00 PM\n\n",
}


COPIED = "From: Bo Berg <bo@example.org>\nTo: Ida Moor <ida@example.org>\nDate: 1 Jan 2020 12:00\n"
HEADER_IN_HTML = (
    "<div><b>From:</b> Bo Berg &lt;bo@example.org&gt;<br><b>Sent:</b> 1 January 2020 12:00<br>"
    f"<b>To:</b> Ida<br><b>Subject:</b> lake</div><div><br></div><div>{TEXT}</div>"
)


def answered(text: str | bytes) -> tuple[str, str, str, str]:
    pasted = parse_stdin(text, {"ida@example.org"})
    mail = pasted.thread[-1]
    return pasted.recipient, pasted.subject, mail.sender, mail.body


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS)
def test_a_header_in_any_language(header: str) -> None:
    assert answered(header + TEXT) == ("bo@example.org", "lake", "Bo Berg", TEXT)


@pytest.mark.parametrize("program", SHOWN)
def test_a_mail_copied_from_a_web_page(program: str) -> None:
    recipient = "" if "without" in program else "bo@example.org"
    assert answered(SHOWN[program] + TEXT) == (recipient, "", "Bo Berg", TEXT)


@pytest.mark.parametrize(
    "text",
    [
        "Bo Berg <bo@example.org> is ill.\nAt 12:00 on 3 May I call him.\nTo me it seems odd.",
        "Dear Bo\n12:00 at gate 4 is fine.\nto be sure, take a map",
        "Bo Berg <bo@example.org>\n12:00 is too late for me.",
    ],
)
def test_text_that_starts_with_a_name_and_a_time_stays(text: str) -> None:
    assert answered(text) == ("", "", "", text)


@pytest.mark.parametrize(
    "text",
    [
        f"lake\n\n{COPIED}\n{TEXT}",
        f"Ida Moor\n{'_' * 40}\n\n{COPIED}Subject: lake\n\n{TEXT}",
        HEADER_IN_HTML,
        f"{len(MAIL + TEXT)}\n{MAIL}{TEXT}<?xml version='1.0'?><plist></plist>",
    ],
    ids=["title", "who printed it", "HTML", "Apple Mail's file"],
)
def test_a_mail_from_a_printed_page_or_a_file(text: str) -> None:
    assert answered(text) == ("bo@example.org", "lake", "Bo Berg", TEXT)


def test_a_header_below_the_text_to_answer_is_of_an_older_mail() -> None:
    text = f"Thank you, Ida.\n\n{COPIED}Subject: lake\n\n{TEXT}"
    assert answered(text) == ("", "", "", "Thank you, Ida.")


@pytest.mark.parametrize("end", [" Wed, Jan 1, 2020 at 12:00 PM\n", "\nWed, 12:00 (3 days ago)\n"])
def test_a_mail_as_gmail_shows_it(end: str) -> None:
    text = f"Bo Berg <bo@example.org>{end}To: Ida <ida@example.org>\n\n{TEXT}"
    assert answered(text) == ("bo@example.org", "", "Bo Berg", TEXT)


@pytest.mark.parametrize(
    "text",
    [
        (MAIL + TEXT).replace("\n", "\r"),
        "".join(f"    {line}\n" if line else "\n" for line in (MAIL + TEXT).split("\n")),
        MAIL + "Could you come on ^[[1mFriday^[[0m?",
        MAIL + "[-- Type: text/plain, Encoding: 7bit, Size: 0.1K --]\n\n" + TEXT,
        MAIL + f"[-- Attachment #1 --]\n\n{TEXT}\n\n[-- Attachment #2: a.pdf --]\n"
        "[-- application/pdf is unsupported (use 'v' to view this part) --]\n",
        MAIL + "[-- PGP output follows (current time: Wed) --]\ngpg: Good signature\n"
        f"[-- End of PGP output --]\n\n[-- Signed data --]\n{TEXT}\n[-- End of it --]",
        MAIL + "[-- Begin signature information --]\nGood signature from: Bo Berg\n"
        f"[-- End signature information --]\n\n[-- Signed data --]\n\n{TEXT}\n[-- End of it --]",
        MAIL.rstrip("\n") + f"\n--- 1: text/plain size=20 ---\n{TEXT}",
        MAIL + f'    [The following text is in the "utf-8" character set. ]\n\n{TEXT}',
        "---------- Forwarded message ---------\n" + MAIL + TEXT,
        "-----Original Message-----\n\n" + MAIL + TEXT,
        f"{MAIL}<#part type=text/plain>\n{TEXT}\n<#/part>\n",
        f"```\n{MAIL}{TEXT}\n```",
        "".join(f"> {line}\n" for line in (MAIL + TEXT).split("\n")),
        MAIL + "--- 1: multipart/mixed size=90 ---\n  --- 2: text/plain size=20 ---\n" + TEXT,
    ],
)
def test_what_a_terminal_or_pager_adds_goes(text: str) -> None:
    assert answered(text) == ("bo@example.org", "lake", "Bo Berg", TEXT)


def test_notmuch_reply_in_json() -> None:
    original = {
        "id": "1@x",
        "headers": {"Subject": "lake", "From": "Bo Berg <bo@example.org>", "To": "ida@example.org"},
        "body": [{"id": 1, "content-type": "text/plain", "content": f"{TEXT}\n"}],
    }
    reply = {"reply-headers": {"Subject": "Re: lake", "To": "bo@example.org"}, "original": original}
    assert answered(json.dumps(reply)) == ("bo@example.org", "lake", "Bo Berg", TEXT)
    assert parse_stdin(json.dumps({"reply-headers": {}})).kind == "plain"


@pytest.mark.parametrize(
    "text",
    [
        "Von: heute an nur noch Tee.\n\nIda",
        "An: alle\nBetreff: Tee\n\nEs gibt Tee.",
        "Bo Berg <bo@example.org> asked at 12:00 for tea.\n\nIda",
        "  Tea.\n    And cake.\n  And tea.",
    ],
)
def test_other_text_stays_text(text: str) -> None:
    assert parse_stdin(text).kind == "plain"


def test_a_header_in_english_keeps_its_other_fields() -> None:
    text = MAIL.replace("Date", "Message-ID: <9@x>\nReferences: <8@x>\nDate") + TEXT
    mail = parse_stdin(text).thread[-1]
    assert (mail.message_id, mail.references, mail.date) == ("9@x", "8@x", 1577880000)


def test_a_link_from_a_web_page() -> None:
    addressee = read_addressee("mailto:jane@example.org?cc=bo@example.org&amp;subject=Hi")
    assert addressee.recipient == "jane@example.org, bo@example.org"
    assert (addressee.subject, addressee.unused) == ("Hi", ())


def test_a_page_that_was_copied_as_html_is_read_as_text() -> None:
    for page in (f"<html><body><p>{TEXT}</p></body></html>", f"<div><b>{TEXT}</b></div>\n"):
        assert [received.body for received in parse_stdin(page).thread] == [TEXT]


def test_a_compressed_file_is_no_text_though_it_has_few_nuls() -> None:
    assert parse_stdin(b"%PDF-1.4\n" + bytes(range(256)) * 8).problem
    assert not parse_stdin((MAIL + TEXT + "\a\n").encode() + b"\0").problem


PRINTED = (
    "Bo Berg <bo@example.org>\tWed, Jan 1, 2020 at 12:00 PM\nTo: Ida Moor <ida@example.org>\n\n"
)


@pytest.mark.parametrize(
    "top",
    [
        "lake\n1 message\n",
        "Ida Moor <ida@example.org>\nlake\n\n1 message\n",
        "Gmail - lake\n\nlake\n\n1 Nachricht\n\n",
        "lake\n\n",
        "lake\n2 messages\nIda Moor <ida@example.org> Tue, Dec 31, 2019 at 9:00 AM\n"
        "To: Bo Berg <bo@example.org>\n\nCome along.\n\n",
    ],
)
def test_a_page_that_gmail_prints_has_its_subject_on_top(top: str) -> None:
    assert answered(f"{top}{PRINTED}{TEXT}") == ("bo@example.org", "lake", "Bo Berg", TEXT)


def test_text_above_an_address_with_a_time_is_no_printed_page() -> None:
    long = "We met whom you know at the lake, and he was glad to see all of us again. " * 5
    assert parse_stdin(f"{long}\n{PRINTED}{TEXT}").kind == "plain"


SEXP = r"""((((:id "1@x" :match t :excluded nil :filename ("/m/1") :timestamp 1577880000
:tags ("inbox") :duplicate 1 :body ((:id 1 :content-type "multipart/alternative" :content
((:id 2 :content-type "text/plain" :content "Say \"yes\" (or no) \\o/
When?
") (:id 3 :content-type "text/html")))) :crypto () :headers (:Subject "lake"
:From "Bo Berg <bo@example.org>" :To "ida@example.org" :Date "Wed, 01 Jan 2020 12:00:00 +0000"))
nil)))"""


def test_notmuch_show_for_emacs() -> None:
    text = 'Say "yes" (or no) \\o/\nWhen?'
    assert answered(SEXP) == ("bo@example.org", "lake", "Bo Berg", text)
    (mail,) = parse_stdin(SEXP).thread
    assert (mail.message_id, mail.date) == ("1@x", 1577880000)
    original = SEXP.strip()[3:].rpartition("nil)))")[0]
    reply = f'(:reply-headers (:Subject "Re: lake" :To "bo@example.org") :original {original})'
    assert answered(reply) == ("bo@example.org", "lake", "Bo Berg", text)


@pytest.mark.parametrize("text", [SEXP[:-9], "(" * 100_000 + ':id "1"', f"{SEXP})", "((:id"])
def test_a_damaged_expression_is_text(text: str) -> None:
    assert parse_stdin(text).kind == "plain"


def test_the_answer_goes_where_the_sender_wants_it_past_the_list() -> None:
    header = MAIL.replace("Date", "Reply-To: list@example.org\nMail-Reply-To: b@example.org\nDate")
    assert parse_stdin(header + TEXT).recipient == "b@example.org"
    followup = MAIL.replace("Date", "Mail-Followup-To: list@example.org\nDate")
    assert parse_stdin(followup + TEXT).recipient == "bo@example.org"


def test_a_field_folded_by_white_space_only_goes_on() -> None:
    header = MAIL.replace("Subject: lake", "Subject: the\n \n lake\n\t\n  house\nX-Mailer: a")
    assert "the\n \n lake" in header
    assert " ".join(parse_stdin(header + TEXT).subject.split()) == "the lake house"
