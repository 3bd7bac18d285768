"""Read the settings from files and environment, and write changes to the user's file."""

from __future__ import annotations

from pathlib import Path

from engine.settings import parse_setting
from engine.settings.file import (
    Setting,
    describe_settings,
    remove_setting,
    settings_file,
    write_setting,
)


class HomeSettingsService:
    """A `SettingsService`. config: the file given with --config, to which changes are written."""

    def __init__(self, config: Path | None) -> None:
        self._config = config
        self._file = settings_file(config)

    @property
    def file(self) -> str:
        return str(self._file)

    def settings(self) -> list[Setting]:
        return describe_settings(self._config)

    def save(self, key: str, text: str) -> Setting:
        write_setting(self._file, key, parse_setting(key, text))
        return self._setting(key)

    def reset(self, key: str) -> Setting:
        remove_setting(self._file, key)
        return self._setting(key)

    def _setting(self, key: str) -> Setting:
        return next(setting for setting in self.settings() if setting.record.key == key)
