"""Signatures learnt from repetition are removed, also in earlier imports; their facts are kept."""

from __future__ import annotations

import json
from pathlib import Path

import apsw

from engine.database.database import read_fact
from engine.mail.stored import store
from engine.mail.stored.writer_facts import writer_facts
from importing.mailboxes import ME, mail, run, write_mbox


def test_a_signature_is_learnt_from_repetition_and_the_closing_stays(
    database: apsw.Connection, box: Path
) -> None:
    motto = "by the Lake House\nRowing since nineteen eighty"
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
    database.execute(
        "INSERT INTO instructions SELECT id, 'Say it.', 'hand', '', 0, '', '' FROM mails "
    )
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


def test_facts_of_signatures_are_kept_the_newest_first(
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
