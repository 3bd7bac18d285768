"""The user's addresses: given, or found in the mails."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from engine.database import read_fact
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
    with pytest.raises(UsageError, match="'ida' is not a mail address"):
        import_archives(database, [box], ["ida"], silent)


def test_the_owner_is_found(tmp_path: Path) -> None:
    friends = [mail(f"t{n}", From="Bo <bo@example.org>", Delivered_To=ME) for n in range(5)]
    path = write_mbox(tmp_path / "all.mbox", *friends, mail(), mail("x", From=f"I <{ME}>"))
    assert find_addresses([path], silent)[0] == ("Ida Moor", ME, 2)
    (tmp_path / "Gesendet").mkdir()
    write_mbox(tmp_path / "Gesendet" / "2020", mail())
    inbox = write_mbox(tmp_path / "Inbox", *(mail(From="bo@example.org") for _ in range(3)))
    found = find_addresses([inbox, tmp_path / "Gesendet"], silent)
    assert [address for _, address, _ in found] == [ME, "bo@example.org"]
