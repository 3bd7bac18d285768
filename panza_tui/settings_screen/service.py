"""The protocol of what the settings screen needs; the screen knows nothing behind it."""

from __future__ import annotations

from typing import Protocol

from engine.settings.file import Setting


class SettingsService(Protocol):
    """The settings, and the file that changes are saved in.

    Methods read and write files, and are called from threads, one change at a time. They raise
    PanzaError with a line for the user.
    """

    @property
    def file(self) -> str:
        """The path of the file that changes are saved in."""

    def settings(self) -> list[Setting]:
        """Return every setting with its present value, in the order of the shipped file."""

    def save(self, key: str, text: str) -> Setting:
        """Save what was typed for a setting; return it with its new value."""

    def reset(self, key: str) -> Setting:
        """Remove a setting from the file; return it with its new value."""
