"""Processes started from our own modules: what they import, and what they must not."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from engine.errors import PanzaError
from engine.home import Home
from engine.subprocesses import start_module
from training.cost import machine


def outcome(module: str, *arguments: str, **options) -> tuple[int, bytes]:
    with start_module(module, arguments, stdout=subprocess.PIPE, **options) as child:
        out, _ = child.communicate(timeout=60)
    return child.returncode, out


def test_a_child_imports_nothing_from_the_folder_the_user_is_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "panza_tui.py").write_text("print('a stranger')")
    (tmp_path / "json.py").write_text("print('a stranger')")
    monkeypatch.chdir(tmp_path)
    code, out = outcome("panza_tui", "--version")
    assert (code, b"stranger" in out) == (0, False)
    home = tmp_path / "home"
    home.mkdir()
    code, out = outcome("panza_tui", "--version", folder=home)
    assert (code, b"stranger" in out) == (0, False)


def test_a_child_has_nothing_on_stdin_and_the_environment_it_is_given(tmp_path: Path) -> None:
    (tmp_path / "look.py").write_text(
        "import os, sys; print(sys.argv[1:], sys.stdin.read(), os.environ.get('COLOUR'))"
    )
    code, out = outcome("look", "a b", folder=tmp_path, environment={"COLOUR": "green"})
    assert (code, out) == (0, b"['a b']  green\n")


@pytest.mark.parametrize("patience", [0.0, 0.05])
def test_a_measurement_that_takes_too_long_is_one_plain_line(
    patience: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "_PATIENCE_SECONDS", patience)
    with pytest.raises(PanzaError, match=r"speed can't be measured .*longer than"):
        machine.measure_machine(Home(tmp_path), 9, 9)
