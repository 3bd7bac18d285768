"""How many rows were left out as they can't be read, until the user is told; quick to import."""

from __future__ import annotations

import threading

_NAMES = {"mails": "mail", "drafts": "draft", "instructions": "instruction"}
"""Table -> what a person calls one of its rows; those of other tables are "other rows"."""

_found: dict[str, int] = {}
_told: dict[str, int] = {}
_lock = threading.Lock()


def leave_out(table: str, count: int) -> None:
    """Record that so many rows of a table were left out of what was read."""
    with _lock:
        _found[table] = max(count, _found.get(table, 0))


def left_out_line() -> str:
    """Return one line on the rows that were left out; '' if it was returned before."""
    with _lock:
        if all(count <= _told.get(table, 0) for table, count in _found.items()):
            return ""
        _told.update(_found)
        found = dict(_found)
    parts = [_counted(found.pop(table), name) for table, name in _NAMES.items() if table in found]
    if found:
        parts.append(_counted(sum(found.values()), "other row"))
    return (
        f"{' and '.join(parts)} can't be read, so what is damaged was left out; all else was used. "
        "Run 'panza-tui doctor --check', which finds it, then 'panza-tui doctor --repair'."
    )


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
