"""Events: one line each, readable even if the process that wrote them was killed."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import threading

import pytest

from engine import events
from engine.events import (
    EventLog,
    Failed,
    Finished,
    Metric,
    Progress,
    Sample,
    Started,
    Warn,
    follow,
    from_json,
    read_events,
    to_json,
)

ALL = [
    Started("train", {"name": "mine", "base": None}),
    Progress("train", 3, None, "steps", 2.5),
    Progress("import", 3, 9, "mails"),
    Metric(3, {"loss": 2.5}),
    Sample(3, "Say yes.", 'Ahoy "Kim",\n\u2028yes 🙂\x1b[31m'),
    Warn("Slow."),
    Finished({"figures": {"loss": 1.0}, "paths": ["a"]}),
    Failed("Stopped.", resumable=True),
]


def test_every_kind_is_covered_here():
    assert {type(event) for event in ALL} == set(events._NAMES)


@pytest.mark.parametrize("event", ALL, ids=lambda event: type(event).__name__)
def test_an_event_is_one_line_and_reads_back_the_same(event):
    line = to_json(event)
    assert line.isprintable() or "\u2028" in line
    assert "\n" not in line
    assert from_json(line) == event
    assert json.loads(line)["time"] > 0


def test_a_figure_that_is_no_number_is_valid_json():
    line = to_json(Metric(1, {"loss": math.nan, "norm": math.inf, "rate": 1.0}))
    assert json.loads(line, parse_constant=pytest.fail)["values"] == {
        "loss": None,
        "norm": None,
        "rate": 1.0,
    }
    values = from_json(line).values
    assert math.isnan(values["loss"])
    assert values["rate"] == 1.0


@pytest.mark.parametrize(
    "line",
    [
        *("", "{", "[]", "3", "null", "{}", '{"event": "later"}', '{"event": []}'),
        *('{"event": "metric", "step": 1}', '{"event": "metric", "step": 1, "values": 3}'),
        *('{"event": "warning", "text": "a", "more": 1}', to_json(ALL[1])[:-5]),
    ],
    ids=lambda line: line[:30],
)
def test_a_line_that_is_no_event_is_none(line):
    assert from_json(line) is None


def test_logged_events_are_read_back(tmp_path):
    log = EventLog(tmp_path / "events.jsonl")
    for event in ALL:
        log(event)
    log.close()
    assert read_events(tmp_path / "events.jsonl") == ALL
    assert (tmp_path / "events.jsonl").stat().st_mode & 0o077 == 0


def test_an_absent_log_has_no_events(tmp_path):
    assert read_events(tmp_path / "none.jsonl") == []


def test_a_lone_surrogate_in_a_mail_does_not_end_the_work(tmp_path):
    log = EventLog(tmp_path / "events.jsonl")
    log(Sample(1, "a", "half \ud83d of one"))
    assert read_events(tmp_path / "events.jsonl") == [Sample(1, "a", "half ? of one")]


def test_a_torn_last_line_loses_no_other_event(tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_text(to_json(ALL[0]) + "\n" + to_json(ALL[1])[:20])
    assert read_events(path) == ALL[:1]
    EventLog(path)(ALL[2])
    assert read_events(path) == [ALL[0], ALL[2]]


def test_undecodable_bytes_lose_no_other_event(tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"\xff\xfe\x00\n" + to_json(ALL[0]).encode() + b"\n")
    assert read_events(path) == ALL[:1]


def test_a_process_killed_between_events_leaves_them_whole(tmp_path):
    path = tmp_path / "events.jsonl"
    program = (
        "import os, signal, sys; from pathlib import Path; from engine.events import *\n"
        "log = EventLog(Path(sys.argv[1]))\n"
        "[log(Progress('train', n, 50, 'steps')) for n in range(50)]\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", program, str(path)], check=False)
    assert [event.done for event in read_events(path)] == list(range(50))


def test_two_writers_do_not_mix_their_lines(tmp_path):
    path = tmp_path / "events.jsonl"
    logs = [EventLog(path), EventLog(path)]
    threads = [
        threading.Thread(target=lambda log=log: [log(Warn("w" * 500)) for _ in range(200)])
        for log in logs
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read_events(path)) == 400


def test_following_gives_each_event_once_even_when_its_line_comes_in_parts(tmp_path):
    path = tmp_path / "events.jsonl"
    line = (to_json(ALL[4]) + "\n").encode()
    parts = [line[:1], line[1:30], line[30:] + line[:7], line[7:]]

    def stop() -> bool:
        # Called once a round: each round finds one more part.
        if parts:
            with open(path, "ab") as file:
                file.write(parts.pop(0))
        return not parts

    assert list(follow(path, stop, wait=0)) == [ALL[4], ALL[4]]


def test_following_reads_on_until_nothing_is_left_after_the_stop(tmp_path):
    path = tmp_path / "events.jsonl"
    EventLog(path)(ALL[0])
    assert list(follow(path, stop=lambda: True)) == ALL[:1]


def test_following_can_start_after_older_events(tmp_path):
    path = tmp_path / "events.jsonl"
    log = EventLog(path)
    log(ALL[0])
    size = os.path.getsize(path)
    log(ALL[1])
    assert list(follow(path, stop=lambda: True, start=size)) == ALL[1:2]


@pytest.mark.parametrize(
    "record",
    [
        {"event": "progress", "stage": "train", "done": "7", "total": 9, "unit": "steps"},
        {"event": "progress", "stage": ["train"], "done": 7, "total": 9, "unit": "steps"},
        {"event": "progress", "stage": "train", "done": 7, "total": 10**400, "unit": "steps"},
        {"event": "progress", "stage": "t", "done": 7, "total": 9, "unit": "u", "rate": math.inf},
        {"event": "progress", "stage": "t", "done": True, "total": 9, "unit": "u"},
        {"event": "metric", "step": 1, "values": {"loss": "low"}},
        {"event": "metric", "step": 1, "values": {"loss": 10**400}},
        {"event": "metric", "step": 1, "values": [1]},
        {"event": "sample", "step": 1, "instruction": {}, "text": "x"},
        {"event": "warning", "text": None},
        {"event": "started", "work": "train", "about": []},
        {"event": "finished", "result": "all"},
        {"event": "failed", "error": "x", "resumable": "yes"},
    ],
)
def test_a_mistyped_event_is_none(record):
    assert from_json(json.dumps(record)) is None


def test_a_deeply_nested_event_is_none():
    assert from_json('{"event": "finished", "result": ' + "[" * 200_000) is None


@pytest.mark.parametrize("kind", ["fifo", "folder", "link"])
def test_what_is_no_file_has_no_events(tmp_path, kind):
    path = tmp_path / "events.jsonl"
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to("/dev/zero")
    assert read_events(path) == []


def test_a_line_without_end_is_skipped(tmp_path):
    path = tmp_path / "events.jsonl"
    long = b'{"event": "warning", "text": "' + b"x" * (5 << 20)
    path.write_bytes(long + b'"}\n' + to_json(Warn("next")).encode() + b"\n" + long)
    assert read_events(path) == [Warn("next")]
