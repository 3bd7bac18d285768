"""The JSON that panza.db holds: what each column must be, and the only reader of it.

A disk that turns a bit, or somebody who edits the file, leaves JSON that is none or has another
shape. It is refused here, in one plain line, so that nothing behind it meets a number for a text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from engine.errors import PanzaError
from engine.mail.types import Received

Readable = Callable[[Any], bool]

EARLIEST, LATEST = -62_135_596_800, 253_402_300_799
"""The dates that a calendar has, of the years 1 to 9999, in seconds since the epoch."""

_LARGEST = 2**63 - 1  # A number that SQLite can hold.


class UnreadableError(PanzaError):
    """A stored value can't be read."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what} can't be read, so it is damaged; it was left alone. Run 'panza-tui doctor "
            "--check', which finds it, then 'panza-tui doctor --repair'."
        )


def from_json(table: str, column: str, stored: Any) -> Any:
    """Return the value of a column with JSON. Raises UnreadableError if it has another shape."""
    return _parsed(stored, _SHAPES[table, column][0], f"A value of '{column}' in '{table}'")


def fact_from_json(key: str, stored: Any) -> Any:
    """Return the value of a fact with JSON. Raises UnreadableError if it has another shape."""
    return _parsed(stored, _FACTS[key], f"The fact '{key}'")


def is_readable(table: str, column: str, stored: Any) -> bool:
    """Return whether a column has the JSON that it must have; True for one without JSON."""
    shape = _SHAPES.get((table, column))
    return shape is None or _is_readable(stored, shape[0])


def is_readable_fact(key: str, stored: Any) -> bool:
    """Return whether a fact has the JSON that it must have; True for one without JSON."""
    return key not in _FACTS or _is_readable(stored, _FACTS[key])


def has_json(table: str, column: str) -> bool:
    """Return whether a column holds JSON."""
    return (table, column) in _SHAPES


def empty(table: str, column: str) -> str | None:
    """Return what is stored instead of JSON that can't be read."""
    return _SHAPES[table, column][1]


def is_date(value: Any) -> bool:
    """Return whether a value is a date that a calendar has."""
    return _is_number(value) and EARLIEST <= value <= LATEST


def _parsed(stored: Any, readable: Readable, what: str) -> Any:
    try:
        value = json.loads(stored)
    except (TypeError, ValueError, RecursionError):
        raise UnreadableError(what) from None
    if not readable(value):
        raise UnreadableError(what)
    return value


def _is_readable(stored: Any, readable: Readable) -> bool:
    try:
        _parsed(stored, readable, "")
    except UnreadableError:
        return False
    return True


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_number(value: Any) -> bool:
    return type(value) is int and -_LARGEST <= value <= _LARGEST


def _is_line(value: Any) -> bool:
    return _is_number(value) and value >= 0


def _is_list_of(item: Readable) -> Readable:
    return lambda value: isinstance(value, list) and all(map(item, value))


def _is_pair_of(item: Readable) -> Readable:
    return lambda value: isinstance(value, list) and len(value) == 2 and all(map(item, value))


def _is_received(value: Any) -> bool:
    try:
        mail = Received(**value)
    except TypeError:
        return False
    texts = (mail.sender, mail.subject, mail.body, mail.message_id, mail.references)
    return (
        all(map(_is_text, texts))
        and (mail.date is None or is_date(mail.date))
        and mail.known_from in ("archive", "quote", "input")
    )


def _is_signatures(value: Any) -> bool:
    blocks = _is_list_of(_is_list_of(_is_text))
    return isinstance(value, dict) and all(map(blocks, value.values()))


_SHAPES: Mapping[tuple[str, str], tuple[Readable, str | None]] = {
    ("mails", "recipients"): (_is_list_of(_is_pair_of(_is_text)), "[]"),
    ("mails", "answered"): (_is_received, None),
    ("mails", "code"): (_is_list_of(_is_pair_of(_is_line)), None),
    ("drafts", "thread"): (_is_list_of(_is_received), "[]"),
    ("drafts", "sources"): (_is_list_of(_is_number), "[]"),
}
"""(table, column) -> what its JSON must be, and what is stored instead of one that isn't."""

_FACTS: Mapping[str, Readable] = {
    "user.addresses": _is_list_of(_is_text),
    "user.names": _is_list_of(_is_text),
    "user.signatures": _is_signatures,
}
