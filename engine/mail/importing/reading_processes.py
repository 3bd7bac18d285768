"""Messages are read here and in processes beside this one: most of an import is spent on that.

A process is a copy of this one, so it need not start. It takes batches of tasks from a pipe, gives
their results through another, and ends when the first does: none outlives an import that was
killed. What goes through the pipes is pickled by us for us. This process reads on whenever the
others have enough to do.
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
from engine.mail.importing.reading import Steps, read_received, read_sent
from engine.mail.importing.staging import Staged
from engine.mail.message.message import Envelope
from engine.mail.types import Received

_MIN_BYTES = 50_000  # of archives; fewer are not worth a process
_MAX_PROCESSES = 2  # beside this one; each holds some 60 MB
_BATCH_BYTES = 250_000
_BATCH_TASKS = 12  # at the end one process may wait for as many of another
_AHEAD = 2  # batches on their way to a process, so that it need not wait for this one
_WAITING_BYTES = 8_000_000  # of messages read before one that another process still reads
_PIPE_BYTES = 1024 * 1024  # the most that Linux gives without a privilege
_LENGTH_BYTES = 8


@dataclass(frozen=True)
class Task:
    """A message to read. neighbour: the date where its own is missing. is_sent: by the user."""

    raw: RawMessage
    envelope: Envelope
    neighbour: int
    is_sent: bool


@dataclass(frozen=True)
class Broken:
    """A message that a reader broke on, and how."""

    problem: str


Result = Staged | Received | Broken


def read_tasks(tasks: Sequence[Task]) -> list[Result]:
    """What messages hold. Mail is hostile: one that breaks a reader loses only itself."""
    results: dict[int, Result] = {}
    reading = {place: _steps(task) for place, task in enumerate(tasks)}
    while reading:
        for place, steps in list(reading.items()):
            try:
                next(steps)
            except StopIteration as end:
                results[place] = end.value
                del reading[place]
            except (MemoryError, NameError):
                raise
            except Exception as error:
                results[place] = Broken(str(error) or type(error).__name__)
                del reading[place]
    return [results[place] for place in range(len(tasks))]


def _steps(task: Task) -> Steps[Result]:
    if task.is_sent:
        return (yield from read_sent(task.raw, task.envelope, task.neighbour))
    return (yield from read_received(task.raw, task.envelope))


@dataclass
class _Batch:
    """Tasks that are read together, and their results when they are there."""

    tasks: list[Task] = field(default_factory=list)
    bytes: int = 0
    results: list[Result] | None = None


class _Process:
    """A copy of this process that reads batches.

    No side ever waits for the other to empty a pipe that the other waits on: batches that may not
    fit into the pipe are not taken, so writing one never blocks.
    """

    def __init__(self) -> None:
        tasks, self._tasks = os.pipe()
        self._answers, answers = os.pipe()
        self._most = _widened(self._tasks) // _AHEAD
        _widened(answers)
        self._batches: deque[_Batch] = deque()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._tasks)
            os.close(self._answers)
            _serve(tasks, answers)
        os.close(tasks)
        os.close(answers)

    def take(self, batch: _Batch) -> bool:
        """Read a batch, if it fits between what is on its way."""
        while self._batches and select.select([self._answers], [], [], 0)[0]:
            self.collect()
        if len(self._batches) == _AHEAD or batch.bytes > self._most:
            return False
        data = pickle.dumps(batch.tasks)
        if len(data) + _LENGTH_BYTES > self._most:
            return False
        with _told_when_it_ended():
            _write(self._tasks, data)
        self._batches.append(batch)
        return True

    def collect(self) -> None:
        """Wait for the results of its first batch."""
        with _told_when_it_ended():
            data = _read(self._answers)
        self._batches.popleft().results = pickle.loads(data)

    def is_reading(self, batch: _Batch) -> bool:
        return any(each is batch for each in self._batches)

    def end(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._tasks)
        os.close(self._answers)


@dataclass
class Readers:
    """Gives results in the order of the tasks. size: bytes of all that is to be read."""

    size: int
    _processes: list[_Process] = field(default_factory=list)
    _waiting: deque[_Batch] = field(default_factory=deque)
    _batch: _Batch = field(default_factory=_Batch)

    def __enter__(self) -> Readers:
        # Elsewhere the system's own libraries may not survive being copied.
        spare = min(_MAX_PROCESSES, (os.cpu_count() or 1) - 1) if sys.platform == "linux" else 0
        if self.size >= _MIN_BYTES:
            self._processes = [_Process() for _ in range(spare)]
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.end()

    def read(self, task: Task) -> Iterator[tuple[Task, Result]]:
        """Take a task, and give what is read by now: this and earlier ones, or nothing yet."""
        self._batch.tasks.append(task)
        self._batch.bytes += len(task.raw.data)
        if self._batch.bytes >= _BATCH_BYTES or len(self._batch.tasks) >= _BATCH_TASKS:
            self._hand_out()
            yield from self._give(_WAITING_BYTES)

    def finish(self) -> Iterator[tuple[Task, Result]]:
        """All that is still being read."""
        if self._batch.tasks:
            self._hand_out()
        yield from self._give(0)

    def _hand_out(self) -> None:
        batch, self._batch = self._batch, _Batch()
        self._waiting.append(batch)
        if not any(process.take(batch) for process in self._processes):
            batch.results = read_tasks(batch.tasks)

    def _give(self, may_wait: int) -> Iterator[tuple[Task, Result]]:
        """The first batches, as far as they are read; more than `may_wait` bytes are waited for."""
        while self._waiting:
            batch = self._waiting[0]
            if batch.results is None:
                if may_wait and sum(each.bytes for each in self._waiting) <= may_wait:
                    return
                next(each for each in self._processes if each.is_reading(batch)).collect()
                continue
            self._waiting.popleft()
            yield from zip(batch.tasks, batch.results, strict=True)


def _serve(tasks: int, answers: int) -> NoReturn:
    """Read batches until there are no more. Nothing else of the copied process goes on."""
    try:
        # Ctrl-C goes to all processes of a terminal: the import decides what it ends.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        while True:
            _write(answers, pickle.dumps(read_tasks(pickle.loads(_read(tasks)))))
    finally:
        os._exit(0)


def _widened(pipe: int) -> int:
    """Let a pipe hold more, where that can be; returns the bytes it holds."""
    with contextlib.suppress(OSError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    return fcntl.fcntl(pipe, fcntl.F_GETPIPE_SZ)


def _write(pipe: int, data: bytes) -> None:
    data = len(data).to_bytes(_LENGTH_BYTES, "big") + data
    while data:
        data = data[os.write(pipe, data) :]


def _read(pipe: int) -> bytes:
    """What was written at once. EOFError when the other side has ended."""
    return _exactly(pipe, int.from_bytes(_exactly(pipe, _LENGTH_BYTES), "big"))


def _exactly(pipe: int, length: int) -> bytes:
    data = bytearray()
    while len(data) < length:
        piece = os.read(pipe, length - len(data))
        if not piece:
            raise EOFError
        data += piece
    return bytes(data)


@contextlib.contextmanager
def _told_when_it_ended() -> Iterator[None]:
    try:
        yield
    except (EOFError, BrokenPipeError) as error:
        raise PanzaError(
            "A process that read mail has ended early, perhaps for want of memory; nothing was "
            "imported and nothing stored was changed. Close other programs, then import again."
        ) from error
