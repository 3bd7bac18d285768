"""The settings' screen: a tab for each section of panza.toml, a row for each setting."""

from __future__ import annotations

from collections.abc import Sequence
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
from panza_tui.terminal.failures import one_line
from panza_tui.terminal.sanitise import safe_line


class SettingsScreen(Screen[None]):
    """Each change is checked, written to the file at once, and holds from the next work on."""

    CSS_PATH = "settings.tcss"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+r", "reset", "Default", priority=True, id="settings.reset"),
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
        self._settings: dict[str, list[Setting]] = {}

    def compose(self) -> ComposeResult:
        yield TopLine("settings")
        yield Tabs(id="sections")
        yield VerticalScroll(id="rows")
        yield Static("", id="file", markup=False)
        yield KeyLine()

    async def on_mount(self) -> None:
        self.query_one("#file", Static).update(f"Written to {safe_line(self._service.file)}")
        try:
            for setting in self._service.settings():
                section = setting.record.key.partition(".")[0]
                self._settings.setdefault(section, []).append(setting)
        except Exception as error:
            line = Static(f"! {one_line(error)}", classes="error", markup=False)
            await self.query_one("#rows").mount(line)
        tabs = self.query_one(Tabs)
        for section in self._settings:
            await tabs.add_tab(Tab(section, id=section))

    @on(Tabs.TabActivated)
    async def _show_section(self, event: Tabs.TabActivated) -> None:
        rows = self.query_one("#rows", VerticalScroll)
        await rows.remove_children()
        settings = self._settings[event.tab.id or ""]
        await rows.mount_all([SettingRow(setting, self._choices(setting)) for setting in settings])
        rows.scroll_home(animate=False)

    @on(SettingRow.Changed)
    def _save(self, event: SettingRow.Changed) -> None:
        try:
            self._took(event.row, self._service.save(event.row.setting.record.key, event.text))
        except Exception as error:
            event.row.refuse(one_line(error))

    def action_reset(self) -> None:
        """Let the default of the setting that has the focus hold again."""
        around = self.focused.ancestors_with_self if self.focused else ()
        row = next((node for node in around if isinstance(node, SettingRow)), None)
        if row is None:
            self.notify("Go to a setting first; Tab moves from one to the next.", markup=False)
            return
        try:
            self._took(row, self._service.reset(row.setting.record.key))
        except Exception as error:
            row.refuse(one_line(error))

    def action_section(self, steps: int) -> None:
        tabs = self.query_one(Tabs)
        if steps > 0:
            tabs.action_next_tab()
        else:
            tabs.action_previous_tab()

    def _took(self, row: SettingRow, setting: Setting) -> None:
        row.show(setting)
        section = self._settings[setting.record.key.partition(".")[0]]
        section[:] = [setting if old.record.key == setting.record.key else old for old in section]
        self.post_message(SettingsChanged(setting.record.key))

    def _choices(self, setting: Setting) -> Sequence[str]:
        return sorted(self.app.available_themes) if setting.record.key == "app.theme" else ()
