"""Describe the settings for a form, and write changes to the user's file.

A change keeps the file's comments and order.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from engine.disk import durable
from engine.errors import PanzaError
from engine.settings import loading
from engine.settings.record import Record, records


@dataclass(frozen=True)
class Setting:
    """A setting and the value it has now.

    origin: the source that the value comes from: 'default', a file's path, or 'environment'.
    """

    record: Record
    value: Any
    origin: str


def describe_settings(config: Path | None = None) -> list[Setting]:
    """Return every setting in the order of the shipped file, with its present value.

    Raises UsageError for a file that can't be read or contains unknown settings.
    """
    sources = loading.setting_sources(config)
    described = []
    for key, record in records().items():
        origin, value = next(
            (name, values[key]) for name, values in reversed(sources) if key in values
        )
        described.append(Setting(record, value, origin))
    return described


def settings_file(config: Path | None) -> Path:
    """Return the file that changes go into: the one named with --config, else the user's own."""
    return config or loading.user_config()


def write_setting(path: Path, key: str, value: Any) -> None:
    """Change a setting in the TOML file at `path`, which is created if it does not exist.

    value: as returned by parse_setting. Raises PanzaError, and leaves the file unchanged.
    """
    document = _open(path)
    section, _, name = key.partition(".")
    if section not in document:
        document[section] = tomlkit.table()
    _table(document, section, path)[name] = list(value) if isinstance(value, tuple) else value
    _replace(path, tomlkit.dumps(document))


def remove_setting(path: Path, key: str) -> None:
    """Remove a setting from the file, so that its default applies. Raises PanzaError."""
    document = _open(path)
    section, _, name = key.partition(".")
    with contextlib.suppress(KeyError):
        del _table(document, section, path)[name]
        _replace(path, tomlkit.dumps(document))


def _open(path: Path) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(loading.settings_text(path))
    except FileNotFoundError:
        return tomlkit.document()
    except (OSError, TOMLKitError, ValueError, RecursionError) as error:
        raise PanzaError(f"{path} can't be read as TOML ({error}); it was left alone.") from error


def _table(document: tomlkit.TOMLDocument, section: str, path: Path) -> MutableMapping[str, Any]:
    """Return a section. Raises KeyError if there is none, PanzaError if it is something else."""
    table = document[section]
    if not isinstance(table, MutableMapping):
        raise PanzaError(f"In {path}, '{section}' is no section; the file was left alone.")
    return table


def _replace(path: Path, text: str) -> None:
    target = path.resolve()  # The user may keep the file elsewhere and link to it.
    temporary = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary.unlink(missing_ok=True)
        with open(temporary, "x", encoding="utf-8") as file:
            file.write(text)
        if target.exists():
            temporary.chmod(target.stat().st_mode & 0o777)
        durable.replace(temporary, target)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise PanzaError(
            f"{path} can't be written ({error.strerror}); the file is unchanged."
        ) from error
