"""Errors are one plain line with the right exit code, and damage no stored data."""

from __future__ import annotations

import json
from pathlib import Path

import apsw
import pytest
from conftest import WRITER, Panza, assert_one_line, bundled_messages, stored

from engine.database.database import connect
from engine.home.home import Home

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(range(256)) * 8


# Archives


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.mbox", b"", ["empty"]),
        ("photo.jpg", JPEG, ["not a mailbox", "mbox"]),
        ("photo.mbox", JPEG, ["not a mailbox", "mbox"]),
        ("mail.pst", b"!BDN" + JPEG, [".pst", "readpst"]),
        ("renamed", b"!BDN" + JPEG, [".pst", "readpst"]),
        ("mail.ost", b"!BDN" + JPEG, [".pst", "readpst"]),
        ("one.msg", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + JPEG, [".msg", "msgconvert"]),
        ("mac.olm", b"PK\x03\x04" + JPEG, [".olm", "convert"]),
        ("torn.zip", b"PK\x03\x04" + JPEG, ["damaged archive"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.parametrize("me", [True, False])
def test_what_is_no_mailbox(
    mails_home: Home,
    tmp_path: Path,
    panza: Panza,
    name: str,
    content: bytes,
    words: list[str],
    me: bool,
) -> None:
    before = stored(mails_home)
    path = tmp_path / name
    path.write_bytes(content)
    assert_one_line(panza("import", path, *(["--me", WRITER] if me else [])), 1, name, *words)
    assert stored(mails_home) == before


def test_no_such_file_stops_before_the_others_are_read(
    home: Home, tmp_path: Path, panza: Panza
) -> None:
    archive = tmp_path / "sent.mbox"
    archive.write_bytes(bundled_messages(5))
    done = panza("import", archive, tmp_path / "nosuch.mbox", "--me", WRITER)
    assert_one_line(done, 1, "nosuch.mbox", "nothing was imported")
    assert json.loads(panza("status", "--json").out)["mails"] == 0


def test_whose_mails_they_are_must_be_known(home: Home, tmp_path: Path, panza: Panza) -> None:
    archive = tmp_path / "sent.mbox"
    archive.write_bytes(bundled_messages(45))
    assert_one_line(panza("import", archive), 2, "--me", f"{WRITER} (33)")
    assert_one_line(panza("import", archive, "--me", "Nobody Here"), 2, "Nobody Here", "--me")
    done = panza("import", archive, "--me", "nobody@nowhere.example")
    assert_one_line(done, 2, "nobody@nowhere.example", f"{WRITER} (33)", "--me")
    assert json.loads(panza("status", "--json").out)["mails"] == 0


# What is not there yet


def test_without_mails_or_models_commands_exit_3(home: Home, panza: Panza) -> None:
    for line in ("search x", "playback", "train", "--ask x"):
        assert_one_line(panza(*line.split()), 3, "panza-tui import PATH")
    for line in ("export", "evaluate"):
        assert_one_line(panza(*line.split()), 3, "panza-tui train")
    for line in ("export sam", "evaluate sam", "train --resume sam", "--ask x --model sam"):
        assert_one_line(panza(*line.split()), 3, "'sam'")
    assert not any(home.models.iterdir())


def test_fewer_than_20_mails_train_nothing(mails_home: Home, panza: Panza) -> None:
    connection = connect(mails_home.database)
    connection.execute("UPDATE mails SET left_out = 'draft' WHERE id > 19")
    connection.close()
    assert_one_line(panza("train"), 3, "at least 20", "import")
    assert not any(mails_home.models.iterdir())


def test_mails_and_models_that_are_not_there(model_home: Home, panza: Panza) -> None:
    assert_one_line(panza("playback", "--mail", "999"), 2, "999")
    assert_one_line(panza("train", "--resume", "lo"), 1, "'lo' is finished")
    assert_one_line(panza("train", "--name", "lo"), 2, "'lo' already")
    (model_home.model("lo") / "lo-Q8_0.gguf").unlink()
    done = panza("--ask", "x", "--backend", "llama-cpp")
    assert_one_line(done, 3, "panza-tui export lo")


# Base models and models


@pytest.mark.parametrize("base", ["nonsense", "nobody/nothing", "", "..", "a b", "/nowhere"])
def test_an_unknown_base_model_leaves_no_run(
    mails_home: Home, tmp_path: Path, panza: Panza, base: str
) -> None:
    assert_one_line(panza("train", "--base", base), 1, base, "Hugging Face")
    assert not any(mails_home.models.iterdir())
    (tmp_path / "base.toml").write_text(f'[model]\nbase = "{base}"\n')
    done = panza("--config", tmp_path / "base.toml", "--ask", "x", "--plain-base")
    assert_one_line(done, 1)


def test_a_base_model_that_is_a_file_or_lacks_its_weights(
    mails_home: Home, tmp_path: Path, panza: Panza
) -> None:
    (tmp_path / "config.json").write_text("{}")
    assert_one_line(panza("train", "--base", tmp_path / "config.json"), 1, "is not a GGUF file")
    assert_one_line(panza("train", "--base", tmp_path), 1, "safetensors")
    assert not any(mails_home.models.iterdir())


@pytest.mark.parametrize("card", ["", "name = ", 'name = "lo"', "\x00", "name = 3\nbase = 4\n"])
def test_a_damaged_card_affects_only_its_own_model(
    model_home: Home, panza: Panza, card: str
) -> None:
    (model_home.models / "torn").mkdir()
    (model_home.models / "torn" / "card.toml").write_text(card)
    done = panza("status")
    assert done.code == 0
    assert "! torn: its card is missing or damaged" in done.out
    found = json.loads(panza("status", "--json").out)
    assert (found["default_model"], found["damaged"]) == ("lo", ["torn"])
    for line in ("export torn", "evaluate torn", "train --resume torn", "--ask x --model torn"):
        assert_one_line(panza(*line.split()), 1, "torn", "card")


def test_a_broken_adapter_is_one_plain_line(
    model_home: Home, tiny_base: Path, panza: Panza
) -> None:
    folder = model_home.model("lo")
    card = (folder / "card.toml").read_text().replace("smollm2-135m-instruct", str(tiny_base))
    (folder / "card.toml").write_text(card)
    for line in ("--ask x --backend transformers", "export"):
        assert_one_line(panza(*line.split()), 1, "adapter", "train it again")
    (folder / "adapter").mkdir()
    (folder / "adapter" / "adapter_model.safetensors").write_bytes(b"\xff" * 100)
    assert_one_line(panza("--ask", "x", "--backend", "transformers"), 1, "adapter")


def test_a_broken_gguf_is_one_plain_line(model_home: Home, panza: Panza) -> None:
    gguf = model_home.model("lo") / "lo-Q8_0.gguf"
    gguf.unlink()
    gguf.write_bytes(b"GGUF" + bytes(100))
    assert_one_line(panza("--ask", "x"), 1, str(gguf), "export")


# Homes, databases and settings


def test_a_home_that_can_not_be(home: Home, tmp_path: Path, panza: Panza) -> None:
    (tmp_path / "file").write_text("kept")
    for where in (tmp_path / "file", tmp_path / "file" / "below", Path("/dev/null")):
        for line in (["status"], ["--ask", "x"], ["train"]):
            assert_one_line(panza("--home", where, *line), 1, str(where), "--home")
    assert (tmp_path / "file").read_text() == "kept"


@pytest.mark.parametrize(
    "content", [b"no database at all, " * 50, b"SQLite format 3\0" + bytes(500)]
)
def test_a_panza_db_that_is_no_database_is_left_alone(
    home: Home, tmp_path: Path, panza: Panza, content: bytes
) -> None:
    home.prepare().database.write_bytes(content)
    (tmp_path / "sent.mbox").write_bytes(bundled_messages(5))
    for line in ("status", "--ask x", "train", "playback", "search x"):
        assert_one_line(panza(*line.split()), 1, "panza.db")
    assert_one_line(panza("import", tmp_path / "sent.mbox", "--me", WRITER), 1, "panza.db")
    assert home.database.read_bytes() == content


@pytest.mark.parametrize("version", [0, 1, 99])
def test_a_database_of_another_program_or_version_is_left_alone(
    home: Home, panza: Panza, version: int
) -> None:
    other = apsw.Connection(str(home.prepare().database))
    other.execute("CREATE TABLE mails (precious)")
    other.execute("INSERT INTO mails VALUES ('kept')")
    other.pragma("user_version", version)
    for line in ("status", "playback", "--ask x"):
        assert_one_line(panza(*line.split()), 1, "panza.db" if version != 99 else "newer")
    assert other.execute("SELECT * FROM mails").fetchall() == [("kept",)]
    assert other.execute("SELECT count(*) FROM sqlite_master").get == 1
    other.close()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("[drafting]\ntemperatur = 1\n", ["drafting.temperatur", "'drafting.temperature'"]),
        ("[draft]\nseed = 1\n", ["draft", "'drafting.seed'"]),
        ("seed = 1\n", ["seed"]),
        ('[drafting]\nseed = "one"\n', ["drafting.seed", "whole number"]),
        ('[drafting]\nbackend = "onnx"\n', ["drafting.backend", "llama-cpp"]),
        ("[training]\nepochs = 0\n", ["training.epochs", "between 1"]),
        ("[drafting\n", ["not valid TOML"]),
    ],
)
def test_a_wrong_settings_file(
    home: Home, tmp_path: Path, panza: Panza, content: str, words: list[str]
) -> None:
    config = tmp_path / "mine.toml"
    config.write_text(content)
    for line in (["--ask", "x"], ["train"], ["search", "x"], ["import", tmp_path]):
        assert_one_line(panza(*line, "--config", config), 2, "mine.toml", *words)
    assert_one_line(panza("train", "--config", tmp_path / "none.toml"), 2, "none.toml")


def test_a_wrong_setting_in_the_environment(
    home: Home, panza: Panza, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PANZA_DRAFTING_SEED", "one")
    assert_one_line(panza("--ask", "x"), 2, "PANZA_DRAFTING_SEED", "whole number")
    monkeypatch.delenv("PANZA_DRAFTING_SEED")
    monkeypatch.setenv("PANZA_DRAFTING_SEAD", "1")
    assert_one_line(panza("--ask", "x"), 2, "PANZA_DRAFTING_SEAD", "PANZA_DRAFTING_SEED")
