"""Settings: one default for each, five sources in order, and one line for every mistake."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import tomli
import tomlkit
from tomlkit.items import Comment

from engine.errors import PanzaError, UsageError
from engine.settings import (
    Settings,
    as_toml_values,
    from_toml_values,
    load_settings,
    parse_setting,
)
from engine.settings.file import write_setting
from engine.settings.record import records
from engine.settings.values import check_value, check_values, format_value

PROJECT = Path(__file__).resolve().parents[3]
SHIPPED = PROJECT / "engine" / "panza.toml"


@pytest.fixture(autouse=True)
def own_config(tmp_path, monkeypatch) -> Path:
    """The path of the user's panza.toml, which does not exist."""
    path = tmp_path / "config" / "panza.toml"
    path.parent.mkdir()
    monkeypatch.setattr("engine.settings.loading.user_config", lambda: path)
    return path


def load(text: str, tmp_path: Path) -> Settings:
    path = tmp_path / "given.toml"
    path.write_text(text, encoding="utf-8")
    return load_settings(path, environment={})


# --- the shipped defaults


def test_the_shipped_file_shows_every_setting_with_its_default():
    shipped = tomli.loads(SHIPPED.read_text(encoding="utf-8"))
    values = {
        f"{section}.{key}": value for section in shipped for key, value in shipped[section].items()
    }
    assert list(values) == list(records())
    for key, record in records().items():
        assert check_value(key, values[key], "panza.toml") == record.default, key
    assert from_toml_values(shipped, "panza.toml") == Settings() == load_settings(environment={})


def test_the_shipped_file_shows_the_help_of_every_setting():
    document = tomlkit.parse(SHIPPED.read_text(encoding="utf-8"))
    shown: dict[str, str] = {}
    for section, table in document.items():
        for key, item in table.value.body:
            if key is not None:
                newest = f"{section}.{key.key}"
                shown[newest] = item.trivia.comment.lstrip("# ")
            elif isinstance(item, Comment) and not item.trivia.indent.strip(" "):
                shown[newest] += " " + item.trivia.comment.lstrip("# ")
    assert shown == {key: record.help for key, record in records().items()}


def test_the_package_contains_the_settings_file_of_the_repository():
    assert SHIPPED.read_bytes() == (PROJECT / "panza.toml").read_bytes()


def test_every_default_is_within_its_own_limits():
    assert check_values({k: r.default for k, r in records().items()}, "defaults")
    assert from_toml_values(as_toml_values(load_settings(environment={})), "defaults")


def test_every_number_and_every_choice_has_its_limits():
    free = {"prompt.preamble", "model.base", "playback.model", "user.name", "app.theme"}
    bounded = {r.key for r in records().values() if r.kind in (int, float, str)}
    assert {key for key in bounded if not records()[key].limits + records()[key].choices} == free


# --- sources


def test_later_sources_win(own_config, tmp_path):
    own_config.write_text("[drafting]\nseed = 1\nmax_tokens = 1\ntop_p = 0.1\nthreads = 1\n")
    given = tmp_path / "given.toml"
    given.write_text("[drafting]\nseed = 2\nmax_tokens = 2\ntop_p = 0.2\n")
    environment = {"PANZA_DRAFTING_SEED": "3", "PANZA_DRAFTING_MAX_TOKENS": "3"}
    loaded = load_settings(given, {"drafting.seed": 4}, environment).drafting
    assert (loaded.seed, loaded.max_tokens, loaded.top_p, loaded.threads) == (4, 3, 0.2, 1)


def test_what_the_command_line_leaves_open_changes_nothing():
    assert load_settings(overrides={"drafting.seed": None}, environment={}) == load_settings(
        environment={}
    )


def test_a_panza_toml_in_the_working_folder_is_not_read(tmp_path, monkeypatch):
    (tmp_path / "panza.toml").write_text("[model]\nallow_download = true\n")
    monkeypatch.chdir(tmp_path)
    assert load_settings(environment={}).model.allow_download is False


def test_the_environment_gives_every_type():
    loaded = load_settings(
        environment={
            "PANZA_DRAFTING_TEMPERATURE": "0.4",
            "PANZA_DRAFTING_SEED": "7",
            "PANZA_MODEL_ALLOW_DOWNLOAD": "True",
            "PANZA_MODEL_BASE": "other/model",
            "PANZA_USER_ADDRESSES": "a@x.org, b@x.org",
            "PANZA_HOME": "/somewhere",
            "PATH": "/bin",
        }
    )
    assert loaded.drafting.temperature == 0.4
    assert loaded.drafting.seed == 7
    assert loaded.model.allow_download is True
    assert loaded.model.base == "other/model"
    assert loaded.user.addresses == ("a@x.org", "b@x.org")


@pytest.mark.parametrize(("text", "value"), [("auto", "auto"), ("3", 3), ("0", 0)])
def test_a_number_may_be_left_to_the_product(text, value):
    assert load_settings(environment={}).retrieval.sources == "auto"
    loaded = load_settings(environment={"PANZA_RETRIEVAL_SOURCES": text})
    assert loaded.retrieval.sources == value == parse_setting("retrieval.sources", text)
    assert format_value("retrieval.sources", value) == text
    assert from_toml_values(as_toml_values(loaded), "card") == loaded


def test_a_whole_number_is_a_number(tmp_path):
    temperature = load("[drafting]\ntemperature = 1", tmp_path).drafting.temperature
    assert isinstance(temperature, float)


def test_settings_survive_being_saved_in_a_card():
    loaded = load_settings(overrides={"user.addresses": ("a@x.org",)}, environment={})
    assert from_toml_values(as_toml_values(loaded), "card") == loaded


def test_a_card_from_before_a_setting_was_added_has_its_default():
    tables = as_toml_values(load_settings(overrides={"rosa.r": 3}, environment={}))
    del tables["rosa"]["d"], tables["export"]
    loaded = from_toml_values(tables, "card")
    assert loaded.rosa.r == 3
    assert (loaded.rosa.d, loaded.export) == (
        load_settings(environment={}).rosa.d,
        load_settings(environment={}).export,
    )


# --- mistakes


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[drafting]\ntemprature = 1", "no setting 'drafting.temprature'.*'drafting.temperature'"),
        ("[trainning]\nepochs = 1", "no section 'trainning'.*'training.epochs'"),
        ("[trainning]", "no section 'trainning'; the nearest is 'training"),
        ("epochs = 1", "'epochs' is outside a section; the nearest is 'training.epochs'"),
        ("[training.rosa]\nr = 1", "no setting 'training.rosa'"),
        ("[training]\nepochs = 1.5", "'training.epochs' must be a whole number, not 1.5"),
        ("[training]\nepochs = true", "'training.epochs' must be a whole number, not True"),
        ("[drafting]\ntemperature = 'hot'", "must be a number, not 'hot'"),
        ("[drafting]\ntemperature = true", "must be a number, not True"),
        ("[drafting]\ntemperature = nan", "must be between 0 and 5, not nan"),
        ("[model]\nbase = 3", "'model.base' must be a text, not 3"),
        ("[model]\nallow_download = 1", "must be true or false, not 1"),
        ("[user]\naddresses = 'a@x.org'", "must be a list of texts"),
        ("[user]\naddresses = [1]", "must be a list of texts"),
        ("[training]\nepochs = 0", "'training.epochs' must be between 1 and 1000, not 0"),
        ("[drafting]\nbackend = 'llama'", "must be one of auto, llama-cpp, transformers"),
        ("[retrieval]\nsources = 'all'", "must be a whole number or auto, not 'all'"),
        ("[retrieval]\nsources = 1.5", "must be a whole number or auto, not 1.5"),
        ("[retrieval]\nsources = 51", "must be between 0 and 50, not 51"),
        ("[drafting", "is not valid TOML"),
        ("[a]\nb = 1\nb = 2", "is not valid TOML"),
    ],
)
def test_a_mistake_in_a_file_is_one_line_with_the_file_and_the_right_name(tmp_path, text, message):
    with pytest.raises(UsageError, match=message) as raised:
        load(text, tmp_path)
    assert "given.toml" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_fifo_is_refused_and_holds_nothing_up_and_a_link_is_followed(tmp_path):
    os.mkfifo(tmp_path / "fifo.toml")
    with pytest.raises(UsageError, match=r"fifo\.toml can't be read \(it is not a file"):
        load_settings(tmp_path / "fifo.toml", environment={})
    with pytest.raises(PanzaError, match="it was left alone"):
        write_setting(tmp_path / "fifo.toml", "user.name", "Ro")
    (tmp_path / "kept.toml").write_text('[user]\nname = "Ro"\n')
    (tmp_path / "link.toml").symlink_to(tmp_path / "kept.toml")
    assert load_settings(tmp_path / "link.toml", environment={}).user.name == "Ro"


def test_values_nested_without_end_are_one_line(tmp_path):
    deep = tmp_path / "deep.toml"
    deep.write_text(f"a = {'[' * 9000}{']' * 9000}\n")
    with pytest.raises(UsageError, match="not valid TOML"):
        load_settings(deep, environment={})
    with pytest.raises(PanzaError, match="can't be read as TOML"):
        write_setting(deep, "user.name", "Ro")


@pytest.mark.parametrize(
    ("text", "zeros", "message"),
    [
        ("[drafting]\ntemperature = 1%s", 400, "'drafting.temperature' must be between 0 and"),
        ("[drafting]\ntemperature = -1%s", 400, "'drafting.temperature' must be between 0 and"),
        ("[drafting]\nseed = 1%s", 400, "'drafting.seed' must be between 0 and"),
        ("[drafting]\nseed = 1%s", 5000, "number of thousands of digits for seed"),
        ("[user]\naddresses = [1%s]", 5000, "number of thousands of digits"),
        ("[drafting]\nseed = 0x1%s", 5000, "'drafting.seed' must be .* thousands of digits"),
        ("[app]\ntheme = [0x1%s]", 5000, "'app.theme' must be a text"),
    ],
)
def test_a_number_without_end_is_one_line_that_names_file_and_key(tmp_path, text, zeros, message):
    with pytest.raises(UsageError, match=message) as raised:
        load(text % ("0" * zeros), tmp_path)
    assert "given.toml" in str(raised.value)
    assert len(str(raised.value)) < 500


def test_a_number_without_end_is_one_line_where_a_setting_is_changed(tmp_path):
    path = tmp_path / "long.toml"
    path.write_text(f"[drafting]\nseed = 1{'0' * 5000}\n")
    with pytest.raises(PanzaError, match="it was left alone"):
        write_setting(path, "user.name", "Ro")
    with pytest.raises(UsageError, match="whole number"):
        parse_setting("drafting.seed", "1" * 5001)


def test_a_file_that_can_not_be_read_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"none\.toml can't be read \(No such file"):
        load_settings(tmp_path / "none.toml", environment={})
    with pytest.raises(UsageError, match="can't be read"):
        load_settings(tmp_path, environment={})
    (tmp_path / "latin.toml").write_bytes(b'[user]\nname = "Andr\xe9"\n')
    with pytest.raises(UsageError, match="not valid TOML"):
        load_settings(tmp_path / "latin.toml", environment={})


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("PANZA_DRAFTING_SEDE", "1", "no setting PANZA_DRAFTING_SEDE.*PANZA_DRAFTING_SEED"),
        ("PANZA_DRAFTING_SEED", "one", "PANZA_DRAFTING_SEED: .* whole number, not 'one'"),
        ("PANZA_MODEL_ALLOW_DOWNLOAD", "maybe", "must be true or false, not 'maybe'"),
        ("PANZA_ROSA_D", "2", "must be between 0 and 1, not 2.0"),
        ("PANZA_HOMES", "/x", "the nearest is PANZA_HOME"),
    ],
)
def test_a_mistake_in_the_environment_is_one_line(name, value, message):
    with pytest.raises(UsageError, match=message):
        load_settings(environment={name: value})


def test_bytes_of_the_environment_that_are_no_text_can_be_stored():
    given = {"PANZA_USER_NAME": os.fsdecode(b"Andr\xe9 \xc3\xa9")}
    assert load_settings(environment=given).user.name == "Andr\ufffd é"


@pytest.mark.parametrize("key", ['"a\\nb"', "a" * 100_000], ids=["lines", "long"])
@pytest.mark.parametrize("text", ["[drafting]\n%s = 1", "%s = 1", "[%s]\nseed = 1"])
def test_a_hostile_name_of_a_setting_is_one_short_line(tmp_path, key, text):
    with pytest.raises(UsageError, match=r"there is no|is outside a section") as raised:
        load(text % key, tmp_path)
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 500


def test_a_mistake_on_the_command_line_is_one_line():
    with pytest.raises(UsageError, match=r"the command line: 'drafting\.seed' must be between"):
        load_settings(overrides={"drafting.seed": -1}, environment={})


# --- the wheel


def test_the_wheel_holds_the_three_packages_with_their_data_and_nothing_else(tmp_path):
    pytest.importorskip("hatchling", reason="no network in tests, so the builder must be here")
    options = ["--no-deps", "--no-build-isolation", "--disable-pip-version-check", "--quiet"]
    built = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", str(PROJECT), *options, "-w", str(tmp_path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        assert archive.read("engine/panza.toml") == (PROJECT / "panza.toml").read_bytes()
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {
        "panza_tui",
        "engine",
        "training",
    }
    for package in ("panza_tui", "engine", "training"):
        for path in (PROJECT / package).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                assert path.relative_to(PROJECT).as_posix() in names
    data = {Path(name).suffix for name in names if ".dist-info" not in name}
    assert {".py", ".toml", ".tcss", ".mbox"} <= data
    assert "panza_tui/demo/writer.toml" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
