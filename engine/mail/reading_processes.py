"""Messages are read here and in processes beside this one: most of an import is spent on that.

A process takes batches of tasks on stdin, gives their results on stdout, and ends when its stdin
does: none outlives an import that was killed. What goes through the pipes is pickled by us for us.
This process reads on while the others start, and whenever they have enough to do: so a small
archive is not read more slowly than by one process.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pickle
import select
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, cast

from engine.errors import PanzaError
from engine.mail.archives import RawMessage
from engine.mail.message import Envelope
from engine.mail.reading import read_received, read_sent
from engine.mail.staging import Staged
from engine.mail.types import Received

_FEWEST_BYTES = 500_000  # of archives; fewer are read before a process has started
_MOST_PROCESSES = 2  # beside this one; each holds some 60 MB
_BATCH_BYTES = 200_000
_BATCH_TASKS = 12
_AHEAD = 2  # batches on their way to a process, so that it need not wait for this one
_WAITING_BYTES = 8_000_000  # of messages read before one that another process still reads
_PIPE_BYTES = 1024 * 1024  # the most that Linux gives without a privilege
_CODE = (
    "import sys; sys.path[:] = sys.argv[1:]; "
    "from engine.mail.reading_processes import serve; serve()"
)


@dataclass(frozen=True)
class Task:
    """A message to read. thread: the root of a sent mail's conversation, '' where unknown.

    neighbour: the date where its own is missing. is_sent: by the user.
    """

    raw: RawMessage
    envelope: Envelope
    thread: str
    neighbour: int
    is_sent: bool


@dataclass(frozen=True)
class Broken:
    """A message that a reader broke on, and how."""

    problem: str


Result = Staged | Received | Broken


def read_task(task: Task) -> Result:
    """What a message holds. Mail is hostile: one that breaks a reader loses only itself."""
    try:
        if task.is_sent:
            return read_sent(task.raw, task.envelope, task.thread, task.neighbour)
        return read_received(task.raw, task.envelope)
    except (MemoryError, NameError):
        raise
    except Exception as error:
        return Broken(str(error) or type(error).__name__)


@dataclass
class _Batch:
    """Tasks that are read together, and their results when they are there."""

    tasks: list[Task] = field(default_factory=list)
    bytes: int = 0
    results: list[Result] | None = None


class _Process:
    """A process that reads batches. It takes none before it is ready.

    No side ever waits for the other to empty a pipe that the other waits on: batches that may not
    fit into the pipe are not taken, so writing one never blocks.
    """

    def __init__(self) -> None:
        command = [sys.executable, "-c", _CODE, *sys.path]
        self._process = subprocess.Popen(
            command,
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._tasks = cast(IO[bytes], self._process.stdin)
        self._answers = cast(IO[bytes], self._process.stdout)
        self._most = _widened(self._tasks) // _AHEAD
        _widened(self._answers)
        self._is_ready = False
        self._batches: deque[_Batch] = deque()

    @property
    def pid(self) -> int:
        return self._process.pid

    def take(self, batch: _Batch) -> bool:
        """Read a batch, if it fits between what is on its way."""
        self._is_ready = self._is_ready or (self._has_answer() and self._read(1) == _READY)
        if not self._is_ready or batch.bytes > self._most:
            return False
        while self._batches and self._has_answer():
            self.collect()
        data = pickle.dumps(batch.tasks) if len(self._batches) < _AHEAD else b""
        if not 0 < len(data) <= self._most:
            return False
        with _told_when_it_ended():
            while data:
                data = data[self._tasks.write(data) :]
        self._batches.append(batch)
        return True

    def collect(self) -> None:
        """Wait for the results of its first batch."""
        batch = self._batches.popleft()
        length = int.from_bytes(self._read(_LENGTH_BYTES), "big")
        batch.results = pickle.loads(self._read(length))

    def is_reading(self, batch: _Batch) -> bool:
        return any(each is batch for each in self._batches)

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()

    def _has_answer(self) -> bool:
        return bool(select.select([self._answers], [], [], 0)[0])

    def _read(self, length: int) -> bytes:
        data = bytearray()
        while len(data) < length:
            with _told_when_it_ended():
                piece = self._answers.read(length - len(data))
                if not piece:
                    raise EOFError
            data += piece
        return bytes(data)


@dataclass
class Readers:
    """Gives results in the order of the tasks. size: bytes of all that is to be read."""

    size: int
    _processes: list[_Process] = field(default_factory=list)
    _waiting: deque[_Batch] = field(default_factory=deque)
    _batch: _Batch = field(default_factory=_Batch)

    def __enter__(self) -> Readers:
        spare = min(_MOST_PROCESSES, (os.cpu_count() or 1) - 1)
        if self.size >= _FEWEST_BYTES:
            self._processes = [_Process() for _ in range(spare)]
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.end()

    def read(self, task: Task) -> Iterator[tuple[Task, Result]]:
        """Take a task, and give what is read by now: this and earlier ones, or nothing yet."""
        if not self._processes:
            yield task, read_task(task)
            return
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
            batch.results = [read_task(task) for task in batch.tasks]

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


_READY = b"\1"
_LENGTH_BYTES = 8


def serve() -> None:
    """Read batches from stdin until it ends."""
    # Ctrl-C goes to all processes of a terminal: the import decides what it ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tasks, results = sys.stdin.buffer, sys.stdout.buffer
    with contextlib.suppress(EOFError, BrokenPipeError):
        results.write(_READY)
        results.flush()
        while True:
            data = pickle.dumps([read_task(task) for task in pickle.load(tasks)])
            results.write(len(data).to_bytes(_LENGTH_BYTES, "big") + data)
            results.flush()


def _widened(pipe: IO[bytes]) -> int:
    """Let a pipe hold more, where that can be; returns the bytes it holds at least."""
    with contextlib.suppress(AttributeError, OSError):
        return fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    return 16 * 1024  # what macOS gives at least


@contextlib.contextmanager
def _told_when_it_ended() -> Iterator[None]:
    try:
        yield
    except (EOFError, BrokenPipeError) as error:
        raise PanzaError(
            "A process that read mail has ended early, perhaps for want of memory; nothing was "
            "imported and nothing stored was changed. Close other programs, then import again."
        ) from error
