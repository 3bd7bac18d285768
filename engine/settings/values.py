"""The value of a setting: read from text, written as text, and checked against its record."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from engine.errors import UsageError
from engine.settings.record import records

_ENTRY = re.compile(r'\s*(?:"((?:[^"]|"")*)"|([^,]*))\s*(?:,|$)')
"""An entry of a list, in quotes or not, and the comma behind it."""

_TYPE_NAMES = {int: "a whole number", float: "a number", str: "a text", bool: "true or false"}


def parse_setting(key: str, text: str) -> Any:
    """Return what was typed for setting `key` as its type.

    The entries of a list are separated by commas; one that holds a comma is in double quotes.
    Raises UsageError, a line that names the setting, when it does not fit.
    """
    return check_value(key, parse_text(key, text.strip()), "Not saved")


def check_values(values: Mapping[str, Any], source: str) -> dict[str, Any]:
    """Return the values by key, each as its type. source: what an error message names.

    Raises UsageError for the first that is no setting or does not fit.
    """
    return {key: check_value(key, value, source) for key, value in values.items()}


def check_value(key: str, value: Any, source: str) -> Any:
    """Return one value as its type. Raises UsageError naming `source` when it does not fit."""
    record = records().get(key)
    if record is None:
        raise UsageError(f"{source}: there is no setting '{key}'; {nearest_setting(key)}")
    kind = record.kind
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if kind == tuple[str, ...]:
        if not isinstance(value, list | tuple) or not all(isinstance(v, str) for v in value):
            raise UsageError(f"{source}: '{key}' must be a list of texts, not {value!r}.")
        return tuple(value)
    if not isinstance(value, kind) or (kind is not bool and isinstance(value, bool)):
        raise UsageError(f"{source}: '{key}' must be {_TYPE_NAMES[kind]}, not {value!r}.")
    if record.choices and value not in record.choices:
        names = ", ".join(record.choices)
        raise UsageError(f"{source}: '{key}' must be one of {names}, not {value!r}.")
    if record.limits and not record.limits[0] <= value <= record.limits[1]:
        lowest, highest = record.limits
        raise UsageError(f"{source}: '{key}' must lie between {lowest} and {highest}, not {value}.")
    return value


def parse_text(key: str, text: str) -> Any:
    """Return a setting's text as its type; unchanged when it does not fit, for check_value."""
    kind = records()[key].kind
    if kind == tuple[str, ...]:
        return _parse_list(text, assignments=records()[key].assignments)
    if kind is bool:
        return {"true": True, "1": True, "false": False, "0": False}.get(text.lower(), text)
    if kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            return text
    return text


def format_value(key: str, value: Any) -> str:
    """Return a setting's value as it is typed: parse_setting gives the same value again."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return _format_list(value, assignments=records()[key].assignments)
    if isinstance(value, float) and float(f"{value:g}") == value:
        return f"{value:g}"
    return str(value)


def _parse_list(text: str, *, assignments: bool) -> list[str]:
    """Return the entries of a list. assignments: as in Record."""
    entries: list[str] = []
    for match in _ENTRY.finditer(text):
        quoted, plain = match.groups()
        if quoted is not None:
            entries.append(quoted.replace('""', '"'))
        elif not (plain := plain.strip()):
            continue
        elif assignments and "=" not in plain and entries:
            entries[-1] += f",{plain}"
        else:
            entries.append(plain)
    return entries


def _format_list(entries: Sequence[str], *, assignments: bool) -> str:
    """Write the entries of a list, in quotes if they would be read as others without."""
    text = ", ".join(entries)
    if _parse_list(text, assignments=assignments) == list(entries):
        return text
    return ", ".join('"' + entry.replace('"', '""') + '"' for entry in entries)


def nearest_setting(key: str) -> str:
    """Return a hint for a mistyped key: the setting whose name is nearest."""
    near = difflib.get_close_matches(key, records(), n=1, cutoff=0.0)
    return f"the nearest is '{near[0]}'."
