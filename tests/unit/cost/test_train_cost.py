"""The line with time and memory that `panza-tui train` prints before a run."""

from __future__ import annotations

import pytest

from engine import settings
from engine.errors import PanzaError
from engine.home.home import Home
from panza_tui.commands.train import cost_line
from panza_tui.jobs import train
from panza_tui.terminal.narration import narrated, say
from training.cost.estimate import Estimate
from training.cost.machine import NotMeasuredError
from training.cost.memory_estimate import Saving


@pytest.mark.parametrize(
    ("found", "steps", "line"),
    [
        (
            Estimate(3.21, 2.43, 19.4, True, ""),
            None,
            "All 3 epochs take about 3.2 minutes and 2.4 GiB of memory (19.4 are free).",
        ),
        (Estimate(3.21, 2.43, 19.4, True, ""), 3, "It takes about 2.4 GiB of memory"),
        (
            Estimate(600, 4.8, 6.0, True, "", saving=Saving(quantised=True)),
            None,
            "4.8 GiB of memory (6.0 are free), with the base's weights quantised in memory.",
        ),
        (Estimate(900, 31, 7.2, False, "It does not fit."), None, "Note: It does not fit."),
        (PanzaError("It can't be measured."), None, "Note: It can't be measured."),
        (NotMeasuredError("it took too long"), None, "(it took too long). Training starts"),
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
    with narrated() as emit:
        cost = train._estimate(Home(tmp_path), None, chosen, "rosa", emit)  # type: ignore[arg-type]
    if cost is not None:
        say(cost_line(cost, chosen, steps))
    assert line in capsys.readouterr().err
