"""The command line: the order of options, what is printed, and exit codes."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from click.shell_completion import BashComplete
from conftest import WRITER, Panza, bundled_messages
from safetensors.torch import save_file

from engine.database import connect, write_fact
from engine.home import Home
from engine.locks import hold
from engine.mail.stored.store import insert_mail
from engine.mail.types import Mail
from panza_tui.cli import cli
from panza_tui.jobs.doctor import Finding, examine
from training.examples.training_pairs import fingerprint, training_pairs

PANZA = [sys.executable, "-m", "panza_tui"]
COMMANDS = {
    *("import", "search", "playback", "train", "export", "evaluate", "forget", "serve", "status"),
    *("doctor", "demo", "backup", "restore", "models"),
}
HOSTILE = "\x1b]0;owned\x07\x1b[31mred\x9b1m \u202eevil [bold]x[/bold]"


def run_in(home: Home, *arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    """Run a command as its own process."""
    return subprocess.run(  # type: ignore[call-overload]
        [*PANZA, *arguments], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, **options
    )


def put_mail(home: Home, number: int, subject: str, body: str) -> None:
    """Store one mail in the home, with any text in it."""
    mail = Mail(
        fingerprint=str(number),
        message_id=None,
        thread=str(number),
        date=1_700_000_000 + number,
        date_known=True,
        sender="sam@example.org",
        recipients=((HOSTILE, "anna@example.org"),),
        subject=subject,
        body=body,
        original=body,
        language="",
        answered=None,
        left_out=None,
        source="",
    )
    connection = connect(home.prepare().database)
    insert_mail(connection, mail)
    connection.close()


# The order of options


def test_help_lists_what_works_and_nothing_else(panza: Panza) -> None:
    done = panza("--help")
    assert (done.code, done.err) == (0, "")
    listed = done.out.partition("Commands:\n")[2].splitlines()
    assert {line.split()[0] for line in listed} == COMMANDS
    assert not any(line.endswith("...") for line in listed)
    assert "--ask" in done.out
    assert panza("-h").out == done.out


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_each_command_has_help_and_the_common_options(panza: Panza, command: str) -> None:
    done = panza(command, "--help")
    assert done.code == 0
    for option in ("--home", "--config", "-v, --verbose", "--version"):
        assert option in done.out
    assert ("--update" in done.out) == (command == "train")


@pytest.mark.parametrize(
    "line",
    ["--version", "status --version", "--version status", "--ask x --version", "--version --ask x"],
)
def test_version_may_come_before_or_after_a_command(home: Home, panza: Panza, line: str) -> None:
    done = panza(*line.split())
    assert done.code == 0
    assert done.out.startswith("panza-tui, version ")


def test_home_and_config_may_come_before_or_after_a_command(
    home: Home, tmp_path: Path, panza: Panza
) -> None:
    config = tmp_path / "mine.toml"
    config.write_text("[drafting]\ntemperatur = 1\n")
    for line in (("--home", tmp_path / "a", "status"), ("status", "--home", tmp_path / "b")):
        assert panza(*line, "--json").code == 0
    for line in (("--home", tmp_path / "a", "train"), ("train", "--home", tmp_path / "b")):
        assert str(line[line.index("--home") + 1]) in panza(*line).err
    assert not any(path.exists() for path in (tmp_path / "a", tmp_path / "b", home.root))
    for line in (("--config", config, "train"), ("train", "--config", config)):
        done = panza(*line)
        assert done.code == 2
        assert "drafting.temperature" in done.err


def test_tracebacks_come_with_vv_alone(home: Home, panza: Panza) -> None:
    for line in ("-vv --ask x", "--ask x -vv", "-v --ask x -v"):
        done = panza(*line.split())
        assert done.code == 3
        assert done.err.startswith("Traceback")
    assert panza("-v", "--ask", "x").err.count("\n") == 1


@pytest.mark.parametrize(
    ("line", "usage"),
    [
        ("--bogus", "'panza-tui --help'"),
        ("bogus", "'panza-tui --help'"),
        ("ask x", "'panza-tui --help'"),
        ("unlearn --all", "'panza-tui --help'"),
        ("train --max-steps 0", "'panza-tui train --help'"),
        ("import", "'panza-tui import --help'"),
        ("search x -k 0", "'panza-tui search --help'"),
        ("export --quantize Q1", "'panza-tui export --help'"),
        ("train --epochs 0", "training.epochs"),
        ("train --resume x --method lora", "--resume"),
        ("train --name ../x", "not a model name"),
        ("export ../x", "not a model name"),
        ("playback --mail x", "'panza-tui playback --help'"),
    ],
)
def test_usage_errors_are_one_line_and_exit_2(
    home: Home, panza: Panza, line: str, usage: str
) -> None:
    done = panza(*line.split())
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("panza-tui: ")
    assert done.err.count("\n") == 1
    assert usage in done.err


def test_the_app_needs_a_terminal(home: Home, panza: Panza) -> None:
    done = panza()
    assert (done.code, done.out) == (2, "")
    assert "--ask" in done.err


@pytest.mark.parametrize(
    ("typed", "incomplete", "offered"),
    [
        ([], "st", ["status"]),
        ([], "--a", ["--ask"]),
        (["train"], "--me", ["--method"]),
        (["train", "--method"], "", ["rosa", "lora", "full"]),
        (["--ask", "x"], "--te", ["--temperature"]),
        (["--seed", "3", "--ask", "x", "--backend"], "l", ["llama-cpp"]),
    ],
)
def test_the_shell_completes_commands_options_and_values(
    typed: list[str], incomplete: str, offered: list[str]
) -> None:
    complete = BashComplete(cli, {}, "panza-tui", "_PANZA_TUI_COMPLETE")
    assert [item.value for item in complete.get_completions(typed, incomplete)] == offered


# What is printed


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
def test_a_stdout_without_room_is_one_plain_line(home: Home) -> None:
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


# The next step


@pytest.mark.parametrize(
    ("kept", "played", "command", "why"),
    [
        (0, 0, "panza-tui import PATH", "Import the mails"),
        (7, 7, "panza-tui import PATH", "7 so far, 20 at least"),
        (25, 0, "panza-tui playback", "An instruction"),
        (25, 11, "panza-tui playback", "11 of 25"),
        (25, 25, "panza-tui train", "Your model"),
    ],
)
def test_each_next_step_up_to_a_model(
    home: Home, panza: Panza, kept: int, played: int, command: str, why: str
) -> None:
    for number in range(kept):
        put_mail(home, number, "Lunch", f"Lunch at {number}?")
    connection = connect(home.prepare().database)
    connection.execute(
        "INSERT INTO instructions SELECT id, 'ask', 'hand', '', 0, '', '' FROM mails LIMIT ?",
        (played,),
    )
    connection.close()
    found = json.loads(panza("status", "--json").out)
    assert found["next"] == command
    assert why in found["next_why"]
    assert command in panza("status").out


@pytest.mark.parametrize(
    ("state", "checkpoint", "same_mails", "command"),
    [
        ("stopped", True, True, "panza-tui train --resume sam"),
        ("started", False, True, "panza-tui train --resume sam"),
        ("failed", True, True, "panza-tui train --resume sam"),
        ("failed", False, True, "panza-tui train"),
        ("stopped", True, False, "panza-tui train"),
        ("finished", False, True, "panza-tui export sam"),
    ],
)
def test_the_next_step_after_a_run(
    mails_home: Home, panza: Panza, state: str, checkpoint: bool, same_mails: bool, command: str
) -> None:
    folder = mails_home.prepare().model("sam")
    last = folder / "checkpoints" / "checkpoint-1"
    last.mkdir(parents=True)
    if checkpoint:
        save_file({"weight": torch.zeros(1)}, last / "adapter_model.safetensors")
        for name in ("optimizer.pt", "scheduler.pt"):
            torch.save({}, last / name)
        (last / "trainer_state.json").write_text('{"global_step": 1}')
    mails = fingerprint(training_pairs(connect(mails_home.database))) if same_mails else "others"
    (folder / "card.toml").write_text(
        f'name = "sam"\nbase = "smollm2-135m-instruct"\nmethod = "rosa"\ncreated = 1\n'
        f'state = "{state}"\n[data]\nfingerprint = "{mails}"\n'
    )
    assert json.loads(panza("status", "--json").out)["next"] == command
    if state != "finished":
        with hold(folder / "run.lock", "the training run 'sam'"):
            found = json.loads(panza("status", "--json").out)
            assert found["models"][0]["state"] == "running"
            assert (found["next"], "sam" in found["next_why"]) == ("", True)


def test_with_a_model_the_next_step_is_a_draft(model_home: Home, panza: Panza) -> None:
    assert json.loads(panza("status", "--json").out)["next"].startswith("panza-tui --ask")


def test_from_twenty_accepted_drafts_on_the_next_step_is_an_update(
    model_home: Home, panza: Panza
) -> None:
    insert = (
        "INSERT INTO drafts (created, instruction, recipient, thread, sources, draft, final, "
        "model, backend, seed) VALUES (2, 'thank her', '', '[]', '[]', 'Ta', ?, 'lo', '', 0)"
    )
    with connect(model_home.database) as connection:
        connection.executemany(insert, [("Thanks.",)] * 19)
        connection.execute(insert, (None,))
    assert json.loads(panza("status", "--json").out)["next"].startswith("panza-tui --ask")
    assert "\nDrafts        20, 19 accepted since the last training\n" in panza("status").out
    with connect(model_home.database) as connection:
        connection.execute("UPDATE drafts SET final = draft WHERE final IS NULL")
    found = json.loads(panza("status", "--json").out)
    assert (found["drafts"], found["accepted_drafts"]) == (20, 20)
    assert found["next"] == "panza-tui train --update lo"
    assert "20 drafts you accepted" in found["next_why"]


def test_a_home_that_was_named_is_named_in_the_next_step(
    home: Home, tmp_path: Path, panza: Panza
) -> None:
    other = tmp_path / "my home"
    found = json.loads(panza("status", "--json", "--home", other).out)
    assert found["next"] == f"panza-tui --home '{other}' import PATH"


# Import


def test_import_reports_and_names_the_next_step(
    home: Home, imported: Home, tmp_path: Path, panza: Panza
) -> None:
    home.root.mkdir()
    home.cache.symlink_to(imported.cache)
    archive = tmp_path / "sent.mbox"
    archive.write_bytes(bundled_messages(10))
    done = panza("import", archive, "--me", WRITER)
    assert (done.code, done.out) == (0, "")
    assert "7 usable mails" in done.err
    assert done.err.endswith("Next: panza-tui import PATH\n")
    archive.write_bytes(bundled_messages(45))
    again = panza("import", archive, "-v")  # The address is known by now.
    assert again.code == 0
    assert "auto-reply: " in again.err
    assert "\x1b" not in again.err
    assert again.err.endswith("Next: panza-tui playback\n")


def test_import_asks_on_a_terminal_which_address_is_yours(
    home: Home, imported: Home, tmp_path: Path
) -> None:
    home.root.mkdir()
    home.cache.symlink_to(imported.cache)
    archive = tmp_path / "sent.mbox"
    archive.write_bytes(bundled_messages(10))
    master, terminal = pty.openpty()
    asking = subprocess.Popen(
        [*PANZA, "import", str(archive)], stdin=terminal, stdout=subprocess.DEVNULL, stderr=terminal
    )
    os.close(terminal)
    shown = b""
    try:
        while b"Your number" not in shown:
            shown += os.read(master, 4096)
        os.write(master, b"1\n")
        while piece := os.read(master, 4096):
            shown += piece
    except OSError:  # The terminal's last user has gone.
        pass
    os.close(master)
    assert asking.wait() == 0
    assert f"1. Lo Finch <{WRITER}>".encode() in shown
    assert connect(home.database).execute("SELECT count(*) FROM mails").get == 7


# Doctor


def test_the_doctor_runs_every_check(mails_home: Home, panza: Panza) -> None:
    mails_home.root.chmod(0o700)
    done = panza("doctor")
    subjects = {line[2:16].strip() for line in done.out.splitlines() if line[0] in "+!"}
    assert subjects == {
        *("python", "compiler", "llama.cpp", "torch", "sqlite", "memory", "disk"),
        *("base model", "embedder", "database", "home", "settings"),
    }
    assert done.code == (1 if "\n! " in done.out else 0)


def broken(home: Home, config: Path | None = None) -> dict[str, Finding]:
    return {finding.subject: finding for finding in examine(home, config) if finding.fix}


def test_the_doctor_reports_problems(home: Home, imported: Home, tmp_path: Path) -> None:
    config = tmp_path / "mine.toml"
    config.write_text("[draft]\n")
    home.root.mkdir()
    home.root.chmod(0o755)
    home.cache.symlink_to(imported.cache)
    home.database.write_text("no database " * 100)
    found = broken(home, config)
    assert found["home"].fix == f"chmod 700 {home.root}"
    assert "not a readable database" in found["database"].fix
    assert "draft" in found["settings"].fix
    shutil.rmtree(home.root)
    home.root.touch()
    assert "chmod" not in broken(home)["home"].fix


# Homes and names that were mistyped


@pytest.mark.parametrize(
    "line",
    [
        "status",
        "search x",
        "playback",
        "train",
        "evaluate",
        "export",
        "forget --all --yes",
        "doctor",
    ],
)
def test_a_mistyped_home_is_not_created(tmp_path: Path, panza: Panza, line: str) -> None:
    panza("--home", tmp_path / "mistyped", *line.split())
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("name", ["", " ", "../x", "\x1b[31m"])
def test_an_impossible_model_name_is_refused_before_any_work(
    home: Home, panza: Panza, name: str
) -> None:
    for line in (
        ("train", "--resume"),
        ("train", "--name"),
        ("export",),
        ("evaluate",),
        ("--ask", "x", "--model"),
        ("forget", "--yes", "--model"),
    ):
        done = panza(*line, name)
        assert (done.code, done.out) == (2, "")
        assert "is not a model name" in done.err
        assert "\x1b" not in done.err
    assert not home.root.exists()


def test_a_home_whose_name_is_no_text_is_one_line(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/\xff\xfe"
    for line in (["status"], ["search", "x"], ["--ask", "x"], ["import", str(tmp_path)]):
        command = [*PANZA, *line, "--home", name]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 2
        assert "is no UTF-8 text" in done.stderr
        assert done.stderr.count("\n") == 1
    assert os.listdir(tmp_path) == []


def test_the_path_of_the_home_sends_no_escape_sequences(tmp_path: Path, panza: Panza) -> None:
    for line in (["status"], ["doctor"], ["search", "x"], ["train"], ["forget", "--all", "--yes"]):
        done = panza("--home", tmp_path / "a\x1b]0;x\x07\x1b[31m\u202eb", *line)
        assert not {"\x1b", "\x07", "\u202e"} & set(done.out + done.err)
