"""The events that long-running work emits, and the log file that they are appended to.

Each event is one JSON line in a file: `{"event": "progress", "time": 1789.5, ...}`. The command
line draws progress bars from them, the dashboard curves, and a second terminal can follow the
file. The log of a killed process stays readable.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from engine.disk.regular_files import open_regular
from engine.encryption.lines import encrypted_line, plain_line
from engine.encryption.unlocked import key_of

EVENTS_FILE = "PANZA_EVENTS"
"""The environment variable with the path of a file that a command appends its events to."""


_LONGEST_LINE = 1 << 20
"""The number of bytes of a longer line than any event has; it is skipped."""

_MAX_INTEGER = 1 << 53
"""Larger whole numbers are no counts, and JSON's readers do not agree on them."""


@dataclass(frozen=True)
class Started:
    """Work started. `work`: import, playback, train, export or draft; `about`: details of it."""

    work: str
    about: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Progress:
    """`done` of `total` units of a stage are finished.

    total: None if unknown. rate: units per second, if known.
    """

    stage: str
    done: int
    total: int | None
    unit: str
    rate: float | None = None


@dataclass(frozen=True)
class Metric:
    """Metrics measured after optimizer step `step`; losses in nats per labelled token.

    NaN and infinite values are null in JSON, and NaN when read back.
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
    """Something the user should know; the work continues."""

    text: str


@dataclass(frozen=True)
class Finished:
    """The work is done. `result`: its figures and the paths it wrote."""

    result: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Failed:
    """The work failed. `error`: one plain line; `resumable`: whether it can be resumed."""

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
    """Return the event as one line of JSON, with the current time in seconds since the epoch."""
    record = {"event": _NAMES[type(event)], "time": round(time.time(), 3), **asdict(event)}
    if isinstance(event, Metric):
        record["values"] = {k: v if math.isfinite(v) else None for k, v in event.values.items()}
    return json.dumps(record, ensure_ascii=False)


def from_json(line: str) -> Event | None:
    """Return the event in a line; None for an incomplete line or an unknown or mistyped event."""
    try:
        record = json.loads(line)
        kind = _TYPES[record.pop("event")]
        record.pop("time", None)
        if kind is Metric:
            values = record["values"].items()
            record["values"] = {k: math.nan if v is None else v for k, v in values}
        event: Event = kind(**record)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    values_fit = (_fits(getattr(event, item.name), str(item.type)) for item in fields(event))
    return event if all(values_fit) else None


def _fits(value: Any, annotation: str) -> bool:
    """Return whether a value read from JSON has the type of its field."""
    match annotation:
        case "int | None" | "float | None" if value is None:
            return True
        case "int" | "int | None":
            return type(value) is int and abs(value) < _MAX_INTEGER
        case "float | None":
            return _is_number(value) and math.isfinite(value)
        case "dict[str, float]":
            return all(map(_is_number, value.values()))
        case "dict[str, Any]":
            return isinstance(value, dict)
        case "bool":
            return isinstance(value, bool)
        case "str":
            return isinstance(value, str)
    raise AssertionError(annotation)


def _is_number(value: Any) -> bool:
    return type(value) is float or (type(value) is int and abs(value) < _MAX_INTEGER)


def silent(event: Event) -> None:
    """Ignore the event: an `Emit` for callers that need none."""


class EventLog:
    """Append events to a file, each line in one write, so that a kill damages no earlier line."""

    def __init__(self, path: Path) -> None:
        self._key = key_of(path)
        self._file = open_regular(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        if os.fstat(self._file).st_size and not _ends_with_newline(path):
            os.write(self._file, b"\n")

    def __call__(self, event: Event) -> None:
        # The text of a mail may have lone surrogates, which UTF-8 can't encode.
        line = to_json(event).encode("utf-8", "replace")
        os.write(self._file, encrypted_line(self._key, line) + b"\n")

    def close(self) -> None:
        os.close(self._file)


def read_events(path: Path) -> list[Event]:
    """Return all complete events of a log, in order; [] if there is no such file."""
    return list(follow(path, stop=lambda: True))


def follow(
    path: Path, stop: Callable[[], bool], *, start: int = 0, wait: float = 0.1
) -> Iterator[Event]:
    """Yield the events of a log as they are appended, until `stop()` is true and all are read.

    start: the byte to start at, for example the size of the log to skip the events so far. wait:
    seconds between two reads.
    """
    offset, rest, skipping = start, b"", False
    while True:
        is_last = stop()
        chunk = _read_from(path, offset)
        offset += len(chunk)
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            event = None if skipping else from_json(_text(path, line))
            skipping = False
            if event is not None:
                yield event
        if len(rest) > _LONGEST_LINE:
            rest, skipping = b"", True
        if is_last and not chunk:
            return
        if not chunk:
            time.sleep(wait)


def _text(path: Path, line: bytes) -> str:
    return plain_line(path, line).decode("utf-8", "replace")


def _read_from(path: Path, offset: int) -> bytes:
    try:
        with open(path, "rb", opener=open_regular) as file:
            file.seek(offset)
            return file.read(_LONGEST_LINE)
    except OSError:  # There is no log, or something else is in its place.
        return b""


def _ends_with_newline(path: Path) -> bool:
    with open(path, "rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"
