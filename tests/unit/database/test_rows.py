"""Rows that are read one by one: a reader that stops early leaves nothing behind."""

import contextlib
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from engine.database import database
from engine.database.rows import each_row
from engine.database.stored_rows import read_row, read_rows

_QUERY = "SELECT key, value FROM facts ORDER BY value, key"


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[apsw.Connection]:
    with closing(database.connect(tmp_path / "panza.db")) as opened:
        rows = [(f"{number}", "a value" * 10) for number in range(500)]
        opened.executemany("INSERT INTO facts VALUES (?, ?)", rows)
        yield opened


def _loop(connection: apsw.Connection) -> None:
    for _ in each_row(connection, _QUERY):
        _look(connection)
        break


def _return(connection: apsw.Connection) -> str:
    for key, _ in read_rows(connection, "facts", _QUERY):
        _look(connection)
        return str(key)
    return ""


def _raise(connection: apsw.Connection) -> None:
    with contextlib.suppress(ZeroDivisionError):
        for _ in each_row(connection, _QUERY):
            _look(connection)
            raise ZeroDivisionError


def _first(connection: apsw.Connection) -> None:
    read_row(connection, "facts", _QUERY, (), lambda row: _look(connection))


def _next(connection: apsw.Connection) -> None:
    next(read_rows(connection, "facts", _QUERY, (), lambda row: _look(connection)))


def _look(connection: apsw.Connection) -> int:
    """Read something else meanwhile, after which apsw keeps what is dropped in the middle."""
    found: int = connection.execute("SELECT count(*) FROM mails").get
    return found


@pytest.mark.parametrize("stop", [_loop, _return, _raise, _first, _next])
def test_a_reader_that_stops_early_keeps_no_rows(
    connection: apsw.Connection, stop: Callable[[apsw.Connection], object]
) -> None:
    for _ in range(3):
        stop(connection)
    before = apsw.memory_used()
    for _ in range(20):
        stop(connection)
    assert apsw.memory_used() - before < 10_000  # One that is kept has 60 KB.
    assert connection.txn_state("main") == apsw.SQLITE_TXN_NONE


@pytest.mark.parametrize(
    "read", [each_row, lambda connection, query: read_rows(connection, "facts", query)]
)
def test_one_row_of_a_query_leaves_nothing(
    connection: apsw.Connection, read: Callable[[apsw.Connection, str], Iterator[object]]
) -> None:
    """A closed cursor would leave 200 bytes, for each mail of an import."""
    next(read(connection, _QUERY))
    tracemalloc.start()
    for _ in range(100):
        next(read(connection, _QUERY))
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 5_000


def test_a_reader_may_outlive_its_connection(connection: apsw.Connection) -> None:
    rows = each_row(connection, _QUERY)
    next(rows)
    connection.close()
    rows.close()  # type: ignore[attr-defined]
