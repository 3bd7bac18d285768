"""Where the mail to answer is read from: a pipe, a file or a socket, and never a terminal."""

from __future__ import annotations

import os
import pty
import signal
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest
from conftest import PANZA

from engine.errors import UsageError
from engine.home.home import Home
from panza_tui.terminal.stdin import read_stdin


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
