"""Errors during an import change nothing, bad mails are skipped, and progress is reported."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from engine.database.database import read_fact
from engine.errors import PanzaError
from engine.events import Event, Progress, Warn, silent
from engine.mail.importing import importing, reading_processes
from engine.mail.importing.importing import import_archives
from engine.mail.stored import store
from importing.mailboxes import ME, mail, only, run, write_mbox


def test_an_error_during_the_import_changes_nothing(
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
    database: apsw.Connection, box: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "_MAX_HELD", 0)
    write_mbox(box, mail("Shall we?", From="Bo <bo@example.org>"), mail())

    def vanish(event: Event) -> None:
        if isinstance(event, Progress) and event.stage == "answered":
            box.unlink(missing_ok=True)

    with pytest.raises(PanzaError, match="no file or folder"):
        import_archives(database, [box], [ME], vanish)
    assert database.execute("SELECT count(*) FROM mails").get == 0
    assert read_fact(database, "user.addresses") is None


def test_an_archive_may_grow_while_it_is_read(
    database: apsw.Connection, box: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "_MAX_HELD", 0)
    write_mbox(box, mail())
    size = box.stat().st_size
    emitted: list[Progress] = []

    def grow(event: Event) -> None:
        if isinstance(event, Progress):
            emitted.append(event)
            if event == Progress("import", 0, size, "bytes"):
                write_mbox(box, mail(), *(mail(f"Later {n}.") for n in range(3)))

    report = import_archives(database, [box], [ME], grow)
    assert (report.kept, report.new) == (4, 4)
    assert max(event.done for event in emitted if event.stage == "import") == size


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
    said = "1 message or file can't be read and was skipped: box.mbox#1 (too deep)."
    assert report.warnings[0] == said


def test_files_that_are_not_read_are_named_and_counted(
    database: apsw.Connection, tmp_path: Path
) -> None:
    folder = tmp_path / "profile"
    folder.mkdir()
    write_mbox(folder / "Sent", mail())
    for name in ("Sent.msf", "prefs.js"):
        (folder / name).write_text("Mork\n")
    (folder / "Notes").write_text("Dear diary,\n")
    (folder / "Trash").touch()
    for year in range(2016, 2021):
        (folder / f"{year}.pst").write_bytes(b"!BDN")
    lines: list[str] = []
    report = import_archives(database, [folder], [ME], silent, lines.append)
    assert (report.read, report.kept, report.broken) == (6, 1, 5)
    assert {what: files.count for what, files in report.not_mail.items()} == {
        "empty": 1,
        "neither a mailbox nor a mail": 1,
        "index, settings, picture or document": 2,
    }
    assert len(lines) == 9
    assert "not read: profile/Trash: empty" in lines
    broken, unknown, _ = report.warnings
    assert broken.startswith("5 messages or files can't be read and were skipped: ")
    assert "profile/2016.pst (an Outlook .pst file; convert it" in broken
    assert broken.endswith("; and 2 more (-v names all).")
    said = "1 file was not read: it is neither a mailbox nor a mail: profile/Notes."
    assert unknown == said


def test_progress_in_bytes_and_a_warning_for_few_mails(
    database: apsw.Connection, box: Path
) -> None:
    events: list[Event] = []
    write_mbox(box, mail())
    import_archives(database, [box], [ME], events.append)
    size = box.stat().st_size
    emitted = [event for event in events if isinstance(event, Progress)]
    assert [(event.stage, event.done) for event in emitted] == [
        *(("import", 0), ("import", size)),
        *(("answered", 0), ("answered", size)),
    ]
    assert all((event.total, event.unit) == (size, "bytes") for event in emitted)
    assert all(event.rate for event in emitted if event.done)
    (warning,) = (event.text for event in events if isinstance(event, Warn))
    assert warning.startswith("Only 1 usable mails")
