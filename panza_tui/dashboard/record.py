"""Collect a run's events into curves, figures and drafts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from engine.events import Event, Failed, Finished, Metric, Progress, Sample, Started, Warn

Curve = list[tuple[float, float]]
"""Points (optimizer step, nats per labelled token), by step."""

_MASK = "mask_density/"
_LEVEL = 0.005  # A relative change below this is noise between evaluations, shown as level.
_LATEST = (
    "learning_rate",
    "sparse_learning_rate",
    "tokens_per_second",
    "gradient_norm",
    "peak_memory_gib",
    "mask_density",
    "canary_exposure",
    "copied_words",
)


@dataclass
class RunRecord:
    """What is known of one run. A step reported twice, by a resumed run, counts once.

    Losses are by optimizer step; held_out has one before the first step and one after the last.
    samples: step -> instruction -> draft. mask: layer -> density. latest: name -> newest figure.
    """

    training: dict[int, float] = field(default_factory=dict)
    validation: dict[int, float] = field(default_factory=dict)
    held_out: dict[int, float] = field(default_factory=dict)
    latest: dict[str, float] = field(default_factory=dict)
    mask: dict[str, float] = field(default_factory=dict)
    samples: dict[int, dict[str, str]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    progress: Progress | None = None
    stage: str = ""
    error: str = ""

    def take(self, events: Iterable[Event]) -> None:
        """Add new events."""
        for event in events:
            match event:
                case Started():
                    self.error, self.progress, self.stage = "", None, "loading"
                case Progress(stage="train" | "paused"):
                    rate = event.rate or (self.progress.rate if self.progress else None)
                    self.progress = Progress("train", event.done, event.total, event.unit, rate)
                    self.stage = event.stage
                case Progress():
                    self.stage = event.stage
                case Metric(step, values):
                    self._measure(step, values)
                case Sample(step, instruction, text):
                    self.samples.setdefault(step, {})[instruction] = text
                case Warn(text):
                    if text not in self.warnings:
                        self.warnings.append(text)
                case Failed(error):
                    self.error = error
                case Finished():
                    self.error = ""

    def _measure(self, step: int, values: Mapping[str, float]) -> None:
        for name, curve in (
            ("loss", self.training),
            ("validation_loss", self.validation),
            ("held_out_loss", self.held_out),
        ):
            if name in values:
                curve[step] = values[name]
        self.latest |= {name: values[name] for name in _LATEST if name in values}
        self.mask |= {
            name.removeprefix(_MASK): value
            for name, value in values.items()
            if name.startswith(_MASK)
        }

    @property
    def step(self) -> int:
        """The newest optimizer step known."""
        return max([*self.training, *self.validation, self.progress.done if self.progress else 0])

    def minutes_left(self) -> float | None:
        """Estimate the time left at the present rate; None while there is none."""
        at = self.progress
        if at is None or not at.rate or at.total is None:
            return None
        return (at.total - at.done) / at.rate / 60

    def best(self) -> tuple[int, float] | None:
        """Return (step, validation loss) of the best epoch, the one that is kept."""
        finite = {step: loss for step, loss in self.validation.items() if math.isfinite(loss)}
        return min(finite.items(), key=lambda item: item[1]) if finite else None

    def sample_steps(self) -> list[int]:
        """Return the steps at which drafts were made, in order."""
        return sorted(self.samples)

    def epochs(self) -> list[tuple[int, float, float]]:
        """Return (step, mean training loss since the last one, validation loss) per evaluation."""
        rows, before = [], 0
        for step in sorted(self.validation):
            since = [loss for at, loss in self.training.items() if before < at <= step]
            mean = sum(since) / len(since) if since else math.nan
            rows.append((step, mean, self.validation[step]))
            before = step
        return rows


def curve(values: Mapping[int, float]) -> Curve:
    """Return the finite points, by step."""
    return [(step, loss) for step, loss in sorted(values.items()) if math.isfinite(loss)]


def thinned(points: Sequence[tuple[float, float]], most: int) -> Curve:
    """Reduce to at most `most` points: the first, the last, and means of equal parts between."""
    if len(points) <= most:
        return list(points)
    inner = points[1:-1]
    slots = max(1, most - 2)
    means = []
    for slot in range(slots):
        part = inner[slot * len(inner) // slots : (slot + 1) * len(inner) // slots]
        if part:
            means.append(tuple(sum(column) / len(part) for column in zip(*part, strict=True)))
    return [points[0], *((x, y) for x, y in means), points[-1]]


def trend(values: Mapping[int, float], stretch: int = 1) -> str:
    """Compare the last `stretch` figures with those before: ▼ falling, ▲ rising, ▬ level."""
    finite = [loss for _, loss in curve(values)]
    if len(finite) < 2 * stretch:
        return " "
    new = sum(finite[-stretch:]) / stretch
    old = sum(finite[-2 * stretch : -stretch]) / stretch
    if abs(new - old) < _LEVEL * abs(old):
        return "▬"
    return "▼" if new < old else "▲"
