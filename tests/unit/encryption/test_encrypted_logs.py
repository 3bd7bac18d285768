"""Logs in an encrypted home: followed, resumed after a kill, and cleared of a forgotten mail."""

from __future__ import annotations

from contextlib import closing

from encryption.encrypted_homes import WORD, encrypt, files_with
from engine.database import database
from engine.disk.files import last_line
from engine.encryption import unlocked
from engine.events import EventLog, Sample, Warn, read_events, silent
from panza_tui.jobs.forget import forget_mail
from panza_tui.terminal.narration import record
from training.evaluation.finished_work import FinishedWork


def test_a_log_is_appended_to_and_its_cut_last_line_is_skipped(home):
    encrypt(home)
    log = home.model("lo") / "events.jsonl"
    before = read_events(log)
    assert len(before) == 3
    log.write_bytes(log.read_bytes()[:-20])
    with closing(EventLog(log)) as emit:
        emit(Warn(f"{WORD} \ud800"))
    assert read_events(log) == [*before[:2], Warn(f"{WORD} ?")]
    assert WORD in last_line(log)
    assert files_with(home.root) == []


def test_a_forgotten_mail_is_gone_from_encrypted_logs(home):
    encrypt(home)
    words = "The heliotrope gondola arrives on Thursday beneath the aqueduct."
    with closing(database.connect(home.database)) as connection:
        connection.execute("UPDATE mails SET body = ? WHERE id = 5", (words,))
    log = home.model("lo") / "events.jsonl"
    with closing(EventLog(log)) as emit:
        emit(Sample(2, "Ask", words))
        emit(Warn("This stays."))
    size = log.stat().st_size
    forget_mail(home, 5, silent, "a test")
    assert Warn("This stays.") in read_events(log)
    assert not any(isinstance(e, Sample) and words in e.text for e in read_events(log))
    assert log.stat().st_size == size  # Blanked in place, as a run may be appending.


def test_an_evaluation_s_work_is_kept_encrypted(home):
    encrypt(home)
    for turn in range(3):
        work = FinishedWork(home.evaluation)
        assert work.find("draft", 1) == (f"{WORD} one" if turn else None)
        if not turn:
            work.keep(f"{WORD} one", "draft", 1)
            work.keep(f"{WORD} two", "draft", 2)
        assert files_with(home.root) == []
        if turn == 1:
            work.discard()  # Of the one that was used only.
            break
        work.close()
    work = FinishedWork(home.evaluation)
    assert (work.find("draft", 1), work.find("draft", 2)) == (None, f"{WORD} two")
    assert files_with(home.root) == []


def test_events_of_a_locked_home_cost_the_command_nothing(home, monkeypatch):
    unlocked.lock(encrypt(home).id)
    monkeypatch.setenv("PANZA_EVENTS", str(home.root / "jobs" / "import" / "events.jsonl"))
    record(Warn("nobody reads it"))
    assert not (home.root / "jobs" / "import" / "events.jsonl").exists()
