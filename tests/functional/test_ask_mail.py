"""`panza-tui --ask` with a mail to answer: who gets the answer, and the answer as a message."""

from __future__ import annotations

import json
import mailbox
import os
import subprocess
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from conftest import PANZA, Given, Panza

from engine.database.database import connect
from engine.home.home import Home

MAIL = (
    "From: Ann Lee <ann@post.example>\nTo: lo@finchandchain.example\n"
    "Date: Mon, 2 Jan 2023 10:00:00 +0000\nSubject: lunch\n\nLunch on \x1b[31mFriday\u202e?\n"
)
LUNCH = "Lunch on Friday?"
FEW = ("--ask", "say yes", "--max-tokens", "6")
TEMPLATE = (
    "From: Lo <lo@finchandchain.example>\nTo: Ann Lee <ann@post.example>\nSubject: Re: lunch\n"
    "In-Reply-To: <1@post.example>\nX-Own: kept\n\nOn Mon, 2 Jan 2023, Ann Lee wrote:\n> Lunch?\n"
)


def read_eml(text: str) -> EmailMessage:
    message = message_from_bytes(text.encode(), policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert message.defects == []
    return message


def test_hostile_mail_is_answered_without_escape_sequences(
    mails_home: Home, panza: Panza, stdin_is: Any, tmp_path: Path
) -> None:
    (tmp_path / "mail").write_text(MAIL)
    with open(tmp_path / "mail") as file:
        stdin_is(file.fileno())
    done = panza("--ask", "say \x1b[1myes", "--plain-base", "--max-tokens", "1", "--json", "-")
    assert done.out.isascii()
    assert "\x1b" not in done.out
    made = json.loads(done.out)
    assert "Lunch on" in made["prompt"][1]["content"]
    assert made["instruction"] == "say \x1b[1myes"


def test_a_reply_to_of_somebody_else_is_said(model_home: Home, panza: Panza, given: Given) -> None:
    mail = MAIL.replace("To:", "Reply-To: Ann Lee <ann@evil.example>\nTo:")
    given(mail)
    done = panza(*FEW, "--fast", "-")
    assert done.err.startswith(
        "Note: the answer goes to ann@evil.example, but the mail is from ann@post.example. "
    )
    given(mail)
    assert json.loads(panza(*FEW, "--json", "-").out)["reply_to_unlike_from"] == [
        "ann@evil.example"
    ]
    given(mail)
    assert "evil" not in panza(*FEW, "--fast", "--to", "ann@post.example", "-").err
    given(MAIL)
    assert json.loads(panza(*FEW, "--json", "-").out)["reply_to_unlike_from"] == []


def test_an_answer_as_a_message_is_in_its_thread(
    model_home: Home, panza: Panza, given: Given
) -> None:
    mail = MAIL.replace(
        "Subject", "Message-ID: <9@post.example>\nReferences: <8@x.example>\nSubject"
    )
    given(mail)
    message = read_eml(panza(*FEW, "--eml").out)
    assert message["From"].addresses[0].addr_spec == "lo@finchandchain.example"
    assert message["To"].addresses[0].addr_spec == "ann@post.example"
    assert message["Subject"] == "Re: lunch"
    assert message["In-Reply-To"] == "<9@post.example>"
    assert message["References"] == "<8@x.example> <9@post.example>"
    kept = connect(model_home.database).execute("SELECT draft FROM drafts").get
    assert message.get_content() == f"{kept}\n"

    given(mail)
    quoted = read_eml(panza(*FEW, "--eml", "--quote").out).get_content()
    assert quoted == f"{kept}\n\nOn Mon, 2 Jan 2023 at 10:00, Ann Lee wrote:\n> {LUNCH}\n"
    given(mail)
    assert panza(*FEW, "--quote").out == quoted
    given(mail)
    made = json.loads(panza(*FEW, "--quote", "--eml", "--json").out)
    assert (made["draft"], made["subject"]) == (kept, "Re: lunch")
    assert read_eml(made["message"]).get_content() == quoted


def test_a_templates_headers_are_kept_and_its_body_filled(
    model_home: Home, panza: Panza, given: Given
) -> None:
    given(TEMPLATE)
    out = panza(*FEW, "--eml").out
    kept = connect(model_home.database).execute("SELECT draft FROM drafts").get
    assert out.startswith(TEMPLATE.partition("\n\n")[0])
    assert read_eml(out).get_content() == f"{kept}\n"
    given(TEMPLATE)
    assert panza(*FEW, "--quote").out == f"{kept}\n\n{TEMPLATE.partition(chr(10) * 2)[2]}"


def test_a_follow_up_goes_to_those_who_got_the_mail(
    model_home: Home, panza: Panza, given: Given
) -> None:
    given(
        "From: Lo <lo@finchandchain.example>\nTo: Ann Lee <ann@post.example>, bo@x.example\n"
        "Date: Mon, 2 Jan 2023 10:00:00 +0000\nSubject: lunch\n\nLunch on Friday?\n"
    )
    message = read_eml(panza(*FEW, "--eml").out)
    assert message["From"].addresses[0].addr_spec == "lo@finchandchain.example"
    assert [to.addr_spec for to in message["To"].addresses] == ["ann@post.example", "bo@x.example"]


def test_an_encrypted_mail_is_said_before_the_draft(
    model_home: Home, panza: Panza, given: Given
) -> None:
    given(f"{MAIL.partition(chr(10) * 2)[0]}\n\n-----BEGIN PGP MESSAGE-----\n\nhQEM\n")
    done = panza(*FEW, "--json")
    assert (done.code, "is encrypted" in done.err) == (0, True)
    assert "hQEM" not in done.out


@pytest.mark.parametrize(
    ("to", "told"),
    [("ann@", "'ann@'"), ("ann@x.example, Bo", "'Bo'"), ("mailto:", "mailto:"), ("Zed", "'Zed'")],
)
def test_a_recipient_without_an_address_is_refused(
    home: Home, panza: Panza, to: str, told: str
) -> None:
    done = panza(*FEW, "--eml", "--to", to)
    assert (done.code, done.out) == (2, "")
    assert told in done.err


def test_a_file_that_is_no_mail_is_refused(home: Home, panza: Panza, given: Given) -> None:
    given(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    done = panza(*FEW, "-")
    assert (done.code, done.out) == (2, "")
    assert "neither a mail nor text" in done.err


def test_several_messages_are_an_mbox(model_home: Home, panza: Panza, tmp_path: Path) -> None:
    (tmp_path / "drafts").write_text(
        panza(*FEW, "--eml", "-n", "2", "--to", "Bo <b@x.example>").out
    )
    messages = list(mailbox.mbox(tmp_path / "drafts", create=False))
    assert [message["To"] for message in messages] == ["Bo <b@x.example>"] * 2
    assert len({message["Message-ID"] for message in messages}) == 2


def test_there_must_be_something_to_quote(model_home: Home, panza: Panza) -> None:
    done = panza(*FEW, "--quote")
    assert (done.code, done.out) == (2, "")
    assert "--quote" in done.err


def test_html_mail_and_a_huge_paste_are_answered(
    model_home: Home, panza: Panza, given: Given
) -> None:
    head = MAIL.partition("\n\n")[0] + "\nContent-Type: text/html\n\n"
    given(head + "<p>Lunch on <b>Friday</b>?</p><blockquote type=cite>No.</blockquote>")
    made = json.loads(panza("--ask", "a friendly answer", *FEW[2:], "--json").out)
    assert "Lunch on Friday?" in made["prompt"][1]["content"]
    # What is understood is written out without the mail to answer.
    given(head + "<p>Lunch on <b>Friday</b>?</p>")
    made = json.loads(panza(*FEW, "--json").out)
    assert made["prompt"][1]["content"].endswith("Instruction: Write this: Yes.")
    assert "Lunch" not in made["prompt"][1]["content"]
    given("word " * 40_000)
    assert panza(*FEW).code == 0
    given("\x1b]0;evil\x07\u202e" * 10_000 + "Lunch?")
    assert "\x1b" not in panza(*FEW, "--quote").out


def test_without_a_utf8_locale_no_letter_is_lost(model_home: Home) -> None:
    done = subprocess.run(
        [*PANZA, *FEW, "--eml", "--to", "Zoë <zoe@post.example>"],
        env=os.environ | {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    )
    assert done.stderr == b""
    assert read_eml(done.stdout.decode())["To"] == "Zoë <zoe@post.example>"


def test_a_link_that_names_nobody_but_a_subject_is_drafted_for(
    model_home: Home, panza: Panza, given: Given
) -> None:
    done = panza(*FEW, "--fast", "--eml", "--to", "mailto:?subject=A%20page&body=x")
    assert "Note: the link names nobody, so the draft is to nobody." in done.err
    message = read_eml(done.out)
    assert (message["To"], message["Subject"]) == (None, "A page")
