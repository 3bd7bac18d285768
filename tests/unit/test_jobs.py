"""Background jobs: processes that outlive their starter, are found again, and report their end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.database.database import connect
from engine.errors import PanzaError
from engine.events import Failed, Finished, Progress, read_events
from engine.home.home import Home
from engine.home.locks import hold_write
from panza_tui.jobs.background import Job, last_job, running_job, start_job

MAIL = b"From: Ro <ro@example.org>\nTo: kim@example.org\nDate: %s\nSubject: Oars\n\n%s\n"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    home = Home(tmp_path / "home").prepare()
    connect(home.database).close()
    yield home
    for lock in home.root.glob("jobs/*/lock"):
        if Job(lock.parent).is_running:
            os.kill(pid_of(lock.parent), signal.SIGKILL)


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline, "the condition never held"
        time.sleep(0.01)


def pid_of(folder: Path) -> int:
    return json.loads((folder / "lock").read_text())["pid"]


def write_mail(folder: Path) -> Path:
    folder.mkdir()
    (folder / "1.eml").write_bytes(
        MAIL % (b"Mon, 1 Jun 2020 10:00:00 +0000", b"The oars are here, come and see them.")
    )
    return folder


def waiting_job(home: Home) -> Job:
    """Start an import that waits for the write lock, which the test holds."""
    archive = home.root.parent / "mail"
    folder = archive if archive.exists() else write_mail(archive)
    job = start_job(home, None, "import", ["import", str(folder), "--me", "ro@example.org"])
    wait_until(lambda: "is running" in (job.folder / "log.txt").read_text() or not job.is_running)
    assert job.is_running, job.error()
    return job


def test_a_job_does_its_work_and_says_that_it_is_done(home: Home) -> None:
    folder = write_mail(home.root.parent / "mail")
    job = start_job(home, None, "import", ["import", str(folder), "--me", "ro@example.org"])
    events = list(job.events())
    assert job.outcome() == "done"
    assert job.error() == ""
    assert events[-1] == Finished()
    assert any(isinstance(e, Progress) and e.stage == "import" for e in events)
    assert connect(home.database).execute("SELECT count(*) FROM mails").get == 1
    assert running_job(home, "import") is None
    assert last_job(home, "import") == job
    assert oct((job.folder / "events.jsonl").stat().st_mode)[-3:] == "600"


def test_without_a_job_there_is_none(home: Home) -> None:
    assert last_job(home, "export") is None
    assert running_job(home, "export") is None


def test_the_error_line_of_a_job_is_kept(home: Home) -> None:
    job = start_job(home, None, "import", ["import", str(home.root.parent / "gone.mbox")])
    events = list(job.events())
    assert job.outcome() == "failed"
    assert "There is no file or folder" in job.error()
    assert events[-1] == Failed(job.error())


def test_a_second_job_of_a_kind_is_refused_and_the_first_can_be_followed(home: Home) -> None:
    with hold_write(home, "a test"):
        job = waiting_job(home)
        assert running_job(home, "import") == job
        with pytest.raises(PanzaError, match=r"import \(process \d+\) is already running"):
            start_job(home, None, "import", ["status"])
        other = start_job(home, None, "export", ["status"])  # Another kind is free.
    list(other.events())
    assert other.outcome() == "done"
    attached = running_job(home, "import") or job
    list(attached.events())
    assert attached.outcome() == "done"


def test_a_stopped_job_says_that_it_can_be_resumed(home: Home) -> None:
    with hold_write(home, "a test"):
        job = waiting_job(home)
        job.stop()
        wait_until(lambda: not job.is_running)
    assert job.outcome() == "stopped"
    assert "Interrupted" in job.error()
    job.stop()  # One that has ended is left alone.


def test_it_can_be_stopped_though_its_starter_ignores_interrupts(home: Home) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with hold_write(home, "a test"):
            job = waiting_job(home)
            job.stop()
            wait_until(lambda: not job.is_running)
    finally:
        signal.signal(signal.SIGINT, before)
    assert job.outcome() == "stopped"


def test_a_killed_job_is_noticed(home: Home) -> None:
    with hold_write(home, "a test"):
        job = waiting_job(home)
        os.kill(pid_of(job.folder), signal.SIGKILL)
        list(job.events())
    assert job.outcome() == "killed"
    assert "ended unexpectedly" in job.error()


def test_a_job_that_cannot_begin_shows_its_last_line(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text("raise SystemExit('no luck today')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    job = start_job(home, None, "import", ["status"])
    wait_until(lambda: not job.is_running)
    assert job.error().endswith("no luck today")


def test_a_job_outlives_the_process_that_started_it(home: Home) -> None:
    program = (
        "import sys; from pathlib import Path; from engine.home.home import Home\n"
        "from panza_tui.jobs.background import start_job\n"
        "start_job(Home(Path(sys.argv[1])), None, 'import', sys.argv[2:])"
    )
    folder = write_mail(home.root.parent / "mail")
    with hold_write(home, "a test"):
        command = ["import", str(folder), "--me", "ro@example.org"]
        subprocess.run([sys.executable, "-c", program, str(home.root), *command], check=True)
        job = running_job(home, "import")
        assert job is not None
    list(job.events())
    assert job.outcome() == "done"


def test_an_unwritable_home_is_one_line(home: Home) -> None:
    (home.root / "jobs").write_text("a file in place of the folder")
    with pytest.raises(PanzaError, match="can't be started"):
        start_job(home, None, "import", ["status"])


def test_events_are_recorded_only_where_asked(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from panza_tui.terminal.narration import narrated

    path = home.root / "events.jsonl"
    with narrated() as emit:
        emit(Progress("index", 1, 2, "mails"))
    assert not path.exists()
    monkeypatch.setenv("PANZA_EVENTS", str(path))
    with narrated() as emit:
        emit(Progress("index", 2, 2, "mails"))
    assert read_events(path) == [Progress("index", 2, 2, "mails")]
    monkeypatch.setenv("PANZA_EVENTS", str(home.root / "no" / "folder"))
    with narrated() as emit:
        emit(Progress("index", 2, 2, "mails"))  # Telling fails; the work does not.
    assert capsys.readouterr().err.count("index: 2 of 2") == 2
