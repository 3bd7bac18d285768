"""Read table `instructions`: the instruction that each mail could have been drafted from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import apsw

from engine.database.stored_rows import read_rows


@dataclass(frozen=True)
class MailInstruction:
    """The instruction of one mail. origin: playback, notes or hand."""

    mail_id: int
    text: str
    origin: str


def count_instructed(connection: apsw.Connection) -> int:
    """Return the number of kept mails that have an instruction."""
    return connection.execute(
        "SELECT count(*) FROM instructions JOIN mails ON id = mail_id WHERE left_out IS NULL"
    ).get


def instructed_mails(connection: apsw.Connection, *, by_hand: bool = False) -> set[int]:
    """Return the ids of the mails with an instruction. by_hand: only of those the user wrote."""
    query = "SELECT mail_id FROM instructions WHERE origin = 'hand' OR NOT ?"
    return {mail_id for (mail_id,) in connection.execute(query, (by_hand,))}


def written_instructions(connection: apsw.Connection) -> set[tuple[object, ...]]:
    """Return what tells an instruction from the one that replaces it, also where it is damaged."""
    rows = "SELECT mail_id, CAST(created || text AS BLOB) FROM instructions"
    return set(connection.execute(rows))


def read_instructions(connection: apsw.Connection, ids: Iterable[int]) -> list[MailInstruction]:
    """Return the instructions of these mails, in the order of their ids."""
    rows = read_rows(
        connection,
        "instructions",
        "SELECT mail_id, text, origin FROM instructions "
        "WHERE mail_id IN (SELECT value FROM json_each(?)) ORDER BY mail_id",
        (json.dumps(list(ids)),),
        lambda row: MailInstruction(*row),
    )
    return list(rows)


def mails_by_instruction(connection: apsw.Connection, ids: Iterable[int]) -> dict[str, str]:
    """Return instruction -> own words of these mails."""
    rows: Iterator[tuple[str, str]] = read_rows(
        connection,
        "instructions",
        "SELECT text, body FROM instructions JOIN mails ON id = mail_id "
        "WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(ids)),),
    )
    return dict(rows)
