"""Mail of Outlook and Exchange, whose senders have a name but no address."""

from __future__ import annotations

import json
from pathlib import Path

import apsw
import pytest

from engine.database.database import read_fact
from engine.errors import PanzaError, UsageError
from engine.events import silent
from engine.mail.importing.importing import find_addresses, import_archives
from engine.mail.importing.tally import ImportReport
from engine.mail.stored import store
from importing.mailboxes import ME, mail

IDA = '"Ida Moor" <MAILER-DAEMON>'
BO = '"Bo Berg" <MAILER-DAEMON>'
DIRECTORY = "/O=LAKE/OU=EXCHANGE ADMINISTRATIVE GROUP/CN=RECIPIENTS/CN="


def converted(folder: Path, name: str, *mails: str) -> Path:
    """Write a mailbox as readpst does."""
    path = folder / "pst" / name
    path.parent.mkdir(exist_ok=True)
    separator = 'From "MAILER-DAEMON" Wed Jan  1 12:00:00 2020\nStatus: RO\n'
    path.write_text("\n".join(separator + text for text in mails))
    return path.parent


def run(database: apsw.Connection, path: Path, *me: str) -> ImportReport:
    return import_archives(database, [path], me or [ME], silent)


def bodies(database: apsw.Connection) -> set[str]:
    return {stored.body for stored in store.kept_mails(database)}


@pytest.mark.parametrize(
    "sender",
    [
        IDA,
        "Ida Moor <>",
        '"Moor, Ida"',
        "=?utf-8?B?SWRhIE1vb3I=?= <MAILER-DAEMON>",
        f"Ida Moor <{DIRECTORY}IMOOR>",
        f"{DIRECTORY}IMOOR",
        "Ida <IMCEAEX-_O=LAKE_OU=EXCHANGE_CN=RECIPIENTS_CN=IMOOR@example.org>",
        "",
    ],
)
@pytest.mark.parametrize("folder", ["Sent Items.mbox", "Gesendete Objekte", "Éléments envoyés"])
def test_mail_in_a_sent_folder_is_the_users(
    database: apsw.Connection, tmp_path: Path, sender: str, folder: str
) -> None:
    converted(tmp_path, "Inbox.mbox", mail("Hi Ida.", From=BO))
    path = converted(tmp_path, folder, mail("One.", From=sender, To="Bo Berg"))
    report = run(database, path)
    assert (report.kept, report.received) == (1, 1)
    assert store.kept_mails(database)[0].sender == ME


def test_mail_in_other_folders_is_the_users_by_its_name(
    database: apsw.Connection, tmp_path: Path
) -> None:
    converted(tmp_path, "2019.mbox", mail("Old.", From=IDA), mail("Not mine.", From=BO))
    converted(tmp_path, "Inbox.mbox", mail("To me.", From=f"Ida M. Berg <{DIRECTORY}IDA>"))
    path = converted(
        tmp_path, "Sent Items.mbox", mail("New.", From=f"Moor, Ida <{DIRECTORY}IMOOR>")
    )
    report = run(database, path)
    assert (report.kept, report.received, report.sent) == (2, 2, 2)
    assert bodies(database) == {"Old.", "New."}


def test_the_name_is_that_of_mail_with_the_users_address(
    database: apsw.Connection, tmp_path: Path
) -> None:
    converted(tmp_path, "Archive.mbox", mail("Old.", From=IDA, Message_ID="<1@x>"))
    path = converted(tmp_path, "Later.mbox", mail("New."), mail("No.", From="Ida <MAILER-DAEMON>"))
    assert run(database, path).kept == 2
    assert bodies(database) == {"Old.", "New."}
    assert (run(database, path).kept, run(database, path).new) == (2, 0)


def test_the_users_name_may_be_all_there_is(database: apsw.Connection, tmp_path: Path) -> None:
    path = converted(tmp_path, "Mails.mbox", mail("One.", From=IDA), mail("Two.", From=BO))
    assert find_addresses([path], silent)[:2] == [
        ("Bo Berg", "Bo Berg", 1),
        ("Ida Moor", "Ida Moor", 1),
    ]
    with pytest.raises(PanzaError, match=r"No mail from ida@example.org .*Ida Moor \(1\).* --me"):
        run(database, path)
    with pytest.raises(UsageError, match="No mail from Ida Muir"):
        run(database, path, "Ida Muir")
    assert run(database, path, "moor, ida").kept == 1
    assert bodies(database) == {"One."}
    assert json.loads(read_fact(database, "user.names") or "") == ["moor, ida"]
    again = import_archives(database, [path], [], silent)
    assert (again.kept, again.new) == (1, 0)


def test_an_answer_finds_the_mail_it_answers(database: apsw.Connection, tmp_path: Path) -> None:
    converted(tmp_path, "Inbox.mbox", mail("When?", From=BO, Message_ID="<q@x>"))
    answer = mail("At nine.", From=IDA, In_Reply_To="<q@x>")
    run(database, converted(tmp_path, "Sent Items.mbox", answer))
    (stored,) = store.kept_mails(database)
    assert stored.answered is not None
    assert (stored.answered.sender, stored.answered.body) == ("Bo Berg", "When?")
