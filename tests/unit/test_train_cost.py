"""The line on what a run will take, before `panza-tui train` starts it."""

from __future__ import annotations

import pytest

from engine import settings
from engine.errors import PanzaError
from engine.home import Home
from engine.models import ModelCard
from panza_tui.commands import train
from training.cost.estimate import Estimate

CARD = ModelCard("lo", "smollm2-135m-instruct", "rosa", 1, "started")


@pytest.mark.parametrize(
    ("found", "steps", "line"),
    [
        (
            Estimate(3.21, 2.43, 19.4, True, ""),
            None,
            "All 4 epochs take about 3.2 minutes and 2.4 GiB of memory (19.4 are free).",
        ),
        (Estimate(3.21, 2.43, 19.4, True, ""), 3, "It takes about 2.4 GiB of memory"),
        (Estimate(900, 31, 7.2, False, "It does not fit."), None, "Note: It does not fit."),
        (PanzaError("It can't be measured."), None, "Note: It can't be measured."),
    ],
)
def test_a_run_is_announced_with_what_it_takes(
    found, steps, line, tmp_path, monkeypatch, capsys
) -> None:
    def estimate(*arguments):
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr("training.cost.estimate.estimate", estimate)
    chosen = settings.load_settings(environment={})
    train._say_cost(Home(tmp_path), None, chosen, CARD, steps)  # type: ignore[arg-type]
    assert line in capsys.readouterr().err
