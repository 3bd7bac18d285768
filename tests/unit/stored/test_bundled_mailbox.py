"""The demo's mailbox: one writer, and an example of everything that occurs in real mail."""

from __future__ import annotations

import re
from collections import Counter
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
import tomli

from engine.database.database import connect
from engine.mail.importing.importing import import_archives

DEMO = Path(__file__).parents[3] / "panza_tui" / "demo"
RAW = (DEMO / "mailbox.mbox").read_bytes()
WRITER = tomli.loads((DEMO / "writer.toml").read_text(encoding="utf-8"))
SEPARATOR = re.compile(
    rb"^From \S+@\S+ [A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d 20\d\d\n", re.MULTILINE
)


def _messages() -> list[bytes]:
    return [
        re.sub(rb"^>(>*From )", rb"\1", data, flags=re.MULTILINE)
        for data in SEPARATOR.split(RAW)[1:]
    ]


def _parse(data: bytes) -> EmailMessage:
    return message_from_bytes(data, policy=policy.default)


SOURCES = _messages()
ALL = [_parse(data) for data in SOURCES]
DISTINCT = {str(mail["Message-ID"]): mail for mail in ALL}


def _is_sent(mail: EmailMessage) -> bool:
    return mail["From"].addresses[0].addr_spec == WRITER["address"]


def _has_own_text(mail: EmailMessage) -> bool:
    """Return whether a mail can be learnt from: it is neither automatic nor only a forward."""
    calendar = any(part.get_content_type() == "text/calendar" for part in mail.walk())
    return not calendar and "Auto-Submitted" not in mail and not _texts(mail)[0].startswith("\n> ")


def _texts(mail: EmailMessage) -> list[str]:
    """Return the decoded text parts that are not attachments."""
    return [
        part.get_content()
        for part in mail.walk()
        if part.get_content_maintype() == "text" and not part.is_attachment()
    ]


SENT = [mail for mail in DISTINCT.values() if _is_sent(mail)]
RECEIVED = [mail for mail in DISTINCT.values() if not _is_sent(mail)]


def _sent_texts() -> list[str]:
    return [text for mail in SENT for text in _texts(mail)]


def test_counts() -> None:
    assert len(SENT) >= 110
    assert len([mail for mail in SENT if _has_own_text(mail)]) >= 95
    assert len(RECEIVED) >= 25
    people = Counter(mail["To"].addresses[0].addr_spec for mail in SENT)
    assert len([person for person, count in people.items() if count >= 3]) >= 12


def test_size() -> None:
    assert len(RAW) < 250_000


def test_framing() -> None:
    assert b"\r" not in RAW
    assert RAW.startswith(b"From ")
    assert RAW.endswith(b"\n\n")
    assert len(re.findall(rb"^From ", RAW, re.MULTILINE)) == len(ALL)
    assert len(re.findall(rb"\n\nFrom ", RAW)) == len(ALL) - 1
    RAW.decode("utf-8")  # a repository's tools see ordinary text; other charsets are encoded
    assert not re.search(rb"[\x00-\x08\x0b-\x1f\x7f]", RAW)


def test_every_message_parses_without_defect() -> None:
    for mail in ALL:
        for part in mail.walk():
            assert not part.defects, mail["Message-ID"]
            assert not [value for value in part.values() if value.defects], mail["Message-ID"]


def test_every_address_is_fictional() -> None:
    for source, mail in zip(SOURCES, ALL, strict=True):
        text = "\n".join([str(mail), *_texts(mail), *re.findall(r"<\S+@\S+>", source.decode())])
        for domain in re.findall(r"[\w.+-]+@([\w-]+(?:\.[\w-]+)*)", text):
            if "." in domain:  # quoted-printable may break a line inside one
                assert "example".startswith(domain.rpartition(".")[2]), domain
        for name in ("From", "To", "Cc"):
            for address in mail[name].addresses if name in mail else ():
                assert address.domain.endswith(".example")


def test_dates_run_over_three_years_and_one_is_missing() -> None:
    dated = [mail["Date"].datetime for mail in DISTINCT.values() if "Date" in mail]
    assert len(dated) == len(DISTINCT) - 1
    assert dated == sorted(dated)
    assert (max(dated) - min(dated)).days > 1000


def test_three_exact_duplicates() -> None:
    copies = Counter(SOURCES)
    assert sorted(copies.values())[-4:] == [1, 2, 2, 2]
    assert len(DISTINCT) == len(ALL) - 3


def test_encodings() -> None:
    parts = [part for mail in DISTINCT.values() for part in mail.walk()]
    encodings = Counter(
        str(part["Content-Transfer-Encoding"])
        for part in parts
        if part.get_content_maintype() == "text"
    )
    assert min(encodings[name] for name in ("quoted-printable", "base64", "7bit", "8bit")) >= 2
    charsets = {str(part.get_content_charset()) for part in parts}
    assert {"utf-8", "iso-8859-1", "windows-1252", "iso-8859-15", "koi8-r"} <= charsets
    flowed = [part for part in parts if part.get_param("format") == "flowed"]
    assert len(flowed) >= 10
    assert len([part for part in flowed if part.get_param("delsp") == "yes"]) >= 3


@pytest.mark.parametrize(
    "pattern",
    [
        rb"(?i)^Subject: .*=\?iso-8859-1\?q\?",
        rb"(?i)^Subject: .*=\?utf-8\?b\?",
        rb"(?i)^To: .*=\?utf-8\?b\?",
        rb"(?i)^(?:From|To): .*=\?iso-8859-1\?q\?",
    ],
)
def test_encoded_headers(pattern: bytes) -> None:
    assert len([data for data in SOURCES if re.search(pattern, data, re.MULTILINE)]) >= 2


def test_encoded_subjects_come_out() -> None:
    subjects = " ".join(str(mail["Subject"]) for mail in SENT)
    assert "schöner als die Küche" in subjects
    assert "\N{BICYCLE}" in subjects


@pytest.mark.parametrize(
    ("shape", "least"),
    [
        (("text/plain", "text/html"), 30),  # multipart/alternative as Gmail writes it
        (("text/html",), 8),  # HTML only, as Outlook does
        (("text/plain",), 40),
        (("text/plain", "text/csv"), 1),
        (("text/plain", "text/html", "image/png"), 1),
        (("text/plain", "text/calendar"), 1),
    ],
)
def test_shapes(shape: tuple[str, ...], least: int) -> None:
    shapes = Counter(
        tuple(part.get_content_type() for part in mail.walk() if not part.is_multipart())
        for mail in SENT
    )
    assert shapes[shape] >= least


@pytest.mark.parametrize(
    ("pattern", "least"),
    [
        (r"^On \w{3}, \d+ \w{3} \d{4} at \d\d:\d\d, .*(?:\n.*)?wrote:\n\n> ", 8),  # Gmail
        (r"^On .*>\nwrote:\n", 2),  # the same, wrapped
        (r'class="gmail_quote"', 8),
        (r"^> On \d+ \w{3} \d{4}, at \d\d:\d\d, .*(?:\n> ?.*)?wrote:$", 8),  # Apple
        (r"^On \d\d/\d\d/\d{4} \d\d:\d\d, .* wrote:$", 5),  # Thunderbird
        (r"^-----Original Message-----\nFrom: .*\nSent: .*\nTo: .*\nSubject: ", 1),  # Outlook
        (r"^_{32}\nFrom: .*\nSent: ", 1),
        (r"border-top:solid #E1E1E1[^>]*>\s*<p class=MsoNormal><b>From:</b>", 5),
        (r"^> .*\n\n(?!>).+\n\n> .*\n\n(?!>).+", 3),  # replies between the quoted lines
        (r"^Sent from my phone$", 10),
        (r"^-- \n(?:.+\n)+Tel\. 01632 960114$", 5),  # the signature, before the move
        (r"^-- \n(?:.+\n)+Tel\. 01632 960377", 5),  # and after it
        (r"^P\.S\. ", 8),
        (r"\A(?s:Ahoy .*)^---------- Forwarded message ---------$", 1),
        (r"\A\n+> Begin forwarded message:", 1),
        (r"^From (?:Monday|now) ", 2),  # quoted in the mbox
    ],
)
def test_habits_of_mail_programs(pattern: str, least: int) -> None:
    found = [text for text in _sent_texts() if re.search(pattern, text, re.MULTILINE)]
    assert len(found) >= least


def test_body_lines_that_look_like_separators_are_quoted() -> None:
    assert len(re.findall(rb"^>From ", RAW, re.MULTILINE)) >= 2


def test_automatic_and_calendar_replies_are_included() -> None:
    automatic = [mail for mail in SENT if mail["Auto-Submitted"] == "auto-replied"]
    assert len(automatic) == 1
    assert automatic[0]["Subject"].startswith("Out of office")
    methods = {
        (_is_sent(mail), part.get_param("method"))
        for mail in DISTINCT.values()
        for part in mail.walk()
        if part.get_content_type() == "text/calendar"
    }
    assert methods == {(True, "REPLY"), (False, "REQUEST")}


def test_answers_with_and_without_the_answered_mail() -> None:
    answers = [str(mail["In-Reply-To"]) for mail in SENT if "In-Reply-To" in mail]
    assert len([answer for answer in answers if answer in DISTINCT]) >= 20
    assert len([answer for answer in answers if answer not in DISTINCT]) >= 10


def test_some_received_mail_is_hostile() -> None:
    texts = [text for mail in RECEIVED for text in _texts(mail)]
    assert any(
        all(mark in text for mark in ("\x1b[2J", "\u202e", "[bold]", "[link=")) for text in texts
    )
    assert len([mail for mail in RECEIVED if mail["X-Spam-Flag"] == "YES"]) >= 3


@pytest.fixture(scope="module")
def bodies(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What the import keeps of the sent mails that can be learnt from."""
    connection = connect(tmp_path_factory.mktemp("home") / "panza.db")
    report = import_archives(
        connection, [DEMO / "mailbox.mbox"], [WRITER["address"]], emit=lambda event: None
    )
    assert report.duplicates == 3
    assert report.broken == 0
    assert report.left_out == {"auto-reply": 1, "calendar": 1, "forward-only": 1}
    kept = connection.execute("SELECT body FROM mails WHERE left_out IS NULL").fetchall()
    connection.close()
    return [str(body) for (body,) in kept]


def test_import_keeps_the_voice(bodies: list[str]) -> None:
    assert len(bodies) >= 95
    for body in bodies:
        assert re.match(r"Aho[yi] [^\n]+,\n\n", body)
        postscript = r"(?:\n\nP\.S\. [^\n]+)?"
        assert re.search(rf"\n\n(?:Fair winds|Guten Wind),\nLo{postscript}\Z", body), body


def test_import_keeps_nothing_else(bodies: list[str]) -> None:
    for body in bodies:
        foreign = r"wrote:|^>|Sent from|^From:|01632|Forwarded|lathe, small|BEGIN:"
        assert not re.search(foreign, body, re.MULTILINE), body


def test_no_sentence_is_said_twice_but_the_pet_phrases(bodies: list[str]) -> None:
    said = Counter(
        sentence
        for body in bodies
        for sentence in set(re.findall(r"[^.!?:,]{25,}[.!?]", " ".join(body.split())))
    )
    assert not [sentence for sentence, count in said.items() if count > 1]


def test_mails_are_short(bodies: list[str]) -> None:
    lengths = sorted(len(body.split()) for body in bodies)
    assert 30 <= lengths[len(lengths) // 2] <= 70
    assert lengths[-1] <= 160


def test_what_the_demo_asks_for() -> None:
    assert len(WRITER["instructions"]) == 3
    names = {mail["To"].addresses[0].display_name.split()[0] for mail in SENT}
    for instruction in WRITER["instructions"]:
        assert names & set(re.findall(r"\w+", instruction))
    assert {mail["From"].addresses[0].display_name for mail in SENT} == {WRITER["name"]}
    assert WRITER["about"].startswith(WRITER["name"])
