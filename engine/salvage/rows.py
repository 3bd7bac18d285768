"""Tell by its values which table of panza.db a row belongs to."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from engine.checksums import PARTS
from engine.salvage.pages import Row, Value

_VECTOR_BYTES = 384 * 4
_DIGEST = re.compile(r"[0-9a-f]{64}")

# A letter for each column: t text, i integer, b blob; T and I: or NULL; -: the id, which is stored
# as the row's own number.
_WITH_ROWID = {
    "mails": "-tTtii" + "tttttt" + "TTtT",
    "drafts": "-Ii" + "ttttt" + "Ttti",
    "instructions": "-ttti",
    "conversations": "-ti",
    "facts": "tt",
    "vectors": "-b",
}
_WITHOUT_ROWID = {"writer_facts": "ttti", "checksums": "tii", "forgotten": "t"}
_TYPES: Mapping[str, tuple[type, ...]] = {
    "-": (type(None),),
    "t": (str,),
    "T": (str, type(None)),
    "i": (int,),
    "I": (int, type(None)),
    "b": (bytes,),
}


def table_of(row: Row) -> tuple[str, tuple[Value, ...]] | None:
    """Return the table of a row and its values with the id; None for a row of an index."""
    values = row.values
    if row.rowid is not None and len(values) == len(_WITH_ROWID["mails"]) - 1:
        values = (*values, None)  # Written before there was a column `parent`.
    shapes = _WITHOUT_ROWID if row.rowid is None else _WITH_ROWID
    for table, shape in shapes.items():
        if _has_shape(values, shape) and _is_plausible(table, values):
            first = row.rowid if shape[0] == "-" else values[0]
            return table, (first, *values[1:])
    return None


def _has_shape(values: Sequence[Value], shape: str) -> bool:
    return len(values) == len(shape) and all(
        isinstance(value, _TYPES[letter]) for value, letter in zip(values, shape, strict=True)
    )


def _is_plausible(table: str, values: Sequence[Value]) -> bool:
    """Return whether the values are not those of an index or of the full-text search."""
    match table, values[0], values[-1]:
        case "vectors", _, bytes(vector):
            return len(vector) == _VECTOR_BYTES
        case "checksums", part, _:
            return part in PARTS
        case "forgotten", str(digest), _:
            return _DIGEST.fullmatch(digest) is not None
    return True
