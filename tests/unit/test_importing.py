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
from engine.mail import importing, store
from engine.mail.importing import ImportReport, find_addresses, import_archives

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
    with pytest.raises(PanzaError, match="The disk is full; nothing was imported"):
        run(database, box)
    assert only(database).body == "See you at the lake at nine."


def test_one_mail_that_breaks_a_reader_loses_only_itself(
    database: apsw.Connection, box: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = importing.read_sent

    def stumble(raw, *rest):  # type: ignore[no-untyped-def]
        if b"stumble" in raw.data:
            raise RecursionError("too deep")
        return read(raw, *rest)

    monkeypatch.setattr(importing, "read_sent", stumble)
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
    assert Progress("import", size, size, "bytes") in events
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
