"""Reading in several processes gives the same results, in order, and leaves no process behind."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from engine.database.database import connect
from engine.errors import PanzaError
from engine.events import silent
from engine.mail.archives.archives import RawMessage
from engine.mail.importing import reading_processes
from engine.mail.importing.importing import import_archives
from engine.mail.importing.reading_processes import FailedRead, ReaderPool, Result, Task, read_tasks
from engine.mail.importing.staging import Staged
from engine.mail.message.message import read_envelope
from engine.mail.types import Received

LARGE = 1 << 30


def task(number: int, *, is_sent: bool = True) -> Task:
    data = (
        f"From: Ida Moor <ida@example.org>\nTo: bo@example.org\nSubject: Re: {number}\n"
        f"Message-ID: <{number}@x>\nDate: Wed, 01 Jan 2020 12:00:00 +0000\n\n"
        f"Text {number}.\n\nOn Tue, Bo <bo@example.org> wrote:\n> Really?\n"
    ).encode()
    raw = RawMessage(data, f"box#{number}")
    return Task(raw, read_envelope(data), 0, is_sent)


def read_all(readers: ReaderPool, tasks: list[Task]) -> Iterator[tuple[Task, Result]]:
    for each in tasks:
        yield from readers.read(each)
    yield from readers.finish()


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Always use a second process, even for few mails and on one core."""
    monkeypatch.setattr(reading_processes, "_MIN_BYTES", 0)
    monkeypatch.setattr(reading_processes.os, "cpu_count", lambda: 2)


@pytest.mark.parametrize("count", [0, 1, 12, 13, 170])
def test_the_same_as_here_and_in_order(
    always: None, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks = [task(number, is_sent=number % 3 > 0) for number in range(count)]
    here: list[Task] = []
    monkeypatch.setattr(
        reading_processes, "read_tasks", lambda some: here.extend(some) or read_tasks(some)
    )
    with ReaderPool(LARGE) as readers:
        done = list(read_all(readers, tasks))
    assert len(here) < max(len(tasks), 1)
    assert [each for each, _ in done] == tasks
    assert [result for _, result in done] == [read_tasks([each])[0] for each in tasks]
    if count > 2:
        assert isinstance(done[0][1], Received)
        assert isinstance(done[1][1], Staged)


def test_a_message_that_breaks_a_reader_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr(reading_processes, "read_sent", stumble)
    with ReaderPool(size=1) as readers:
        assert list(read_all(readers, [task(1)])) == [(task(1), FailedRead("RecursionError"))]


def test_a_message_too_large_for_a_pipe_is_read_in_the_main_process(always: None) -> None:
    large = task(0)
    data = large.raw.data + b"More of it.\n" * 100_000
    tasks = [replace(large, raw=replace(large.raw, data=data)), *map(task, range(1, 40))]
    with ReaderPool(LARGE) as readers:
        done = list(read_all(readers, tasks))
    assert [result for _, result in done] == read_tasks(tasks)


def test_an_import_by_processes_stores_the_same(
    always: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundled = Path(__file__).parents[3] / "panza_tui" / "demo" / "mailbox.mbox"
    rows = []
    for name in ("processes", "here"):
        connection = connect(tmp_path / name)
        import_archives(connection, [bundled], ["lo@finchandchain.example"], silent)
        rows.append(connection.execute("SELECT * FROM mails ORDER BY id").fetchall())
        monkeypatch.setattr(reading_processes, "_MIN_BYTES", LARGE)
    assert rows[0] == rows[1]
    assert len(rows[0]) > 100


def test_a_process_that_dies_is_one_plain_line(always: None) -> None:
    with ReaderPool(LARGE) as readers:
        for worker in readers._workers:
            os.kill(worker.pid, signal.SIGKILL)
            select.select([worker._result_reader], [], [])
        with pytest.raises(PanzaError, match="nothing was imported"):
            list(read_all(readers, [task(number) for number in range(200)]))


ENDLESS = """
import engine.mail.importing.reading_processes as module
module._MIN_BYTES = 0
module.os.cpu_count = lambda: 3
with module.ReaderPool(1) as readers:
    print(*(worker.pid for worker in readers._workers), flush=True)
    input()
"""


def test_none_outlives_an_import_that_was_killed() -> None:
    killed = subprocess.Popen(
        [sys.executable, "-c", ENDLESS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert killed.stdout is not None
    readers = [psutil.Process(int(pid)) for pid in killed.stdout.readline().split()]
    assert len(readers) == 2
    killed.kill()
    killed.communicate()
    # Where nobody waits for orphans their numbers stay: a process that has ended is a zombie then.
    _, left = psutil.wait_procs(readers, 30)
    assert all(reader.status() == psutil.STATUS_ZOMBIE for reader in left)
