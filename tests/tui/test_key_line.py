"""The line of keys: what fits, always the help, and clicks."""

from __future__ import annotations

from typing import ClassVar

import pytest
from pilots import OneScreen, shown, wait_until
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import Screen
from textual.widgets import Input

from panza_tui.shell.key_line import KeyLine

NAMES = ("Search", "Filter", "Edit", "Redo", "Leave out", "Forget", "Answer")


class ManyKeys(Screen[None]):
    """Knows which of its keys do something only once it is composed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(f"f{number}", f"press('{name}')", name) for number, name in enumerate(NAMES, 2)),
        Binding("f12", "enlarge", "Enlarge"),
        Binding("f1", "help", "Help"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.pressed: list[str] = []

    def compose(self) -> ComposeResult:
        yield KeyLine()
        with Vertical(), Vertical():
            yield Input()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "enlarge" or bool(self.query_one(Input).value)

    def action_press(self, name: str) -> None:
        self.pressed.append(name)

    def action_help(self) -> None:
        self.pressed.append("Help")


def last_line(app: OneScreen) -> str:
    return shown(app).splitlines()[-1]


@pytest.mark.parametrize(("columns", "fitting"), [(60, 4), (40, 2), (200, 7), (14, 0)])
async def test_the_help_key_is_shown_at_any_width(columns: int, fitting: int) -> None:
    app = OneScreen(ManyKeys())
    async with app.run_test(size=(columns, 10)) as pilot:
        await wait_until(pilot, lambda: "Help" in last_line(app))
        assert [name for name in NAMES if name in last_line(app)] == list(NAMES[:fitting])
        await pilot.resize_terminal(200, 10)
        await wait_until(pilot, lambda: NAMES[-1] in last_line(app))


async def test_a_click_presses_a_key_and_new_keys_come() -> None:
    screen = ManyKeys()
    app = OneScreen(screen)
    async with app.run_test(size=(140, 10)) as pilot:
        await wait_until(pilot, lambda: "Help" in last_line(app))
        await pilot.click(KeyLine, offset=(last_line(app).index("Edit") + 1, 0))
        await wait_until(pilot, lambda: screen.pressed == ["Edit"])
        await pilot.click(KeyLine, offset=(last_line(app).index("f1"), 0))
        await wait_until(pilot, lambda: screen.pressed == ["Edit", "Help"])
        assert "Enlarge" not in last_line(app)
        await pilot.press("a")
        screen.refresh_bindings()
        await wait_until(pilot, lambda: "Enlarge" in last_line(app))
