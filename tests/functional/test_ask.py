"""`panza-tui --ask`: its command line, input and output."""

from __future__ import annotations

import json
import mailbox
import os
import pty
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from conftest import Panza

from engine.database import connect
from engine.errors import UsageError
from engine.home import Home
from panza_tui.terminal import stdin
from panza_tui.terminal.stdin import read_stdin

PANZA = [sys.executable, "-m", "panza_tui"]
MAIL = (
    "From: Ann Lee <ann@post.example>\nTo: lo@finchandchain.example\n"
    "Date: Mon, 2 Jan 2023 10:00:00 +0000\nSubject: lunch\n\nLunch on \x1b[31mFriday\u202e?\n"
)


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
        *("tokens", "seconds", "unsupported", "from_others", "missing"),
    }
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
    assert made["model"] == made["base"] == "mail-base-2"
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


@pytest.fixture
def stdin_is(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Replace this process's stdin with a file descriptor."""
    monkeypatch.setattr(stdin, "_SECONDS_UNTIL_NOTE", 0)
    before = os.dup(0)
    yield lambda descriptor: os.dup2(descriptor, 0)
    os.dup2(before, 0)
    os.close(before)


def test_the_mail_to_answer_comes_from_a_pipe_a_file_or_a_socket(
    stdin_is: Any, tmp_path: Path
) -> None:
    for required in (False, True):
        reader, writer = os.pipe()
        os.write(writer, b"a mail")
        os.close(writer)
        stdin_is(reader)
        os.close(reader)
        assert read_stdin(required=required) == b"a mail"

        here, there = socket.socketpair()
        there.sendall(b"a mail")
        there.close()
        stdin_is(here.fileno())
        here.close()
        assert read_stdin(required=required) == b"a mail"

        (tmp_path / "mail").write_bytes(b"a mail")
        with open(tmp_path / "mail") as file:
            stdin_is(file.fileno())
        assert read_stdin(required=required) == b"a mail"


def test_no_mail_comes_from_a_terminal_a_device_or_a_closed_stdin(
    stdin_is: Any, tmp_path: Path
) -> None:
    master, terminal = pty.openpty()
    (tmp_path / "empty").touch()
    for descriptor in (
        terminal,
        os.open(os.devnull, os.O_RDONLY),
        os.open("/dev/zero", os.O_RDONLY),
        os.open(tmp_path, os.O_RDONLY),
        os.open(tmp_path / "empty", os.O_RDONLY),
    ):
        stdin_is(descriptor)
        assert read_stdin(required=False) == b""
        if descriptor != terminal:
            with pytest.raises(UsageError, match="stdin was empty"):
                read_stdin(required=True)
        os.close(descriptor)
    os.close(master)
    os.close(0)
    assert read_stdin(required=False) == b""


def test_hostile_mail_is_answered_without_escape_sequences(
    mails_home: Home, panza: Panza, stdin_is: Any, tmp_path: Path
) -> None:
    (tmp_path / "mail").write_text(MAIL)
    with open(tmp_path / "mail") as file:
        stdin_is(file.fileno())
    done = panza("--ask", "say \x1b[1myes", "--plain-base", "--max-tokens", "1", "--json", "-")
    assert done.out.isascii()
    assert "\x1b" not in done.out
    made = json.loads(done.out)
    assert "Lunch on" in made["prompt"][1]["content"]
    assert made["instruction"] == "say \x1b[1myes"


def test_waiting_for_a_silent_pipe_is_announced_and_can_be_interrupted(home: Home) -> None:
    waiting = subprocess.Popen(
        [*PANZA, "--ask", "x", "--plain-base"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert waiting.stderr is not None
    assert "Waiting for the mail" in waiting.stderr.readline()
    waiting.send_signal(signal.SIGINT)
    out, err = waiting.communicate()
    assert (waiting.returncode, out) == (130, "")
    assert err.count("\n") == 1


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
    asked = ("--ask", "Tell Nils that Petronella Wix comes at 23:47.", "--max-tokens", "3")
    done = panza(*asked)
    assert done.err.startswith("Check the draft: ")
    assert "missing: Petronella Wix, 23:47." in done.err
    assert done.err.count("\n") == 1
    made = json.loads(panza(*asked, "--json").out)
    assert made["missing"] == ["Petronella Wix", "23:47"]
    unchecked = panza(*asked, "--fast", "--json")
    assert unchecked.err == ""
    assert json.loads(unchecked.out)["missing"] is None


@pytest.fixture
def given(stdin_is: Any, tmp_path: Path) -> Callable[[str | bytes], None]:
    """Replace stdin with a text."""

    def give(text: str | bytes) -> None:
        (tmp_path / "stdin").write_bytes(text if isinstance(text, bytes) else text.encode())
        with open(tmp_path / "stdin") as file:
            stdin_is(file.fileno())

    return give


LUNCH = "Lunch on Friday?"
FEW = ("--ask", "say yes", "--max-tokens", "6")
TEMPLATE = (
    "From: Lo <lo@finchandchain.example>\nTo: Ann Lee <ann@post.example>\nSubject: Re: lunch\n"
    "In-Reply-To: <1@post.example>\nX-Own: kept\n\nOn Mon, 2 Jan 2023, Ann Lee wrote:\n> Lunch?\n"
)
Given = Callable[[str | bytes], None]


def test_a_reply_to_of_somebody_else_is_said(model_home: Home, panza: Panza, given: Given) -> None:
    mail = MAIL.replace("To:", "Reply-To: Ann Lee <ann@evil.example>\nTo:")
    given(mail)
    done = panza(*FEW, "--fast", "-")
    assert done.err.startswith(
        "Note: the answer goes to ann@evil.example, but the mail is from ann@post.example. "
    )
    given(mail)
    assert json.loads(panza(*FEW, "--json", "-").out)["reply_to_unlike_from"] == [
        "ann@evil.example"
    ]
    given(mail)
    assert "evil" not in panza(*FEW, "--fast", "--to", "ann@post.example", "-").err
    given(MAIL)
    assert json.loads(panza(*FEW, "--json", "-").out)["reply_to_unlike_from"] == []


def read_eml(text: str) -> EmailMessage:
    message = message_from_bytes(text.encode(), policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert message.defects == []
    return message


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


def test_an_answer_as_a_message_is_in_its_thread(
    model_home: Home, panza: Panza, given: Given
) -> None:
    mail = MAIL.replace(
        "Subject", "Message-ID: <9@post.example>\nReferences: <8@x.example>\nSubject"
    )
    given(mail)
    message = read_eml(panza(*FEW, "--eml").out)
    assert message["From"].addresses[0].addr_spec == "lo@finchandchain.example"
    assert message["To"].addresses[0].addr_spec == "ann@post.example"
    assert message["Subject"] == "Re: lunch"
    assert message["In-Reply-To"] == "<9@post.example>"
    assert message["References"] == "<8@x.example> <9@post.example>"
    kept = connect(model_home.database).execute("SELECT draft FROM drafts").get
    assert message.get_content() == f"{kept}\n"

    given(mail)
    quoted = read_eml(panza(*FEW, "--eml", "--quote").out).get_content()
    assert quoted == f"{kept}\n\nOn Mon, 2 Jan 2023 at 10:00, Ann Lee wrote:\n> {LUNCH}\n"
    given(mail)
    assert panza(*FEW, "--quote").out == quoted
    given(mail)
    made = json.loads(panza(*FEW, "--quote", "--eml", "--json").out)
    assert (made["draft"], made["subject"]) == (kept, "Re: lunch")
    assert read_eml(made["message"]).get_content() == quoted


def test_a_templates_headers_are_kept_and_its_body_filled(
    model_home: Home, panza: Panza, given: Given
) -> None:
    given(TEMPLATE)
    out = panza(*FEW, "--eml").out
    kept = connect(model_home.database).execute("SELECT draft FROM drafts").get
    assert out.startswith(TEMPLATE.partition("\n\n")[0])
    assert read_eml(out).get_content() == f"{kept}\n"
    given(TEMPLATE)
    assert panza(*FEW, "--quote").out == f"{kept}\n\n{TEMPLATE.partition(chr(10) * 2)[2]}"


def test_a_follow_up_goes_to_those_who_got_the_mail(
    model_home: Home, panza: Panza, given: Given
) -> None:
    given(
        "From: Lo <lo@finchandchain.example>\nTo: Ann Lee <ann@post.example>, bo@x.example\n"
        "Date: Mon, 2 Jan 2023 10:00:00 +0000\nSubject: lunch\n\nLunch on Friday?\n"
    )
    message = read_eml(panza(*FEW, "--eml").out)
    assert message["From"].addresses[0].addr_spec == "lo@finchandchain.example"
    assert [to.addr_spec for to in message["To"].addresses] == ["ann@post.example", "bo@x.example"]


def test_an_encrypted_mail_is_said_before_the_draft(
    model_home: Home, panza: Panza, given: Given
) -> None:
    given(f"{MAIL.partition(chr(10) * 2)[0]}\n\n-----BEGIN PGP MESSAGE-----\n\nhQEM\n")
    done = panza(*FEW, "--json")
    assert (done.code, "is encrypted" in done.err) == (0, True)
    assert "hQEM" not in done.out


@pytest.mark.parametrize(
    ("to", "told"),
    [("ann@", "'ann@'"), ("ann@x.example, Bo", "'Bo'"), ("mailto:", "mailto:"), ("Zed", "'Zed'")],
)
def test_a_recipient_without_an_address_is_refused(
    home: Home, panza: Panza, to: str, told: str
) -> None:
    done = panza(*FEW, "--eml", "--to", to)
    assert (done.code, done.out) == (2, "")
    assert told in done.err


def test_a_file_that_is_no_mail_is_refused(home: Home, panza: Panza, given: Given) -> None:
    given(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    done = panza(*FEW, "-")
    assert (done.code, done.out) == (2, "")
    assert "neither a mail nor text" in done.err


def test_several_messages_are_an_mbox(model_home: Home, panza: Panza, tmp_path: Path) -> None:
    (tmp_path / "drafts").write_text(
        panza(*FEW, "--eml", "-n", "2", "--to", "Bo <b@x.example>").out
    )
    messages = list(mailbox.mbox(tmp_path / "drafts", create=False))
    assert [message["To"] for message in messages] == ["Bo <b@x.example>"] * 2
    assert len({message["Message-ID"] for message in messages}) == 2


def test_there_must_be_something_to_quote(model_home: Home, panza: Panza) -> None:
    done = panza(*FEW, "--quote")
    assert (done.code, done.out) == (2, "")
    assert "--quote" in done.err


def test_html_mail_and_a_huge_paste_are_answered(
    model_home: Home, panza: Panza, given: Given
) -> None:
    head = MAIL.partition("\n\n")[0] + "\nContent-Type: text/html\n\n"
    given(head + "<p>Lunch on <b>Friday</b>?</p><blockquote type=cite>No.</blockquote>")
    made = json.loads(panza(*FEW, "--json").out)
    assert "Lunch on Friday?" in made["prompt"][1]["content"]
    given("word " * 40_000)
    assert panza(*FEW).code == 0
    given("\x1b]0;evil\x07\u202e" * 10_000 + "Lunch?")
    assert "\x1b" not in panza(*FEW, "--quote").out


def test_without_a_utf8_locale_no_letter_is_lost(model_home: Home) -> None:
    done = subprocess.run(
        [*PANZA, *FEW, "--eml", "--to", "Zoë <zoe@post.example>"],
        env=os.environ | {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    )
    assert done.stderr == b""
    assert read_eml(done.stdout.decode())["To"] == "Zoë <zoe@post.example>"
