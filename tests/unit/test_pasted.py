"""The kind of input piped into --ask is detected."""

from __future__ import annotations

import random

import pytest

from engine.mail.replies.pasted import parse_stdin

MAIL = """\
Received: from mx.example.org; Wed, 01 Jan 2020 12:00:05 +0000
From: =?utf-8?q?B=C3=B8?= Berg <bo@example.org>
Reply-To: Desk <desk@example.org>
To: Ida <ida@example.org>
Subject: The lake
Date: Wed, 01 Jan 2020 12:00:00 +0000

When do we leave?

On Tue, 31 Dec 2019 at 10:00, Ida <ida@example.org> wrote:
> We leave tomorrow.
"""

TEMPLATE = """\
From: Ida <ida@example.org>
To: Bo Berg <bo@example.org>
Subject: Re: The lake
In-Reply-To: <1@example.org>
References: <1@example.org>

On Wed, 01 Jan 2020 12:00:00 +0000, Bo Berg <bo@example.org> wrote:
> When do we leave?
>
> > We leave tomorrow.
"""


@pytest.mark.parametrize("nothing", ["", b"", "\n \n\t", b"\xef\xbb\xbf\n", b"\0\0"])
def test_nothing(nothing: str | bytes) -> None:
    assert parse_stdin(nothing).kind == "empty"
    assert parse_stdin(nothing).thread == ()


@pytest.mark.parametrize("data", [MAIL, MAIL.encode(), MAIL.replace("\n", "\r\n")])
def test_a_mail(data: str | bytes) -> None:
    pasted = parse_stdin(data)
    older, mail = pasted.thread
    assert pasted.kind == "rfc822"
    assert (pasted.recipient, pasted.subject) == ("desk@example.org", "The lake")
    assert (mail.sender, mail.body, mail.date) == ("Bø Berg", "When do we leave?", 1577880000)
    assert older.body == "We leave tomorrow."
    assert {mail.known_from, older.known_from} == {"input"}


def test_a_mail_in_html_only() -> None:
    html = "<p>When do we leave?</p><blockquote type=cite><p>Tomorrow.</p></blockquote>"
    head = MAIL.partition("\n\n")[0] + "\nContent-Type: text/html\n\n"
    assert parse_stdin(head + html).thread[-1].body == "When do we leave?"


def test_a_forwarded_mail_is_answered_as_a_whole() -> None:
    head = MAIL.partition("\n\n")[0]
    pasted = parse_stdin(f"{head}\n\n---------- Forwarded message ---------\nFrom: Cy\n\nHelp!")
    assert "Help!" in pasted.thread[-1].body


def test_an_mbox_is_a_thread_in_order_of_time() -> None:
    separator = "From bo@example.org Wed Jan  1 12:00:00 2020\n"
    later = MAIL.replace("12:00:00", "18:00:00").replace("When do we leave?", "Well?")
    pasted = parse_stdin(separator + later + "\n" + separator + MAIL)
    assert pasted.kind == "mbox"
    assert [mail.body for mail in pasted.thread] == ["When do we leave?", "Well?"]
    assert parse_stdin(separator + MAIL).kind == "rfc822"


def test_a_reply_template() -> None:
    pasted = parse_stdin(TEMPLATE)
    (mail,) = pasted.thread
    assert pasted.kind == "template"
    assert (pasted.recipient, pasted.subject) == ("bo@example.org", "Re: The lake")
    assert (mail.sender, mail.body) == ("Bo Berg", "When do we leave?")
    assert mail.date == 1577880000


def test_a_template_of_a_new_mail_answers_nothing() -> None:
    pasted = parse_stdin("From: ida@example.org\nTo: bo@example.org\nSubject: \n\n\n")
    assert (pasted.kind, pasted.thread) == ("template", ())
    assert pasted.recipient == "bo@example.org"


def test_a_mail_copied_from_a_screen_is_answered_to_its_sender() -> None:
    text = "From: Bo <bo@example.org>\nSent: 1 January 2020 12:00\nTo: Ida\nSubject: Lake\n\nWhen?"
    pasted = parse_stdin(text)
    assert (pasted.kind, pasted.recipient) == ("rfc822", "bo@example.org")
    assert (pasted.thread[0].body, pasted.thread[0].date) == ("When?", 1577880000)


@pytest.mark.parametrize(
    "text", ["When do we leave?", "Note: bring shoes.\nWhen do we leave?", "Subject: only this"]
)
def test_plain_text(text: str) -> None:
    pasted = parse_stdin(text)
    assert (pasted.kind, pasted.recipient) == ("plain", "")
    assert pasted.thread[0].body == text


def test_plain_text_that_is_all_quote() -> None:
    pasted = parse_stdin("On 1 Jan 2020 at 12:00, Bo <bo@example.org> wrote:\n> When?\n> Soon?")
    assert [mail.body for mail in pasted.thread] == ["When?\nSoon?"]


def test_garbage_never_raises_and_gives_no_control_characters() -> None:
    noise = random.Random(0)
    starts = [b"", b"From ", MAIL.encode()[:200], TEMPLATE.encode()[:150], b"Subject: x\nTo: "]
    for number in range(300):
        data = noise.choice(starts) + noise.randbytes(number * 7)
        pasted = parse_stdin(data)
        for mail in pasted.thread:
            assert not any(letter < " " and letter not in "\n\t" for letter in mail.body)
    assert parse_stdin("\ud800 lone surrogate").kind == "plain"
