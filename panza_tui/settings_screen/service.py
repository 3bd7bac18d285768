"""What the settings' form needs; it knows this protocol and no file."""

from __future__ import annotations

from typing import Protocol

from engine.settings.file import Setting


class SettingsService(Protocol):
    """The settings and the file that changes go into. Every method is quick.

    All raise PanzaError, a line for the reader, when they can't do their work.
    """

    @property
    def file(self) -> str:
        """The path of the file that changes go into."""

    def settings(self) -> list[Setting]:
        """Every setting in the order of the shipped file, as it holds now."""

    def save(self, key: str, text: str) -> Setting:
        """Write what was typed for a setting, and return it as it holds then."""

    def reset(self, key: str) -> Setting:
        """Take a setting out of the file, and return it as it holds then."""
