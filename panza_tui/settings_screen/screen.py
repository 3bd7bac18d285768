"""The settings screen: a tab for each section of panza.toml, a row for each setting."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import Static, Tab, Tabs

from engine.settings.file import Setting
from panza_tui.settings_screen.rows import SettingRow
from panza_tui.settings_screen.service import SettingsService
from panza_tui.shell.key_line import KeyLine
from panza_tui.shell.messages import SettingsChanged
from panza_tui.shell.top_line import TopLine
from panza_tui.shell.workers import run_in_thread
from panza_tui.terminal.sanitise import safe_line


@dataclass(frozen=True)
class Change:
    """A change of a setting. text: what was typed; None for a reset."""

    key: str
    text: str | None
    make: Callable[[], Setting]


class SettingsScreen(Screen[None]):
    """Checks each change and saves it at once; it applies to work started afterwards."""

    CSS_PATH = "settings.tcss"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+r", "reset", "Reset", priority=True, id="settings.reset"),
        Binding("ctrl+right", "section(1)", "Next section", priority=True, id="settings.next"),
        Binding(
            "ctrl+left",
            "section(-1)",
            "Previous section",
            show=False,
            priority=True,
            id="settings.previous",
        ),
    ]

    def __init__(self, service: SettingsService) -> None:
        super().__init__()
        self._service = service
        self._settings: dict[str, list[Setting]] = {}  # Section -> its settings.
        self._changes: deque[Change] = deque()  # The first one is being made.

    def compose(self) -> ComposeResult:
        yield TopLine("settings")
        yield Tabs(id="sections")
        yield VerticalScroll(id="rows")
        yield Static(f"Saved in {safe_line(self._service.file)}", id="file", markup=False)
        yield KeyLine()

    def on_mount(self) -> None:
        run_in_thread(
            self, self._service.settings, self._show_settings, self._show_error, group="read"
        )

    async def _show_settings(self, settings: list[Setting]) -> None:
        for setting in settings:
            section = setting.record.key.partition(".")[0]
            self._settings.setdefault(section, []).append(setting)
        tabs = self.query_one(Tabs)
        for section in self._settings:
            await tabs.add_tab(Tab(section, id=section))

    def _show_error(self, error: str) -> None:
        self.query_one("#rows").mount(Static(f"! {error}", classes="error", markup=False))

    @on(Tabs.TabActivated)
    async def _show_section(self, event: Tabs.TabActivated) -> None:
        for row in self.query(SettingRow):
            if (typed := row.unsaved) is not None:
                self._save(row.key, typed)
        rows = self.query_one("#rows", VerticalScroll)
        await rows.remove_children()
        settings = self._settings[event.tab.id or ""]
        await rows.mount_all([SettingRow(setting, self._choices(setting)) for setting in settings])
        rows.scroll_home(animate=False)

    def _choices(self, setting: Setting) -> Sequence[str]:
        return sorted(self.app.available_themes) if setting.record.key == "app.theme" else ()

    # Changes, one at a time and in order, because each rewrites the file

    @on(SettingRow.Changed)
    def _save_changed(self, event: SettingRow.Changed) -> None:
        self._save(event.key, event.text)

    def _save(self, key: str, text: str) -> None:
        self._change(Change(key, text, partial(self._service.save, key, text)))

    def action_reset(self) -> None:
        """Reset the setting that has the focus to its default."""
        around = self.focused.ancestors_with_self if self.focused else ()
        row = next((node for node in around if isinstance(node, SettingRow)), None)
        if row is None:
            self.notify("Select a setting first; Tab moves from one to the next.", markup=False)
        else:
            self._change(Change(row.key, None, partial(self._service.reset, row.key)))

    def _change(self, change: Change) -> None:
        self._changes.append(change)
        if len(self._changes) == 1:
            self._make_change()

    def _make_change(self) -> None:
        change = self._changes[0]
        run_in_thread(self, change.make, self._changed, self._change_failed, group="change")

    def _changed(self, setting: Setting) -> None:
        change = self._changes.popleft()
        section = self._settings[change.key.partition(".")[0]]
        section[:] = [setting if old.record.key == change.key else old for old in section]
        if row := self._row(change.key):
            row.show(setting, change.text)
        self.post_message(SettingsChanged(change.key))
        if self._changes:
            self._make_change()

    def _change_failed(self, error: str) -> None:
        change = self._changes.popleft()
        if row := self._row(change.key):
            row.show_error(error)
        else:
            self.notify(error, severity="error", markup=False)
        if self._changes:
            self._make_change()

    def _row(self, key: str) -> SettingRow | None:
        """The row of a setting; None if another section is shown."""
        return next((row for row in self.query(SettingRow) if row.key == key), None)

    def action_section(self, steps: int) -> None:
        """Show the next section, or the one before."""
        tabs = self.query_one(Tabs)
        if steps > 0:
            tabs.action_next_tab()
        else:
            tabs.action_previous_tab()
