"""What was done without, such as rows that can't be read, to be told once; quick to import."""

from __future__ import annotations

import threading

from engine.sizes import counted

_NAMES = {"mails": "mail", "drafts": "draft", "instructions": "instruction"}
"""Table -> what a person calls one of its rows; those of other tables are "other rows"."""

_found: dict[str, int] = {}
_told: dict[str, int] = {}
_lines: dict[str, bool] = {}  # Each line, and whether it was told.
_lock = threading.Lock()


def leave_out(table: str, count: int) -> None:
    """Record that so many rows of a table were left out of what was read."""
    with _lock:
        _found[table] = max(count, _found.get(table, 0))


def do_without(line: str) -> None:
    """Record one line on what could not be used, and what was done instead."""
    with _lock:
        _lines.setdefault(line, False)


def left_out_lines() -> list[str]:
    """Return a line on each thing that was done without, and was not returned before."""
    with _lock:
        lines = [line for line, told in _lines.items() if not told]
        _lines.update(dict.fromkeys(lines, True))
    return [*lines, *filter(None, [_rows_line()])]


def _rows_line() -> str:
    with _lock:
        if all(count <= _told.get(table, 0) for table, count in _found.items()):
            return ""
        _told.update(_found)
        found = dict(_found)
    parts = [counted(found.pop(table), name) for table, name in _NAMES.items() if table in found]
    if found:
        parts.append(counted(sum(found.values()), "other row"))
    return (
        f"{' and '.join(parts)} can't be read, so what is damaged was left out; all else was used. "
        "Run 'panza-tui doctor --check', which finds it, then 'panza-tui doctor --repair'."
    )
