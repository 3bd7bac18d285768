"""Signatures that are removed by their form give facts about the writer if they repeat."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import apsw
import pytest

from engine.mail.importing.signature_blocks import SignatureBlocks
from engine.mail.stored.store import kept_mails
from engine.mail.stored.writer_facts import writer_facts
from engine.mail.types import Mail
from importing.mailboxes import ME, mail, run, write_mbox

PHONE, SITE = "+44 20 7946 0123", "www.lake.example"
DELIMITED = f"-- \nIda Moor\nThe Lake House\n{PHONE}"
CONTACT = f"Best regards,\nIda Moor\n\nLake House Ltd\nPhone: {PHONE}\n{SITE}"
QUOTE = "On Tue, 31 Dec 2019 at 10:00, Bo <bo@example.org> wrote:\n\n> When do we leave?\n> Bo\n"
OTHERS = "> \n> -- \n> Bo Bell\n> +44 20 7946 0999\n> www.bell.example\n"
OUTLOOK = (
    "From: Bo <bo@example.org>\nSent: Tuesday, December 31, 2019 10:00 AM\nTo: Ida\n"
    "Subject: lake\n\nWhen do we leave?\n\n-- \nBo Bell\n+44 20 7946 0999\nwww.bell.example\n"
)


def sent(ends: Iterable[str]) -> list[str]:
    return [
        mail(f"We leave at {n} then.\n\n{end}", Subject=f"lake {n}", Date=f"{n} Jan 2020 12:00 GMT")
        for n, end in enumerate(ends, 1)
    ]


def facts(database: apsw.Connection) -> set[str]:
    return {fact.text.removeprefix("Phone: ") for fact in writer_facts(database)}


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (DELIMITED, {PHONE}),
        (CONTACT, {"Lake House Ltd", PHONE, SITE}),
        (f"{DELIMITED}\n\n{QUOTE}{OTHERS}", {PHONE}),
        (f"{CONTACT}\n\n{OUTLOOK}", {"Lake House Ltd", PHONE, SITE}),
        (f"Ida\n\n{QUOTE}{OTHERS}", set()),
        (f"Ida\n\n{OUTLOOK}", set()),
    ],
)
def test_facts_come_from_the_writers_blocks_alone(
    database: apsw.Connection, box: Path, end: str, expected: set[str]
) -> None:
    run(database, write_mbox(box, *sent([end] * 4)))
    assert all(PHONE not in found.body for found in kept_mails(database))
    assert facts(database) == expected
    assert {fact.address for fact in writer_facts(database)} <= {ME}


def test_a_block_in_fewer_than_three_mails_gives_no_facts(
    database: apsw.Connection, box: Path
) -> None:
    other = DELIMITED.replace("0123", "0456")
    run(database, write_mbox(box, *sent([DELIMITED, DELIMITED, other, "Ida"])))
    assert facts(database) == set()


def test_a_new_number_is_the_newer_fact(database: apsw.Connection, box: Path) -> None:
    newer = DELIMITED.replace("0123", "0456")
    run(database, write_mbox(box, *sent([DELIMITED] * 3 + [newer] * 3)))
    assert [fact.text for fact in writer_facts(database)] == [newer.splitlines()[-1], PHONE]


def test_few_beginnings_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.mail.importing.signature_blocks._MAX_WAITING", 10)
    blocks = SignatureBlocks()
    for number in range(100):
        assert blocks.find(_read(f"Fine by me.\n\nOther {number}\nBo, Cy\n")) is None
        assert len(blocks._waiting) <= 10
    found = [blocks.find(_read(f"Fine by me.\n\n{DELIMITED}")) for _ in range(3)]
    assert found[:2] == [None, None]
    assert found[2] is not None
    assert PHONE in found[2]


def _read(original: str) -> Mail:
    return Mail(
        fingerprint="",
        message_id=None,
        thread="",
        date=0,
        date_known=True,
        sender=ME,
        recipients=(),
        subject="",
        body="Fine by me.",
        original=original,
        language="",
        answered=None,
        left_out=None,
        source="",
    )
