"""Homes for the tests of the command line, and the command line itself, run in this process."""

from __future__ import annotations

import io
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from made_mails import made_mail
from tiny_base import write_tiny_base

from engine.database.database import connect
from engine.events import silent
from engine.home.home import Home
from engine.mail.importing.importing import import_archives
from engine.mail.stored.store import insert_mail
from engine.models.packaged import embedded_base_gguf
from engine.retrieval.index import index_missing
from panza_tui import cli
from panza_tui.terminal import stdin

# A test run in the background inherits ignored signals, and would hand them on to what it starts.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)

BUNDLED = Path(cli.__file__).parent / "demo" / "mailbox.mbox"
WRITER = "lo@finchandchain.example"
PANZA = [sys.executable, "-m", "panza_tui"]
HOSTILE = "\x1b]0;owned\x07\x1b[31mred\x9b1m \u202eevil [bold]x[/bold]"


@dataclass(frozen=True)
class Result:
    """The result of one command."""

    code: int
    out: str
    err: str


Panza = Callable[..., Result]
Given = Callable[[str | bytes], None]


def assert_one_line(done: Result, code: int, *words: str) -> None:
    """Check that stdout is empty, and the last line on stderr is a readable message."""
    assert (done.code, done.out) == (code, ""), done.err
    line = done.err.splitlines()[-1]
    assert line.startswith("panza-tui: ")
    assert done.err.count("panza-tui: ") == 1
    assert "Traceback" not in done.err
    assert "Unexpected error" not in line
    for word in words:
        assert word in line


def stored(home: Home) -> str:
    """Return the whole content of the database, as text."""
    connection = connect(home.database)
    tables = ("mails", "instructions", "vectors", "facts", "drafts")
    return repr([connection.execute(f"SELECT * FROM {name}").fetchall() for name in tables])


def bundled_messages(count: int) -> bytes:
    """The first messages of the bundled mailbox, as an mbox."""
    return b"\nFrom ".join(BUNDLED.read_bytes().split(b"\nFrom ")[:count]) + b"\n"


def put_mail(home: Home, number: int, subject: str, body: str) -> None:
    """Store one mail in the home, with any text in it."""
    recipients = ((HOSTILE, "anna@example.org"),)
    mail = made_mail(number, recipients=recipients, subject=subject, body=body, original=body)
    connection = connect(home.prepare().database)
    insert_mail(connection, mail)
    connection.close()


_SHORT = """From {writer} Mon Jun  1 10:00:00 2020
From: Lo Finch <{writer}>
To: {person} <someone@example.org>
Date: {day} Jun 2020 10:00:00 +0000
Subject: The {thing}

Ahoy {person},

the {thing} is ready. Come by at {hour} with {coins} coins.

Fair winds,
Lo

"""


def short_messages() -> bytes:
    """The minimum number of mails for training as an mbox, made up, with a dozen words each."""
    things = ("wheel", "rack", "lamp", "saddle", "frame", "chain", "brake", "bell", "pump", "tyre")
    people = ("Ines", "Nils", "Ann", "Walter")
    return b"".join(
        _SHORT.format(
            writer=WRITER,
            person=people[number % len(people)],
            day=1 + number,
            thing=things[number % len(things)],
            hour=7 + number % 12,
            coins=3 + number,
        ).encode()
        for number in range(20)
    )


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """An empty home for the command line, isolated from the user's."""
    for name in list(os.environ):
        if name.startswith("PANZA_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PANZA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PANZA_DRAFTING_THREADS", "1")
    # The corpus would be most of what these small runs train on.
    monkeypatch.setenv("PANZA_TRAINING_REPLAY_SHARE", "0")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return Home(tmp_path / "home")


@pytest.fixture(scope="session")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with 32 mails of the bundled writer and instructions for them; only to be copied."""
    home = Home(tmp_path_factory.mktemp("imported") / "home").prepare()
    archive = home.root.parent / "sent.mbox"
    archive.write_bytes(bundled_messages(45))
    connection = connect(home.database)
    import_archives(connection, [archive], [WRITER], silent)
    index_missing(connection, home, silent)
    connection.execute(
        "INSERT INTO instructions SELECT id, 'Write about ' || subject, 'hand', '', 0, '', '' "
        "FROM mails "
        "WHERE left_out IS NULL"
    )
    embedded_base_gguf(home)
    connection.close()
    return home


def copy_mails(imported: Home, home: Home) -> Home:
    """Copy the mails of `imported` into a home that is not there yet, sharing its cache."""
    home.root.mkdir()
    shutil.copy(imported.database, home.database)
    home.cache.symlink_to(imported.cache)
    return home


def add_model(home: Home, created: int = 1) -> None:
    """Give the home a model 'lo', which is the embedded base model under another name."""
    folder = home.prepare().model("lo")
    folder.mkdir()
    (folder / "card.toml").write_text(
        f'name = "lo"\nbase = "smollm2-135m-instruct"\nmethod = "rosa"\ncreated = {created}\n'
        'state = "finished"\ngguf = "lo-Q8_0.gguf"\n'
    )
    (folder / "lo-Q8_0.gguf").symlink_to(embedded_base_gguf(home))


@pytest.fixture
def mails_home(home: Home, imported: Home) -> Home:
    """The command line's home with the mails of `imported`, sharing its cache."""
    return copy_mails(imported, home)


@pytest.fixture
def model_home(mails_home: Home) -> Home:
    """`mails_home` with a model 'lo', which is the embedded base model under another name."""
    add_model(mails_home)
    return mails_home


@pytest.fixture
def panza(home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Panza:
    """Run one command line in this process, isolated from the home of who tests."""

    def run(*arguments: str | Path) -> Result:
        capsys.readouterr()
        code = cli.run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Result(code, captured.out, captured.err)

    monkeypatch.setattr(sys, "stdin", io.StringIO())
    return run


@pytest.fixture(scope="session")
def tiny_base(imported: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_base(imported, tmp_path_factory.mktemp("base") / "tiny")


@pytest.fixture
def stdin_is(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Replace this process's stdin with a file descriptor."""
    monkeypatch.setattr(stdin, "_SECONDS_UNTIL_NOTE", 0)
    before = os.dup(0)
    yield lambda descriptor: os.dup2(descriptor, 0)
    os.dup2(before, 0)
    os.close(before)


@pytest.fixture
def given(stdin_is: Any, tmp_path: Path) -> Given:
    """Replace stdin with a text."""

    def give(text: str | bytes) -> None:
        (tmp_path / "stdin").write_bytes(text if isinstance(text, bytes) else text.encode())
        with open(tmp_path / "stdin") as file:
            stdin_is(file.fileno())

    return give
