"""Mails of the user are stored once and completely, or left out for a named reason."""

from __future__ import annotations

import json
from pathlib import Path

import apsw
import pytest

from engine.database.database import read_fact
from engine.events import silent
from engine.forgetting.forget import forget_mail
from engine.home.home import Home
from engine.mail.importing.finishing import ImportedMail
from engine.mail.importing.importing import import_archives
from engine.mail.stored import store
from importing.mailboxes import ANSWER, CORPORA, ME, mail, only, run, write_mbox


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
        ("auto-reply", mail(Subject="Automatische Antwort: Termin", In_Reply_To="<t@x>")),
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
    lines: list[str] = []
    report = import_archives(database, [box], [ME], silent, lines.append)
    assert report.left_out == {reason: 1}
    assert only(database).body == "The one that stays."
    assert store.counts(database).left_out == {reason: 1}
    assert lines[0].startswith(f"{reason}: box.mbox#1")


def test_a_sent_copy_replaces_its_draft(database: apsw.Connection, tmp_path: Path) -> None:
    draft = write_mbox(tmp_path / "Drafts", mail(Message_ID="<1@x>"))
    sent = write_mbox(tmp_path / "Sent", mail(Message_ID="<1@x>"))
    assert run(database, draft).kept == 0
    assert run(database, sent).new == 1
    assert database.execute("SELECT count(*) FROM mails").fetchone() == (1,)
    assert only(database).left_out is None


def test_dates_that_are_missing_or_absurd_come_from_the_neighbours(
    database: apsw.Connection, box: Path
) -> None:
    absurd = mail("third", Date="Thu, 01 Jan 1970 00:00:00 +0000")
    box.write_text(
        "\n".join(
            f"From x@x.org\n{text}" for text in (mail("first", Date=""), mail("second"), absurd)
        )
    )
    run(database, box)
    found = {stored.body: (stored.date, stored.date_known) for stored in store.kept_mails(database)}
    assert found == {
        "first": (1577880000, False),
        "second": (1577880000, True),
        "third": (1577880000, False),
    }


def test_facts_are_written_and_extended(database: apsw.Connection, box: Path) -> None:
    write_mbox(box, mail(), mail("Two.", From="Ida at work <ida@work.example>"))
    run(database, box)
    assert read_fact(database, "user.name") == "Ida Moor"
    import_archives(database, [box], ["Ida@Work.example"], silent)
    assert json.loads(read_fact(database, "user.addresses") or "") == [ME, "ida@work.example"]
    assert len(store.kept_mails(database)) == 2
    assert read_fact(database, "user.name") == "Ida Moor"


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
    back = import_archives(database, [box], [ME], silent, restore_forgotten=True)
    assert back.new == 1
    assert only(database).body == "Three."


def test_a_dry_run_shows_every_mail_and_stores_nothing(
    database: apsw.Connection, box: Path
) -> None:
    write_mbox(box, ANSWER, mail("", Message_ID="<e@x>"))
    shown: list[ImportedMail] = []
    report = import_archives(database, [box], [ME], silent, on_mail=shown.append, dry_run=True)
    assert (report.kept, report.left_out) == (1, {"empty": 1})
    assert {found.mail.left_out for found in shown} == {None, "empty"}
    assert database.execute("SELECT count(*) FROM mails").get == 0
    assert read_fact(database, "user.addresses") is None


@pytest.mark.skipif(not CORPORA.exists(), reason="the corpora are not beside the repository")
def test_real_mailboxes(database: apsw.Connection) -> None:
    david = import_archives(
        database, [CORPORA / "panza" / "david_train.mbox"], ["david@example.org"], silent
    )
    assert (david.kept, david.left_out) == (133, {})
    hostile = import_archives(database, [CORPORA / "hostile"], ["cworth@cworth.org"], silent)
    assert (hostile.broken, hostile.read > 450) == (0, True)


def test_the_text_of_all_mails_is_indexed_and_stays_so(
    database: apsw.Connection, box: Path
) -> None:
    check = "INSERT INTO mails_text (mails_text, rank) VALUES ('integrity-check', 1)"
    found = "SELECT rowid FROM mails_text WHERE mails_text MATCH ? ORDER BY rowid"
    for body in ("The kettle is on.", "A kettle again.", "No tea."):
        run(database, write_mbox(box, mail(body)))
        database.execute(check)
    database.execute("UPDATE mails SET body = 'Only coffee.' WHERE id = 2")
    database.execute(check)
    assert [row[0] for row in database.execute(found, ("kettle",))] == [1]
    assert [row[0] for row in database.execute(found, ("coffee OR tea",))] == [2, 3]
