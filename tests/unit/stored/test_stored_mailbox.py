"""Stored mails are listed, opened and corrected by hand."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import get_args

import apsw
import pytest
from made_mails import made_mail

from engine.database.database import connect
from engine.errors import PanzaError, UsageError
from engine.generators import Written
from engine.mail.stored.mailbox import (
    BY_HAND,
    Instruction,
    Shown,
    leave_out,
    mail_ids,
    mail_lines,
    newest_instructions,
    open_mail,
    take_back,
    write_instruction,
)
from engine.mail.stored.store import insert_mail, load_mail
from engine.mail.types import Mail
from engine.settings import load_settings
from training.playback.playback import play_back_all

REASONS = (None, None, None, "calendar", "empty")


class Certain:
    """A generator whose attempts are all the same, and fit the mail."""

    backend = "certain"

    def stream_several(self, messages, samplings, on_text):
        for index, _ in enumerate(samplings):
            on_text(index, "say that the boat needs new oars.")
        return [Written(True, -1.0)] * len(samplings)

    def log_likelihood(self, messages, answer):
        return -1.0 if "oars" in messages[-1].content else -3.0


def mail(number: int, left_out: str | None = None) -> Mail:
    return made_mail(
        number,
        date=1_600_000_000 + number // 2,
        subject=f"Oars {number}",
        body="" if left_out == "empty" else "Ahoy Kim,\nthe boat needs new oars.\nRo",
        left_out=left_out,
    )


@pytest.fixture
def connection(tmp_path: Path) -> apsw.Connection:
    connection = connect(tmp_path / "panza.db")
    for number, reason in enumerate(REASONS, 1):
        insert_mail(connection, mail(number, reason))
    return connection


def test_lists_begin_with_the_newest_and_keep_to_their_filter(connection: apsw.Connection) -> None:
    write_instruction(connection, 2, "ask Kim for oars")
    assert mail_ids(connection, "all") == [5, 4, 3, 2, 1]
    assert mail_ids(connection, "kept") == [3, 2, 1]
    assert mail_ids(connection, "left out") == [5, 4]
    assert mail_ids(connection, "no instruction") == [3, 1]


def test_a_list_of_ids_is_never_read_with_the_mails_texts(connection: apsw.Connection) -> None:
    said: list[str] = []
    connection.trace_v2(apsw.SQLITE_TRACE_STMT, lambda event: said.append(event["sql"]))
    for shown in get_args(Shown):
        mail_ids(connection, shown)
    connection.trace_v2(0)
    assert len(said) == 4
    for statement in said:
        plan = connection.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()
        assert any("COVERING INDEX" in row[3] for row in plan), plan


def test_lines_come_in_the_order_asked_for(connection: apsw.Connection) -> None:
    write_instruction(connection, 2, "ask Kim for oars")
    lines = mail_lines(connection, [2, 99, 4])
    assert [(line.id, line.left_out, line.origin) for line in lines] == [
        (2, None, "hand"),
        (4, "calendar", ""),
    ]
    assert lines[0].recipients == (("Kim", "kim@example.org"),)
    assert lines[0].subject == "Oars 2"


def test_an_instruction_by_hand_is_kept_by_playback(connection: apsw.Connection) -> None:
    settings = load_settings(environment={})
    stored = load_mail(connection, 1)
    assert stored is not None
    write_instruction(connection, 1, "  ask\n Kim   for oars ")
    by_hand = (stored, Instruction("ask Kim for oars", "hand", ""))
    assert open_mail(connection, 1) == by_hand
    play_back_all([stored], connection, Certain(), settings, model="m", emit=print)
    assert open_mail(connection, 1) == by_hand
    play_back_all(
        [stored], connection, Certain(), settings, model="m", emit=print, overwrite_manual=True
    )
    opened = open_mail(connection, 1)
    assert opened is not None
    assert opened[1] is not None
    assert opened[1].origin == "playback"
    assert newest_instructions(connection, 3) == [("Oars 1", opened[1].text)]


def test_a_mail_forgotten_while_it_is_played_back_stays_gone(connection: apsw.Connection) -> None:
    stored = load_mail(connection, 1)
    assert stored is not None
    connection.execute("DELETE FROM mails WHERE id = 1")
    settings = load_settings(environment={})
    play_back_all([stored], connection, Certain(), settings, model="m", emit=print)
    assert connection.execute("SELECT count(*) FROM instructions").get == 0
    assert open_mail(connection, 1) is None


def test_left_out_by_hand_until_taken_back(connection: apsw.Connection) -> None:
    leave_out(connection, 1)
    assert mail_lines(connection, [1])[0].left_out == BY_HAND
    insert_mail(connection, mail(1))  # Imported again.
    assert mail_lines(connection, [1])[0].left_out == BY_HAND
    with pytest.raises(UsageError, match="changed meanwhile"):
        leave_out(connection, 1)
    take_back(connection, 1)
    assert mail_lines(connection, [1])[0].left_out is None


def test_a_mail_left_out_by_a_rule_can_be_included_if_it_has_words(
    connection: apsw.Connection,
) -> None:
    take_back(connection, 4)
    insert_mail(connection, mail(4, "calendar"))
    assert mail_lines(connection, [4])[0].left_out is None
    with pytest.raises(UsageError, match="no words of yours"):
        take_back(connection, 5)


def test_nothing_is_changed_without_words_or_without_the_mail(connection: apsw.Connection) -> None:
    with pytest.raises(UsageError, match="can't be empty"):
        write_instruction(connection, 1, " \n ")
    for change in (leave_out, take_back):
        with pytest.raises(UsageError, match="was deleted"):
            change(connection, 99)
    with pytest.raises(UsageError, match="was deleted"):
        write_instruction(connection, 99, "ask")


def test_another_active_writer_is_one_line(connection: apsw.Connection) -> None:
    other = connect(Path(connection.filename))
    other.execute("BEGIN IMMEDIATE")
    connection.set_busy_timeout(1)
    with pytest.raises(PanzaError, match="writing just now"):
        leave_out(connection, 1)
    other.execute("ROLLBACK")
    leave_out(connection, 1)


def test_lone_surrogates_are_stored_as_replacement_characters(connection: apsw.Connection) -> None:
    write_instruction(connection, 1, "ask \ud83d now")
    opened = open_mail(connection, 1)
    assert opened is not None
    assert opened[1] == Instruction("ask ? now", "hand", "")


def test_a_changed_mail_is_only_changed(connection: apsw.Connection) -> None:
    before = load_mail(connection, 1)
    assert before is not None
    leave_out(connection, 1)
    assert load_mail(connection, 1) == dataclasses.replace(before, left_out=BY_HAND)
