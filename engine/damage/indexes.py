"""Compare the indexes of panza.db with the mails that they were made from, and make them again."""

from __future__ import annotations

import apsw
import numpy as np

from engine.database.database import in_transaction
from engine.database.rows import each_row

_NORM_TOLERANCE = 1e-2
"""Of a vector's length, 1. Rounding to float32 changes it by less than 1e-6."""

_TEXT_INDEX = "INSERT INTO mails_text (mails_text{more}) VALUES ('{command}'{value})"

# As the triggers on table `vectors` keep it.
_SIGNS = """
    WITH RECURSIVE slots(slot) AS (SELECT 0 UNION ALL SELECT slot + 1 FROM slots WHERE slot < 255)
    SELECT block, CAST(group_concat(
        CASE WHEN embedding IS NULL THEN zeroblob(48) ELSE vec_quantize_binary(embedding) END,
        '' ORDER BY slot) AS BLOB)
    FROM (SELECT DISTINCT mail_id / 256 AS block FROM vectors) JOIN slots
    LEFT JOIN vectors ON mail_id = block * 256 + slot GROUP BY block
"""
_EMPTY_BLOCK = "codes <> zeroblob(256 * 48)"


def text_index_damage(connection: apsw.Connection) -> str:
    """Return how the full-text index differs from the mails, in a few words; '' if it does not."""
    try:
        connection.execute(
            _TEXT_INDEX.format(command="integrity-check", more=", rank", value=", 1")
        )
    except apsw.CorruptError as error:
        return str(error)
    return ""


def rebuild_text_index(connection: apsw.Connection) -> None:
    """Make the full-text index again from the mails. Raises apsw.CorruptError if it can't be."""
    connection.execute(_TEXT_INDEX.format(command="rebuild", more="", value=""))


def wrong_vectors(connection: apsw.Connection) -> list[int]:
    """Return the mails whose vector can't be one: of another length, or of a mail left out."""
    wrong = []
    for number, embedding, left_out in each_row(
        connection,
        "SELECT mail_id, embedding, id IS NULL OR left_out IS NOT NULL FROM vectors "
        "LEFT JOIN mails ON id = mail_id",
    ):
        if left_out or not _is_vector(embedding):
            wrong.append(number)
    return wrong


def remove_vectors(connection: apsw.Connection, mails: list[int]) -> None:
    """Remove the vectors of these mails, which are embedded again with the missing ones."""

    def remove() -> None:
        rows = [(number,) for number in mails]
        connection.executemany("DELETE FROM vectors WHERE mail_id = ?", rows)

    in_transaction(connection, remove)


def signs_differ(connection: apsw.Connection) -> bool:
    """Return whether the signs differ from those of the vectors; see engine.database.schema."""
    kept = dict(connection.execute(f"SELECT block, codes FROM signs WHERE {_EMPTY_BLOCK}"))
    return kept != {block: codes for block, codes in connection.execute(_SIGNS) if any(codes)}


def rebuild_signs(connection: apsw.Connection) -> None:
    """Make the table of signs again from the vectors."""

    def rebuild() -> None:
        connection.execute("DELETE FROM signs")
        connection.execute(f"INSERT INTO signs {_SIGNS}")

    in_transaction(connection, rebuild)


def _is_vector(embedding: object) -> bool:
    if not isinstance(embedding, bytes) or len(embedding) != 384 * 4:
        return False
    norm = float(np.linalg.norm(np.frombuffer(embedding, "<f4")))
    return abs(norm - 1) < _NORM_TOLERANCE  # False for NaN, too.
