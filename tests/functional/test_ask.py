"""`panza-tui --ask`: its options, and what it prints."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from pathlib import Path
from typing import Any

import pytest
from conftest import PANZA, Panza

from engine.database.database import connect
from engine.home.home import Home


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, dict[str, Any]]]:
    """The options that `--ask` was called with, instead of running it."""
    calls: list[tuple[Any, dict[str, Any]]] = []
    monkeypatch.setattr(
        "panza_tui.commands.ask.ask", lambda session, **options: calls.append((session, options))
    )
    return calls


@pytest.mark.parametrize(
    "line",
    [
        "--ask x",
        "--ask=x",
        "--to a@b.example --ask x",
        "--to=a@b.example --ask=x --seed 3",
        "-v --ask x -",
        "- --ask x",
        "--home D --ask x",
        "--ask x --home D",
        "--config C --no-retrieval --ask x --json",
        "-n 3 --eml --quote --ask x",
        "--fast --ask x",
        "--max-tokens 5 --temperature 0.5 --seed 1 --backend llama-cpp --model m --ask x -vv",
    ],
)
def test_ask_goes_with_its_options_in_every_order(
    home: Home, panza: Panza, asked: list[tuple[Any, dict[str, Any]]], line: str
) -> None:
    words = line.split()
    assert panza(*words).code == 0
    [(session, options)] = asked
    assert options["instruction"] == "x"
    assert options["to"] == ("a@b.example" if "a@b.example" in line else "")
    assert options["stdin"] == ("-" if "-" in words else None)
    assert session.home.root == (Path("D").absolute() if "D" in words else home.root)
    assert session.verbosity == words.count("-v") + 2 * words.count("-vv")
    assert options["as_json"] == ("--json" in words)


def test_a_value_may_look_like_a_command(
    home: Home, panza: Panza, asked: list[tuple[Any, dict[str, Any]]]
) -> None:
    assert panza("--to", "status", "--ask", "import").code == 0
    [(_, options)] = asked
    assert (options["to"], options["instruction"]) == ("status", "import")


@pytest.mark.parametrize(
    "line",
    [
        "--ask",
        "--ask x --bogus",
        "--ask x y",
        "--ask x --seed no",
        "--ask x --backend onnx",
        "--ask x -n 0",
    ],
)
def test_a_wrong_ask_command_line_mentions_ask(home: Home, panza: Panza, line: str) -> None:
    done = panza(*line.split())
    assert done.code == 2
    assert done.out == ""
    assert done.err.count("\n") == 1
    assert "--ask" in done.err
    assert not home.root.exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--temperature", "-1"], "temperature"),
        (["--temperature", "nan"], "temperature"),
        (["--max-tokens", "0"], "max_tokens"),
        (["--plain-base", "--model", "m"], "--plain-base and --model"),
        (["--model", "../m"], "not a model name"),
    ],
)
def test_options_out_of_range_are_usage_errors(
    home: Home, panza: Panza, options: list[str], words: str
) -> None:
    done = panza("--ask", "x", *options)
    assert (done.code, done.out) == (2, "")
    assert words in done.err


def test_ask_help_shows_its_options(panza: Panza) -> None:
    done = panza("--ask", "--help")
    assert done.code == 0
    assert done.out.startswith("Usage: panza-tui --ask TEXT")
    for option in (
        *("--to", "--max-tokens", "--temperature", "--seed", "--backend", "--model", "--json"),
        *("--no-retrieval", "--plain-base", "--eml", "--quote", "-n N"),
    ):
        assert option in done.out


def test_before_any_training_the_base_drafts_and_says_so(mails_home: Home, panza: Panza) -> None:
    done = panza("--ask", "Tell Anna that Friday suits me", "--max-tokens", "8")
    assert done.code == 0
    assert done.out.strip()
    assert "'panza-tui train'" in done.err
    plain = panza("--ask", "Tell Anna that Friday suits me", "--max-tokens", "8", "--plain-base")
    assert plain.out == done.out
    assert plain.err == ""


def test_without_a_model_or_a_text_nothing_is_drafted(mails_home: Home, panza: Panza) -> None:
    assert panza("--ask", "x", "--model", "nobody").code == 3
    assert panza("--ask", "  ").code == 2


def test_only_the_body_goes_to_stdout(model_home: Home, panza: Panza) -> None:
    done = panza("--ask", "Tell Nils that the wheel is ready.", "--max-tokens", "12", "--fast")
    assert done.code == 0
    assert done.err == ""
    assert done.out.strip()
    assert done.out == done.out.rstrip("\n") + "\n"
    kept = connect(model_home.database).execute("SELECT draft, model FROM drafts").fetchall()
    assert kept == [(done.out.rstrip("\n"), "lo")]


def test_json_has_the_promised_keys(model_home: Home, panza: Panza) -> None:
    done = panza("--ask", "Answer Nils about the spokes", "--max-tokens", "3", "--json")
    assert done.out.isascii()
    made = json.loads(done.out)
    assert made.keys() >= {
        *("draft", "instruction", "prompt", "sources", "model", "base", "backend", "seed"),
        *("tokens", "seconds", "unsupported", "from_others", "missing", "doubtful"),
    }
    assert made["doubtful"] is False
    assert all(isinstance(made[key], list) for key in ("unsupported", "from_others", "missing"))
    assert made["tokens"].keys() == {"prompt", "draft"}
    assert made["seconds"].keys() == {"start", "retrieve", "first_token", "total"}
    assert made["sources"]
    for source in made["sources"]:
        assert source.keys() == {"id", "date", "to", "subject", "score", "why"}
    assert (made["model"], made["base"]) == ("lo", "smollm2-135m-instruct")
    assert (made["backend"], made["seed"]) == ("llama-cpp", 0)
    assert 0 < made["tokens"]["draft"] <= 3


def test_plain_base_keeps_retrieval_and_no_retrieval_drops_it(
    mails_home: Home, panza: Panza
) -> None:
    few = ("--plain-base", "--max-tokens", "1", "--json", "--ask", "Answer Nils about the spokes")
    made = json.loads(panza(*few).out)
    assert made["sources"]
    assert made["model"] == made["base"] == "mail-base-5"
    without = json.loads(panza(*few, "--no-retrieval").out)
    assert without["sources"] == []
    assert len(without["prompt"][1]["content"]) < len(made["prompt"][1]["content"])


def test_sources_are_found_by_words_until_all_is_embedded(mails_home: Home, panza: Panza) -> None:
    connect(mails_home.database).execute("DELETE FROM vectors")
    asked = "Answer Nils about the spokes"
    made = json.loads(panza("--ask", asked, "--plain-base", "--max-tokens", "1", "--json").out)
    assert made["sources"]
    assert all("spokes" in source["why"] for source in made["sources"])


def test_what_is_too_long_is_one_plain_line(mails_home: Home, panza: Panza) -> None:
    done = panza("--plain-base", "--ask", "word " * 10_000)
    assert (done.code, done.out) == (1, "")
    assert done.err.count("\n") == 1
    assert "shorten" in done.err


@pytest.mark.parametrize("options", [["--fast"], []], ids=["streamed", "chosen"])
def test_on_a_terminal_the_draft_ends_in_one_newline(model_home: Home, options: list[str]) -> None:
    master, terminal = pty.openpty()
    done = subprocess.Popen(
        [*PANZA, "--ask", "Tell Nils that the wheel is ready.", "--max-tokens", "12", *options],
        stdin=subprocess.DEVNULL,
        stdout=terminal,
        stderr=subprocess.PIPE,
    )
    os.close(terminal)
    shown = b""
    try:
        while piece := os.read(master, 4096):
            shown += piece
    except OSError:  # The terminal's last user has gone.
        pass
    os.close(master)
    assert done.wait() == 0
    draft = connect(model_home.database).execute("SELECT draft FROM drafts").get
    assert shown.decode().replace("\r\n", "\n") == f"{draft}\n"


def test_facts_in_doubt_are_one_line_on_stderr_and_lists_in_json(
    model_home: Home, panza: Panza
) -> None:
    asked = (
        "--ask",
        "Tell Nils that Petronella Wix comes at 23:47. Keep it short.",
        "--max-tokens",
        "3",
    )
    done = panza(*asked)
    assert done.err.startswith("Check the draft: ")
    assert "missing: Petronella Wix, 23:47." in done.err
    assert done.err.count("\n") == 1
    made = json.loads(panza(*asked, "--json").out)
    assert made["missing"] == ["Petronella Wix", "23:47"]
    unchecked = panza(*asked, "--fast", "--json")
    assert unchecked.err == ""
    assert json.loads(unchecked.out)["missing"] is None


def test_variants_differ_and_the_first_is_the_best(model_home: Home, panza: Panza) -> None:
    asked = ("--ask", "Tell Nils that the wheel is ready.", "--max-tokens", "8")
    best = panza(*asked).out
    done = panza(*asked, "-n", "3")
    assert done.code == 0
    bodies = done.out.split("\f\n")
    assert len(set(bodies)) == 3
    assert bodies[0] == best
    assert all(body == body.rstrip("\n") + "\n" for body in bodies)
    many = json.loads(panza(*asked, "-n", "2", "--json").out)
    assert [made["seed"] for made in many] == [0, 0]  # Both were written by one seed.
    assert [made["draft"] for made in many] == [body.rstrip("\n") for body in bodies[:2]]
    assert isinstance(json.loads(panza(*asked, "-n", "1", "--json").out), list)
