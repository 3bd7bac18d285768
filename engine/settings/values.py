"""Parse the value of a setting from text, format it as text, and check it against its record."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from engine.errors import UsageError
from engine.settings.record import NumberOrAuto, records

_ENTRY = re.compile(r'\s*(?:"((?:[^"]|"")*)"|([^,]*))\s*(?:,|$)')
"""An entry of a list, quoted or not, and the comma after it."""

_LONGEST_SHOWN = 100
"""Characters of a wrong value that its error message shows."""

_TYPE_NAMES = {
    int: "a whole number",
    NumberOrAuto: "a whole number or auto",
    float: "a number",
    str: "a text",
    bool: "true or false",
}


def parse_setting(key: str, text: str) -> Any:
    """Parse the text typed for setting `key`.

    The entries of a list are separated by commas; an entry that contains a comma is in double
    quotes. Raises UsageError, which names the setting, for an invalid value.
    """
    return check_value(key, parse_text(key, text.strip()), "Not saved")


def check_values(values: Mapping[str, Any], source: str) -> dict[str, Any]:
    """Check values by key, and return each with its setting's type.

    source: the name of the source in error messages. Raises UsageError for the first unknown
    setting or invalid value.
    """
    return {key: check_value(key, value, source) for key, value in values.items()}


def check_value(key: str, value: Any, source: str) -> Any:
    """Check a value, and return it with its setting's type. Raises UsageError, naming `source`."""
    record = records().get(key)
    if record is None:
        shown = shown_key(key)
        raise UsageError(f"{source}: there is no setting '{shown}'; {nearest_setting(shown)}")
    kind = record.kind
    shown = _shown(value)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = _as_float(value)
    if kind == tuple[str, ...]:
        if not isinstance(value, list | tuple) or not all(isinstance(v, str) for v in value):
            raise UsageError(f"{source}: '{key}' must be a list of texts, not {shown}.")
        return tuple(value)
    if kind == NumberOrAuto and value == "auto":
        return value
    types = int if kind == NumberOrAuto else kind
    if not isinstance(value, types) or (kind is not bool and isinstance(value, bool)):
        raise UsageError(f"{source}: '{key}' must be {_TYPE_NAMES[kind]}, not {shown}.")
    if record.choices and value not in record.choices:
        names = ", ".join(record.choices)
        raise UsageError(f"{source}: '{key}' must be one of {names}, not {shown}.")
    if record.limits and not record.limits[0] <= value <= record.limits[1]:
        lowest, highest = record.limits
        raise UsageError(f"{source}: '{key}' must be between {lowest} and {highest}, not {shown}.")
    return value


def _as_float(number: int) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def shown_key(key: str) -> str:
    """Return a key as an error message shows it, which may be any text of a file."""
    return " ".join(key.split())[:_LONGEST_SHOWN]


def _shown(value: Any) -> str:
    """Return a value as an error message shows it, which may come from a file or a request."""
    try:
        text = repr(value)
    except ValueError:  # Python does not write out a number of thousands of digits.
        return "a number of thousands of digits"
    except RecursionError:
        return "lists in lists without end"
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def parse_text(key: str, text: str) -> Any:
    """Convert text to a setting's type; text that can't be converted is left to check_value."""
    kind = records()[key].kind
    if kind == tuple[str, ...]:
        return _parse_list(text, assignments=records()[key].assignments)
    if kind is bool:
        return {"true": True, "1": True, "false": False, "0": False}.get(text.lower(), text)
    if kind in (int, float, NumberOrAuto):
        try:
            return float(text) if kind is float else int(text)
        except ValueError:
            return text
    return text


def format_value(key: str, value: Any) -> str:
    """Format a setting's value as text, from which parse_setting returns the same value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return _format_list(value, assignments=records()[key].assignments)
    if isinstance(value, float) and float(f"{value:g}") == value:
        return f"{value:g}"
    return str(value)


def _parse_list(text: str, *, assignments: bool) -> list[str]:
    """Parse the entries of a list. assignments: see Record."""
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
    """Format the entries of a list, in quotes if they could not be parsed back without."""
    text = ", ".join(entries)
    if _parse_list(text, assignments=assignments) == list(entries):
        return text
    return ", ".join('"' + entry.replace('"', '""') + '"' for entry in entries)


def nearest_setting(key: str) -> str:
    """Return a hint for a mistyped key: the setting whose name is nearest."""
    near = difflib.get_close_matches(key, records(), n=1, cutoff=0.0)
    return f"the nearest is '{near[0]}'."
