"""Load the settings from defaults, files, environment and command line into one frozen object.

Later sources override earlier ones: the defaults, the user's config folder, `--config FILE`,
environment variables `PANZA_<SECTION>_<KEY>`, the command line.
"""

from __future__ import annotations

import dataclasses
import difflib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.disk.regular_files import open_regular_or_link
from engine.errors import UsageError
from engine.settings.record import Settings, records, sections
from engine.settings.values import check_value, check_values, nearest_setting, parse_text, shown_key

_OTHER_VARIABLES = {
    "PANZA_HOME",
    "PANZA_EVENTS",
    "PANZA_PASSPHRASE_FILE",
    "PANZA_NEW_PASSPHRASE_FILE",
    "PANZA_KEYS_FD",
}

_TOO_LONG = re.compile(r"^([^=\n]{1,200})=\s*[+-]?\d[\d_]{4000}", re.MULTILINE)
"""The key of a whole number that Python does not read."""


def user_config() -> Path:
    """Return the path of the user's own panza.toml; it need not exist."""
    from platformdirs import user_config_path

    return user_config_path("panza-tui", appauthor=False) / "panza.toml"


def setting_sources(
    config: Path | None = None, environment: Mapping[str, str] | None = None
) -> list[tuple[str, dict[str, Any]]]:
    """Return (name, values by key) of each source; later sources override earlier ones."""
    sources = [("default", {key: record.default for key, record in records().items()})]
    for path in (user_config(), config):
        if path is not None and (path is config or path.exists()):
            sources.append((str(path), check_values(_flatten(_read(path), str(path)), str(path))))
    given = _from_environment(os.environ if environment is None else environment)
    return [*sources, ("environment", given)]


def load_settings(
    config: Path | None = None,
    overrides: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """Load all sources into one object.

    config: the file named with --config, or None. overrides: values from the command line, such as
    `{"drafting.seed": 3}`; None values are ignored. environment: None for os.environ. Raises
    UsageError, which names the source, the key and the most similar setting.
    """
    values: dict[str, Any] = {}
    for _, found in setting_sources(config, environment):
        values |= found
    given = {key: value for key, value in (overrides or {}).items() if value is not None}
    return _build(values | check_values(given, "the command line"))


def as_toml_values(settings: Settings) -> dict[str, dict[str, Any]]:
    """Return the settings as plain tables, for a run's card."""
    tables = dataclasses.asdict(settings)
    for table in tables.values():
        for key, value in table.items():
            if isinstance(value, tuple):
                table[key] = list(value)
    return tables


def from_toml_values(tables: Mapping[str, Any], source: str) -> Settings:
    """Return the settings that `as_toml_values` wrote; settings added since have their defaults."""
    return _build(check_values(_flatten(tables, source), source))


def settings_text(path: Path) -> str:
    """Return the text of a settings file. Raises OSError, also for a FIFO, which may be silent."""
    with open(path, encoding="utf-8", opener=open_regular_or_link) as file:
        return file.read()


def _read(path: Path) -> dict[str, Any]:
    import tomli

    text = ""
    try:
        text = settings_text(path)
        return tomli.loads(text)
    except OSError as error:
        raise UsageError(f"The settings file {path} can't be read ({error.strerror}).") from error
    except (tomli.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"The settings file {path} is not valid TOML: {error}.") from error
    except ValueError as error:  # Python reads no whole number of thousands of digits.
        found = _TOO_LONG.search(text)
        key = f" for {found[1].strip()}" if found else ""
        raise UsageError(
            f"The settings file {path} has a number of thousands of digits{key}."
        ) from error


def _flatten(tables: Mapping[str, Any], source: str) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for section, table in tables.items():
        shown = shown_key(section)
        if not isinstance(table, Mapping):
            raise UsageError(f"{source}: '{shown}' is outside a section; {nearest_setting(shown)}")
        if section not in sections():
            nearest = nearest_setting(shown_key(f"{shown}.{next(iter(table), '')}"))
            raise UsageError(f"{source}: there is no section '{shown}'; {nearest}")
        flat |= {f"{section}.{key}": value for key, value in table.items()}
    return flat


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    names = {"PANZA_" + key.replace(".", "_").upper(): key for key in records()}
    values: dict[str, Any] = {}
    for name, text in environment.items():
        if not name.startswith("PANZA_") or name in _OTHER_VARIABLES:
            continue
        if name not in names:
            near = difflib.get_close_matches(name, [*names, *_OTHER_VARIABLES], n=1, cutoff=0.0)
            raise UsageError(f"There is no setting {shown_key(name)}; the nearest is {near[0]}.")
        key = names[name]
        # Bytes that the locale could not decode are lone surrogates here, which nothing can store.
        text = os.fsencode(text).decode("utf-8", "replace")
        values[key] = check_value(key, parse_text(key, text), name)
    return values


def _build(values: Mapping[str, Any]) -> Settings:
    """Return the settings with these checked values by key, and defaults for all others."""
    tables: dict[str, dict[str, Any]] = {section: {} for section in sections()}
    for key, value in values.items():
        section, _, name = key.partition(".")
        tables[section][name] = value
    return Settings(**{name: kind(**tables[name]) for name, kind in sections().items()})
