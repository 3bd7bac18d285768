"""Snapshots of the training screen with made-up runs."""

from __future__ import annotations

import pytest
from fake_training import FakeTrainingService, a_run, run_events
from pilots import OneScreen, shown, wait_until
from textual.pilot import Pilot

from panza_tui.dashboard.screen import TrainingScreen


def live() -> FakeTrainingService:
    service = FakeTrainingService(
        a_run("new-rosa", "running", figures={}),
        a_run("warm-lora", method="lora"),
        a_run("old-rosa", "stopped"),
    )
    service.events["new-rosa"] = run_events(31)
    service.events["warm-lora"] = run_events(floor=1.5)
    return service


def pressing(*keys: str, until: str):
    async def run_before(pilot: Pilot[None]) -> None:
        await wait_until(pilot, lambda: "new-rosa" in shown(pilot.app))
        await wait_until(pilot, lambda: "70%" in shown(pilot.app))
        await pilot.press(*keys)
        await wait_until(pilot, lambda: until in shown(pilot.app))
        await pilot.pause()

    return run_before


@pytest.mark.parametrize(
    ("size", "keys", "until"),
    [
        ((120, 36), [], "✓ kept"),
        ((120, 36), ["down", "space", "down", "space"], "◆ old-rosa"),
        ((60, 20), [], "⠒ training"),
        ((60, 20), ["v"], "evaluation 2, step 22"),
        ((80, 24), ["v", "v"], "learning rate"),
        ((200, 60), ["left"], "evaluation 1, step 11"),
    ],
    ids=["live", "compared", "small-curve", "small-drafts", "small-figures", "large"],
)
def test_the_training_screen(snap_compare, size, keys, until):
    app = OneScreen(TrainingScreen(live()))
    assert snap_compare(app, terminal_size=size, run_before=pressing(*keys, until=until))


async def test_it_is_drawn_without_colour_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = OneScreen(TrainingScreen(live()))
    async with app.run_test(size=(120, 36)) as pilot:
        await wait_until(pilot, lambda: "70%" in shown(app))
        assert "⠒ training" in shown(app)
