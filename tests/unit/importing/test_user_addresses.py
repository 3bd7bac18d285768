"""The user's addresses: given, or found in the mails."""

from __future__ import annotations

import json
from pathlib import Path

import apsw
import pytest

from engine.database.database import read_fact
from engine.errors import PanzaError, UsageError
from engine.events import silent
from engine.mail.importing.importing import find_addresses, import_archives
from importing.mailboxes import ME, mail, run, write_mbox


def test_a_named_address_that_wrote_nothing_is_refused_unless_it_is_known(
    database: apsw.Connection, box: Path
) -> None:
    write_mbox(box, mail(), mail("Hi", From="bo@example.org", Delivered_To="moor@example.org"))
    run(database, box)
    before = list(database.execute("SELECT * FROM facts"))
    with pytest.raises(UsageError, match=rf"No mail from wrong@x.org .*{ME} \(1\)"):
        import_archives(database, [box], [ME, "wrong@x.org"], silent)
    assert list(database.execute("SELECT * FROM facts")) == before
    import_archives(database, [box], [ME], silent, configured=["old@x.org"])
    report = import_archives(database, [box], ["old@x.org", "Moor@example.org"], silent)
    assert any("from moor@example.org; it only receives mail" in line for line in report.warnings)


def test_no_mail_from_the_address_names_who_wrote_most(
    database: apsw.Connection, box: Path
) -> None:
    write_mbox(box, mail(From="bo@example.org"), mail("x", From="bo@example.org"))
    with pytest.raises(PanzaError, match=r"No mail from ida@example.org .*bo@example.org \(2\)"):
        run(database, box)
    assert read_fact(database, "user.addresses") is None
    with pytest.raises(UsageError, match="'ida@' is not a mail address"):
        import_archives(database, [box], ["ida@"], silent)
    with pytest.raises(UsageError, match=r"No mail from Ida in .*bo@example.org \(2\)"):
        import_archives(database, [box], ["Ida"], silent)
    with pytest.raises(UsageError, match="neither a mail address nor a name"):
        import_archives(database, [box], ["-"], silent)


def test_the_owner_is_found(tmp_path: Path) -> None:
    friends = [mail(f"t{n}", From="Bo <bo@example.org>", Delivered_To=ME) for n in range(5)]
    path = write_mbox(tmp_path / "all.mbox", *friends, mail(), mail("x", From=f"I <{ME}>"))
    assert find_addresses([path], silent)[0] == ("Ida Moor", ME, 2)
    (tmp_path / "Gesendet").mkdir()
    write_mbox(tmp_path / "Gesendet" / "2020", mail())
    inbox = write_mbox(tmp_path / "Inbox", *(mail(From="bo@example.org") for _ in range(3)))
    found = find_addresses([inbox, tmp_path / "Gesendet"], silent)
    assert [address for _, address, _ in found] == [ME, "bo@example.org"]


def test_a_name_stands_for_the_addresses_that_it_wrote_from(
    database: apsw.Connection, box: Path
) -> None:
    write_mbox(
        box,
        mail("One.", Subject="one"),
        mail("Two.", From='"Moor, Ida (Lake)" <ida@work.example>', X_Gmail_Labels="Sent"),
        mail("Three.", From="IDA MOOR <winner@spam.example>"),
        mail("Four.", From="Ida <ida@other.example>", Delivered_To=ME),
    )
    report = import_archives(database, [box], ["ida moor"], silent)
    assert (report.kept, report.received) == (2, 2)
    assert json.loads(read_fact(database, "user.addresses") or "") == [ME, "ida@work.example"]
    again = import_archives(database, [box], [f"Ida Moor <{ME}>"], silent)
    assert (again.kept, again.new) == (2, 0)


def test_letters_with_accents_may_be_composed_or_not(database: apsw.Connection, box: Path) -> None:
    decomposed, composed = "jose\u0301@example.org", "jos\u00e9@example.org"
    write_mbox(box, mail(From=f"Jose <{decomposed}>"))
    assert import_archives(database, [box], [composed], silent).kept == 1
