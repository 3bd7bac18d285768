"""The one vocabulary in which long work tells how it goes.

Each event is one JSON line in a file: `{"event": "progress", "time": 1789.5, ...}`. The command
line draws bars from it, the dashboard draws curves, a second terminal follows it, and what a
killed process wrote stays readable.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

EVENTS_FILE = "PANZA_EVENTS"
"""The environment variable that names a file: a command appends its events to it."""


@dataclass(frozen=True)
class Started:
    """Work began. `work` is import, playback, train, export or evaluate; `about` describes it."""

    work: str
    about: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Progress:
    """`done` of `total` (None: unknown) `unit`s of `stage` are finished; `rate` is per second."""

    stage: str
    done: int
    total: int | None
    unit: str
    rate: float | None = None


@dataclass(frozen=True)
class Metric:
    """Figures measured after optimizer step `step`; losses in nats per labelled token.

    In JSON a figure that is NaN or infinite is null; read back it is NaN.
    """

    step: int
    values: dict[str, float]


@dataclass(frozen=True)
class Sample:
    """A draft made for `instruction` after optimizer step `step`."""

    step: int
    instruction: str
    text: str


@dataclass(frozen=True)
class Warn:
    """Something a person should know; the work goes on."""

    text: str


@dataclass(frozen=True)
class Finished:
    """The work is done; `result` holds its figures and the paths it wrote."""

    result: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Failed:
    """The work ended early. `error` is one plain line; `resumable` says whether it can go on."""

    error: str
    resumable: bool = False


Event = Started | Progress | Metric | Sample | Warn | Finished | Failed
Emit = Callable[[Event], None]

_NAMES: dict[type, str] = {
    Started: "started",
    Progress: "progress",
    Metric: "metric",
    Sample: "sample",
    Warn: "warning",
    Finished: "finished",
    Failed: "failed",
}
_TYPES = {name: kind for kind, name in _NAMES.items()}


def to_json(event: Event) -> str:
    """The event as one line of JSON, stamped with the time (seconds since the epoch)."""
    record = {"event": _NAMES[type(event)], "time": round(time.time(), 3), **asdict(event)}
    if isinstance(event, Metric):
        record["values"] = {k: v if math.isfinite(v) else None for k, v in event.values.items()}
    return json.dumps(record, ensure_ascii=False)


def from_json(line: str) -> Event | None:
    """The event in a line; None for a torn line or a kind this version does not know."""
    try:
        record = json.loads(line)
        kind = _TYPES[record.pop("event")]
        record.pop("time", None)
        if kind is Metric:
            values = record["values"].items()
            record["values"] = {k: math.nan if v is None else v for k, v in values}
        return kind(**record)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def silent(event: Event) -> None:
    """An `Emit` for callers that do not listen."""


class EventLog:
    """Appends events to a file, each whole line in one write, so a kill tears no earlier line."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        if os.fstat(self._file).st_size and not _ends_with_newline(path):
            os.write(self._file, b"\n")

    def __call__(self, event: Event) -> None:
        # Text of mail may hold half a character, a lone surrogate, which UTF-8 has no bytes for.
        os.write(self._file, (to_json(event) + "\n").encode("utf-8", "replace"))

    def close(self) -> None:
        os.close(self._file)


def read_events(path: Path) -> list[Event]:
    """All whole events of a log, in order; an absent file has none."""
    return list(follow(path, stop=lambda: True))


def follow(
    path: Path, stop: Callable[[], bool], *, start: int = 0, wait: float = 0.1
) -> Iterator[Event]:
    """Yield the log's events as they are appended, until `stop()` holds and nothing is unread.

    start: the byte to begin at, as the size of a log whose older events are not wanted.
    """
    offset, rest = start, b""
    while True:
        ending = stop()
        chunk = _read_from(path, offset)
        offset += len(chunk)
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            event = from_json(line.decode("utf-8", "replace"))
            if event is not None:
                yield event
        if ending and not chunk:
            return
        if not chunk:
            time.sleep(wait)


def _read_from(path: Path, offset: int) -> bytes:
    try:
        with open(path, "rb") as file:
            file.seek(offset)
            return file.read()
    except FileNotFoundError:
        return b""


def _ends_with_newline(path: Path) -> bool:
    with open(path, "rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"
