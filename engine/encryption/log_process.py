"""What a child process prints, as a log in a home: encrypted by a process of its own.

The libraries of a child write to its stderr themselves, also in their last moment, so what they
write goes through a pipe to `python -m engine.encryption.log_process FILE`, which ends with it.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from engine.disk.regular_files import open_regular
from engine.encryption.lines import encrypted_line
from engine.encryption.unlocked import key_of
from engine.subprocesses import protect_process, start_module


@contextlib.contextmanager
def log_of_child(path: Path, *, appended: bool) -> Iterator[IO[Any]]:
    """Yield what to give a child as stderr, so that it is kept in a log. Raises OSError."""
    with open(path, "ab" if appended else "wb", opener=open_regular) as log:
        if key_of(path) is None:
            yield log
            return
    process = start_module(
        "engine.encryption.log_process",
        [path],
        with_keys=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert process.stdin is not None
    with process.stdin:
        yield process.stdin


def write_log(path: Path, source: IO[bytes]) -> None:
    """Append the lines of `source` to a log, each as soon as it is there."""
    key = key_of(path)
    with open(path, "ab", buffering=0, opener=open_regular) as log:
        for line in source:
            log.write(encrypted_line(key, line.rstrip(b"\n")) + b"\n")


def main() -> None:
    protect_process()
    with contextlib.suppress(OSError):  # The disk is full, or the log was removed.
        write_log(Path(sys.argv[1]), os.fdopen(0, "rb"))
    while os.read(0, 1 << 16):  # A child must not wait for who reads its output.
        pass


if __name__ == "__main__":
    main()
