"""The value of a setting: read from text, and checked against its type, limits and choices."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from engine.errors import UsageError
from engine.settings.record import records

_TYPE_NAMES = {int: "a whole number", float: "a number", str: "a text", bool: "true or false"}


def parse_setting(key: str, text: str) -> Any:
    """Return what was typed for setting `key` as its type; a list is separated by commas.

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
        return [part.strip() for part in text.split(",") if part.strip()]
    if kind is bool:
        return {"true": True, "1": True, "false": False, "0": False}.get(text.lower(), text)
    if kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            return text
    return text


def nearest_setting(key: str) -> str:
    """Return a hint for a mistyped key: the setting whose name is nearest."""
    near = difflib.get_close_matches(key, records(), n=1, cutoff=0.0)
    return f"the nearest is '{near[0]}'."
