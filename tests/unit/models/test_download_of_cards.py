"""Only the base model that the user chose is downloaded, never one that just a card names.

A card may come from a backup that somebody else made.
"""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch

from engine.errors import PanzaError
from engine.events import silent
from engine.home.home import Home
from engine.models.models import ADAPTER, FULL, ModelCard
from engine.settings import as_toml_values, load_settings
from panza_tui.jobs.train import begin_update
from training.cards import write_card
from training.cost.estimate import check_memory
from training.export.run import export_model
from training.loop.base_to_train import load_base_to_train
from training.personal_model import load_for_drafting

STRANGE = "strange/model"
CPU = torch.device("cpu")


def draft(home, card, chosen):
    load_for_drafting(home, chosen, card)


def export(home, card, chosen):
    export_model(home, card.name, "Q8_0", chosen, silent)


def train(home, card, chosen):
    load_base_to_train(home, card, chosen, CPU, torch.float32, silent)


def plan(home, card, chosen):
    check_memory(home, chosen, card.base, card.method, CPU, torch.float32)


def update(home, card, chosen):
    begin_update(home, chosen, silent, card.name)


@pytest.fixture
def asked(monkeypatch):
    """Which downloads were asked for: (name, whether from the network)."""
    asked = []

    def snapshot(name, local_files_only, **options):
        asked.append((name, not local_files_only))
        raise OSError("not on this disk")

    monkeypatch.setattr("huggingface_hub.snapshot_download", snapshot)
    return asked


@pytest.mark.parametrize("use", [draft, export, train, plan, update])
@pytest.mark.parametrize("method", ["lora", "full"])
@pytest.mark.parametrize("is_chosen", [False, True])
def test_a_card_names_no_download(tmp_path, monkeypatch, asked, use, method, is_chosen):
    monkeypatch.setattr(
        "panza_tui.jobs.train.check_update", lambda *_: SimpleNamespace(before=card)
    )
    home = Home(tmp_path / "home").prepare()
    chosen = load_settings(environment={})
    chosen = replace(chosen, model=replace(chosen.model, allow_download=True))
    # What the card itself has chosen makes no difference.
    own = replace(chosen, model=replace(chosen.model, base=STRANGE))
    card = ModelCard("sam", STRANGE, method, 1, "finished", settings=as_toml_values(own))
    card = replace(card, data={"base_fingerprint": "0"})
    write_card(home, card)
    (home.model("sam") / (FULL if method == "full" else ADAPTER)).mkdir()
    with pytest.raises(PanzaError, match=STRANGE):
        use(home, card, own if is_chosen else chosen)
    assert set(asked) == {(STRANGE, is_chosen)}
