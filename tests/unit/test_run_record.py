"""Collecting a run's events into a record, thinning its curve, and noticing its end."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from engine.events import Failed, Finished, Metric, Progress, Sample, Started, Warn
from panza_tui.dashboard.figures import run_figures
from panza_tui.dashboard.record import RunRecord, curve, thinned, trend
from panza_tui.dashboard.service import RunView
from panza_tui.dashboard.watch import RunWatch
from panza_tui.terminal.duration import duration


def record(*events) -> RunRecord:
    made = RunRecord()
    made.take(events)
    return made


def test_a_resumed_run_counts_each_step_once():
    result = record(
        Started("train"),
        Metric(1, {"loss": 3.0}),
        Metric(2, {"loss": 2.5}),
        Sample(2, "a", "old"),
        Warn("few mails"),
        Failed("killed", resumable=True),
        Started("train"),
        Metric(2, {"loss": 2.4}),
        Sample(2, "a", "new"),
        Warn("few mails"),
    )
    assert curve(result.training) == [(1, 3.0), (2, 2.4)]
    assert result.samples == {2: {"a": "new"}}
    assert result.warnings == ["few mails"]
    assert result.error == ""


def test_progress_keeps_the_time_left_during_a_pause():
    result = record(Progress("train", 10, 40, "steps", 0.5), Progress("paused", 11, 40, "steps"))
    assert result.stage == "paused"
    assert result.minutes_left() == pytest.approx(29 / 0.5 / 60)
    assert record(Progress("train", 0, 40, "steps")).minutes_left() is None
    assert RunRecord().minutes_left() is None


def test_epochs_have_the_mean_training_loss_since_the_one_before():
    result = record(
        *(Metric(step, {"loss": float(step)}) for step in range(1, 7)),
        Metric(3, {"validation_loss": 2.0}),
        Metric(6, {"validation_loss": 2.5}),
    )
    assert result.epochs() == [(3, 2.0, 2.0), (6, 5.0, 2.5)]
    assert result.best() == (3, 2.0)


def test_figures_that_are_no_numbers_are_not_drawn():
    result = record(
        Metric(1, {"loss": math.nan, "validation_loss": math.nan}), Metric(2, {"loss": 2.0})
    )
    assert curve(result.training) == [(2, 2.0)]
    assert result.best() is None


def test_the_mask_is_kept_by_layer_and_in_the_mean():
    result = record(Metric(8, {"mask_density": 0.01, "mask_density/layers.0.mlp.up_proj": 0.02}))
    assert result.mask == {"layers.0.mlp.up_proj": 0.02}
    assert result.latest["mask_density"] == 0.01


def test_memorisation_is_shown_while_a_run_trains():
    def shown(**values: float) -> str:
        return "".join(str(part[0] if isinstance(part, tuple) else part) for part in
                       run_figures(record(Metric(8, values))))  # fmt: skip

    text = shown(canary_exposure=3.21, copied_words=14)
    assert "planted number 3.2    of 19.9 bits; 1.4 if never seen" in text
    assert "copied         14 words in a row" in text
    assert "copied         none    of 12 words or more" in shown(copied_words=0)
    assert "Memorisation" not in shown(loss=1.0)


def test_an_error_stays_until_the_run_resumes_or_finishes():
    result = record(Failed("The disk is full."))
    assert result.error == "The disk is full."
    result.take([Finished({})])
    assert result.error == ""


def test_a_thinned_curve_keeps_its_ends_its_order_and_its_mean():
    points = [(float(x), math.sin(x / 50)) for x in range(5000)]
    few = thinned(points, 500)
    assert len(few) == 500
    assert few[0] == points[0]
    assert few[-1] == points[-1]
    assert few == sorted(few)
    mean = sum(y for _, y in points) / len(points)
    assert sum(y for _, y in few) / len(few) == pytest.approx(mean, abs=0.01)
    assert thinned(points[:10], 500) == points[:10]


@pytest.mark.parametrize(
    ("losses", "mark"),
    [([2.0, 1.0], "▼"), ([1.0, 2.0], "▲"), ([2.0, 2.001], "▬"), ([2.0], " "), ([], " ")],
)
def test_trends_are_shown_by_marks(losses, mark):
    assert trend(dict(enumerate(losses))) == mark


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0.001, "1 seconds"),
        (0.7, "42 seconds"),
        (3.21, "3.2 minutes"),
        (40.4, "40 minutes"),
        (210, "3.5 hours"),
    ],
)
def test_durations_fit_their_size(minutes, words):
    assert duration(minutes) == words


class Runs:
    """A service that only has runs."""

    def __init__(self, *views: RunView) -> None:
        self.views = list(views)

    def runs(self) -> list[RunView]:
        return self.views


LIVE = RunView("lo", "running", "base", "rosa", 1)
FIGURES = {"held_out_loss_base": 3.08, "held_out_loss": 1.75}


@pytest.mark.parametrize(
    ("after", "state", "words"),
    [
        (replace(LIVE, state="finished", figures=FIGURES), "finished", "3.08 -> 1.75"),
        (replace(LIVE, state="finished"), "finished", "'lo' is trained."),
        (replace(LIVE, state="stopped"), "stopped", "was stopped and saved"),
        (replace(LIVE, state="failed", trouble="No room."), "failed", "No room."),
        (replace(LIVE, state="killed", trouble="It was killed."), "failed", "It was killed."),
        (None, "failed", "folder of the run 'lo' was removed"),
    ],
)
def test_the_end_of_a_run_is_reported_once(after, state, words):
    source = Runs(LIVE, replace(LIVE, name="old", state="finished"))
    watch = RunWatch(source)
    assert watch.poll() == []
    source.views[0] = replace(LIVE, state="paused")
    assert watch.poll() == []
    source.views[:1] = [after] if after else []
    (ended,) = watch.poll()
    assert (ended.name, ended.state) == ("lo", state)
    assert words in ended.line
    assert watch.poll() == []
