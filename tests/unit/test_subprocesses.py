"""Processes started from our own modules: what they import, and what they must not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.errors import PanzaError
from engine.home.home import Home
from engine.subprocesses import CODE, start_module
from training.cost import machine


def outcome(module: str, *arguments: str, **options) -> tuple[int, bytes]:
    with start_module(module, arguments, stdout=subprocess.PIPE, **options) as child:
        out, _ = child.communicate(timeout=60)
    return child.returncode, out


STRANGERS = ("panza_tui", "engine", "click", "json", "runpy", "sitecustomize", "usercustomize")


@pytest.fixture
def strange_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with modules that must not be imported."""
    for name in STRANGERS:
        (tmp_path / f"{name}.py").write_text("print('a stranger')")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("path", ["", ".", ":", "{}:", ":{}", ".:{}", "x:{}"])
def test_a_child_imports_nothing_from_the_home_or_the_working_folder(
    strange_folder: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setenv("PYTHONPATH", path.format(CODE))
    for options in ({}, {"folder": strange_folder}):
        code, out = outcome("panza_tui", "--version", **options)
        assert (code, b"stranger" in out) == (0, False)


def test_the_program_started_as_a_module_imports_nothing_from_the_working_folder(
    tmp_path: Path,
) -> None:
    for name in ("click", "json"):  # Python imports others before any code of ours.
        (tmp_path / f"{name}.py").write_text("print('a stranger')")
    environment = {**os.environ, "PYTHONPATH": str(CODE)}
    environment.pop("PYTHONSAFEPATH", None)
    out = subprocess.check_output(
        [sys.executable, "-m", "panza_tui", "--version"], cwd=tmp_path, env=environment
    )
    assert b"stranger" not in out


def test_no_core_dumps_no_imports_from_working_folders_and_no_open_files_below() -> None:
    look = (
        "import os, resource; from engine.subprocesses import protect_process; protect_process();"
        "print(resource.getrlimit(resource.RLIMIT_CORE), os.environ['PYTHONSAFEPATH'], os.umask(0))"
    )
    out = subprocess.check_output([sys.executable, "-c", look])
    assert out == b"(0, 0) 1 63\n"


def test_a_child_has_nothing_on_stdin_and_the_environment_it_is_given(tmp_path: Path) -> None:
    (tmp_path / "look.py").write_text(
        "import os, sys; print(sys.argv[1:], sys.stdin.read(), os.environ.get('COLOUR'))"
    )
    given = {"COLOUR": "green", "PYTHONPATH": str(tmp_path)}
    code, out = outcome("look", "a b", environment=given)
    assert (code, out) == (0, b"['a b']  green\n")


@pytest.mark.parametrize("patience", [0.0, 0.05])
def test_a_measurement_that_takes_too_long_is_one_plain_line(
    patience: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "_PATIENCE_SECONDS", patience)
    with pytest.raises(PanzaError, match=r"speed can't be measured .*longer than"):
        machine.measure_machine(Home(tmp_path), 9, 9)
