"""A row that can't be read keeps no other from being read, shown, drafted from or forgotten."""

from __future__ import annotations

from contextlib import closing

import pytest
from damaged_home import damage, damage_each, home_with_everything
from made_mails import made_mail

from engine import left_out
from engine.backup.write import write_backup
from engine.damage.values import unreadable_rows
from engine.database import database
from engine.database.stored_json import UnreadableError
from engine.drafting.accepted_drafts import accepted_drafts
from engine.drafting.conversations import list_conversations, read_conversation
from engine.drafting.drafts import read_unsent
from engine.errors import explain
from engine.events import silent
from engine.forgetting.forget import SALT, forget_mail, is_forgotten
from engine.home.home import Home
from engine.mail.importing.finishing import all_signatures
from engine.mail.importing.staging import open_staging
from engine.mail.stored import store
from engine.mail.stored.mailbox import mail_ids, mail_lines, newest_instructions, open_mail
from engine.mail.stored.people import (
    address_of,
    known_addresses,
    known_names,
    names_of,
    own_address,
    own_name,
)
from engine.mail.stored.writer_facts import writer_facts
from engine.models.models import default_model
from engine.retrieval.search import search
from engine.settings import User
from panza_tui.jobs.check import check
from training.examples.training_pairs import training_pairs

OTHER_DAMAGES = [
    ("mails", "body", b"\xff\xfe boat", "id = 3"),
    ("mails", "sender", b"ro\xe4@x", "id = 3"),
    ("mails", "left_out", b"\xe4", "id = 3"),
    ("mails", "date", b"yesterday", "id = 3"),
    ("mails", "date", b"99999999999999", "id = 3"),
    ("drafts", "draft", b"\x80", "id = 1"),
    ("drafts", "instruction", b"\x80", "id = 1"),
    ("drafts", "created", b"now", "id = 1"),
    ("conversations", "name", b"\xe0 boats", "id = 1"),
    ("instructions", "text", b"\xff", "mail_id = 2"),
    ("facts", "value", b"R\xff", "key = 'user.name'"),
    ("writer_facts", "text", b"\xff5", "1"),
]
_WRONG_SHAPES = [
    b"5", b'"text"', b"null", b"true", b"{}", b"[5]", b'["a"]', b"[[]]", b"[[1, 2, 3]]", b"[null]",
    b'[["a", 5]]', b'[{"sender": 5}]', b'{"sender": [1]}', b"[1.5]", b"[true]", b"[-1]",
    b"[[-1, 2]]", b'[[{}, "a"]]', b"[NaN]", b"[1e999]", b"[99999999999999999999]", b"[" * 5000, b"",
    b"{", b"\xff[]",
]  # fmt: skip
_RECEIVED = (
    b'{"sender": %s, "date": %s, "subject": %s, "body": %s, "known_from": %s, "message_id": %s}'
)
_GOOD = [b'"a"', b"5", b'"b"', b'"c"', b'"quote"', b'"d"']
_WRONG_RECEIVED = [
    _RECEIVED % (*_GOOD[:at], wrong, *_GOOD[at + 1 :])
    for at in range(len(_GOOD))
    for wrong in (b"[]", b"1e99", b"true", b"999999999999999" if at == 1 else b"7")
]
MANY = 60

JSON = {
    ("mails", "recipients"): _WRONG_SHAPES,
    ("mails", "answered"): [value for value in _WRONG_SHAPES if value] + _WRONG_RECEIVED,
    ("mails", "code"): _WRONG_SHAPES,
    ("drafts", "thread"): [*_WRONG_SHAPES, *(b"[%s]" % value for value in _WRONG_RECEIVED)],
    ("drafts", "sources"): [value for value in _WRONG_SHAPES if value not in (b"[5]", b"[-1]")],
}
FACTS = ("user.addresses", "user.names", "user.signatures")


@pytest.fixture
def home(tmp_path) -> Home:
    return home_with_everything(tmp_path / "home")


def texts(home: Home) -> set[str]:
    """Read what the mailbox, the chat, a draft, a training and an import read."""
    with closing(database.connect(home.database)) as connection:
        found = {line.subject for line in mail_lines(connection, mail_ids(connection, "all"))}
        found |= {mail.body for mail in store.kept_mails(connection)}
        search(connection, home, "boat", 50, recipient="kim")
        found |= {mail.subject for mail in store.mails_without_parent(connection, 99)}
        list(store.own_words_of(connection, "ro@example.org", 99))
        list(store.missing_parents(connection))
        store.counts(connection)
        store.name_of(connection, "ann0@example.org")
        address_of(connection, "Ann")
        names_of(connection, "ann0@example.org")
        own_address(connection, User())
        own_name(connection, User())
        known_addresses(connection)
        known_names(connection)
        writer_facts(connection)
        training_pairs(connection)
        newest_instructions(connection, 9)
        with closing(open_staging()) as staging:
            all_signatures(connection, staging)
        for query in ("", "do"):
            for one in list_conversations(connection, query):
                found |= {draft.draft for draft in read_conversation(connection, one.id)}
        found |= {draft.final for draft in accepted_drafts(connection)}
        read_unsent(connection)
        default_model(home, connection)
    return found


@pytest.mark.parametrize(("table", "column"), JSON)
def test_json_of_any_wrong_shape_costs_its_row_alone(home, table, column):
    with closing(database.connect(home.database)) as connection:
        for number in range(100, 100 + MANY):
            mail = made_mail(number, subject=f"Subject {number}", body=f"Body {number}.")
            store.insert_mail(connection, mail)
            connection.execute("INSERT INTO conversations VALUES (?, '', 9)", (number,))
            connection.execute(
                "INSERT INTO drafts VALUES (?1, ?1, 7, 'Do', 'kim', '[]', '[2]', 'Draft ' || ?1, "
                "'Final ' || ?1, '', '', 0)",
                (number,),
            )
        ids = connection.execute(f"SELECT id FROM {table} WHERE id > 12 ORDER BY id").fetchall()
    everything = texts(home)
    wrong = [number for (number,) in ids[1 : 1 + len(JSON[table, column])]]
    damage_each(home, table, column, dict(zip(wrong, JSON[table, column], strict=True)))
    still = texts(home)
    word = "Body" if table == "mails" else "Final"
    lost = sorted(text for text in everything - still if text.startswith(word))
    assert len(lost) == len(wrong)
    write_backup(home, home.root.parent / "b.zip", lambda folder: (), silent, models=False)
    assert any(f.subject == "rows" and str(wrong[0]) in f.found and f.fix for f in check(home))
    with closing(database.connect(home.database)) as connection:
        assert unreadable_rows(connection) == {table: wrong}
        assert forget_mail(home, connection, 5).mended == {table: wrong}
        assert unreadable_rows(connection) == {}
        if table == "mails":  # The others are left out until they are kept.
            assert mail_ids(connection, "left out") == wrong[::-1]
            forget_mail(home, connection, wrong[0])
    assert {text for text in everything if text.startswith("Final")} <= texts(home)
    assert [f.subject for f in check(home) if f.fix] == []


def test_facts_of_any_wrong_shape_count_as_none(home):
    with closing(database.connect(home.database)) as connection:
        for key in FACTS:
            database.write_fact(connection, key, "[]")
    everything = texts(home)
    for key in FACTS:
        for value in _WRONG_SHAPES:
            damage(home, "facts", "value", value, f"key = '{key}'")
            assert texts(home) == everything
    with closing(database.connect(home.database)) as connection:
        assert "facts" in unreadable_rows(connection)
        assert "facts" in forget_mail(home, connection, 5).mended


@pytest.mark.parametrize(("table", "column", "content", "where"), OTHER_DAMAGES)
def test_a_value_of_another_kind_costs_its_row_alone(home, table, column, content, where):
    everything = texts(home)
    damage(home, table, column, content, where)
    lost = everything - texts(home)
    assert lost <= {"Subject 2", "Body 2: the boat.", "A"}
    with closing(database.connect(home.database)) as connection:
        assert table in unreadable_rows(connection)
        forget_mail(home, connection, 5)
        assert unreadable_rows(connection) == {}


def test_a_mail_that_cannot_be_read_can_be_forgotten_itself(home):
    damage(home, "mails", "recipients", b'[["Heron", 5]]', "id = 3")
    damage(home, "mails", "body", b"Secret \xff heron", "id = 3")
    with closing(database.connect(home.database)) as connection:
        with pytest.raises(UnreadableError) as caught:
            open_mail(connection, 3)
        assert "doctor --check" in explain(caught.value)
        assert set(forget_mail(home, connection, 3).mended) == {"mails"}
    for path in home.root.rglob("*"):
        if path.is_file():
            assert b"eron" not in path.read_bytes()


def test_what_was_left_out_is_counted_and_said_once(home, monkeypatch):
    monkeypatch.setattr(left_out, "_found", {})
    monkeypatch.setattr(left_out, "_told", {})
    damage(home, "mails", "body", b"\xff", "id IN (3, 4)")
    damage(home, "drafts", "thread", b"5", "id = 1")
    texts(home)
    (line,) = left_out.left_out_lines()
    assert line.startswith("2 mails and 1 draft can't be read")
    assert "doctor --check" in line
    texts(home)
    assert left_out.left_out_lines() == []


def test_forgotten_mails_stay_so_while_the_salt_cannot_be_read(home):
    with closing(database.connect(home.database)) as connection:
        mail = store.load_mail(connection, 3)
        forget_mail(home, connection, 3)
        damage(home, "facts", "value", b"\xff\xfe", f"key = '{SALT}'")
        with pytest.raises(UnreadableError):
            is_forgotten(connection, mail)
