"""Rules of the architecture that import-linter can't check."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

_SQL = re.compile(
    r"\b(?:SELECT|INSERT|DELETE FROM|UPDATE \w+ SET|CREATE (?:VIRTUAL )?TABLE|PRAGMA)\b"
)


def files_with(pattern: re.Pattern[str], *packages: str) -> Iterator[str]:
    for package in packages:
        for path in sorted((ROOT / package).rglob("*.py")):
            if pattern.search(path.read_text("utf-8")):
                yield str(path.relative_to(ROOT))


def test_the_sql_is_in_the_engine_and_in_training() -> None:
    assert list(files_with(_SQL, "panza_tui")) == []


def test_one_function_starts_python() -> None:
    found = files_with(re.compile(r"sys\.executable"), "engine", "training", "panza_tui")
    assert list(found) == ["engine/subprocesses.py"]


@pytest.mark.parametrize("room", ["jobs", "dashboard", "first_start", "mailbox", "models"])
def test_jobs_and_screens_print_nothing(room: str) -> None:
    printing = files_with(re.compile(r"^\s*(?:print|say)\(", re.M), f"panza_tui/{room}")
    # It answers its parent on stdout.
    assert list(printing) in ([], ["panza_tui/jobs/child_answers.py"])


def test_what_commands_print_is_made_safe() -> None:
    """Commands print with `show` and `say`, which leave nothing for the terminal to interpret."""
    printing = files_with(re.compile(r"\b(?<![.\w])(?:print|click\.echo)\("), "panza_tui/commands")
    assert list(printing) == []


def test_the_tests_that_the_security_page_names_exist() -> None:
    page = (ROOT / "docs" / "SECURITY.md").read_text("utf-8")
    named = re.findall(r"tests/[\w/.]+", page)
    assert [path for path in named if not (ROOT / path).exists()] == []
    assert len(named) > 10
