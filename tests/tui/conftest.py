"""Fixtures for all tests of the screens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from panza_tui.shell.modes import ModesApp


@pytest.fixture(autouse=True)
def mishaps(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Exception]]:
    """Fail a test in which the app survived an error of a screen, unless the test clears it."""
    survived: list[Exception] = []
    begin = ModesApp.__init__

    def begin_noting(app: ModesApp, *arguments: Any) -> None:
        begin(app, *arguments)
        app.survived = survived

    monkeypatch.setattr(ModesApp, "__init__", begin_noting)
    yield survived
    assert survived == []
