"""Forgetting: no file of the home contains the words afterwards, nor after another import."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import apsw
import pytest
from made_mails import made_mail as mail
from made_mails import number_of

from engine.database.database import connect
from engine.drafting.drafts import keep_draft, keep_unsent, read_unsent
from engine.errors import NotReadyError, PanzaError, UsageError
from engine.events import EventLog, Metric, Sample, read_events
from engine.forgetting import forget
from engine.forgetting.forget import (
    allow_reimport,
    forget_all,
    forget_mail,
    forget_model,
    is_forgotten,
)
from engine.home.home import Home
from engine.home.locks import hold
from engine.mail.stored.store import insert_mail, load_mail
from engine.mail.types import Received
from training.evaluation.finished_work import FinishedWork

WORDS = "The zeppelin over Marrakesh lost its left propeller again, please bring the quincunx."
QUOTED = (
    "Yes.\n\nOn Monday Ro wrote:\n> The zeppelin over Marrakesh lost its\n> left propeller again, "
)
QUOTED += "please bring the\n> quincunx.\n"
TELLING = (b"zeppelin", b"quincunx", b"propeller")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home").prepare()


@pytest.fixture
def connection(home: Home) -> apsw.Connection:
    connection = connect(home.database)
    for number in range(2, 30):
        insert_mail(connection, mail(number))
    insert_mail(connection, mail(1, body=WORDS, original=f"{WORDS}\n--\nRo", subject="quincunx"))
    return connection


def traces(home: Home) -> list[str]:
    """Return the files of the home that still contain a word of the mail, in any letter case."""
    return [
        str(path.relative_to(home.root))
        for path in home.root.rglob("*")
        if path.is_file() and any(word in path.read_bytes().lower() for word in TELLING)
    ]


def test_the_copy_from_before_a_migration_goes_with_a_forgotten_mail(home, connection):
    copy = home.root / "panza.db.schema-3"
    copy.write_text(WORDS)
    forget_mail(home, connection, 29)
    assert not copy.exists()


@pytest.mark.parametrize("step", ["clear_logs", "in_transaction", "_clear_pages"])
def test_work_that_is_cut_short_can_be_done_again(home, connection, monkeypatch, step):
    """A mail is there until its words are gone from everywhere else."""
    number = number_of(connection, "1")
    log = home.root / "jobs" / "playback" / "events.jsonl"
    log.parent.mkdir(parents=True)
    log.write_text(json.dumps({"event": "warn", "text": WORDS}) + "\n")
    (home.root / "panza.db.schema-3").write_text(WORDS)

    def killed(*arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(forget, step, killed)
        with pytest.raises(KeyboardInterrupt):
            forget_mail(home, connection, number)
    if load_mail(connection, number) is not None:
        forget_mail(home, connection, number)
    connection.close()  # As the kernel does; the next one to open it moves its log into it.
    assert traces(home) == []


def test_no_file_of_the_home_holds_a_forgotten_mail(
    home: Home, connection: apsw.Connection
) -> None:
    number = number_of(connection, "1")
    connection.execute(
        "INSERT INTO instructions VALUES (?, 'ask Kim for the quincunx', 'playback', 'm', 0, '', "
        "'')",
        (number,),
    )
    connection.execute(
        "INSERT INTO vectors (mail_id, embedding) VALUES (?, ?)", (number, bytes(1536))
    )
    run = home.model("ro-rosa")
    run.mkdir()
    log = EventLog(run / "events.jsonl")
    log(Metric(1, {"loss": 1.0}))
    log(Sample(1, "ask Kim for the quincunx", "Hi Kim, the zeppelin"))
    log(Sample(1, "thank Kim", "Thanks, Kim"))
    job = home.root / "jobs" / "playback"
    job.mkdir(parents=True)
    (job / "lock").touch()
    (job / "log.txt").write_text("1 (playback): ask Kim for the quincunx")
    assert {"models/ro-rosa/events.jsonl", "jobs/playback/log.txt"} < set(traces(home))

    forgotten = forget_mail(home, connection, number)

    assert forgotten.cleared
    assert (forgotten.quoted_in, forgotten.drafts, forgotten.also_in) == (0, 0, ())
    assert traces(home) == []
    assert load_mail(connection, number) is None
    assert connection.execute("SELECT count(*) FROM mails").get == 28
    log(Metric(2, {"loss": 0.5}))  # A run that continues appends after the blanked line.
    assert read_events(run / "events.jsonl") == [
        Metric(1, {"loss": 1.0}),
        Sample(1, "thank Kim", "Thanks, Kim"),
        Metric(2, {"loss": 0.5}),
    ]
    connection.execute("INSERT INTO mails_text (mails_text) VALUES ('integrity-check')")


@pytest.mark.parametrize("end", [FinishedWork.discard, FinishedWork.close])
@pytest.mark.parametrize("has_begun", [True, False])
def test_an_evaluation_that_runs_does_not_bring_it_back(home, connection, end, has_begun):
    """It knows what an interrupted one drafted for the mail, and drafts for it itself."""
    with closing(FinishedWork(home.evaluation)) as interrupted:
        interrupted.keep(WORDS, "interrupted")
    running = FinishedWork(home.evaluation)
    if has_begun:
        running.keep(WORDS, "before")
    forget_mail(home, connection, number_of(connection, "1"))
    running.keep(WORDS, "after")
    assert traces(home) == []
    end(running)
    connection.close()
    assert traces(home) == []


def test_a_sample_that_is_logged_while_it_is_forgotten_goes_too(home, connection, monkeypatch):
    home.model("ro-rosa").mkdir()
    log = EventLog(home.model("ro-rosa") / "events.jsonl")
    remove = forget.in_transaction

    def log_then_remove(*arguments) -> None:
        log(Sample(2, "ask Kim", WORDS))
        remove(*arguments)

    monkeypatch.setattr(forget, "in_transaction", log_then_remove)
    forget_mail(home, connection, number_of(connection, "1"))
    connection.close()
    assert traces(home) == []


def test_quotes_of_it_go_and_the_mails_around_them_stay(
    home: Home, connection: apsw.Connection
) -> None:
    second = "Whoever finds a brass compass under the pier may keep it until the spring."
    connection.execute("UPDATE mails SET body = ? WHERE fingerprint = '1'", (f"{WORDS}\n{second}",))
    answered = Received("Ro", 1, "Boat", f"{WORDS} {second}", "archive")
    whole = f"{QUOTED}> {second}\n"
    insert_mail(connection, mail(50, body="Yes.", original=whole, answered=answered))
    insert_mail(connection, mail(51, body="No.", original=f"No.\n> {second}", thread="1"))
    insert_mail(connection, mail(52, body="Hm.", original=f"Hm.\n> {second}"))

    forgotten = forget_mail(home, connection, number_of(connection, "1"))

    assert forgotten.quoted_in == 3
    mails = [load_mail(connection, number_of(connection, name)) for name in ("50", "51", "52")]
    assert [(m.original, m.answered) for m in mails if m] == [
        ("Yes.", None),
        ("No.", None),
        ("Hm.", None),
    ]
    assert traces(home) == []


def test_a_mail_with_the_same_words_of_its_own_stays_and_is_named(
    home: Home, connection: apsw.Connection
) -> None:
    insert_mail(connection, mail(60, body=f"Dear Ann,\n{WORDS}", original=WORDS))
    twin = number_of(connection, "60")
    forgotten = forget_mail(home, connection, number_of(connection, "1"))
    assert forgotten.also_in == (twin,)
    kept = load_mail(connection, twin)
    assert kept is not None
    assert kept.original == WORDS


def test_drafts_go_when_they_stood_on_it_answered_it_or_hold_its_words(
    home: Home, connection: apsw.Connection
) -> None:
    number = number_of(connection, "1")

    def keep(
        draft: str, thread: tuple[Received, ...] = (), sources: tuple[int, ...] = (2,)
    ) -> int | None:
        return keep_draft(
            connection,
            conversation=None,
            instruction="say hi",
            recipient="",
            thread=thread,
            sources=sources,
            draft=draft,
            model="m",
            backend="b",
            seed=0,
        )

    stays = keep("Hi Kim")
    keep("Hi", sources=(2, number))
    keep("Hi", (Received("Ro", None, "Boat", "Yes", "input", "1@example.org"),))
    keep("Hi", (Received("Ro", None, "Boat", "Yes", "input", "", "9@x.org 1@example.org"),))
    keep(f"Dear Kim,\n\n{WORDS}")
    keep("Hello", (Received("Ro", None, "Boat", f"so: {WORDS}", "input"),))
    assert forget_mail(home, connection, number).drafts == 5
    rows = connection.execute("SELECT id, sources FROM drafts").fetchall()
    assert [(row[0], json.loads(row[1])) for row in rows] == [(stays, [2])]


@pytest.mark.parametrize(
    "unsent",
    [
        WORDS,
        f"Say it as I said it to Kim: {WORDS.upper()}",
        "remember:\n> The zeppelin over\n> Marrakesh lost its left\n",
        "left propeller again, please bring the quincunx",
        "PS: Sealed with the great seal of the quincunx club",
    ],
)
def test_the_unsent_text_goes_when_it_holds_some_of_its_words(
    home: Home, connection: apsw.Connection, unsent: str
) -> None:
    seal = "Sealed with the great seal of the quincunx club"
    connection.execute("UPDATE mails SET original = original || ? WHERE fingerprint = '1'", (seal,))
    keep_unsent(connection, unsent)
    assert forget_mail(home, connection, number_of(connection, "1")).unsent
    assert read_unsent(connection) == ""
    assert traces(home) == []


@pytest.mark.parametrize(
    "unsent", ["", "ask Kim for oars", "The boat is ready.", "please bring the left one again"]
)
def test_other_unsent_text_stays(home: Home, connection: apsw.Connection, unsent: str) -> None:
    keep_unsent(connection, unsent)
    assert not forget_mail(home, connection, number_of(connection, "1")).unsent
    assert read_unsent(connection) == unsent


def test_a_forgotten_mail_is_recognised_until_reimport_is_allowed(
    home: Home, connection: apsw.Connection
) -> None:
    assert not is_forgotten(connection, mail(1))
    forget_mail(home, connection, number_of(connection, "1"))
    assert is_forgotten(connection, mail(1))
    assert is_forgotten(connection, mail(1, fingerprint="another export"))
    assert is_forgotten(connection, mail(1, message_id=None))
    assert not is_forgotten(connection, mail(1, fingerprint="x", date=5))
    assert not is_forgotten(connection, mail(2))
    digests = connection.execute("SELECT group_concat(digest) FROM forgotten").get
    assert "example.org" not in digests
    allow_reimport(connection)
    assert not is_forgotten(connection, mail(1))


def test_a_short_mail_removes_no_other_mail(home: Home, connection: apsw.Connection) -> None:
    insert_mail(connection, mail(70, body="Thanks!", original="Thanks!"))
    insert_mail(connection, mail(71, body="Ok", original="Ok\n> Thanks!"))
    forgotten = forget_mail(home, connection, number_of(connection, "70"))
    assert (forgotten.quoted_in, forgotten.also_in) == (0, ())
    kept = load_mail(connection, number_of(connection, "71"))
    assert kept is not None
    assert kept.original.endswith("Thanks!")


def test_an_open_reader_is_reported_and_the_next_forgetting_clears(
    home: Home, connection: apsw.Connection
) -> None:
    connection.set_busy_timeout(10)
    reader = connect(home.database)
    rows = reader.execute("SELECT id FROM mails")
    next(rows)  # A read that is not finished holds on to what it sees.
    assert not forget_mail(home, connection, number_of(connection, "1")).cleared
    rows.close()
    assert forget_mail(home, connection, number_of(connection, "2")).cleared
    assert traces(home) == []


def test_there_is_no_such_mail(home: Home, connection: apsw.Connection) -> None:
    with pytest.raises(UsageError, match="no mail with the number 4711"):
        forget_mail(home, connection, 4711)


def test_forgetting_a_model_removes_its_files_and_its_default_status(
    home: Home, connection: apsw.Connection
) -> None:
    folder = home.model("ro-rosa")
    (folder / "adapter").mkdir(parents=True)
    connection.execute("INSERT INTO facts VALUES ('default_model', 'ro-rosa')")
    with hold(folder / "run.lock", "the training run 'ro-rosa'"), pytest.raises(PanzaError):
        forget_model(home, connection, "ro-rosa")
    forget_model(home, connection, "ro-rosa")
    assert not folder.exists()
    assert connection.execute("SELECT value FROM facts WHERE key = 'default_model'").get is None
    with pytest.raises(NotReadyError, match="no model 'ro-rosa'"):
        forget_model(home, connection, "ro-rosa")


def test_everything_is_removed_unless_work_is_running(
    home: Home, connection: apsw.Connection
) -> None:
    connection.close()
    home.model("ro-rosa").mkdir()
    (home.cache / "base").mkdir()
    with hold(home.model("ro-rosa") / "run.lock", "the training run 'ro-rosa'"):
        with pytest.raises(PanzaError, match="the training run 'ro-rosa'"):
            forget_all(home)
        assert home.database.exists()
    forget_all(home)
    assert [path.name for path in home.root.iterdir()] == ["write.lock"]
