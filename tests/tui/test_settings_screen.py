"""The settings screen on a real settings file."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
import tomli
from pilots import OneScreen, notified, shown, wait_until, words
from textual.pilot import Pilot
from textual.widgets import Checkbox, Input, Select, TextArea

from engine.settings.file import Setting
from panza_tui.settings_screen.home_service import HomeSettingsService
from panza_tui.settings_screen.rows import SettingRow
from panza_tui.settings_screen.screen import SettingsScreen


@pytest.fixture
def own(tmp_path, monkeypatch) -> Path:
    path = tmp_path / "panza.toml"
    path.write_text("# mine\n[drafting]\nseed = 7  # lucky\n", encoding="utf-8")
    monkeypatch.setattr("engine.settings.loading.user_config", lambda: path)
    return path


@pytest.fixture
def app(own) -> OneScreen:
    return OneScreen(SettingsScreen(HomeSettingsService(None)))


def row(app: OneScreen, key: str) -> SettingRow:
    return next(row for row in app.screen.query(SettingRow) if row.setting.record.key == key)


async def open_section(pilot, app: OneScreen, section: str) -> None:
    await wait_until(pilot, lambda: bool(app.screen.query(f"#{section}")))
    app.screen.query_one("#sections").active = section
    await wait_until(
        pilot,
        lambda: (
            bool(app.screen.query(SettingRow))
            and all(
                r.setting.record.key.startswith(f"{section}.") for r in app.screen.query(SettingRow)
            )
        ),
    )
    await pilot.pause()


def written(own: Path) -> dict:
    return tomli.loads(own.read_text(encoding="utf-8"))


async def test_a_number_is_saved_on_enter_and_the_comments_stay(app, own):
    async with app.run_test(size=(110, 30)) as pilot:
        await open_section(pilot, app, "drafting")
        editor = row(app, "drafting.seed").query_one(Input)
        assert editor.value == "7"
        editor.focus()
        editor.value = "9"
        await pilot.press("enter")
        await wait_until(pilot, lambda: written(own)["drafting"]["seed"] == 9)
        assert own.read_text(encoding="utf-8") == "# mine\n[drafting]\nseed = 9  # lucky\n"


async def test_what_does_not_fit_is_refused_in_place(app, own):
    async with app.run_test(size=(110, 40)) as pilot:
        await open_section(pilot, app, "drafting")
        editor = row(app, "drafting.top_p").query_one(Input)
        editor.focus()
        editor.value = "5"
        await pilot.press("enter")
        await wait_until(pilot, lambda: "must be between 0 and 1" in shown(app))
        assert "top_p" not in written(own)["drafting"]


async def test_a_choice_a_switch_and_a_long_text(app, own):
    async with app.run_test(size=(110, 40)) as pilot:
        await open_section(pilot, app, "drafting")
        row(app, "drafting.backend").query_one(Select).value = "llama-cpp"
        await wait_until(pilot, lambda: written(own)["drafting"].get("backend") == "llama-cpp")
        await open_section(pilot, app, "model")
        row(app, "model.allow_download").query_one(Checkbox).toggle()
        await wait_until(pilot, lambda: "model" in written(own))
        assert written(own)["model"] == {"allow_download": True}
        await open_section(pilot, app, "prompt")
        editor = row(app, "prompt.preamble").query_one(TextArea)
        editor.focus()
        editor.text = "Write as I do.\nBriefly."
        await pilot.press("escape")
        await wait_until(
            pilot, lambda: written(own).get("prompt") == {"preamble": "Write as I do.\nBriefly."}
        )


async def test_a_key_binding_with_two_keys_stays_one_when_another_is_added(app, own):
    own.write_text('[app]\nkeymap = ["chat.stop = ctrl+x,ctrl+z"]\n', encoding="utf-8")
    async with app.run_test(size=(110, 40)) as pilot:
        await open_section(pilot, app, "app")
        editor = row(app, "app.keymap").query_one(Input)
        editor.focus()
        editor.value += ", chat.accept = f12"
        await pilot.press("enter")
        both = ["chat.stop = ctrl+x,ctrl+z", "chat.accept = f12"]
        await wait_until(pilot, lambda: written(own)["app"]["keymap"] == both)


async def test_the_default_comes_back(app, own):
    async with app.run_test(size=(110, 40)) as pilot:
        await open_section(pilot, app, "drafting")
        seed = row(app, "drafting.seed")
        assert "● yours" in shown(app)
        seed.query_one(Input).focus()
        await pilot.press("ctrl+r")
        await wait_until(pilot, lambda: written(own)["drafting"] == {})
        assert seed.query_one(Input).value == "0"
        assert "● yours" not in shown(app)


async def test_the_themes_of_the_app_are_offered(app):
    async with app.run_test(size=(110, 40)) as pilot:
        await open_section(pilot, app, "app")
        offered = {name for _, name in row(app, "app.theme").query_one(Select)._options}
        assert {"panza", "high-contrast", "no-colour"} <= offered


async def test_a_file_that_is_not_toml_is_reported_and_left_alone(app, own):
    own.write_text("[drafting\n", encoding="utf-8")
    async with app.run_test(size=(110, 40)) as pilot:
        await wait_until(pilot, lambda: "not valid TOML" in words(app))
    assert own.read_text(encoding="utf-8") == "[drafting\n"


async def test_changes_wait_for_a_slow_disk_and_the_screen_does_not(app, own, monkeypatch):
    may_save = threading.Event()
    save = HomeSettingsService.save
    asked: list[str] = []

    def save_slowly(self: HomeSettingsService, key: str, text: str) -> Setting:
        asked.append(text)
        assert may_save.wait(30)
        return save(self, key, text)

    monkeypatch.setattr(HomeSettingsService, "save", save_slowly)
    async with app.run_test(size=(110, 40)) as pilot:
        await open_section(pilot, app, "drafting")
        editor = row(app, "drafting.seed").query_one(Input)
        editor.focus()
        editor.value = "8"
        await pilot.press("enter")
        await wait_until(pilot, lambda: asked == ["8"])
        editor.value = "9"
        await pilot.press("enter")
        editor.value = "10"  # Typing continues while the first value is saved.
        await pilot.pause()
        assert asked == ["8"]
        assert editor.value == "10"
        may_save.set()
        await wait_until(pilot, lambda: written(own)["drafting"]["seed"] == 9)
        assert asked == ["8", "9"]
        assert editor.value == "10"


async def test_what_was_typed_is_saved_when_another_section_is_opened(app, own):
    async with app.run_test(size=(110, 40)) as pilot:
        await open_section(pilot, app, "drafting")
        for key, typed in (("drafting.seed", "9"), ("drafting.top_p", "5")):
            row(app, key).query_one(Input).focus()
            row(app, key).query_one(Input).value = typed
        await pilot.press("ctrl+right")
        await wait_until(pilot, lambda: written(own)["drafting"]["seed"] == 9)
        await wait_until(pilot, lambda: "must be between 0 and 1" in notified(app) + shown(app))
        assert "top_p" not in written(own)["drafting"]
        await open_section(pilot, app, "drafting")
        assert row(app, "drafting.seed").query_one(Input).value == "9"
        assert row(app, "drafting.top_p").query_one(Input).value == "0.95"


@pytest.mark.parametrize("size", [(100, 30), (60, 20)])
def test_picture(snap_compare, app, own, size, monkeypatch):
    monkeypatch.setattr(HomeSettingsService, "file", "~/.config/panza-tui/panza.toml")

    async def next_section(pilot: Pilot[None]) -> None:
        await open_section(pilot, app, "user")
        await pilot.press("ctrl+right")
        await wait_until(pilot, lambda: "allow_download" in shown(app))

    assert snap_compare(app, terminal_size=size, run_before=next_section)
