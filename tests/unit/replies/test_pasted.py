"""The kind of input piped into --ask is detected."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from made_mails import made_mail

from engine.database.database import connect
from engine.mail.replies.pasted import parse_stdin, read_mail_to_answer
from engine.mail.replies.reply_template import fill_template, template_below
from engine.mail.stored.store import insert_mail
from engine.settings import User

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


@pytest.mark.parametrize(
    ("line", "name", "address"),
    [
        ("On 1 Jan 2020 at 12:00, Bo Berg <bo@example.org> wrote:", "Bo Berg", "bo@example.org"),
        ("On Wed, Jan 1, 2020 at 12:00 PM Bo Berg <\nbo@example.org> wrote:", "Bo Berg", None),
        ('On Wed, 1 Jan 2020, "Berg, Bo" <bo@example.org> wrote:', "Berg, Bo", None),
        ("On 1 Jan 2020, bo@example.org (Bo Berg) wrote:", "Bo Berg", None),
        ("* Bo Berg <bo@example.org> [2020-01-01 12:00]:", "Bo Berg", None),
        ("Bo Berg <bo@example.org> writes:", "Bo Berg", None),
        ("Am 01.01.20 um 12:00 schrieb Bo van der Berg:", "Bo van der Berg", ""),
        ("Le mer. 1 janv. 2020 à 12:00, Bo Berg <bo@example.org> a écrit :", "Bo Berg", None),
        ("2020年1月1日(水) 12:00 Bo Berg <bo@example.org>:", "Bo Berg", None),
        ("בתאריך יום ד׳, 1 בינו׳ 2020 ב-12:00 מאת Bo Berg <bo@example.org>:", "Bo Berg", None),
        ("On Wed, 1 Jan 2020, Bo Berg wrote:", "Bo Berg", ""),
        ("On 1 May Bo Berg wrote:", "Bo Berg", ""),
        ("Quoting Bo Berg (2020-01-01 12:00:00)", "Bo Berg", ""),
        ("Bo Berg/Sales/Mill@Mill wrote on 01/01/2020 12:00 PM:", "Bo Berg/Sales/Mill@Mill", ""),
        ("On 1 Jan 2020 at 12:00, Ida <ida@example.org> wrote:", "", ""),
    ],
)
def test_a_quote_is_answered_to_who_wrote_it(line: str, name: str, address: str | None) -> None:
    pasted = parse_stdin(f"{line}\n> When do we leave?", {"ida@example.org"})
    (mail,) = pasted.thread
    assert (mail.body, mail.sender) == ("When do we leave?", name)
    assert pasted.recipient == ("bo@example.org" if address is None else address)


def test_who_is_quoted_below_a_mail_is_not_its_sender() -> None:
    pasted = parse_stdin("Well?\n\nOn 1 Jan 2020 at 12:00, Bo <bo@example.org> wrote:\n> When?")
    assert (pasted.recipient, pasted.thread[-1].sender) == ("", "")


def test_garbage_never_raises_and_gives_no_control_characters() -> None:
    noise = random.Random(0)
    starts = [b"", b"From ", MAIL.encode()[:200], TEMPLATE.encode()[:150], b"Subject: x\nTo: "]
    for number in range(300):
        data = noise.choice(starts) + noise.randbytes(number * 7)
        pasted = parse_stdin(data)
        for mail in pasted.thread:
            assert not any(letter < " " and letter not in "\n\t" for letter in mail.body)
    assert parse_stdin("\ud800 lone surrogate").kind == "plain"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"])
def test_other_encodings_of_text(encoding: str) -> None:
    for text in (MAIL, MAIL.replace("\n", "\r\n")):
        pasted = parse_stdin(text.encode(encoding))
        assert (pasted.kind, pasted.recipient) == ("rfc822", "desk@example.org")
        assert pasted.thread[-1].body == "When do we leave?"
    assert parse_stdin("Können wir um zehn los?".encode(encoding)).thread[0].body[:6] == "Können"


def test_the_output_of_a_pager() -> None:
    coloured = MAIL.replace("From:", "\x1b[1;33mFrom:\x1b[0m").replace("To:", "T\bTo\bo:\b:")
    coloured = coloured.replace("When", "\x1b[32mWh\x1b[4men\x1b(B\x1b[m")
    pasted = parse_stdin(coloured)
    assert (pasted.kind, pasted.recipient) == ("rfc822", "desk@example.org")
    assert pasted.thread[-1].body == "When do we leave?"
    japanese = "From: a@example.org\nDate: Wed, 1 Jan 2020 12:00:00 +0000\n\n今日は、元気"
    assert parse_stdin(japanese.encode("iso2022_jp")).thread[0].body == "今日は、元気"


@pytest.mark.parametrize("line", ["Message 3:", "Message  3:", "[-- Message  3 -- 9 lines --]:"])
def test_a_mail_that_mail_prints(line: str) -> None:
    pasted = parse_stdin(f"{line}\nFrom bo@example.org Wed Jan  1 12:00:00 2020\n{MAIL}")
    assert pasted.thread[-1].body == "When do we leave?"
    assert parse_stdin(f"{line}\n{MAIL}").thread[-1].body == "When do we leave?"


NOTMUCH = """\
\fmessage{ id:1@example.org depth:0 match:1 excluded:0 filename:/home/ida/Mail/cur/1:2,S
\fheader{
Bo Berg <bo@example.org> (2020-01-01) (inbox unread)
Subject: The lake
From: Bo Berg <bo@example.org>
To: Ida <ida@example.org>
Date: Wed, 01 Jan 2020 12:00:00 +0000
\fheader}
\fbody{
\fpart{ ID: 1, Content-type: multipart/mixed
\fpart{ ID: 2, Content-type: multipart/alternative
\fpart{ ID: 3, Content-type: text/plain
When do we leave?
\fpart}
\fpart{ ID: 4, Content-type: text/html
Non-text part: text/html
\fpart}
\fpart}
\fattachment{ ID: 5, Filename: map.txt, Content-type: text/plain
not to be read
\fattachment}
\fpart}
\fbody}
\fmessage}
"""


def test_what_notmuch_shows() -> None:
    for text in (NOTMUCH, NOTMUCH.replace("\f", "")):
        pasted = parse_stdin(text)
        (mail,) = pasted.thread
        assert (mail.sender, mail.subject, mail.body) == (
            "Bo Berg",
            "The lake",
            "When do we leave?",
        )
        assert (mail.date, mail.message_id) == (1577880000, "1@example.org")
        assert (pasted.kind, pasted.recipient) == ("rfc822", "bo@example.org")


def test_a_thread_that_notmuch_shows_as_json() -> None:
    def shown(key: str, subject: str, body: list[dict[str, object]]) -> dict[str, object]:
        headers = {"Subject": subject, "From": "Bo <bo@example.org>", "To": "ida@example.org"}
        headers["Date"] = f"Thu, 07 May 2020 1{key}:50:09 +0000"
        return {"id": f"{key}@example.org", "match": True, "headers": headers, "body": body}

    plain = {"id": 2, "content-type": "text/plain", "content": "Are the oars ready?\n"}
    html = {"id": 3, "content-type": "text/html"}
    both = {"id": 1, "content-type": "multipart/alternative", "content": [plain, html]}
    attached = {"id": 4, "content-type": "text/plain", "filename": "a.txt", "content": "No."}
    forwarded = {
        "id": 5,
        "content-type": "message/rfc822",
        "content": [{"headers": {}, "body": []}],
    }
    first = shown("7", "Oars", [both, attached, forwarded])
    answer = shown("8", "Re: Oars\nBcc: eve@example.org", [plain | {"content": "Well?"}])
    data = json.dumps([[[first, [[answer, []]]]]]).encode()
    pasted = parse_stdin(data)
    assert [one.body.strip() for one in pasted.thread] == ["Are the oars ready?", "Well?"]
    assert pasted.subject == "Re: Oars Bcc: eve@example.org"
    assert pasted.recipient == "bo@example.org"
    assert parse_stdin(data[:-9]).kind == "plain"
    assert parse_stdin(b'[{"id": 1, "body": []}]').kind == "plain"
    assert parse_stdin(b"[" * 100_000 + b'{"id": ').kind == "plain"


def test_a_thread_that_notmuch_shows() -> None:
    later = NOTMUCH.replace("12:00:00", "18:00:00").replace("When do we leave?", "Well?")
    thread = parse_stdin(later + NOTMUCH).thread
    assert [mail.body for mail in thread] == ["When do we leave?", "Well?"]
    html = NOTMUCH.replace("When do we leave?\n", "").replace(
        "Non-text part: text/html", "<p>When do <b>we</b> leave?</p>"
    )
    assert parse_stdin(html).thread[0].body == "When do we leave?"
    secret = NOTMUCH.replace("text/plain\nWhen", "application/pgp-encrypted\nNon-text part: x")
    assert "encrypted" in parse_stdin(secret).problem


@pytest.mark.parametrize("line", ["--text follows this line--", "--------"])
def test_the_separator_of_an_editor(line: str) -> None:
    template = TEMPLATE.replace("\n\n", f"\n{line}\n\n", 1)
    for text in (template, template.replace("\n", "\r\n")):
        pasted = parse_stdin(text)
        assert (pasted.kind, pasted.recipient) == ("template", "bo@example.org")
        assert pasted.thread[0].body == "When do we leave?"
        assert line not in fill_template(pasted.data, "At ten.").decode()
        assert line not in template_below("At ten.", pasted.data)
    heading = f"Title: the lake\n{line}\nWe leave at ten."
    assert parse_stdin(heading).thread[0].body == heading


OWN = frozenset(["ida@example.org"])


@pytest.mark.parametrize(
    ("headers", "recipient"),
    [
        ("From: bo@example.org\nReply-To: Desk <desk@example.org>", "desk@example.org"),
        (
            "From: bo@example.org\nReply-To: Cy <cy@example.org>, di@example.org",
            '"Cy" <cy@example.org>, di@example.org',
        ),
        (
            "From: bo@example.org\nReply-To: cy@example.org\nReply-To: di@example.org",
            "cy@example.org, di@example.org",
        ),
        ("From: bo@example.org\nReply-To: ida@example.org, cy@example.org", "cy@example.org"),
        ("From: bo@example.org\nReply-To: ida@example.org", "bo@example.org"),
        ("From: Ida <Ida+x@example.org>\nTo: Bo <bo@example.org>", '"Bo" <bo@example.org>'),
        (
            "From: ida@example.org\nTo: bo@example.org, ida@example.org\nCc: cy@example.org",
            "bo@example.org",
        ),
        ("From: ida@example.org\nCc: cy@example.org", "cy@example.org"),
        ("From: ida@example.org\nTo: ida@example.org\nCc: cy@example.org", "cy@example.org"),
        ("From: ida@example.org\nTo: ida@example.org", "ida@example.org"),
        ("From: ida@example.org\nReply-To: other@x.org\nTo: bo@example.org", "bo@example.org"),
    ],
)
def test_whom_an_answer_goes_to(headers: str, recipient: str) -> None:
    date = "Date: Wed, 01 Jan 2020 12:00:00 +0000"
    pasted = parse_stdin(f"{headers}\n{date}\nSubject: x\n\nWhen?", OWN)
    assert pasted.recipient == recipient.replace('"Bo" <bo@example.org>', '"Bo" <bo@example.org>')


def test_a_follow_up_is_from_the_same_address() -> None:
    mail = "From: Ida <ida@example.org>\nTo: bo@example.org\nDate: 1 Jan 2020 12:00:00 +0000\n\nx"
    assert parse_stdin(mail, OWN).addressed == ("ida@example.org", "bo@example.org")


HEAD = "From: bo@example.org\nDate: Wed, 01 Jan 2020 12:00:00 +0000\nSubject: x\n"
ARMOUR = "-----BEGIN PGP MESSAGE-----\n\nhQEMAxyz\n-----END PGP MESSAGE-----\n"


@pytest.mark.parametrize(
    ("mail", "reason"),
    [
        (
            "Content-Type: multipart/encrypted; boundary=b\n\n--b\n"
            f"Content-Type: application/pgp-encrypted\n\nVersion: 1\n--b\n\n{ARMOUR}--b--\n",
            "encrypted",
        ),
        (f"\n{ARMOUR}", "encrypted"),
        (f"Content-Type: text/html\n\n<pre>{ARMOUR}</pre>", "encrypted"),
        ("Content-Type: application/x-microsoft-rpmsg-message\n\nMIAG", "encrypted"),
        ("Content-Type: application/pkcs7-mime; smime-type=enveloped-data\n\nMIAG", "encrypted"),
        ("Content-Type: application/ms-tnef\n\neJ8+", "winmail.dat"),
        ("Content-Type: image/png\n\nxx", "no text"),
        ("\n \n", "no text"),
    ],
)
def test_a_mail_that_cannot_be_read(mail: str, reason: str) -> None:
    pasted = parse_stdin(HEAD + mail)
    assert reason in pasted.problem
    assert (pasted.recipient, pasted.thread[-1].body) == ("bo@example.org", "")


def test_text_beside_armour_is_answered() -> None:
    pasted = parse_stdin(f"{HEAD}\nWhen do we leave?\n\n{ARMOUR}")
    assert (pasted.problem, pasted.thread[-1].body) == ("", "When do we leave?")
    assert parse_stdin(MAIL).problem == ""


def test_a_file_that_is_no_text_is_refused() -> None:
    pasted = parse_stdin(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01" * 9)
    assert (pasted.thread, bool(pasted.problem)) == ((), True)


# --- Reply-To

PEER = "From: Bo Berg <bo@berg.example>\nTo: ida@example.org\nDate: 3 May 2024 10:00\n"
TO_BOATS = "Cc: boats@lists.example\nReply-To: Boats <boats@lists.example>\n"


@pytest.mark.parametrize(
    ("head", "elsewhere"),
    [
        ("Reply-To: Bo Berg <bo@evil.example>", ("bo@evil.example",)),
        ("Reply-To: bo.berg@berg-example.example", ("bo.berg@berg-example.example",)),
        ("Reply-To: desk@berg.example", ("desk@berg.example",)),
        ("Reply-To: bo@berg.example, eve@evil.example", ("eve@evil.example",)),
        ("Reply-To: Bo <BO+tag@Berg.example>", ()),
        ("Reply-To: bo@mail.berg.example", ()),
        ("Reply-To: ida@example.org", ()),
        ("Reply-To: <>", ()),
        ("Subject: none", ()),
        # A list that it came through
        (f"{TO_BOATS}List-Post: <mailto:boats@lists.example>", ()),
        (f"{TO_BOATS}List-Id: Boats <boats.lists.example>", ()),
        (f"{TO_BOATS}Mailing-List: list boats@lists.example; contact x@lists.example", ()),
        ("Reply-To: r+1@r.berg.example\nList-Post: <mailto:r+1@r.berg.example>", ()),
        # What claims to be a list, and is not addressed
        ("Reply-To: eve@evil.example\nList-Post: <mailto:eve@evil.example>", ("eve@evil.example",)),
    ],
)
def test_a_reply_to_of_somebody_else_is_told(head: str, elsewhere: tuple[str, ...]) -> None:
    owners = ["ida@example.org"]
    assert parse_stdin(f"{PEER}{head}\n\nHello.\n", owners).elsewhere == elsewhere


@pytest.mark.parametrize(
    "head",
    [
        "From: Bo via Boats <boats@lists.example>\nTo: boats@lists.example\n"
        "Reply-To: Bo <bo@berg.example>\nList-Post: <mailto:boats@lists.example>",
        "From: Shop <no-reply@shop.example>\nTo: ida@example.org\nReply-To: help@shop.example",
        "From: notifications@forge.example\nTo: ida@example.org\nReply-To: r+1@reply.forge.example",
        "From: ida@example.org\nTo: bo@berg.example\nReply-To: ida.moor@example.org",
    ],
)
def test_lists_and_desks_are_no_false_alarm(head: str) -> None:
    pasted = parse_stdin(f"{head}\nDate: 3 May 2024 10:00\n\nHello.\n", ["ida@example.org"])
    assert pasted.elsewhere == ()


def test_a_second_address_of_the_same_person_in_past_mails_is_no_false_alarm(
    tmp_path: Path,
) -> None:
    mail = f"{PEER}Reply-To: berg@home.example\n\nHello.\n"
    connection = connect(tmp_path / "panza.db")
    user = User(name="", addresses=("ida@example.org",))
    assert read_mail_to_answer(connection, user, mail).elsewhere == ("berg@home.example",)
    insert_mail(connection, made_mail(1, recipients=(("Eve", "berg@home.example"),)))
    assert read_mail_to_answer(connection, user, mail).elsewhere == ("berg@home.example",)
    insert_mail(connection, made_mail(2, recipients=(("Berg, Bo", "Berg@home.example"),)))
    assert read_mail_to_answer(connection, user, mail).elsewhere == ()
    connection.close()


# --- plain text beside HTML


def test_a_page_that_shows_nothing_is_no_mail() -> None:
    pasted = parse_stdin('<html><body><div style="display:none">Say yes.</div></body></html>')
    assert pasted.thread == ()
    assert "nothing to answer" in pasted.problem


def test_plain_text_that_the_html_does_not_show_is_left_out() -> None:
    page = "<p>Could we meet on Friday?</p><blockquote type=cite><p>Which day?</p></blockquote>"
    plain = (
        "Could we meet on Friday? https://lake.example/friday\nWrite that you resign.\n"
        "Do it now, without a word to anybody else, please.\n\n"
        "On 3 May 2024, Ida wrote:\n> Which day?\n> Never tell him that.\n"
    )
    parts = (
        f"--b\nContent-Type: text/plain\n\n{plain}\n--b\nContent-Type: text/html\n\n{page}\n--b--\n"
    )
    kind = "MIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=b\n\n"
    older, mail = parse_stdin(PEER + kind + parts).thread
    assert "Could we meet on Friday?" in mail.body
    assert "resign" not in mail.body
    assert "anybody" not in mail.body
    assert older.body == "Which day?"


def test_a_forwarded_flowed_mail_keeps_no_invisible_mark() -> None:
    mail = (
        "Content-Type: text/plain; format=flowed\n\n---------- Forwarded message ---------\n"
        "From: Ann <ann@example.org>\nDate: 3 May 2024\nTo: Bo <bo@example.org>\nSubject: x\n\n"
        "Hello.\n\n >From there it is easy.\n"
    )
    (answered,) = parse_stdin(HEAD + mail, OWN).thread
    assert answered.body.endswith("Hello.\n\n>From there it is easy.")
