"""The sender of a draft, and the address that belongs to a name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from engine.database.database import connect, write_fact
from engine.mail.stored.people import address_of, own_address
from engine.settings import User

NOBODY = User("", ())


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[apsw.Connection]:
    connection = connect(tmp_path / "panza.db")
    sent = [("ida@old.example", "Ann Lee", "ann@old.example"),
            ("ida@new.example", "Ann Lee", "ann@x"),
            ("ida@new.example", "Bo Berg", "bo@x"), ("ida@new.example", "Bo Holm", "holm@x"),
            ("ida@new.example", "Ann O'Hara", "ann@old.example")]  # fmt: skip
    for key, (sender, name, address) in enumerate(sent, 1):
        connection.execute(
            "INSERT INTO mails (id, fingerprint, thread, date, date_known, sender, recipients, "
            "subject, body, original, language, source) VALUES (?, ?, ?, ?, 1, ?, ?, '', '', '', "
            "'en', 'test')",
            (key, str(key), str(key), key, sender, json.dumps([[name, address]])),
        )
    yield connection
    connection.close()


def test_a_draft_is_from_the_address_that_was_written_to(mailbox: apsw.Connection) -> None:
    assert own_address(mailbox, NOBODY) == ("", "")
    write_fact(mailbox, "user.name", "Ida")
    write_fact(mailbox, "user.addresses", json.dumps(["ida@old.example", "ida@new.example"]))
    assert own_address(mailbox, NOBODY) == ("Ida", "ida@new.example")
    addressed = ("list@x.example", "ida+x@old.example")
    assert own_address(mailbox, NOBODY, addressed) == ("Ida", "ida+x@old.example")
    chosen = User("I. Ås", ("me@own.example",))
    assert own_address(mailbox, chosen) == ("I. Ås", "me@own.example")


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("ann  LEE", "ann@x"),
        ("Bo Berg", "bo@x"),
        ("Berg", "bo@x"),
        ("Bo", ""),
        ("Zoe", ""),
        ("", ""),
        ("%", ""),
    ],
)
def test_a_name_has_an_address_when_it_is_one_persons(
    mailbox: apsw.Connection, name: str, address: str
) -> None:
    assert address_of(mailbox, name) == address
