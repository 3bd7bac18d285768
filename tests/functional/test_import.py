"""`panza-tui import`: repeated, from every archive format, killed at any point, and dry runs."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import WRITER, Panza, bundled_messages

from engine.database.database import connect
from engine.events import silent
from engine.home.home import Home
from engine.mail.importing.importing import import_archives

_MAILS = 45  # messages of the bundled mailbox; 32 of them are kept


@pytest.fixture
def home(home: Home, imported: Home) -> Home:
    """An empty home that shares the converted embedder."""
    home.root.mkdir()
    home.cache.symlink_to(imported.cache)
    return home


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "sent.mbox"
    path.write_bytes(bundled_messages(_MAILS))
    return path


def messages(archive: Path) -> list[bytes]:
    """Return the messages of an mbox, each with its separator line."""
    return [
        b"From " + part for part in archive.read_bytes().removeprefix(b"From ").split(b"\nFrom ")
    ]


def state(home: Home) -> list[tuple[object, ...]]:
    """Return all mails, each with whether it is embedded, in a fixed order."""
    connection = connect(home.database)
    rows = connection.execute(
        "SELECT fingerprint, message_id, thread, date, sender, recipients, subject, body, "
        "original, language, answered, left_out, parent, "
        "EXISTS (SELECT 1 FROM vectors WHERE mail_id = id) "
        "FROM mails ORDER BY fingerprint"
    ).fetchall()
    connection.close()
    return rows


def maildir(folder: Path, mails: list[bytes]) -> Path:
    for name in ("cur", "new", "tmp"):
        (folder / name).mkdir(parents=True)
    for number, text in enumerate(mails):
        (folder / "cur" / f"{number}.host:2,S").write_bytes(text.partition(b"\n")[2])
    return folder


def takeout(path: Path, mails: list[bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("Takeout/archive_browser.html", "<html></html>")
        inner = "Takeout/Mail/All mail Including Spam and Trash.mbox"
        packed.writestr(inner, b"\n".join(mails).replace(b"\n", b"\r\n"))
    return path


def numbered(folder: Path, mails: list[bytes]) -> Path:
    for where in ("sent", "all_documents"):
        (folder / where).mkdir(parents=True)
        for number, text in enumerate(mails, 1):
            (folder / where / f"{number}.").write_bytes(text.partition(b"\n")[2])
    return folder


def test_the_same_mails_in_another_container_add_nothing(
    home: Home, archive: Path, tmp_path: Path, panza: Panza
) -> None:
    assert panza("import", archive, "--me", WRITER).code == 0
    first, mails = state(home), messages(archive)
    containers = [
        takeout(tmp_path / "takeout.zip", mails[::-1]),
        maildir(tmp_path / "Maildir", mails),
        numbered(tmp_path / "enron", mails[::2] + mails[1::2]),
    ]
    for container in containers:
        again = panza("import", container)
        assert again.code == 0
        assert ", 0 of them new" in again.err
        assert state(home) == first


@pytest.mark.parametrize("container", ["takeout", "maildir", "numbered"])
def test_the_answered_mail_is_found_in_every_container(
    home: Home, tmp_path: Path, container: str
) -> None:
    archive = tmp_path / "all.mbox"
    archive.write_bytes(bundled_messages(161))
    make = {"takeout": takeout, "maildir": maildir, "numbered": numbered}[container]
    mails = make(tmp_path / container, messages(archive))
    import_archives(connect(home.prepare().database), [mails], [WRITER], silent)
    known_from = [
        json.loads(row[10])["known_from"] for row in state(home) if row[11] is None and row[10]
    ]
    assert known_from.count("archive") > 20


def test_a_newer_export_adds_only_what_is_new(
    home: Home, archive: Path, tmp_path: Path, panza: Panza
) -> None:
    whole = tmp_path / "whole"
    for part, count in (("old", 30), ("new", _MAILS)):
        box = tmp_path / f"{part}.mbox"
        box.write_bytes(bundled_messages(count))
        assert panza("import", box, "--me", WRITER).code == 0
    by_parts = state(home)
    shutil.copytree(home.root, whole, symlinks=True, ignore=shutil.ignore_patterns("panza.db*"))
    assert panza("--home", whole, "import", archive, "--me", WRITER).code == 0
    assert state(Home(whole)) == by_parts


KILLED = """
import os, signal, sys
import {module} as module
from panza_tui import cli
real, calls = {owner}.{name}, 0
def killing(*arguments, **options):
    global calls
    calls += 1
    if calls == {call}:
        os.kill(os.getpid(), signal.{signal})
    return real(*arguments, **options)
{owner}.{name} = killing
sys.exit(cli.run(sys.argv[1:]))
"""


def run_killed(
    archive: Path, module: str, name: str, call: int, how: str = "SIGKILL"
) -> subprocess.CompletedProcess[str]:
    """Run an import in a process that gets a signal at the n-th call of a function."""
    code = KILLED.format(module=module, owner="module", name=name, call=call, signal=how)
    return subprocess.run(
        [sys.executable, "-c", code, "import", str(archive), "--me", WRITER],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )


KILL_POINTS = [
    ("engine.mail.importing.ownership", "read_envelope", 20),
    ("engine.mail.importing.staging", "stage", 1),
    ("engine.mail.importing.staging", "stage", 20),
    ("engine.mail.stored.store", "insert_mail", 1),
    ("engine.mail.stored.store", "insert_mail", 30),
    ("engine.mail.importing.importing", "write_fact", 1),
    ("engine.mail.stored.store", "counts", 1),
    ("engine.retrieval.embedder", "embed_query", 3),
]


@pytest.mark.parametrize(("module", "name", "call"), KILL_POINTS)
def test_a_killed_import_continues_without_duplicates_or_losses(
    home: Home,
    imported: Home,
    archive: Path,
    tmp_path: Path,
    panza: Panza,
    monkeypatch: pytest.MonkeyPatch,
    module: str,
    name: str,
    call: int,
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("SQLITE_TMPDIR", str(temporary))
    monkeypatch.setenv("TMPDIR", str(temporary))
    assert run_killed(archive, module, name, call).returncode == -signal.SIGKILL
    stored = 32 if name in ("counts", "embed_query") else 0
    assert json.loads(panza("status", "--json").out)["mails"] == stored
    assert panza("import", archive, "--me", WRITER).code == 0
    assert state(home) == state(imported)
    assert not any(temporary.iterdir())
    assert {path.name for path in home.root.iterdir()} <= {
        *("panza.db", "panza.db-shm", "panza.db-wal", "write.lock", "cache", "models")
    }


@pytest.mark.parametrize("how", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_stopped_import_is_one_line_and_stores_nothing(
    home: Home, archive: Path, panza: Panza, how: str
) -> None:
    stopped = run_killed(archive, "engine.mail.importing.staging", "stage", 20, how)
    assert stopped.returncode == 130
    assert "this import stored nothing" in stopped.stderr.splitlines()[-1]
    assert json.loads(panza("status", "--json").out)["mails"] == 0
    stopped = run_killed(archive, "engine.retrieval.embedder", "embed_query", 3, how)
    assert stopped.returncode == 130
    assert "the mails are stored" in stopped.stderr.splitlines()[-1]


def test_search_works_on_text_alone_until_all_is_embedded(
    home: Home, archive: Path, panza: Panza
) -> None:
    run_killed(archive, "engine.retrieval.embedder", "embed_query", 1)
    found = json.loads(panza("status", "--json").out)
    assert (found["mails"], found["indexed"]) == (32, 0)
    hits = json.loads(panza("search", "wheel", "--json").out)
    assert hits
    assert all("wheel" in hit["why"] for hit in hits)


@pytest.mark.parametrize("command", ["playback", "train"])
def test_a_killed_embedding_is_finished_before_its_vectors_are_needed(
    home: Home, imported: Home, archive: Path, panza: Panza, command: str
) -> None:
    run_killed(archive, "engine.retrieval.embedder", "embed_query", 20)
    assert 0 < json.loads(panza("status", "--json").out)["indexed"] < 20
    connection = connect(home.database)
    connection.execute(
        "INSERT INTO instructions SELECT id, 'Say it.', 'hand', '', 0, '', '' FROM mails "
        "WHERE left_out IS NULL LIMIT ?",
        (-1 if command == "playback" else 19,),  # A run of 19 mails is refused.
    )
    connection.close()
    done = panza(command)
    assert re.search(r"(?m)^index: (\d+) of \1 mails  ", done.err)
    assert state(home) == state(imported)
    assert json.loads(panza("status", "--json").out)["indexed"] == 32
    assert "index:" not in panza(command).err


# The table


def test_the_table_counts_every_message_once(home: Home, archive: Path, panza: Panza) -> None:
    done = panza("import", archive, "--me", WRITER)
    rows = dict(re.findall(r"(?m)^ *([a-z][a-z -]*?) {2,}(\d+)(?:  .*)?$", done.err))
    counts = {name: int(count) for name, count in rows.items()}
    parts = [counts.get(name, 0) for name in ("kept", "left out", "received", "unreadable")]
    assert counts["messages read"] == sum(parts) == _MAILS
    assert counts["left out"] == counts["auto-reply"]
    assert "\x1b" not in done.err
    assert re.search(r"(?m)^import: 0\.\d of 0\.\d MB  [\d.]+ MB/s$", done.err)


def test_verbose_names_each_mail_that_is_not_kept(home: Home, archive: Path, panza: Panza) -> None:
    archive.write_bytes(archive.read_bytes() + b"\nFrom x Wed Jan  1 12:00:00 2020\n\n\n")
    done = panza("import", archive, "--me", WRITER, "-v")
    assert re.search(r"(?m)^auto-reply: sent\.mbox#\d+: ", done.err)


# Dry runs


def test_a_dry_run_shows_own_words_beside_the_original(
    home: Home, archive: Path, panza: Panza
) -> None:
    done = panza("import", archive, "--me", WRITER, "--dry-run")
    assert done.code == 0
    assert "left out: auto-reply (written by a program while you were away)" in done.out
    assert done.out.count("as it was sent:") == done.out.count("own words:") > 3
    assert "\x1b" not in done.out
    assert done.err.endswith("Run it without --dry-run to import.\n")
    more = panza("import", archive, "--me", WRITER, "--dry-run", "-v")
    assert more.out.count("own words:") > done.out.count("own words:")
    status = json.loads(panza("status", "--json").out)
    assert (status["mails"], status["left_out"]) == (0, {})
    assert panza("import", archive, "--dry-run").code == 2


HOSTILE = f"""From x Wed Jan  1 12:00:00 2020
From: {WRITER}
To: \x1b]0;title\x07Bo <bo@example.org>
Subject: [red]\x1b[31mred\x1b[0m[/red]
Date: Wed, 01 Jan 2020 12:00:00 +0000

\x1b[2J\x1b[31mThe lake is \u202ecold\u202c today, [bold]bring[/bold] a coat.
"""


def test_escape_sequences_do_not_reach_the_terminal_in_a_dry_run(
    home: Home, tmp_path: Path, panza: Panza
) -> None:
    (tmp_path / "hostile.mbox").write_text(HOSTILE)
    shown = panza("import", tmp_path / "hostile.mbox", "--me", WRITER, "--dry-run", "-v").out
    assert "[bold]bring[/bold] a coat" in shown
    assert "\x1b" not in shown
    assert "\u202e" not in shown


def on_a_terminal(columns: int, *arguments: str | Path) -> Iterator[str]:
    """Return what `panza-tui` shows on a terminal of this width."""
    master, terminal = pty.openpty()
    command = [sys.executable, "-m", "panza_tui", *map(str, arguments)]
    shown = subprocess.Popen(
        command,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env={**os.environ, "COLUMNS": str(columns), "LINES": "40", "TERM": "xterm"},
    )
    os.close(terminal)
    try:
        while piece := os.read(master, 65536):
            yield piece.decode("utf-8", "replace")
    except OSError:  # The terminal's last user has gone.
        pass
    os.close(master)
    assert shown.wait() == 0


def test_on_a_wide_terminal_they_are_side_by_side(home: Home, archive: Path) -> None:
    line = ("import", archive, "--me", WRITER, "--dry-run")
    wide = "".join(on_a_terminal(140, *line))
    assert re.search("as it was sent +own words", re.sub("\x1b\\[[0-9;]*m", "", wide))
    narrow = "".join(on_a_terminal(70, *line))
    assert "own words:" in narrow
    assert "messages read" in narrow


def test_on_a_terminal_the_table_comes_between_the_bars(home: Home, archive: Path) -> None:
    shown = "".join(on_a_terminal(100, "import", archive, "--me", WRITER))
    plain = re.sub("\x1b\\[[0-9;?]*[a-zA-Z]", "", shown)
    table = plain.index("messages read")
    assert "import  " in plain[:table]
    assert "index  " not in plain[:table]
    assert re.search(r"index +\S+ 32 of 32 mails", plain[table:])
    assert not re.search("(?m)^import  ", plain[table:])
    assert plain.rstrip().endswith("Next: panza-tui playback")


# Whose mails


def test_an_address_that_wrote_nothing_is_refused_with_the_candidates(
    home: Home, archive: Path, panza: Panza
) -> None:
    assert panza("import", archive, "--me", WRITER).code == 0
    before = state(home)
    done = panza("import", archive, "--me", "wrong@x.example")
    assert done.code == 2
    assert f"{WRITER} (33)" in done.err.splitlines()[-1]
    assert state(home) == before
    assert "wrong@x.example" not in str(
        connect(home.database).execute("SELECT value FROM facts").fetchall()
    )
