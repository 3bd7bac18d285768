"""The answered mail and its conversation, from the same import or a later one."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

import panza_tui.demo
from engine.database.database import connect
from engine.errors import PanzaError
from engine.events import silent
from engine.mail.importing import reading, reading_processes, staging
from engine.mail.importing.importing import find_addresses, import_archives
from engine.mail.stored import store
from importing.mailboxes import ANSWER, mail, only, run, write_mbox


def test_the_answered_mail_is_found_before_and_after(database: apsw.Connection, box: Path) -> None:
    question = mail("When do we leave?\n\n> older", From="Bo <bo@example.org>", Message_ID="<q@x>")
    answer = mail("At nine.", In_Reply_To="<q@x>", Message_ID="<a@x>")
    later = mail("Maybe ten.", References="<z@x> <q2@x>", Message_ID="<b@x>")
    question_later = mail("Ten?", From="bo@example.org", Message_ID="<q2@x>", References="<z@x>")
    write_mbox(box, question, answer, later, question_later)
    report = run(database, box)
    first, second = (found.answered for found in store.kept_mails(database))
    assert first is not None
    assert second is not None
    assert (first.sender, first.body, first.known_from) == ("Bo", "When do we leave?", "archive")
    assert (second.sender, second.body) == ("bo@example.org", "Ten?")
    assert report.received == 2
    assert {found.thread for found in store.kept_mails(database)} == {"q@x", "z@x"}


def test_without_the_mail_the_quote_is_used(database: apsw.Connection, box: Path) -> None:
    quote = "On Tue, 31 Dec 2019 at 10:00, Bo <bo@example.org> wrote:\n\n> When do we leave?"
    write_mbox(box, mail(f"At nine.\n\n{quote}", Subject="Re: lake", In_Reply_To="<gone@x>"))
    run(database, box)
    answered = only(database).answered
    assert answered is not None
    assert (answered.sender, answered.body) == ("Bo", "When do we leave?")
    assert answered.known_from == "quote"


def test_a_quote_is_searched_for_only_where_no_archive_has_the_mail(
    database: apsw.Connection, box: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched: list[str | None] = []

    def find_quote(parent: str | None, *others: str) -> str:
        searched.append(parent)
        return reading.find_quote(parent, *others)

    monkeypatch.setattr(reading_processes, "find_quote", find_quote)
    quote = "On Tue, 31 Dec 2019 at 10:00, Bo <bo@example.org> wrote:\n\n> When do we leave?"
    answers = [
        mail(f"At nine, {name}.\n\n{quote}", Subject="Re: lake", In_Reply_To=f"<{name}@x>")
        for name in ("before", "after", "own", "gone")
    ]
    before, after = (
        mail("When?", From="bo@example.org", Message_ID=f"<{name}@x>")
        for name in ("before", "after")
    )
    own = mail("I am late.", Message_ID="<own@x>", Date="Tue, 31 Dec 2019 12:00:00 +0000")
    write_mbox(box, before, *answers, after, own)
    run(database, box)
    assert searched == ["gone@x"]
    found = {each.parent: each.answered for each in store.kept_mails(database) if each.parent}
    bodies = {parent: answered.body for parent, answered in found.items() if answered}
    assert bodies == {
        "before@x": "When?",
        "after@x": "When?",
        "own@x": "I am late.",
        "gone@x": "When do we leave?",
    }


FINNISH = (
    "Lähdemme mökille yhdeksältä aamulla, tule mukaan.\n\n"
    "ti 31. jouluk. 2019 klo 10.00 Bo <bo@example.org> kirjoitti:\n\n> Milloin lähdemme mökille?"
)
DANISH = (
    "Her er planen for sommerhuset, sig til hvis du vil med.\n\n"
    "Den 31. dec. 2019 10.00 skrev Bo <bo@example.org>:\n\n> Hvornår tager vi afsted?"
)


@pytest.mark.parametrize(
    ("subject", "body", "answered"),
    [
        ("VS: mökki", FINNISH, "Milloin lähdemme mökille?"),
        ("VL: mökki", FINNISH, None),
        ("VS: sommerhuset", DANISH, None),
        ("SV: sommerhuset", DANISH, "Hvornår tager vi afsted?"),
        ("转发: lake", FINNISH, None),
        ("PD: lake", FINNISH, None),
    ],
)
def test_a_prefix_means_what_the_language_of_the_mail_makes_of_it(
    database: apsw.Connection, box: Path, subject: str, body: str, answered: str | None
) -> None:
    write_mbox(box, mail(body, Subject=subject))
    run(database, box)
    found = only(database).answered
    assert (found and found.body) == answered


def test_threads_by_subject_need_a_reply_people_and_nearness(
    database: apsw.Connection, box: Path
) -> None:
    def on(day: int, month: str, subject: str, to: str = "bo@example.org") -> str:
        date = f"{day} {month} 2020 12:00:00 +0000"
        return mail(f"{day} {month} {to}", Date=date, Subject=subject, To=to)

    write_mbox(
        box,
        on(1, "Jan", "Weekly report"),
        on(8, "Jan", "Weekly report"),
        on(9, "Jan", "Re: Weekly report"),
        on(10, "Jan", "AW: Weekly report", "someone.else@example.org"),
        on(1, "Sep", "Re: Weekly report"),
        on(2, "Sep", ""),
        on(3, "Sep", ""),
    )
    run(database, box)
    threads = [found.thread for found in store.kept_mails(database)]
    assert threads[1] == threads[2]
    assert len(set(threads)) == 6


INDEX = "AdAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="  # 22 bytes; a reply's has five more


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"X_GM_THRID": "17"}, {"X_GM_THRID": "17"}),
        ({"Thread_Index": INDEX}, {"Thread_Index": INDEX[:-4] + "AAAAAAAAAA=="}),
    ],
)
def test_the_marks_of_gmail_and_exchange_join_a_conversation(
    database: apsw.Connection, box: Path, first: dict[str, str], second: dict[str, str]
) -> None:
    write_mbox(
        box,
        mail("One.", Message_ID="<1@x>", Subject="lake", **first),
        mail("Two.", Message_ID="<2@x>", Subject="boats", **second),
        mail("Three.", Message_ID="<3@x>", Subject="boats", X_GM_THRID="18"),
    )
    run(database, box)
    threads = {found.body: found.thread for found in store.kept_mails(database)}
    assert threads == {"One.": "1@x", "Two.": "1@x", "Three.": "3@x"}


QUESTION = mail("When do we leave?", From="Bo <bo@example.org>", Message_ID="<q@x>")


@pytest.mark.parametrize("answer", [ANSWER, mail("At nine.", In_Reply_To="<q@x>")])
def test_the_answered_mail_comes_with_a_later_import(
    database: apsw.Connection, tmp_path: Path, answer: str
) -> None:
    run(database, write_mbox(tmp_path / "sent", answer))
    before = only(database)
    assert before.answered is None or before.answered.known_from == "quote"
    later = run(database, write_mbox(tmp_path / "inbox", mail(From="x@y.org"), QUESTION))
    assert (later.sent, later.kept, later.improved) == (0, 0, 1)
    answered = only(database).answered
    assert answered is not None
    assert (answered.body, answered.known_from) == ("When do we leave?", "archive")
    assert (answered.sender, answered.message_id) == ("Bo", "q@x")
    assert run(database, tmp_path / "sent", tmp_path / "inbox").improved == 0
    assert only(database).answered == answered


def test_an_inbox_without_any_answered_mail_is_refused(
    database: apsw.Connection, tmp_path: Path
) -> None:
    run(database, write_mbox(tmp_path / "sent", ANSWER))
    inbox = write_mbox(tmp_path / "inbox", mail(From="bo@example.org", Message_ID="<z@x>"))
    with pytest.raises(PanzaError, match="No mail from"):
        run(database, inbox)


def test_the_users_own_mail_is_the_answered_one_over_imports(
    database: apsw.Connection, tmp_path: Path
) -> None:
    first = mail("Shall we?", Message_ID="<1@x>", Subject="lake")
    again = mail(
        "Well?", Message_ID="<2@x>", In_Reply_To="<1@x>", Date="Fri, 03 Jan 2020 12:00:00 +0000"
    )
    third = mail(
        "Hello?", Message_ID="<3@x>", In_Reply_To="<2@x>", Date="Sat, 04 Jan 2020 12:00:00 +0000"
    )
    run(database, write_mbox(tmp_path / "one", first))
    run(database, write_mbox(tmp_path / "three", third))
    assert run(database, write_mbox(tmp_path / "two", again)).improved == 1
    found = {stored.body: stored.answered for stored in store.kept_mails(database)}
    assert found["Shall we?"] is None
    assert found["Well?"] is not None
    assert found["Hello?"] is not None
    assert (found["Well?"].body, found["Hello?"].body) == ("Shall we?", "Well?")


def test_a_reply_by_subject_joins_a_conversation_stored_before(
    database: apsw.Connection, tmp_path: Path
) -> None:
    run(database, write_mbox(tmp_path / "one", mail("Shall we?", Subject="lake")))
    reply = mail("Yes.", Subject="Re: lake", Date="Fri, 03 Jan 2020 12:00:00 +0000")
    run(database, write_mbox(tmp_path / "two", reply))
    first, second = store.kept_mails(database)
    assert first.thread == second.thread


QUOTING = (
    "At nine.\n\nOn Tue, 31 Dec 2019 at 10:00, Bo <bo@example.org> wrote:\n\n> When do we leave"
)
FROM_BO = {"From": "Bo <bo@example.org>", "Message_ID": "<q@x>"}


def test_the_quote_is_not_searched_for_if_the_answered_mail_came_before(
    database: apsw.Connection, box: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched: list[str] = []
    monkeypatch.setattr(reading, "quoted_mail", searched.append)
    write_mbox(box, mail("When?", **FROM_BO), mail(QUOTING, In_Reply_To="<q@x>"))
    run(database, box)
    answered = only(database).answered
    assert answered is not None
    assert (answered.body, answered.known_from) == ("When?", "archive")
    assert not searched


def test_the_quote_is_used_if_the_answered_mail_cannot_be_read(
    database: apsw.Connection, box: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise ValueError("broken")

    monkeypatch.setattr(reading_processes, "read_received", refuse)
    write_mbox(box, mail("When?", **FROM_BO), mail(QUOTING, In_Reply_To="<q@x>"))
    run(database, box)
    answered = only(database).answered
    assert answered is not None
    assert (answered.body, answered.known_from) == ("When do we leave", "quote")


def test_an_import_is_the_same_whether_quotes_are_searched_for_in_parallel_or_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundled = Path(panza_tui.demo.__file__).parent / "mailbox.mbox"
    me = find_addresses([bundled], silent)[0][1]

    def answered_mails(name: str) -> list[object]:
        connection = connect(tmp_path / name)
        import_archives(connection, [bundled], [me], silent)
        found = [(it.body, it.answered) for it in store.kept_mails(connection)]
        connection.close()
        return found

    parallel = answered_mails("parallel.db")
    monkeypatch.setattr(staging, "mails_without_answered", lambda _: iter(()))
    assert answered_mails("at the end.db") == parallel
    assert any(answered for _, answered in parallel)


# Bytes as Thunderbird 153 writes them into Inbox and Sent.
REDIRECTED = (
    b"From - Sun Nov 29 12:21:19 2026\r\nX-Mozilla-Status: 1001\r\n"
    b"X-Mozilla-Status2: 00000000\r\nMessage-ID: <q@x>\r\n"
    b"Date: Sat, 28 Nov 2026 15:00:00 +0100\r\nFrom: Bo <bo@example.org>\r\n"
    b"To: Ida <ida@example.org>\r\nSubject: Friday\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: text/plain; charset=UTF-8\r\n\r\n"
    b"Hello,\r\n\r\ncan we meet on Friday at ten?\r\n\r\nBo\r\n\r\n"
    b"From - Sun Nov 29 12:26:25 2026\r\nX-Mozilla-Status: 0001\r\n"
    b"X-Mozilla-Status2: 00800000\r\nMessage-ID: <r@x>\r\n"
    b"Date: Sun, 29 Nov 2026 12:26:24 +0000\r\nMIME-Version: 1.0\r\n"
    b"User-Agent: Mozilla Thunderbird\r\nFrom: Ida <ida@example.org>\r\nSubject: Friday\r\n"
    b"Reply-To: Bo <bo@example.org>\r\nReferences: <q@x>\r\nTo: Karl <karl@example.org>\r\n"
    b"In-Reply-To: <q@x>\r\nContent-Type: text/plain; charset=UTF-8; format=flowed\r\n"
    b"Content-Transfer-Encoding: 7bit\r\n\r\n%b\r\n\r\n"
)


@pytest.mark.parametrize(
    ("words", "left_out"),
    [
        (b"\r\nHello,\r\n\r\ncan we meet on Friday at ten?\r\n\r\nBo", {"forward-only": 1}),
        (b"Hello,\r\n\r\ncan we meet on Friday at noon, I am in town until ten?", {}),
    ],
)
def test_a_redirected_mail_is_not_the_users_words(
    database: apsw.Connection, box: Path, words: bytes, left_out: dict[str, int]
) -> None:
    box.write_bytes(REDIRECTED % words)
    report = run(database, box)
    assert report.left_out == left_out
    assert report.kept == 1 - sum(left_out.values())
