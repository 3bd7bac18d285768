"""Drafts as messages: valid headers, bodies that survive encoding, quotes below."""

from __future__ import annotations

import mailbox
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import quote

import pytest

from engine.errors import PanzaError
from engine.mail.message.addresses import parse_addresses
from engine.mail.message.message import read_envelope
from engine.mail.own_words import own_words
from engine.mail.own_words.quotes import quoted_mail
from engine.mail.replies.compose import (
    compose_eml,
    mbox_of,
    quote_below,
    reply_subject,
    save_to_maildir,
)
from engine.mail.replies.recipients import read_addressee
from engine.mail.replies.reply_template import fill_template, template_below
from engine.mail.replies.reply_to import answer_to
from engine.mail.types import Received

ANN = Received(
    "Ann Lee", 1_577_880_000, "AW: The lake", "When do we leave?\n\n> sooner\n", "input",
    message_id="2@post.example", references="0@post.example 1@post.example",
)  # fmt: skip
TEMPLATE = b"""\
From: Ida <ida@example.org>
To: Ann Lee <ann@post.example>
Subject: =?utf-8?q?Re:_B=C3=B8?=
In-Reply-To: <2@post.example>
References: <1@post.example>
 <2@post.example>
X-Own: kept
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: 8bit

On Wed, 01 Jan 2020, Ann Lee wrote:
> When do we leave, B\xf8?

-- 
Ida
"""


def read(data: bytes) -> EmailMessage:
    message = message_from_bytes(data, policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert message.defects == []
    return message


def test_a_whole_message() -> None:
    made = compose_eml(
        "Hi Ann,\n\nat five — wie früher.\n\nIda",
        sender=("Ida Ås", "ida@example.org"),
        recipient="Ann Lee <ann@post.example>, bo@post.example",
        subject="Re: Der See",
        answered=ANN,
    )
    message = read(made)
    assert message["From"].addresses[0].display_name == "Ida Ås"
    assert [a.addr_spec for a in message["To"].addresses] == ["ann@post.example", "bo@post.example"]
    assert message["Subject"] == "Re: Der See"
    assert message["In-Reply-To"] == "<2@post.example>"
    assert message["References"].split() == [
        "<0@post.example>",
        "<1@post.example>",
        "<2@post.example>",
    ]
    assert message["Message-ID"].endswith("@example.org>")
    assert message["Date"].datetime.tzinfo is not None
    assert message.get_content_type() == "text/plain"
    assert message.get_content() == "Hi Ann,\n\nat five — wie früher.\n\nIda\n"
    assert b"\r" not in made


def test_what_is_not_known_has_no_header() -> None:
    message = read(compose_eml("Hi", recipient="Ann"))
    assert message.keys()[:2] == ["Date", "Message-ID"]
    for name in ("From", "To", "Subject", "In-Reply-To", "References"):
        assert name not in message


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\n\n", "\x0b", "\x85", "\u2028", "\0", "\n "])
def test_no_value_can_add_a_header(end: str) -> None:
    evil = f"x{end}Bcc: eve@evil.example{end}{end}<p>body"
    made = compose_eml(
        "Hi",
        sender=(evil, f"ida@example.org{end}Bcc: eve@evil.example"),
        recipient=f'"{evil}" <ann@post.example{end}Bcc:eve@evil.example>, b@post.example',
        subject=evil,
        answered=replace(ANN, message_id=f"1@x{end}Bcc: e@x", references=f"a@b{end}Bcc: e@x c@d"),
    )
    assert not any(line.lower().startswith((b"bcc", b"<p>")) for line in made.splitlines())
    assert read(made)["Bcc"] is None
    assert read(made).get_content() == "Hi\n"
    filled = fill_template(TEMPLATE.replace(b"kept", f"x{end.strip()}\x1b[2J".encode()), "Hi")
    assert b"\x1b" not in filled


@pytest.mark.parametrize(
    "separator", ["，", "﹐", "︐", "；", "﹔", "：", "＠", "＞", "＜", "（", "＂", "＼", "¨"]
)
def test_no_address_becomes_two(separator: str) -> None:
    """A domain is written in its compatible form, where a wide comma is a comma."""
    evil = f"bob@bank.example{separator}eve＠evil.example"
    assert parse_addresses(evil.encode()) == ()
    assert "\nTo: " not in compose_eml("Hi", recipient=f'"Bob Berg" <{evil}>').decode()
    link = read_addressee(f"mailto:{quote(evil)}")
    assert "\nTo: " not in compose_eml("Hi", recipient=link.recipient).decode()
    assert "\nFrom: " not in compose_eml("Hi", sender=("Bob", evil)).decode()
    header = f"From: bo@x.example\nReply-To: Bob <{evil}>\nTo: {evil}\nCc: {evil}\n\nHi"
    envelope = read_envelope(header.encode())
    assert answer_to(envelope, ["ida@x.example"]) == "bo@x.example"
    assert envelope.recipients == ()
    assert read_envelope(f"From: Bob <{evil}>\n\nHi".encode()).sender == ("Bob", "")


def test_long_and_odd_values_survive() -> None:
    subject = "Überraschung " * 12 + "=?utf-8?q?raw?="
    name = "Þórður " * 12 + "Q. Public, Jr."
    sender = ('Q. Public, "Jr."', "ida@bücher.example")
    made = compose_eml("x", sender=sender, recipient=f"{name} <a@b.example>", subject=subject)
    message = read(made)
    assert message["Subject"] == subject
    assert message["From"].addresses[0].display_name == 'Q. Public, "Jr."'
    assert message["From"].addresses[0].domain == "xn--bcher-kva.example"
    assert message["To"].addresses[0].display_name.split()[0] == "Þórður"
    assert max(map(len, made.splitlines())) <= 80
    assert read(compose_eml("x", subject="=?utf-8?q?raw?="))["Subject"] == "=?utf-8?q?raw?="


@pytest.mark.parametrize(
    "body",
    [
        "plain",
        "From me\n.\n-- \nIda",
        "ø" * 600,
        "\t  indented \n\ntrailing  ",
        "a\n" * 3,
        "\udcff x",
    ],
)
def test_the_body_comes_back_as_it_went_in(body: str) -> None:
    expected = body.encode("utf-8", "replace").decode().rstrip("\n") + "\n"
    assert read(compose_eml(body)).get_content() == expected


def test_a_template_keeps_its_headers_and_gets_our_body() -> None:
    made = fill_template(TEMPLATE, "Um fünf.\n")
    message = read(made)
    assert made.startswith(TEMPLATE[: TEMPLATE.index(b"Content-Type")])
    assert message["X-Own"] == "kept"
    assert message["Subject"] == "Re: Bø"
    assert message.get_content() == "Um fünf.\n"
    assert len(message.get_all("Content-Type")) == len(message.get_all("Date")) == 1
    assert fill_template(made, "Um sechs.").count(b"Date:") == 1
    assert template_below("At five.", TEMPLATE) == (
        "At five.\n\nOn Wed, 01 Jan 2020, Ann Lee wrote:\n> When do we leave, Bø?\n\n-- \nIda"
    )


def test_a_quote_is_recognised_as_one() -> None:
    for answered in (ANN, replace(ANN, date=None)):
        quoted = quote_below("At five.\n\nIda", answered)
        assert own_words(quoted) == "At five.\n\nIda"
        assert (quoted_mail(quoted) or "").startswith("When do we leave?")
    assert quoted.endswith("Ann Lee wrote:\n> When do we leave?\n>\n>> sooner")
    assert quote_below("x", replace(ANN, date=None, sender="")).startswith("x\n\n> When")


@pytest.mark.parametrize(
    ("subject", "answer"),
    [
        ("The lake", "Re: The lake"),
        ("Re: RE: AW: The lake", "Re: The lake"),
        ("Re[2]: Sv：The\n lake", "Re: The lake"),
        ("Fwd: The lake", "Re: Fwd: The lake"),
        ("Regarding: you", "Re: Regarding: you"),
        (" ", ""),
        ("Re: ", ""),
    ],
)
def test_an_answers_subject_has_re_once(subject: str, answer: str) -> None:
    assert reply_subject(subject) == answer


def test_a_maildir_takes_the_draft_as_it_is(tmp_path: Path) -> None:
    message = compose_eml("From me\nüber\n", subject="x")
    path = save_to_maildir(tmp_path / "Drafts", message)
    assert path.read_bytes() == message
    assert path.parent == tmp_path / "Drafts" / "cur"
    assert path.name.endswith(":2,DS")
    assert len(mailbox.Maildir(tmp_path / "Drafts")) == 1


def test_a_folder_that_is_not_a_maildir_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").touch()
    with pytest.raises(PanzaError, match="not a Maildir"):
        save_to_maildir(tmp_path, b"x")
    with pytest.raises(PanzaError, match="can't be saved"):
        save_to_maildir(tmp_path / "letter.txt", b"x")
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_an_mbox_gives_its_messages_back(tmp_path: Path) -> None:
    bodies = ["From me\n>From you\nx", "two"]
    (tmp_path / "drafts").write_bytes(mbox_of([compose_eml(body) for body in bodies]))
    read_back = [m.get_payload() for m in mailbox.mbox(tmp_path / "drafts", create=False)]
    assert read_back == [">From me\n>>From you\nx\n", "two\n"]
