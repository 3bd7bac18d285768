"""The settings of the form, and their file: comments and order in it stay."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
import tomli

from engine.errors import PanzaError, UsageError
from engine.settings import load_settings, parse_setting
from engine.settings.file import describe_settings, remove_setting, write_setting
from engine.settings.record import records
from engine.settings.values import format_value

WRITTEN = """# mine, since 2019

[drafting]
seed = 3   # a lucky one
# threads = 4

[user]
addresses = ["sam@example.org"]
"""


@pytest.fixture(autouse=True)
def own(tmp_path, monkeypatch) -> Path:
    path = tmp_path / "config" / "panza.toml"
    monkeypatch.setattr("engine.settings.loading.user_config", lambda: path)
    return path


def test_every_setting_is_described_with_its_line_and_its_default():
    described = describe_settings()
    assert {s.record.key for s in described} == set(records())
    assert all(s.record.help for s in described)
    assert all(s.value == s.record.default and s.origin == "default" for s in described)
    [backend] = [s for s in described if s.record.key == "drafting.backend"]
    assert backend.record.choices == ("auto", "llama-cpp", "transformers")


def test_each_value_names_its_source(own, tmp_path, monkeypatch):
    own.parent.mkdir()
    own.write_text("[drafting]\nseed = 1\ntop_p = 0.5\nmax_tokens = 9\n", encoding="utf-8")
    named = tmp_path / "named.toml"
    named.write_text("[drafting]\ntop_p = 0.6\nmax_tokens = 10\n", encoding="utf-8")
    monkeypatch.setenv("PANZA_DRAFTING_MAX_TOKENS", "11")
    found = {s.record.key: (s.value, s.origin) for s in describe_settings(named)}
    assert found["drafting.seed"] == (1, str(own))
    assert found["drafting.top_p"] == (0.6, str(named))
    assert found["drafting.max_tokens"] == (11, "environment")


@pytest.mark.parametrize("text", ["drafting = 3\n", "drafting = []\n", "[[drafting]]\nseed = 1\n"])
def test_what_is_no_section_is_left_alone(own, text):
    own.parent.mkdir()
    own.write_text(text, encoding="utf-8")
    with pytest.raises(PanzaError, match="'drafting' is no section"):
        write_setting(own, "drafting.seed", 5)
    with pytest.raises(PanzaError, match="'drafting' is no section"):
        remove_setting(own, "drafting.seed")
    assert own.read_text(encoding="utf-8") == text


def test_comments_and_order_survive_a_change(own):
    own.parent.mkdir()
    own.write_text(WRITTEN, encoding="utf-8")
    write_setting(own, "drafting.seed", 5)
    assert own.read_text(encoding="utf-8") == WRITTEN.replace("seed = 3", "seed = 5")


def test_a_change_and_its_reset_leave_the_other_settings_alone(own):
    own.parent.mkdir()
    own.write_text(WRITTEN, encoding="utf-8")
    write_setting(
        own, "user.addresses", parse_setting("user.addresses", "a@b.example, c@d.example")
    )
    write_setting(own, "app.theme", "nord")
    assert load_settings(environment={}).user.addresses == ("a@b.example", "c@d.example")
    assert load_settings(environment={}).app.theme == "nord"
    remove_setting(own, "user.addresses")
    remove_setting(own, "rosa.r")  # Was never there.
    left = tomli.loads(own.read_text(encoding="utf-8"))
    assert left == {"drafting": {"seed": 3}, "user": {}, "app": {"theme": "nord"}}
    assert "# mine, since 2019" in own.read_text(encoding="utf-8")


LISTS = [key for key, record in records().items() if isinstance(record.default, tuple)]
ENTRIES = [
    [],
    ["one"],
    ["one", "two"],
    ["chat.stop = ctrl+x,ctrl+z"],
    ["chat.stop = ctrl+x, ctrl+z", "chat.accept = f12"],
    ["chat.accept = f12", "chat.stop = ctrl+x,ctrl+z", "app.quit = ctrl+d"],
    ["one,two", "three"],
    ['say "hi"', '"', '"quoted"', "'"],
    [" one ", "", ","],
    ["no assignment", "a = b", "nor this"],
    ["a=b@example.org", "c@example.org"],
]


@pytest.mark.parametrize("entries", ENTRIES)
@pytest.mark.parametrize("key", LISTS)
def test_every_list_is_the_same_after_it_was_shown_typed_and_saved(own, key, entries):
    shown = format_value(key, tuple(entries))
    write_setting(own, key, parse_setting(key, shown))
    section, _, name = key.partition(".")
    assert getattr(getattr(load_settings(environment={}), section), name) == tuple(entries)
    variable = f"PANZA_{section}_{name}".upper()
    given = load_settings(environment={variable: shown})
    assert getattr(getattr(given, section), name) == tuple(entries)


@pytest.mark.parametrize(
    "value", [0.3, 1e-3, 0.1 + 0.2, 12345.6789, 7, True, "a, b", 'say "hi"', ""]
)
def test_other_values_are_typed_as_they_are_shown(value):
    key = {float: "rosa.alpha", int: "rosa.r", bool: "app.mouse", str: "user.name"}[type(value)]
    assert parse_setting(key, format_value(key, value)) == value


def test_a_key_with_two_keys_needs_no_quotes():
    typed = "chat.stop = ctrl+x,ctrl+z, chat.accept = f12"
    assert parse_setting("app.keymap", typed) == ("chat.stop = ctrl+x,ctrl+z", "chat.accept = f12")
    assert format_value("app.keymap", parse_setting("app.keymap", typed)) == typed


def test_the_file_is_made_where_there_is_none(own):
    write_setting(own, "rosa.d", 0.02)
    assert load_settings(environment={}).rosa.d == 0.02


def test_a_linked_file_stays_a_link_and_keeps_its_mode(own, tmp_path):
    kept = tmp_path / "dotfiles.toml"
    kept.write_text(WRITTEN, encoding="utf-8")
    kept.chmod(0o640)
    own.parent.mkdir()
    own.symlink_to(kept)
    write_setting(own, "drafting.seed", 8)
    assert own.is_symlink()
    assert "seed = 8" in kept.read_text(encoding="utf-8")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o640


def test_a_file_that_is_not_toml_is_left_alone(own):
    own.parent.mkdir()
    own.write_text("[drafting\n", encoding="utf-8")
    with pytest.raises(PanzaError, match="left alone"):
        write_setting(own, "drafting.seed", 1)
    assert own.read_text(encoding="utf-8") == "[drafting\n"


@pytest.mark.parametrize(
    ("key", "text"),
    [("drafting.seed", "many"), ("drafting.top_p", "2"), ("drafting.backend", "cloud")],
)
def test_what_does_not_fit_is_refused_in_a_line(key, text):
    with pytest.raises(UsageError, match=key):
        parse_setting(key, text)
