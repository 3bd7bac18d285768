"""A power cut costs no trained model: what replaces it is on the disk before it goes."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import pytest
from tiny_base import write_tiny_base
from training_run.runs import SMALL, fill

from engine import settings
from engine.damage.model_sums import check_sums
from engine.database import database
from engine.home.home import Home
from engine.models.models import choose_default, default_model, gguf_of, read_card, trained_weights
from panza_tui.jobs.doctor import Finding
from training.runs.checkpoints import last_checkpoint
from training.runs.run_folder import create_run

_TRAIN = """
import sys
from pathlib import Path
from engine.home.home import Home
from training.loop import samples
from training.run import run
samples.SAMPLE_DRAFT_TOKENS = 2
sys.exit(run(Home(Path(sys.argv[1])), "tiny"))
"""
_EXPORT = """
import sys
from pathlib import Path
from engine.events import silent
from engine.home.home import Home
from engine.settings import load_settings
from training.export.run import export_model
export_model(Home(Path(sys.argv[1])), "tiny", "Q8_0", load_settings(environment={}), silent)
"""
_RENAME = """
import sys
from contextlib import closing
from pathlib import Path
from engine.database import database
from engine.home.home import Home
from engine.models.models import rename_model
home = Home(Path(sys.argv[1]))
with closing(database.connect(home.database)) as connection:
    rename_model(home, connection, "lo", "new")
"""


@pytest.fixture(scope="module")
def base(imported: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_base(imported, tmp_path_factory.mktemp("base") / "tiny")


@pytest.fixture(scope="module")
def training(record, tmp_path_factory: pytest.TempPathFactory, imported: Home, base: Path):
    """The recording of a whole run."""
    home = Home(tmp_path_factory.mktemp("training") / "home")
    home.root.mkdir()
    home.cache.symlink_to(imported.cache)
    fill(home.prepare())
    chosen = settings.load_settings(None, SMALL | {"model.base": str(base)}, environment={})
    with closing(database.connect(home.database)) as connection:
        create_run(home, connection, chosen, method="rosa", name="tiny")
    return record(home, "-c", _TRAIN, home.root)


def test_a_run_keeps_a_checkpoint_until_its_result_is_on_the_disk(replay, training):
    seen = []
    contents: dict[str, dict[str, bytes]] = {}

    def check(home: Home) -> None:
        card = read_card(home, "tiny")
        if card.state == "finished":
            seen.append("finished")
            assert check_sums(home.model("tiny"))[0] > 0
            weights = trained_weights(home, card)
        else:
            weights = last_checkpoint(home.model("tiny"))
            seen.append(weights.name if weights else "nothing")
        if weights is not None:  # It is never one that is there in part.
            files = {path.name: path.read_bytes() for path in weights.iterdir() if path.is_file()}
            assert contents.setdefault(weights.name, files) == files

    assert replay(training, check, every_write=False) > 20
    assert list(dict.fromkeys(seen)) == ["nothing", "checkpoint-5", "checkpoint-10", "finished"]
    order = {"nothing": 0, "checkpoint-5": 1, "checkpoint-10": 2, "finished": 3}
    synced = [order[name] for name in seen]
    # An unsynced change may be lost, but never more than the newest one.
    assert all(number >= max(synced[:at], default=0) - 1 for at, number in enumerate(synced))


def test_an_export_replaces_a_file_by_a_whole_one(cut_power, training, tmp_path):
    home = Home(tmp_path / "home")
    shutil.copytree(training.home.root, home.root, symlinks=True)
    sizes = set()

    def check(left: Home) -> None:
        card = read_card(left, "tiny")
        file = gguf_of(left, card)
        assert bool(card.gguf) == (file is not None)
        sizes.add(file.stat().st_size if file else 0)

    assert cut_power(home, check, "-c", _EXPORT, home.root, every_write=False) > 5
    assert len(sizes) == 2  # None, or the whole one.


def test_a_renamed_model_stays_the_default_by_either_name(cut_power, mails_home):
    for name in ("lo", "other"):
        folder = mails_home.prepare().model(name)
        folder.mkdir(parents=True)
        created = 1 if name == "other" else 2
        (folder / "card.toml").write_text(
            f'base = "b"\nmethod = "rosa"\ncreated = {created}\nstate = "finished"\n'
        )
    with closing(database.connect(mails_home.database)) as connection:
        choose_default(mails_home, connection, "lo")
    seen = set()

    def check(home: Home) -> None:
        with closing(database.connect(home.database)) as connection:
            seen.add(default_model(home, connection).name)

    assert cut_power(mails_home, check, "-c", _RENAME, mails_home.root) > 5
    assert seen == {"lo", "new"}


def test_a_forgotten_model_is_none_from_the_first_moment_on(cut_power, panza, mails_home):
    folder = mails_home.prepare().model("lo")
    (folder / "adapter").mkdir(parents=True)
    (folder / "adapter" / "weights").write_text("w")
    (folder / "card.toml").write_text(
        'name = "lo"\nbase = "b"\nmethod = "rosa"\ncreated = 1\nstate = "finished"\n'
    )

    def check(home: Home) -> None:
        if (home.model("lo") / "card.toml").exists():
            assert (home.model("lo") / "adapter" / "weights").read_text() == "w"

    command = ("-m", "panza_tui", "--home", mails_home.root, "forget", "--model", "lo", "--yes")

    def is_expected(finding: Finding) -> bool:
        return "it has no card" in finding.found

    assert cut_power(mails_home, check, *command, expected=is_expected) > 3
