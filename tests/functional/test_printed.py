"""What commands print: status and search, any text, and on any stdout."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from pathlib import Path

import pytest
from conftest import HOSTILE, PANZA, Panza, put_mail

from engine.database.database import connect, write_fact
from engine.home.home import Home


def run_in(home: Home, *arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    """Run a command as its own process."""
    return subprocess.run(  # type: ignore[call-overload]
        [*PANZA, *arguments], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, **options
    )


def test_status_json_has_its_keys(mails_home: Home, panza: Panza) -> None:
    done = panza("status", "--json")
    assert (done.code, done.err) == (0, "")
    found = json.loads(done.out)
    assert found.keys() >= {
        *("home", "mails", "left_out", "from_date", "to_date", "instructions", "indexed"),
        *("drafts", "models", "damaged", "default_model", "next", "next_why"),
    }
    assert found["mails"] == found["instructions"] == found["indexed"] == 32
    assert found["left_out"] == {"auto-reply": 1}
    assert found["next"] == "panza-tui train"


def test_what_another_embedder_made_does_not_count_as_index(mails_home: Home, panza: Panza) -> None:
    write_fact(connect(mails_home.database), "embedder", "an older one")
    assert json.loads(panza("status", "--json").out)["indexed"] == 0


def test_search_says_what_is_found_and_why(mails_home: Home, panza: Panza) -> None:
    done = panza("search", "a wheel for the tandem", "-k", "3", "--json")
    assert (done.code, done.err) == (0, "")
    hits = json.loads(done.out)
    assert 0 < len(hits) <= 3
    for hit in hits:
        assert hit.keys() == {"id", "date", "to", "subject", "body", "score", "why", "reasons"}
    plain = panza("search", "a wheel for the tandem", "-k", "3")
    assert str(hits[0]["id"]) in plain.out.split("\n")[0]
    assert hits[0]["why"] in plain.out


def test_nothing_found_is_no_data(mails_home: Home, panza: Panza) -> None:
    done = panza("search", "qqqq")
    assert (done.code, done.out) == (0, "")
    assert done.err == "Nothing was found.\n"
    assert json.loads(panza("search", "qqqq", "--json").out) == []
    assert panza("search", " ").code == 2


def test_escape_sequences_in_a_mail_do_not_reach_the_terminal(home: Home, panza: Panza) -> None:
    put_mail(home, 1, HOSTILE, f"{HOSTILE} spoke")
    (home.models / HOSTILE.replace("/", "")).mkdir()
    for line in (("search", "spoke"), ("search", "spoke", "--json"), ("status",)):
        done = panza(*line)
        assert done.code == 0
        assert "evil" in done.out
        assert not set(done.out + done.err) & {"\x1b", "\x07", "\x9b", "\u202e"}
    assert json.loads(panza("search", "spoke", "--json").out)[0]["subject"] == HOSTILE


def test_escape_sequences_in_the_database_do_not_reach_the_terminal(
    home: Home, panza: Panza
) -> None:
    put_mail(home, 1, "spoke", "spoke")
    put_mail(home, 2, "wheel", "wheel")
    with contextlib.closing(connect(home.database)) as connection:
        connection.execute("UPDATE mails SET left_out = ? WHERE id = 1", (f"{HOSTILE}\nNext x",))
        connection.execute("UPDATE mails SET source = ?, sender = ?", (HOSTILE, HOSTILE))
    for line in (["status"], ["search", "wheel"], ["doctor"]):
        done = panza(*line)
        assert not set(done.out + done.err) & {"\x1b", "\x07", "\x9b", "\u202e"}
    [left_out] = [line for line in panza("status").out.split("\n") if line.startswith("Left out")]
    assert left_out == "Left out      1 red1m evil [bold]x[/bold] Next x"


def test_a_figure_without_end_is_a_damaged_card(home: Home, panza: Panza) -> None:
    put_mail(home, 1, "spoke", "spoke")
    home.model("lo").mkdir()
    (home.model("lo") / "card.toml").write_text(
        'base = "b"\nmethod = "rosa"\ncreated = 1\nstate = "finished"\n'
        f"[figures]\nheld_out_loss_base = 1\nheld_out_loss = 1{'0' * 400}\n"
    )
    done = panza("status")
    assert (done.code, "its card is missing or damaged" in done.out) == (0, True)


def test_the_path_of_the_home_sends_no_escape_sequences(tmp_path: Path, panza: Panza) -> None:
    for line in (["status"], ["doctor"], ["search", "x"], ["train"], ["forget", "--all", "--yes"]):
        done = panza("--home", tmp_path / "a\x1b]0;x\x07\x1b[31m\u202eb", *line)
        assert not {"\x1b", "\x07", "\u202e"} & set(done.out + done.err)


def test_any_text_can_be_printed_on_any_stdout(home: Home) -> None:
    put_mail(home, 1, "Γειά", "τα λέμε στη θάλασσα")
    environment = {**os.environ, "LC_ALL": "C", "PYTHONIOENCODING": "ascii"}
    done = run_in(home, "search", "θάλασσα", stdout=subprocess.PIPE, env=environment)
    assert (done.returncode, done.stderr.count("\n")) == (0, 1)  # The mail is not embedded.
    assert "????" in done.stdout


def test_a_closed_stdout_pipe_is_no_error(home: Home) -> None:
    put_mail(home, 1, "long", "spoke " * 100_000)
    reader, writer = os.pipe()
    os.close(reader)
    done = run_in(home, "search", "spoke", "--json", stdout=writer)
    os.close(writer)
    assert (done.returncode, done.stderr.count("\n")) == (0, 1)  # The mail is not embedded.


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_stdout_without_room_is_one_plain_line(
    home: Home, monkeypatch: pytest.MonkeyPatch, unbuffered: str
) -> None:
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    with open("/dev/full", "w") as full:
        done = run_in(home, "status", stdout=full)
    assert done.returncode == 1
    assert "disk is full" in done.stderr
    assert done.stderr.count("\n") == 1


def test_closed_standard_streams_are_harmless(home: Home) -> None:
    line = " ".join([*PANZA, "status", "<&- >&- 2>&-"])
    put_mail(home, 1, "short", "spoke")
    assert subprocess.run(["sh", "-c", line]).returncode == 0
    assert connect(home.database).execute("SELECT count(*) FROM mails").get == 1
