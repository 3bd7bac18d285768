"""Print the table at the end of an import: what was kept, and what was left out and why."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from engine.mail.importing.reasons import REASONS
from panza_tui.terminal.narration import say
from panza_tui.terminal.sanitise import safe_line

if TYPE_CHECKING:
    from engine.mail.importing.tally import Files, ImportReport

Row = tuple[str, int, str]
"""(name, count, meaning); the name is indented by its depth in the table."""


def show_table(report: ImportReport) -> None:
    """Print the table on stderr: a Rich table on a terminal, plain lines in a pipe."""
    rows = table_rows(report)
    if sys.stderr.isatty():
        _print_table(rows)
        return
    widest = max(len(name) for name, _, _ in rows)
    for name, count, meaning in rows:
        say(f"{name:<{widest}}  {count:>7}  {meaning}".rstrip())


def table_rows(report: ImportReport) -> list[Row]:
    """Return the rows; every message is counted once: kept, left out, received or unreadable."""
    left_out = dict(report.left_out)
    if report.duplicates:
        left_out["duplicate"] = report.duplicates
    meanings = {**REASONS, "duplicate": "another copy of one of your mails"}
    rows: list[Row] = [
        ("messages read", report.read, ""),
        ("  kept", report.kept, _meaning_of_kept(report)),
        ("  left out", sum(left_out.values()), ""),
        *((f"    {reason}", n, meanings.get(reason, "")) for reason, n in sorted(left_out.items())),
        ("  received", report.received, "from others; kept only if you answered it"),
        ("  unreadable", report.broken, ""),
        *((f"    {safe_line(problem)[:60]}", n, "") for problem, n in report.problems.items()),
    ]
    if report.not_mail:
        total = sum(files.count for files in report.not_mail.values())
        rows.append(("files not read", total, ""))
        rows += [
            (f"  {what}", files.count, _named(files)) for what, files in report.not_mail.items()
        ]
    if report.improved:
        meaning = "stored before; now with the mail it answers, or without a signature"
        rows.append(("updated", report.improved, meaning))
    return [row for row in rows if row[1] or row[0] in ("messages read", "  kept")]


def _named(files: Files) -> str:
    names = ", ".join(safe_line(path.rpartition("/")[2]) for path in files.first)
    more = files.count - len(files.first)
    return f"{names} and {more} more (-v names all)" if more else names


def _meaning_of_kept(report: ImportReport) -> str:
    if report.new == report.kept:
        return "your mails to learn from"
    return f"your mails to learn from, {report.new} of them new"


def _print_table(rows: list[Row]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(ratio=1)
    for name, count, meaning in rows:
        table.add_row(Text(name), Text(str(count)), Text(meaning, style="dim"))
    Console(stderr=True).print(table)
