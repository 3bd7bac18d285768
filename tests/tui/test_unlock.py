"""The window that asks for the passphrase of an encrypted home."""

from __future__ import annotations

import pytest
from textual.widgets import Input, Static

from engine.encryption.unlocked import LockedError
from panza_tui.shell.unlock import UnlockApp


@pytest.fixture
def app() -> UnlockApp:
    def unlock(typed: str) -> None:
        if typed != "Käsekuchen!":
            raise LockedError("The passphrase is wrong; nothing was changed.")

    return UnlockApp(unlock, "no such theme")


async def test_a_wrong_passphrase_is_asked_again_and_never_shown(app: UnlockApp) -> None:
    async with app.run_test() as pilot:
        field = app.query_one(Input)
        assert field.password
        await pilot.press(*"secret", "enter")
        await pilot.pause()
        assert "The passphrase is wrong" in str(app.query_one(Static).render())
        assert field.value == ""
        field.value = "Käsekuchen!"
        assert "Käse" not in str(field.render_line(0).text)
        await pilot.press("enter")
        await pilot.pause()
    assert app.return_value is True


async def test_who_leaves_unlocks_nothing(app: UnlockApp) -> None:
    async with app.run_test() as pilot:
        await pilot.press("escape")
        await pilot.pause()
    assert app.return_value is None
