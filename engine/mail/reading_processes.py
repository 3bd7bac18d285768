"""Messages are read in processes of their own, since most of an import's time goes there.

A process takes batches of tasks on stdin, gives their results on stdout, and ends when its stdin
does: none outlives an import that was killed. What goes through the pipes is pickled by us for us.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from engine.errors import PanzaError
from engine.mail.archives import RawMessage
from engine.mail.message import Envelope
from engine.mail.reading import read_received, read_sent
from engine.mail.staging import Staged
from engine.mail.types import Received

_FEWEST_BYTES = 4_000_000  # of archives; fewer are read before a process has started
_MOST_PROCESSES = 2  # each holds some 60 MB
_BATCH_BYTES = 300_000
_BATCH_TASKS = 50
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
class Readers:
    """Gives results in the order of the tasks. size: bytes of all that is to be read.

    At most one batch a process is on its way, so memory does not grow and no pipe is choked.
    """

    size: int
    _free: deque[subprocess.Popen[bytes]] = field(default_factory=deque)
    _busy: deque[tuple[subprocess.Popen[bytes], list[Task]]] = field(default_factory=deque)
    _batch: list[Task] = field(default_factory=list)
    _bytes: int = 0

    def __enter__(self) -> Readers:
        count = min(_MOST_PROCESSES, os.cpu_count() or 1)
        if self.size >= _FEWEST_BYTES and count > 1:
            self._free.extend(_start() for _ in range(count))
        return self

    def __exit__(self, *_: object) -> None:
        for process in (*self._free, *(process for process, _ in self._busy)):
            process.kill()
            process.communicate()

    def read(self, task: Task) -> Iterator[tuple[Task, Result]]:
        """Take a task, and give what is read by now: this and earlier ones, or nothing yet."""
        if not (self._free or self._busy):
            yield task, read_task(task)
            return
        self._batch.append(task)
        self._bytes += len(task.raw.data)
        if self._bytes >= _BATCH_BYTES or len(self._batch) >= _BATCH_TASKS:
            if not self._free:
                yield from self._collect()
            self._send()

    def finish(self) -> Iterator[tuple[Task, Result]]:
        """All that is still being read."""
        while self._busy:
            yield from self._collect()
        if self._batch:
            self._send()
            yield from self._collect()

    def _send(self) -> None:
        process = self._free.popleft()
        self._busy.append((process, self._batch))
        with _told_when_it_ended():
            pickle.dump(self._batch, process.stdin)  # type: ignore[arg-type]
            process.stdin.flush()  # type: ignore[union-attr]
        self._batch, self._bytes = [], 0

    def _collect(self) -> Iterator[tuple[Task, Result]]:
        process, batch = self._busy[0]
        with _told_when_it_ended():
            results: list[Result] = pickle.load(process.stdout)  # type: ignore[arg-type]
        self._busy.popleft()
        self._free.append(process)
        yield from zip(batch, results, strict=True)


def serve() -> None:
    """Read batches from stdin until it ends."""
    # Ctrl-C goes to all processes of a terminal: the import decides what it ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tasks, results = sys.stdin.buffer, sys.stdout.buffer
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            pickle.dump([read_task(task) for task in pickle.load(tasks)], results)
            results.flush()


def _start() -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", _CODE, *sys.path]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )


@contextlib.contextmanager
def _told_when_it_ended() -> Iterator[None]:
    try:
        yield
    except (EOFError, BrokenPipeError, pickle.UnpicklingError) as error:
        raise PanzaError(
            "A process that read mail has ended early, perhaps for want of memory; nothing was "
            "imported and nothing stored was changed. Close other programs, then import again."
        ) from error
