"""Drafting and read-only commands must not import torch or its dependents."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from engine.home.home import Home

_HEAVY = ("torch", "transformers", "sentence_transformers", "peft", "safetensors.torch")
_PROGRAM = f"""
import json, sys
from panza_tui.cli import run
code = run(sys.argv[1:])
print(json.dumps([code, [name for name in {_HEAVY} if name in sys.modules]]), file=sys.stderr)
"""


def imported_by(*arguments: str) -> tuple[str, list[str]]:
    """Return what a command line printed, and the heavy modules it imported."""
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    code, heavy = json.loads(done.stderr.splitlines()[-1])
    assert code == 0, done.stderr
    return done.stdout, heavy


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("--ask", "x", "--help")])
def test_help_and_version_import_nothing_heavy(home: Home, arguments: tuple[str, ...]) -> None:
    out, heavy = imported_by(*arguments)
    assert "panza-tui" in out
    assert heavy == []


def test_a_draft_by_llama_cpp_with_retrieval_imports_no_torch(model_home: Home) -> None:
    out, heavy = imported_by("--ask", "Ask Nils for spokes", "--max-tokens", "2", "--json")
    assert json.loads(out)["backend"] == "llama-cpp"
    assert json.loads(out)["sources"]
    assert heavy == []


@pytest.mark.parametrize("arguments", [("status",), ("search", "wheel")])
def test_read_only_commands_import_no_torch(mails_home: Home, arguments: tuple[str, ...]) -> None:
    out, heavy = imported_by(*arguments)
    assert out
    assert heavy == []


def test_the_module_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "panza_tui", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("panza-tui, version ")
    assert done.stderr == ""


def test_the_shell_can_complete() -> None:
    program = [sys.executable, "-c", "from panza_tui.cli import main; main()"]
    done = subprocess.run(
        program,
        env={**os.environ, "_PANZA_TUI_COMPLETE": "bash_source"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "_PANZA_TUI_COMPLETE=bash_complete" in done.stdout
