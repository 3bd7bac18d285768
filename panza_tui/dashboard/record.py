"""A run as its events tell it, put together for curves, tables and drafts. Knows no screen."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from engine.events import Event, Failed, Finished, Metric, Progress, Sample, Started, Warn

Curve = list[tuple[float, float]]
"""Points (optimizer step, nats per labelled token), by step."""

_MASK = "mask_density/"
_LATEST = (
    "learning_rate",
    "sparse_learning_rate",
    "tokens_per_second",
    "gradient_norm",
    "peak_memory_gib",
    "mask_density",
)


@dataclass
class RunRecord:
    """Everything told of one run. A step that was told twice, by a resumed run, counts once.

    samples: step -> instruction -> draft. mask: layer -> density. latest: figures by name.
    held_out: loss before the first step, and after the last one.
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
        """Add what came."""
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
        """The newest optimizer step that is known of."""
        return max([*self.training, *self.validation, self.progress.done if self.progress else 0])

    def minutes_left(self) -> float | None:
        """At the rate so far; None while there is none."""
        at = self.progress
        if at is None or not at.rate or at.total is None:
            return None
        return (at.total - at.done) / at.rate / 60

    def best(self) -> tuple[int, float] | None:
        """(step, validation loss) of the epoch that is kept."""
        finite = {step: loss for step, loss in self.validation.items() if math.isfinite(loss)}
        return min(finite.items(), key=lambda item: item[1]) if finite else None

    def sample_steps(self) -> list[int]:
        return sorted(self.samples)

    def epochs(self) -> list[tuple[int, float, float]]:
        """(step, mean training loss since the one before, validation loss) of each evaluation."""
        rows, before = [], 0
        for step in sorted(self.validation):
            since = [loss for at, loss in self.training.items() if before < at <= step]
            mean = sum(since) / len(since) if since else math.nan
            rows.append((step, mean, self.validation[step]))
            before = step
        return rows


def curve(values: Mapping[int, float]) -> Curve:
    """The finite points of a record's figures, by step."""
    return [(step, loss) for step, loss in sorted(values.items()) if math.isfinite(loss)]


def thinned(points: Sequence[tuple[float, float]], most: int) -> Curve:
    """At most `most` points: the means of equal stretches, with the first and last as they are."""
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
    """▼ falling, ▲ rising, ▬ level: the last `stretch` figures against those before them."""
    finite = [loss for _, loss in curve(values)]
    if len(finite) < 2 * stretch:
        return " "
    new = sum(finite[-stretch:]) / stretch
    old = sum(finite[-2 * stretch : -stretch]) / stretch
    if abs(new - old) < 0.005 * abs(old):
        return "▬"
    return "▼" if new < old else "▲"
