"""An archive becomes mails in the database: the user's own words, once, with what they answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from engine.database import connect, read_fact
from engine.errors import PanzaError, UsageError
from engine.events import Event, Progress, Warn, silent
from engine.forget import forget_mail
from engine.home import Home
from engine.mail import importing, reading_processes, store
from engine.mail.finishing import Understood
from engine.mail.importing import find_addresses, import_archives
from engine.mail.tally import ImportReport
from engine.mail.writer_facts import writer_facts

ME = "ida@example.org"
CORPORA = Path(__file__).parents[3] / "shared" / "corpora"


def mail(body: str = "See you at the lake at nine.", **headers: str) -> str:
    fields = {
        "From": f"Ida Moor <{ME}>",
        "To": "Bo <bo@example.org>",
        "Date": "Wed, 01 Jan 2020 12:00:00 +0000",
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    return "".join(f"{name}: {value}\n" for name, value in fields.items() if value) + f"\n{body}\n"


def write_mbox(path: Path, *mails: str) -> Path:
    separator = "From x@example.org Wed Jan  1 12:00:00 2020\n"
    path.write_text("\n".join(separator + text for text in mails))
    return path


@pytest.fixture
def database(tmp_path: Path) -> Iterator[apsw.Connection]:
    connection = connect(tmp_path / "panza.db")
    yield connection
    connection.close()


@pytest.fixture
def box(tmp_path: Path) -> Path:
    return tmp_path / "box.mbox"


def run(database: apsw.Connection, *paths: Path) -> ImportReport:
    return import_archives(database, paths, [ME], silent)


def only(database: apsw.Connection) -> store.StoredMail:
    (found,) = store.kept_mails(database)
    return found


def test_a_sent_mail_is_stored_whole(database: apsw.Connection, box: Path) -> None:
    text = mail("Hej Bo,\n\nsee you.\n\nIda\n\nOn Tue, Bo wrote:\n> When?", Message_ID="<1@x>")
    write_mbox(box, text.replace("Bo <", "=?utf-8?q?B=C3=B8?= <"))
    report = run(database, box)
    found = only(database)
    assert (report.read, report.sent, report.kept, report.new) == (1, 1, 1, 1)
    assert found.body == "Hej Bo,\n\nsee you.\n\nIda"
    assert found.original.endswith("> When?\n")
    assert found.recipients == (("Bø", "bo@example.org"),)
    assert (found.message_id, found.thread, found.sender) == ("1@x", "1@x", ME)
    assert (found.date, found.date_known) == (1577880000, True)
    assert store.load_mail(database, found.id) == found
    assert store.load_mail(database, found.id + 1) is None


def test_importing_again_adds_nothing(database: apsw.Connection, box: Path) -> None:
    write_mbox(box, mail(Message_ID="<1@x>"), mail("Bring the tent.", Message_ID="<2@x>"))
    first = run(database, box)
    before = list(database.execute("SELECT * FROM mails"))
    second = run(database, box)
    assert (first.new, second.kept, second.new) == (2, 2, 0)
    assert list(database.execute("SELECT * FROM mails")) == before


def test_copies_are_found_by_text_and_by_id(database: apsw.Connection, box: Path) -> None:
    write_mbox(
        box,
        mail(Message_ID="<1@x>"),
        mail(Message_ID="<made-up-by-exporter@x>"),
        mail("See you at the lake at nine.\n\n[list footer]", Message_ID="<1@x>"),
        mail("Another text, same clock.", Message_ID="<2@x>"),
        mail("Same id, another day.", Message_ID="<1@x>", Date="Thu, 02 Jan 2020 12:00:00 +0000"),
    )
    report = run(database, box)
    assert (report.kept, report.duplicates) == (3, 2)


def test_aliases_and_case_count_as_the_user(database: apsw.Connection, box: Path) -> None:
    write_mbox(
        box, mail(From="IDA+lists@Example.ORG"), mail("Not mine.", From="ida.moor@example.org")
    )
    report = run(database, box)
    assert (report.sent, report.received) == (1, 1)


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        ("auto-reply", mail(Auto_Submitted="auto-replied")),
        ("auto-reply", mail(Subject="Automatische Antwort: Termin")),
        ("calendar", mail("BEGIN:VCALENDAR", Content_Type="text/calendar; method=REPLY")),
        ("bounce", mail(Content_Type="multipart/report; boundary=b")),
        ("list-machinery", mail("subscribe", To="climbers-request@example.org")),
        ("draft", mail(X_Gmail_Labels="Drafts")),
        ("spam", mail(X_Gmail_Labels="Sent,=?utf-8?q?=D0=A1=D0=BF=D0=B0=D0=BC?=")),
        ("trash", mail(X_Gmail_Labels="Gesendet,Papierkorb")),
        ("chat", mail(X_Gmail_Labels="Chat")),
        ("empty", mail("")),
        ("empty", mail("https://lake.example/map")),
        ("empty", mail("On Tue, 31 Dec 2019 at 10:00, Bo <b@example.org> wrote:\n> hello there")),
        ("forward-only", mail("", Subject="Fwd: the plan")),
        ("forward-only", mail("---------- Forwarded message ---------\nFrom: Bo\n\nhello")),
    ],
)
def test_mails_left_out_are_stored_with_their_reason(
    database: apsw.Connection, box: Path, reason: str, text: str
) -> None:
    write_mbox(box, text, mail("The one that stays.", Subject="Out of office plans"))
    told: list[str] = []
    report = import_archives(database, [box], [ME], silent, told.append)
    assert report.left_out == {reason: 1}
    assert only(database).body == "The one that stays."
    assert store.counts(database).left_out == {reason: 1}
    assert told[0].startswith(f"{reason}: box.mbox#1")


def test_a_sent_copy_replaces_its_draft(database: apsw.Connection, tmp_path: Path) -> None:
    draft = write_mbox(tmp_path / "Drafts", mail(Message_ID="<1@x>"))
    sent = write_mbox(tmp_path / "Sent", mail(Message_ID="<1@x>"))
    assert run(database, draft).kept == 0
    assert run(database, sent).new == 1
    assert database.execute("SELECT count(*) FROM mails").fetchone() == (1,)
    assert only(database).left_out is None


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


def test_else_it_is_taken_from_the_quote(database: apsw.Connection, box: Path) -> None:
    quote = "On Tue, 31 Dec 2019 at 10:00, Bo <bo@example.org> wrote:\n\n> When do we leave?"
    write_mbox(box, mail(f"At nine.\n\n{quote}", Subject="Re: lake", In_Reply_To="<gone@x>"))
    run(database, box)
    answered = only(database).answered
    assert answered is not None
    assert (answered.sender, answered.body) == ("Bo", "When do we leave?")
    assert answered.known_from == "quote"


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


def test_dates_that_are_missing_or_absurd_come_from_the_neighbours(
    database: apsw.Connection, box: Path
) -> None:
    write_mbox(
        box,
        mail("first", Date=""),
        mail("second"),
        mail("third", Date="Thu, 01 Jan 1970 00:00:00 +0000"),
    )
    run(database, box)
    found = {stored.body: (stored.date, stored.date_known) for stored in store.kept_mails(database)}
    assert found == {
        "first": (1577880000, False),
        "second": (1577880000, True),
        "third": (1577880000, False),
    }


def test_a_signature_is_learnt_from_repetition_and_the_closing_stays(
    database: apsw.Connection, box: Path
) -> None:
    motto = "Ida Moor\nThe Lake House\nRowing since nineteen eighty"
    texts = [f"Message number {word}.\n\nBest,\nIda\n\n{motto}" for word in "abcdefghij"]
    dates = [f"{day} Jan 2020 12:00:00 +0000" for day in range(1, 13)]
    bodies = [*texts, "No signature here.\n\nBest,\nIda", "Rowing since nineteen eighty is long."]
    write_mbox(
        box,
        *(mail(body, Date=date, Subject=date) for body, date in zip(bodies, dates, strict=True)),
    )
    run(database, box)
    stored = [found.body for found in store.kept_mails(database)]
    assert stored[0].startswith("Message number a.\n\nBest,\nIda")
    assert all("Lake House" not in body and "Rowing since" not in body for body in stored[:10])
    assert stored[10:] == bodies[10:]
    signatures = json.loads(read_fact(database, "user.signatures") or "{}")
    assert signatures[ME][0][-1] == "Rowing since nineteen eighty"


def test_a_text_sent_to_many_is_no_signature(database: apsw.Connection, box: Path) -> None:
    text = "the hall is open on Monday\nplease bring your shoes"
    names = ["Bo", "Cy", "Di", "Ed", "Fa", "Gu", "Hu", "Io", "Ja", "Ka", "Lu", "Mo"]
    for ending in ("", "\n\nIda", "\n\nCheers,\nIda"):
        write_mbox(
            box, *(mail(f"Dear {name},\n{text}{ending}", To=f"{name}@x.org") for name in names)
        )
        run(database, box)
    found = store.kept_mails(database)
    assert len(found) == 36
    assert all("bring your shoes" in stored.body for stored in found)
    assert all(stored.body.endswith("Ida") for stored in found[12:])


def test_facts_are_written_and_extended(database: apsw.Connection, box: Path) -> None:
    write_mbox(box, mail(), mail("Two.", From="Ida at work <ida@work.example>"))
    run(database, box)
    assert read_fact(database, "user.name") == "Ida Moor"
    import_archives(database, [box], ["Ida@Work.example"], silent)
    assert json.loads(read_fact(database, "user.addresses") or "") == [ME, "ida@work.example"]
    assert len(store.kept_mails(database)) == 2
    assert read_fact(database, "user.name") == "Ida Moor"


# What a later import betters


QUESTION = mail("When do we leave?", From="Bo <bo@example.org>", Message_ID="<q@x>")
ANSWER = mail(
    "At nine.\n\nOn Tue, 31 Dec 2019 at 10:00, Bo <bo@example.org> wrote:\n\n> When do",
    Subject="Re: lake",
    In_Reply_To="<q@x>",
    Message_ID="<a@x>",
)


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


def signed(numbers: range) -> list[str]:
    motto = "the Lake House has no door\nrowing is for the patient"
    return [
        mail(
            f"Message number {number}.\n\nBest,\nIda\n\n{motto}",
            Date=f"{number} Jan 2020 12:00:00 +0000",
            Subject=f"Subject {number}",
            Message_ID=f"<{number}@x>",
        )
        for number in numbers
    ]


def test_a_signature_learnt_later_is_taken_off_mails_stored_before(
    database: apsw.Connection, tmp_path: Path
) -> None:
    run(database, write_mbox(tmp_path / "first", *signed(range(1, 4))))
    assert all("Lake House" in found.body for found in store.kept_mails(database))
    database.execute("INSERT INTO instructions SELECT id, 'Say it.', 'hand', '', 0 FROM mails")
    later = run(database, write_mbox(tmp_path / "later", *signed(range(4, 10))))
    assert (later.new, later.improved) == (6, 3)
    found = store.kept_mails(database)
    assert all(mail.body.endswith("Best,\nIda") for mail in found)
    assert all("Lake House" in mail.original for mail in found)
    search = "SELECT count(*) FROM mails_text WHERE mails_text MATCH ?"
    assert database.execute(search, ("rowing",)).get == 0
    assert database.execute(search, ("message",)).get == 9
    assert database.execute("SELECT count(*) FROM instructions").get == 3
    assert run(database, tmp_path / "first").improved == 0


def test_what_a_signature_tells_is_kept_the_newest_first(
    database: apsw.Connection, tmp_path: Path
) -> None:
    def box(year: int, site: str) -> Path:
        signature = f"rowing lessons are cheap in winter\nsee www.{site} for the hours"
        mails = [
            mail(
                f"Word {n} of {year}.\n\nBest,\nIda\n\n{signature}",
                Date=f"{n} Jan {year} 12:00:00 +0000",
                Subject=f"{year} {n}",
            )
            for n in range(1, 12)
        ]
        return write_mbox(tmp_path / str(year), *mails)

    run(database, box(2022, "new.example"), box(2020, "old.example"))
    newest, oldest = writer_facts(database)
    assert (newest.address, newest.kind, newest.text) == (ME, "link", "www.new.example")
    assert oldest.text == "www.old.example"
    assert newest.seen > oldest.seen


def test_what_was_left_out_by_hand_or_forgotten_stays_so(
    database: apsw.Connection, box: Path, tmp_path: Path
) -> None:
    write_mbox(box, mail("One.", Message_ID="<1@x>"), mail("Two."), mail("Three."))
    run(database, box)
    database.execute("UPDATE mails SET left_out = 'by hand' WHERE body <> 'Three.'")
    three = only(database)
    forget_mail(Home(tmp_path).prepare(), database, three.id)
    again = run(database, box)
    assert again.new == 0
    assert again.left_out["forgotten"] == 1
    assert store.counts(database).left_out == {"by hand": 2}
    back = import_archives(database, [box], [ME], silent, forgotten=True)
    assert back.new == 1
    assert only(database).body == "Three."


def test_a_dry_run_shows_every_mail_and_stores_nothing(
    database: apsw.Connection, box: Path
) -> None:
    write_mbox(box, ANSWER, mail("", Message_ID="<e@x>"))
    shown: list[Understood] = []
    report = import_archives(database, [box], [ME], silent, show=shown.append, dry_run=True)
    assert (report.kept, report.left_out) == (1, {"empty": 1})
    assert {found.mail.left_out for found in shown} == {None, "empty"}
    assert database.execute("SELECT count(*) FROM mails").get == 0
    assert read_fact(database, "user.addresses") is None


# Whose mails


def test_a_named_address_that_wrote_nothing_is_refused_unless_it_is_known(
    database: apsw.Connection, box: Path
) -> None:
    write_mbox(box, mail(), mail("Hi", From="bo@example.org", Delivered_To="moor@example.org"))
    run(database, box)
    before = list(database.execute("SELECT * FROM facts"))
    with pytest.raises(UsageError, match=rf"No mail from wrong@x.org .*{ME} \(1\)"):
        import_archives(database, [box], [ME, "wrong@x.org"], silent)
    assert list(database.execute("SELECT * FROM facts")) == before
    import_archives(database, [box], [ME], silent, settled=["old@x.org"])
    report = import_archives(database, [box], ["old@x.org", "Moor@example.org"], silent)
    assert any("from moor@example.org; it only receives" in line for line in report.warnings)


def test_no_mail_from_the_address_names_who_wrote_most(
    database: apsw.Connection, box: Path
) -> None:
    write_mbox(box, mail(From="bo@example.org"), mail("x", From="bo@example.org"))
    with pytest.raises(PanzaError, match=r"No mail from ida@example.org .*bo@example.org \(2\)"):
        run(database, box)
    assert read_fact(database, "user.addresses") is None
    with pytest.raises(UsageError, match="'ida' is no mail address"):
        import_archives(database, [box], ["ida"], silent)


def test_an_error_on_the_way_changes_nothing(
    database: apsw.Connection, box: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(database, write_mbox(box, mail()))
    insert = store.insert_mail
    calls = []

    def fail_at_the_third(connection: apsw.Connection, found: store.Mail) -> bool:
        calls.append(found)
        if len(calls) == 3:
            raise apsw.FullError("database or disk is full")
        return insert(connection, found)

    monkeypatch.setattr(importing.store, "insert_mail", fail_at_the_third)
    write_mbox(box, *(mail(f"Text {number}") for number in range(5)))
    with pytest.raises(PanzaError, match=r"The disk is full.*; nothing was imported"):
        run(database, box)
    assert only(database).body == "See you at the lake at nine."


def test_an_archive_that_vanishes_while_it_is_read_changes_nothing(
    database: apsw.Connection, box: Path
) -> None:
    write_mbox(box, mail())

    def vanish(event: Event) -> None:
        if isinstance(event, Progress) and event.stage == "import":
            box.unlink(missing_ok=True)

    with pytest.raises(PanzaError, match="no file or folder"):
        import_archives(database, [box], [ME], vanish)
    assert database.execute("SELECT count(*) FROM mails").get == 0
    assert read_fact(database, "user.addresses") is None


def test_an_archive_may_grow_while_it_is_read(database: apsw.Connection, box: Path) -> None:
    write_mbox(box, mail())
    size = box.stat().st_size
    told: list[Progress] = []

    def grow(event: Event) -> None:
        if isinstance(event, Progress):
            told.append(event)
            if event == Progress("import", 0, size, "bytes"):
                write_mbox(box, mail(), *(mail(f"Later {n}.") for n in range(3)))

    report = import_archives(database, [box], [ME], grow)
    assert (report.kept, report.new) == (4, 4)
    assert max(event.done for event in told) == size


def test_one_mail_that_breaks_a_reader_loses_only_itself(
    database: apsw.Connection, box: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = reading_processes.read_sent

    def stumble(raw, *rest):  # type: ignore[no-untyped-def]
        if b"stumble" in raw.data:
            raise RecursionError("too deep")
        return read(raw, *rest)

    monkeypatch.setattr(reading_processes, "read_sent", stumble)
    write_mbox(box, mail("stumble"), mail("Fine."))
    report = run(database, box)
    assert (report.broken, report.kept) == (1, 1)
    assert "1 messages can't be read" in report.warnings[0]


def test_progress_in_bytes_and_a_warning_for_few_mails(
    database: apsw.Connection, box: Path
) -> None:
    events: list[Event] = []
    write_mbox(box, mail())
    import_archives(database, [box], [ME], events.append)
    size = box.stat().st_size
    told = [event for event in events if isinstance(event, Progress)]
    assert [(event.stage, event.done) for event in told] == [
        *(("scan", 0), ("scan", size)),
        *(("import", 0), ("import", size)),
    ]
    assert all((event.total, event.unit) == (size, "bytes") for event in told)
    assert all(event.rate for event in told if event.done)
    (warning,) = (event.text for event in events if isinstance(event, Warn))
    assert warning.startswith("Only 1 usable mails")


def test_the_owner_is_found(tmp_path: Path) -> None:
    friends = [mail(f"t{n}", From="Bo <bo@example.org>", Delivered_To=ME) for n in range(5)]
    path = write_mbox(tmp_path / "all.mbox", *friends, mail(), mail("x", From=f"I <{ME}>"))
    assert find_addresses([path], silent)[0] == ("Ida Moor", ME, 2)
    (tmp_path / "Gesendet").mkdir()
    write_mbox(tmp_path / "Gesendet" / "2020", mail())
    inbox = write_mbox(tmp_path / "Inbox", *(mail(From="bo@example.org") for _ in range(3)))
    found = find_addresses([inbox, tmp_path / "Gesendet"], silent)
    assert [address for _, address, _ in found] == [ME, "bo@example.org"]


@pytest.mark.skipif(not CORPORA.exists(), reason="the corpora are not beside the repository")
def test_real_mailboxes(database: apsw.Connection) -> None:
    david = import_archives(
        database, [CORPORA / "panza" / "david_train.mbox"], ["david@example.org"], silent
    )
    assert (david.kept, david.left_out) == (133, {})
    hostile = import_archives(database, [CORPORA / "hostile"], ["cworth@cworth.org"], silent)
    assert (hostile.broken, hostile.read > 450) == (0, True)
