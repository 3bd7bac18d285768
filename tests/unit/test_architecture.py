"""Rules of the architecture that import-linter can't check."""

from __future__ import annotations

import ast
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


_TO_THE_LAST_ROW = ("list", "set", "dict", "tuple", "frozenset")
_CLOSED = ("engine/database/rows.py", "engine/database/stored_rows.py")
"""Where cursors are read row by row, and left (see the first)."""


def read_row_by_row(source: str) -> Iterator[int]:
    """The lines with a query whose cursor may be left before its last row."""
    tree = ast.parse(source)
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or _name(node.func) not in ("execute", "executemany"):
            continue
        use = parents[node]
        is_read = (
            isinstance(use, ast.Expr)  # It returns no rows that anybody wants.
            or (isinstance(use, ast.Attribute) and use.attr in ("get", "fetchall"))
            or (isinstance(use, ast.Call) and _name(use.func) in _TO_THE_LAST_ROW)
            or isinstance(parents[use], ast.ListComp | ast.SetComp | ast.DictComp)
        )
        if not is_read:
            yield node.lineno


def test_no_cursor_is_left_before_its_last_row() -> None:
    found = [
        f"{name}:{line}"
        for name in files_with(re.compile(r"\.execute"), "engine", "training", "panza_tui")
        if name not in _CLOSED
        for line in read_row_by_row((ROOT / name).read_text("utf-8"))
    ]
    assert found == []
    left = (
        "for x in c.execute(q): break\n"
        "next(c.execute(q))\nc.execute(q).fetchone()\nrows = c.execute(q)"
    )
    assert sorted(read_row_by_row(left)) == [1, 2, 3, 4]
    read = "c.execute(q)\nc.execute(q).get\nlist(c.execute(q))\n[x for x in c.execute(q)]"
    assert list(read_row_by_row(read)) == []


def test_the_tests_that_the_security_page_names_exist() -> None:
    page = (ROOT / "docs" / "SECURITY.md").read_text("utf-8")
    named = re.findall(r"tests/[\w/.]+", page)
    assert [path for path in named if not (ROOT / path).exists()] == []
    assert len(named) > 10


def test_the_modules_that_are_named_exist() -> None:
    """In docstrings and comments: "see engine.home.locks", or something in it."""
    named = re.compile(r"\b(?:engine|panza_tui)(?:\.[a-z_]\w*)+")
    found = {
        f"{path.relative_to(ROOT)}: {name}"
        for package in ("engine", "training", "panza_tui", "tests")
        for path in (ROOT / package).rglob("*.py")
        for name in named.findall(path.read_text("utf-8"))
        if not _is_known(name.split("."))
    }
    assert found == set()


def test_the_paths_that_the_documents_name_exist() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), ROOT / "tests/bench/RESULTS.md"]
    named = re.compile(r"\b(?:engine|training|panza_tui|tests)/[\w./-]*\w")
    found = {
        f"{page.name}: {path}"
        for page in pages
        for path in named.findall(page.read_text("utf-8"))
        if not (ROOT / path).exists() and "CODE" not in path  # A name to be filled in.
    }
    assert found == set()


def _is_known(parts: list[str]) -> bool:
    """Whether it is a package, a module or something in a module, or what a package imports."""
    for count in range(2, len(parts) + 1):
        path = ROOT.joinpath(*parts[:count])
        if path.with_suffix(".py").exists():
            return True
        if not path.is_dir():
            exported = (path.parent / "__init__.py").read_text("utf-8")
            return path.name == "__file__" or path.name in exported
    return True


_PLAIN_IF_SAID = ("Static", "Label", "OptionList", "Guide", "StepList", "notify")
"""What reads a text as markup unless it is told not to; the text may be that of a mail."""

_TITLES = ("border_title", "border_subtitle", "tooltip")


def read_as_markup(source: str) -> Iterator[int]:
    """The lines where a text that is not ours alone may be read as Textual's markup."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and _name(node.func) in _PLAIN_IF_SAID:
            is_ours = (
                bool(node.args) and isinstance(node.args[0], ast.Constant) and node.args[0].value
            )
            if not is_ours and not any(it.arg == "markup" for it in node.keywords):
                yield node.lineno
        elif isinstance(node, ast.Assign) and _name(node.targets[0]) in _TITLES:
            is_plain = isinstance(node.value, ast.Call) and _name(node.value.func) == "Content"
            if not isinstance(node.value, ast.Constant) and not is_plain:
                yield node.lineno


def _name(node: ast.AST) -> str:
    return getattr(node, "attr", getattr(node, "id", ""))


def test_no_text_of_others_is_read_as_markup() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in sorted((ROOT / "panza_tui").rglob("*.py"))
        for line in read_as_markup(path.read_text("utf-8"))
    ]
    assert found == []
    assert list(read_as_markup("x.border_title = y\nx.notify(y)\nStatic('')\nStatic('a')")) == [
        1,
        2,
        3,
    ]
