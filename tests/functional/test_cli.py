"""The command line: the order of options, usage errors, and what was mistyped."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from click.shell_completion import BashComplete
from conftest import PANZA, Panza

from engine.home.home import Home
from panza_tui.cli import cli

COMMANDS = {
    *("import", "search", "playback", "train", "export", "evaluate", "forget", "serve", "status"),
    *("doctor", "encrypt", "demo", "backup", "restore", "models"),
}


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
        ("status --home=", "--home is empty"),
        ("--home= status", "--home is empty"),
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
