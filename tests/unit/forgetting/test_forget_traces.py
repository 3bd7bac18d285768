"""No byte of a forgotten mail stays in the home, in whatever form it was kept there."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest
from made_mails import made_mail, number_of

from engine.database.database import connect, read_fact, write_fact
from engine.drafting.conversations import rename_conversation, start_conversation
from engine.drafting.drafts import keep_draft, keep_unsent
from engine.events import EventLog, Sample, Warn, read_events
from engine.forgetting.forget import Forgotten, forget_mail
from engine.home.home import Home
from engine.home.locks import hold
from engine.mail.stored.store import insert_mail, load_mail
from engine.mail.stored.writer_facts import WriterFact, add_signature_facts, writer_facts
from engine.mail.types import Mail, Received

BODY = """Hi Kim,

Code 88g41.
hunter2
The heron nests behind the boathouse near Lindisfarne, so please keep the dogs away until June.
鍵は玄関の植木鉢の下に置いてあります。

Best wishes,
Ro"""
SECRETS = ("88g41", "hunter2", "heron", "lindisfarne", "植木鉢", "+44 20 7946 0321")
SIGNATURE = "-- \nRo Marsh\n+44 20 7946 0321"


def mail(number: int, **changes: object) -> Mail:
    text = "The boat is ready. See you on Monday."
    return made_mail(number, **({"body": text, "original": text} | changes))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home").prepare()


@pytest.fixture
def connection(home: Home) -> apsw.Connection:
    connection = connect(home.database)
    for number in range(2, 30):
        insert_mail(connection, mail(number))
    insert_mail(connection, mail(1, body=BODY, original=f"{BODY}\n{SIGNATURE}"))
    return connection


def forget(home: Home, connection: apsw.Connection) -> Forgotten:
    return forget_mail(home, connection, number_of(connection, "1"))


def traces(home: Home) -> list[tuple[str, str]]:
    """Return (file, secret) for each secret in any file of the home, in any letter case."""
    return [
        (path.name, secret)
        for path in home.root.rglob("*")
        if path.is_file()
        for secret in SECRETS
        if secret in (content := path.read_bytes()).decode("utf-8", "ignore").lower()
        or secret.encode("unicode_escape") in content
    ]


def quoted(text: str, width: int = 40) -> str:
    """Quote a text, wrapped as mail programs do."""
    words, lines = text.split(), [""]
    for word in words:
        if len(lines[-1]) + len(word) > width:
            lines.append("")
        lines[-1] += f" {word}"
    return "\n".join(f">{line}" for line in lines)


@pytest.mark.parametrize(
    "quote",
    [
        lambda: quoted(BODY),
        lambda: "> > Code 88g41.",
        lambda: "| code 88g41",
        lambda: "> hunter2",
        lambda: "On Monday Ro wrote:\n" + quoted("behind the boathouse near Lindisfarne, so", 12),
        lambda: "> THE HERON NESTS BEHIND THE *boathouse*",
        lambda: "> 鍵は玄関の植木鉢の下\n> に置いてあります。",
        lambda: "-----Original Message-----\nFrom: Ro\n\nCode 88g41.\n",
    ],
)
@pytest.mark.parametrize("thread", ["1", "77"])
def test_quotes_go_however_short_and_in_every_conversation(
    home: Home, connection: apsw.Connection, quote: Callable[[], str], thread: str
) -> None:
    answered = Received("Ro", 1, "Boat", quote().replace(">", ""), "quote")
    whole = f"Fine.\n\n{quote()}\n"
    insert_mail(
        connection, mail(50, body="Fine.", original=whole, answered=answered, thread=thread)
    )
    assert forget(home, connection).quoted_in == 1
    kept = load_mail(connection, number_of(connection, "50"))
    assert kept is not None
    assert (kept.body, kept.original, kept.answered) == ("Fine.", "Fine.", None)
    assert traces(home) == []


def test_an_answer_loses_its_quote_whatever_the_quote_says(
    home: Home, connection: apsw.Connection
) -> None:
    answered = Received("Ro", 1, "Boat", "(translated) Der Reiher", "archive", "1@example.org")
    whole = "Fine.\n> Der Reiher nistet.\n"
    insert_mail(
        connection,
        mail(50, body="Fine.", original=whole, answered=answered, parent="1@example.org"),
    )
    assert forget(home, connection).quoted_in == 1
    kept = load_mail(connection, number_of(connection, "50"))
    assert kept is not None
    assert (kept.original, kept.answered) == ("Fine.", None)


@pytest.mark.parametrize(
    "original",
    [
        "Ok\n> See you on Monday. The boat is ready.",
        "Ok\n> Best wishes,\n> Ro",
        "Ok\n> Hi Kim,",
        "Ok\n> The code is 8842.",
        "Ok\n> hunter22",
        "Ok\n> please keep the dogs",
    ],
)
def test_quotes_of_other_mails_stay(home: Home, connection: apsw.Connection, original: str) -> None:
    insert_mail(connection, mail(50, body="Ok", original=original))
    forgotten = forget(home, connection)
    assert (forgotten.quoted_in, forgotten.also_in) == (0, ())
    kept = load_mail(connection, number_of(connection, "50"))
    assert kept is not None
    assert kept.original == original


def test_a_paragraph_that_the_user_wrote_again_is_named(
    home: Home, connection: apsw.Connection
) -> None:
    again = "Dear Ann,\nthe heron nests behind the boathouse near Lindisfarne. Bye"
    insert_mail(connection, mail(50, body=again, original=again))
    forgotten = forget(home, connection)
    assert forgotten.also_in == (number_of(connection, "50"),)
    assert forgotten.quoted_in == 0


def test_samples_of_other_mails_logs_and_instructions_with_its_words_go(
    home: Home, connection: apsw.Connection
) -> None:
    other = number_of(connection, "2")
    instructions = [(number_of(connection, "1"), "x"), (other, "ask about: Code 88g41.")]
    instructions.append((number_of(connection, "3"), "ask for the boat"))
    connection.executemany(
        "INSERT INTO instructions VALUES (?, ?, 'hand', '', 0, '', '')", instructions
    )
    run = home.model("ro-rosa")
    run.mkdir()
    log = EventLog(run / "events.jsonl")
    for event in (
        Sample(1, "thank Kim", "Dear Kim, the heron nests behind the boathouse, as I said."),
        Sample(1, "thank Kim", "Thanks, Kim"),
        Warn("skipped: code 88g41"),
        Warn("slow"),
    ):
        log(event)
    (run / "log.txt").write_text("loading\nValueError: 'Code 88g41.'\ndone\n")
    job = home.root / "jobs" / "playback"
    job.mkdir(parents=True)
    (job / "log.txt").write_text("1 (playback): mention code 88g41\n2: ok\n")
    with hold(job / "lock", "panza-tui playback"):  # A job at work keeps its log.
        forgotten = forget(home, connection)
    assert forgotten.instructions == 1
    assert read_events(run / "events.jsonl") == [
        Sample(1, "thank Kim", "Thanks, Kim"),
        Warn("slow"),
    ]
    assert (run / "log.txt").read_text().split() == ["loading", "done"]
    assert (job / "log.txt").read_text().split() == ["2:", "ok"]
    assert [row[0] for row in connection.execute("SELECT text FROM instructions")] == [
        "ask for the boat"
    ]
    assert traces(home) == []


def test_a_short_line_of_it_in_chats_and_their_names_goes(
    home: Home, connection: apsw.Connection
) -> None:
    named, emptied = (
        start_conversation(connection, "About code 88g41"),
        start_conversation(connection),
    )

    def keep(conversation: int, instruction: str) -> None:
        keep_draft(
            connection,
            conversation=conversation,
            instruction=instruction,
            recipient="",
            thread=(),
            sources=(),
            draft="Hi",
            model="m",
            backend="b",
            seed=0,
        )

    keep(named, "say hi")
    keep(emptied, "Tell her hunter2")
    keep(emptied, "hunter2")
    rename_conversation(connection, emptied, "Passwords")
    keep_unsent(connection, "the password is\nhunter2")
    forgotten = forget(home, connection)
    assert (forgotten.drafts, forgotten.unsent) == (2, True)
    assert connection.execute("SELECT id, name FROM conversations").fetchall() == [(named, "")]
    assert traces(home) == []


def test_facts_and_signatures_that_only_it_had_go_and_the_others_are_as_new_as_their_mails(
    home: Home, connection: apsw.Connection
) -> None:
    add_signature_facts(connection, "ro@example.org", SIGNATURE, 1_600_000_001)
    add_signature_facts(connection, "ro@example.org", "https://marsh.example", 1_600_000_001)
    for number in (2, 3):
        connection.execute(
            "UPDATE mails SET original = original || ' https://marsh.example' "
            "WHERE fingerprint = ? OR fingerprint = '1'",
            (str(number),),
        )
    connection.execute("UPDATE mails SET date = date - 100 WHERE fingerprint = '3'")
    blocks = {"ro@example.org": [["Ro Marsh", "+44 20 7946 0321"], ["The boat is ready."]]}
    write_fact(connection, "user.signatures", json.dumps(blocks))
    write_fact(connection, "chat.unsent", "")
    connection.execute("UPDATE mails SET date = 1500000000 WHERE fingerprint = '2'")
    forget(home, connection)
    assert writer_facts(connection) == [
        WriterFact("ro@example.org", "link", "https://marsh.example", 1_599_999_903)
    ]
    assert json.loads(read_fact(connection, "user.signatures") or "") == {
        "ro@example.org": [["The boat is ready."]]
    }
    assert traces(home) == []


def test_mails_that_keep_its_subject_are_counted(home: Home, connection: apsw.Connection) -> None:
    insert_mail(connection, mail(50, thread="1", subject="Re: Boat"))
    insert_mail(connection, mail(51, thread="1", subject="Oars"))
    assert forget(home, connection).same_subject == 1


def test_unfinished_copies_of_killed_work_are_removed(home, connection):
    names = ("panza.db.schema-3", "panza.db.repaired.partial", "panza.db.converted.partial-wal")
    more = ("panza.db.schema-4.partial", "restore.partial/panza.db")
    for name in (*names, *more, "cache/.evaluation.jsonl.4711.partial"):
        path = home.root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(BODY)
    assert {name for name, _ in traces(home)} >= {*names}
    forget(home, connection)
    connection.close()
    assert traces(home) == []
