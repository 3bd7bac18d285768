"""The settings as a form shows them, and their file, written without harming its comments."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Comment, Table

from engine.errors import PanzaError
from engine.settings import setting_choices, setting_sources, shipped_defaults, user_config


@dataclass(frozen=True)
class Setting:
    """One setting. about: the line on what it does. origin: the source its value comes from:
    'default', a file's path, or 'environment'. choices: empty when any value of its type goes.
    """

    key: str
    about: str
    value: Any
    default: Any
    origin: str
    choices: tuple[str, ...]


def describe_settings(config: Path | None = None) -> list[Setting]:
    """Every setting in the order of the shipped file, with the value that holds now.

    Raises UsageError for a file that can't be read or holds what is no setting.
    """
    sources = setting_sources(config)
    defaults = sources[0][1]
    about = _comments()
    described = []
    for key, default in defaults.items():
        origin, value = next(
            (name, values[key]) for name, values in reversed(sources) if key in values
        )
        described.append(
            Setting(key, about[key], _fixed(value), _fixed(default), origin, setting_choices(key))
        )
    return described


def settings_file(config: Path | None) -> Path:
    """The file that changes go into: the one named with --config, else the user's own."""
    return config or user_config()


def write_setting(path: Path, key: str, value: Any) -> None:
    """Set `section.name` in the TOML file at `path`, made when absent; all else stays as it is.

    value: as engine.settings.parse_setting gives it. Raises PanzaError; the file is whole then.
    """
    document = _open(path)
    section, _, name = key.partition(".")
    if section not in document:
        document[section] = tomlkit.table()
    document[section][name] = list(value) if isinstance(value, tuple) else value
    _replace(path, tomlkit.dumps(document))


def remove_setting(path: Path, key: str) -> None:
    """Take a setting out of the file, so that the default holds. Raises PanzaError."""
    document = _open(path)
    section, _, name = key.partition(".")
    with contextlib.suppress(KeyError):
        del document[section][name]
        _replace(path, tomlkit.dumps(document))


def _fixed(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _open(path: Path) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return tomlkit.document()
    except (OSError, TOMLKitError, UnicodeDecodeError) as error:
        raise PanzaError(f"{path} can't be read as TOML ({error}); it was left alone.") from error


def _replace(path: Path, text: str) -> None:
    target = path.resolve()  # The user may keep the file elsewhere and link to it.
    draft = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(text, encoding="utf-8")
        if target.exists():
            draft.chmod(target.stat().st_mode & 0o777)
        draft.replace(target)
    except OSError as error:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise PanzaError(
            f"{path} can't be written ({error.strerror}); the older one was kept."
        ) from error


def _comments() -> dict[str, str]:
    """Setting -> its comment in the shipped file, continued lines joined."""
    document = tomlkit.parse(shipped_defaults().read_text(encoding="utf-8"))
    comments: dict[str, str] = {}
    for section, table in document.items():
        assert isinstance(table, Table)
        newest = ""
        for key, item in table.value.body:
            if key is not None:
                newest = f"{section}.{key.key}"
                comments[newest] = item.trivia.comment.lstrip("# ")
            elif isinstance(item, Comment) and item.trivia.indent.strip(" ") == "":
                comments[newest] += " " + item.trivia.comment.lstrip("# ")
    return comments
