"""Read messages in parallel, in this process and in forked ones, as reading dominates an import.

A worker process is forked, so it need not start up. It reads batches of tasks from one pipe and
writes their results to another, both pickled; it ends when the first pipe closes, so none outlives
an import that was killed. While the workers are busy, this process reads messages itself.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pickle
import select
import signal
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NoReturn

from engine.errors import PanzaError
from engine.mail.archives.archives import RawMessage
from engine.mail.importing.reading import Steps, find_quote, read_received, read_sent
from engine.mail.importing.staging import Staged
from engine.mail.message.message import Envelope
from engine.mail.types import Received

_MIN_BYTES = 50_000  # of archives; reading fewer is not worth a process
_MAX_WORKERS = 2  # beside this process; each needs about 60 MB
_BATCH_BYTES = 250_000
_BATCH_TASKS = 12  # few, because at the end one process may wait for another's last batch
_MAX_QUEUED = 2  # batches per worker, so that it need not wait for this process
_MAX_WAITING_BYTES = 8_000_000  # of results kept while an earlier batch is still being read
_PIPE_BYTES = 1024 * 1024  # the largest pipe that Linux allows without privileges
_LENGTH_BYTES = 8  # of the length before each pickle


@dataclass(frozen=True)
class Task:
    """A message to read.

    fallback_date: used if it has no date. is_sent: it is from the user.
    """

    raw: RawMessage
    envelope: Envelope
    fallback_date: int
    is_sent: bool

    @property
    def size(self) -> int:
        return len(self.raw.data)


@dataclass(frozen=True)
class QuoteTask:
    """A staged mail, by its number, in which to find what it quotes; see `find_quote`."""

    number: int
    parent: str | None
    subject: str
    language: str
    original: str

    @property
    def size(self) -> int:
        return len(self.original)


@dataclass(frozen=True)
class FoundQuote:
    """What the staged mail of that number quotes; "" if nothing."""

    number: int
    text: str


@dataclass(frozen=True)
class FailedRead:
    """A message that could not be read because of an unexpected error."""

    problem: str


Result = Staged | Received | FoundQuote | FailedRead
AnyTask = Task | QuoteTask


def read_tasks(tasks: Sequence[AnyTask]) -> list[Result]:
    """Read messages, all of them one step at a time. An error affects only its own message."""
    results: dict[int, Result] = {}
    running = {index: _steps(task) for index, task in enumerate(tasks)}
    while running:
        for index, steps in list(running.items()):
            try:
                next(steps)
            except StopIteration as end:
                results[index] = end.value
                del running[index]
            except (MemoryError, NameError):
                raise
            except Exception as error:
                results[index] = FailedRead(str(error) or type(error).__name__)
                del running[index]
    return [results[index] for index in range(len(tasks))]


def _steps(task: AnyTask) -> Steps[Result]:
    if isinstance(task, QuoteTask):
        quote = find_quote(task.parent, task.subject, task.language, task.original)
        return FoundQuote(task.number, quote)
    if task.is_sent:
        return (yield from read_sent(task.raw, task.envelope, task.fallback_date))
    return (yield from read_received(task.raw, task.envelope))


@dataclass
class _Batch:
    """Tasks that are read together, and their results when they are read."""

    tasks: list[AnyTask] = field(default_factory=list)
    bytes: int = 0
    results: list[Result] | None = None


class _Worker:
    """A forked process that reads batches.

    A batch that may not fit into the pipe is refused, so that writing never blocks and the two
    processes can't wait for each other.
    """

    def __init__(self) -> None:
        task_reader, self._task_writer = os.pipe()
        self._result_reader, result_writer = os.pipe()
        self._max_bytes = _enlarge(self._task_writer) // _MAX_QUEUED
        _enlarge(result_writer)
        self._batches: deque[_Batch] = deque()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._task_writer)
            os.close(self._result_reader)
            _run_worker(task_reader, result_writer)
        os.close(task_reader)
        os.close(result_writer)

    def try_submit(self, batch: _Batch) -> bool:
        """Send a batch to the worker; return False if its queue is full."""
        while self._batches and select.select([self._result_reader], [], [], 0)[0]:
            self.receive()
        if len(self._batches) == _MAX_QUEUED or batch.bytes > self._max_bytes:
            return False
        data = pickle.dumps(batch.tasks)
        if len(data) + _LENGTH_BYTES > self._max_bytes:
            return False
        with _report_early_exit():
            _write(self._task_writer, data)
        self._batches.append(batch)
        return True

    def receive(self) -> None:
        """Wait for the results of the oldest batch."""
        with _report_early_exit():
            data = _read(self._result_reader)
        self._batches.popleft().results = pickle.loads(data)

    def is_reading(self, batch: _Batch) -> bool:
        return any(each is batch for each in self._batches)

    def stop(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._task_writer)
        os.close(self._result_reader)


@dataclass
class ReaderPool:
    """Read tasks in parallel and return results in the order of the tasks.

    size: bytes of all archives.
    """

    size: int
    _workers: list[_Worker] = field(default_factory=list)
    _waiting: deque[_Batch] = field(default_factory=deque)
    _batch: _Batch = field(default_factory=_Batch)

    def __enter__(self) -> ReaderPool:
        # On other systems, system libraries may not work in a forked process.
        cores = (os.cpu_count() or 1) if sys.platform == "linux" else 1
        if self.size >= _MIN_BYTES:
            self._workers = [_Worker() for _ in range(min(_MAX_WORKERS, cores - 1))]
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.stop()

    def read(self, task: AnyTask) -> Iterator[tuple[AnyTask, Result]]:
        """Add a task, and yield the tasks that are finished, if any."""
        self._batch.tasks.append(task)
        self._batch.bytes += task.size
        if self._batch.bytes >= _BATCH_BYTES or len(self._batch.tasks) >= _BATCH_TASKS:
            self._submit_batch()
            yield from self._finished(_MAX_WAITING_BYTES)

    def finish(self) -> Iterator[tuple[AnyTask, Result]]:
        """Wait for the remaining tasks and yield them."""
        if self._batch.tasks:
            self._submit_batch()
        yield from self._finished(0)

    def _submit_batch(self) -> None:
        batch, self._batch = self._batch, _Batch()
        self._waiting.append(batch)
        if not any(worker.try_submit(batch) for worker in self._workers):
            batch.results = read_tasks(batch.tasks)

    def _finished(self, max_waiting: int) -> Iterator[tuple[AnyTask, Result]]:
        """Yield finished batches in order; wait while more than `max_waiting` bytes are queued."""
        while self._waiting:
            batch = self._waiting[0]
            if batch.results is None:
                if max_waiting and sum(each.bytes for each in self._waiting) <= max_waiting:
                    return
                next(each for each in self._workers if each.is_reading(batch)).receive()
                continue
            self._waiting.popleft()
            yield from zip(batch.tasks, batch.results, strict=True)


def _run_worker(task_reader: int, result_writer: int) -> NoReturn:
    """Read batches until the pipe closes, then exit without any clean-up of the forked process."""
    try:
        # Ctrl-C goes to all processes of a terminal, but the importing process stops its workers.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        while True:
            _write(result_writer, pickle.dumps(read_tasks(pickle.loads(_read(task_reader)))))
    finally:
        os._exit(0)


def _enlarge(pipe: int) -> int:
    """Enlarge a pipe's buffer if possible, and return its size in bytes."""
    with contextlib.suppress(OSError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    return fcntl.fcntl(pipe, fcntl.F_GETPIPE_SZ)


def _write(pipe: int, data: bytes) -> None:
    data = len(data).to_bytes(_LENGTH_BYTES, "big") + data
    while data:
        data = data[os.write(pipe, data) :]


def _read(pipe: int) -> bytes:
    """Return the data of one `_write`. Raises EOFError if the other side has ended."""
    return _read_exactly(pipe, int.from_bytes(_read_exactly(pipe, _LENGTH_BYTES), "big"))


def _read_exactly(pipe: int, length: int) -> bytes:
    data = bytearray()
    while len(data) < length:
        chunk = os.read(pipe, length - len(data))
        if not chunk:
            raise EOFError
        data += chunk
    return bytes(data)


@contextlib.contextmanager
def _report_early_exit() -> Iterator[None]:
    try:
        yield
    except (EOFError, BrokenPipeError) as error:
        raise PanzaError(
            "A process that reads mail stopped unexpectedly, perhaps for lack of memory; nothing "
            "was imported and stored mails are unchanged. Close other programs, then import again."
        ) from error
