"""Run work that would hold the GIL for seconds in a child process of the app (child_answers.py).

Unlike a background job (background.py), it ends with the app.
"""

from __future__ import annotations

import json
import os
import selectors
import subprocess
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Literal

from engine.errors import PanzaError
from engine.events import Event, from_json
from engine.home.home import Home
from engine.subprocesses import start_module

Question = Literal["addresses", "bases", "embed"]

_SECONDS_BETWEEN_POLLS = 0.1
"""How often to check whether the answer is still wanted."""


def ask_child(
    home: Home,
    question: Question,
    arguments: Iterable[str | Path],
    on_answer: Callable[[Any], None],
    on_event: Callable[[Event], None],
    stopped: Callable[[], bool] = lambda: False,
) -> None:
    """Start the child, and hand over its events and answers as they arrive.

    The child is killed once `stopped()` is true. Raises PanzaError with the child's error message.
    """
    process = start_module(
        "panza_tui.jobs.child_answers",
        [question, *arguments],
        folder=home.root,
        with_keys=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        for line in _lines(process, stopped):
            event = from_json(line)
            record = json.loads(line) if event is None else {}
            if event is not None:
                on_event(event)
            elif "error" in record:
                raise PanzaError(record["error"])
            elif "answer" in record:
                on_answer(record["answer"])
    finally:
        process.kill()
        code = process.wait()
    if code != 0 and not stopped():
        raise PanzaError("The work ended unexpectedly; what was stored is kept. Try again.")


def _lines(process: subprocess.Popen[bytes], stopped: Callable[[], bool]) -> Iterator[str]:
    assert process.stdout is not None
    rest = b""
    with process.stdout as stream, selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        while not stopped():
            if selector.select(_SECONDS_BETWEEN_POLLS):
                chunk = os.read(stream.fileno(), 1 << 16)
                if not chunk:
                    process.wait()
                    return
                *lines, rest = (rest + chunk).split(b"\n")
                yield from (line.decode("utf-8", "replace") for line in lines)
