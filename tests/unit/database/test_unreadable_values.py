"""Values that can't be read, as a failing disk leaves them: found, mended, and in nobody's way."""

from __future__ import annotations

from contextlib import closing

import pytest
from damaged_home import damage, home_with_everything

from engine.damage.mended_rows import DAMAGED
from engine.damage.repair import repair_database
from engine.damage.values import unreadable_rows
from engine.database import database
from engine.drafting.accepted_drafts import accepted_drafts
from engine.drafting.conversations import read_conversation
from engine.events import silent
from engine.forgetting.forget import forget_mail
from engine.home.home import Home
from engine.mail.stored import store
from engine.mail.stored.mailbox import mail_ids, mail_lines, open_mail
from engine.mail.stored.people import known_addresses, known_names
from engine.mail.stored.writer_facts import writer_facts
from panza_tui.jobs.check import check, repair


@pytest.fixture
def home(tmp_path) -> Home:
    return home_with_everything(tmp_path / "home")


def read_all(home: Home) -> None:
    """Read what the mailbox, the chat and an import read."""
    with closing(database.connect(home.database)) as connection:
        for shown in ("kept", "left out"):
            ids = mail_ids(connection, shown)
            mail_lines(connection, ids)
            for number in ids:
                open_mail(connection, number)
        list(store.kept_mails(connection))
        known_addresses(connection)
        known_names(connection)
        writer_facts(connection)
        accepted_drafts(connection)
        read_conversation(connection, 1)


DAMAGES = [
    ("mails", "body", b"\xff\xfe boat", "id = 3"),
    ("mails", "subject", b"\xc3(", "id = 3"),
    ("mails", "sender", b"ro\xe4@x", "id = 3"),
    ("mails", "recipients", b'[["a', "id = 3"),
    ("mails", "recipients", b"[[1, 2]]", "id = 3"),
    ("mails", "recipients", b"[" * 5000, "id = 3"),
    ("mails", "answered", b'{"sender": "x"', "id = 3"),
    ("mails", "answered", b'{"nobody": "x"}', "id = 3"),
    ("mails", "code", b"[[1, 2", "id = 3"),
    ("mails", "date", b"yesterday", "id = 3"),
    ("drafts", "draft", b"\x80", "id = 1"),
    ("drafts", "thread", b"[{", "id = 1"),
    ("drafts", "sources", b"[1", "id = 1"),
    ("drafts", "final", b"\x80", "id = 1"),
    ("conversations", "name", b"\xe0 boats", "id = 1"),
    ("facts", "value", b'["ro@x.org', "key = 'user.addresses'"),
    ("facts", "value", b"5", "key = 'user.addresses'"),
    ("facts", "value", b"R\xff", "key = 'user.name'"),
    ("writer_facts", "text", b"\xff5", "1"),
]


@pytest.mark.parametrize(("table", "column", "content", "where"), DAMAGES)
def test_one_value_costs_its_row_at_most(home, table, column, content, where):
    read_all(home)
    damage(home, table, column, content, where)
    assert any(f.subject == "rows" and f.fix for f in check(home))
    done = repair_database(home)
    read_all(home)
    with closing(database.connect(home.database)) as connection:
        assert unreadable_rows(connection) == {}
        assert database.find_damage(connection, thorough=True) == ""
        left_out = connection.execute("SELECT id FROM mails WHERE left_out = ?", (DAMAGED,))
        assert left_out.fetchall() == ([(3,)] if table == "mails" else [])
        assert connection.execute("SELECT count(*) FROM mails").get == 12
        assert done.facts == (table in ("facts", "writer_facts"))
    assert [f.subject for f in check(home) if f.fix] == []


def test_a_mail_that_was_damaged_can_be_forgotten_with_all_its_words(home):
    damage(home, "mails", "original", b"The secret heron \xff nests", "id = 3")
    damage(home, "mails", "recipients", b'[["Heron", "her', "id = 3")
    repair_database(home)
    with closing(database.connect(home.database)) as connection:
        forget_mail(home, connection, 3)
        forget_mail(home, connection, 4)
    for path in home.root.rglob("*"):
        if path.is_file():
            assert b"eron" not in path.read_bytes()


def test_what_was_mended_is_named(home):
    damage(home, "facts", "value", b"[", "key = 'user.addresses'")
    damage(home, "drafts", "draft", b"\x80", "id = 1")
    lines = "\n".join(repair(home, silent))
    assert "Facts that could not be read were removed" in lines
    assert "drafts 1" in lines
