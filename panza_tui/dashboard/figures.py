"""The figures of a run as a table: what the curve shows, in numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from panza_tui.dashboard.plot import MARKS
from panza_tui.dashboard.record import RunRecord, thinned, trend
from panza_tui.dashboard.service import RunView
from panza_tui.dashboard.text import Part
from panza_tui.terminal.duration import duration
from panza_tui.terminal.sanitise import safe_line
from training.memorisation.canary import BITS

_FAINT = "$foreground 60%"
_LABEL = 15
_TREND_STEPS = 5
_BLOCKS = "▁▂▃▄▅▆"
_KINDS = 8
_MOST_BARS = 24


def run_figures(record: RunRecord) -> list[Part]:
    """Format all figures of one run."""
    return [
        *_losses(record),
        *_warnings(record.warnings),
        *_epochs(record),
        *_memorised(record.latest),
        *_speed(record),
        *_mask(record.mask),
    ]


def compared_figures(runs: Sequence[tuple[RunView, RunRecord]]) -> list[Part]:
    """Format several runs, one below the other, with the marks they have in the plot."""
    parts: list[Part] = []
    for number, (view, record) in enumerate(runs):
        best, figures = record.best(), view.figures
        parts += [
            (f"{MARKS[number % len(MARKS)]} {safe_line(view.name)}\n", "bold"),
            (f"{view.method}, {view.mails} mails, {safe_line(view.base)}\n", _FAINT),
            *_row("validation", f"{best[1]:.3f}" if best else "–", note="best epoch"),
            *_row("held out", _from_to(figures)),
        ]
        if "seconds" in figures:
            parts += _row("took", duration(figures["seconds"] / 60))
        if "peak_memory_gib" in figures:
            parts += _row("memory", f"{figures['peak_memory_gib']:.1f} GiB peak")
        parts.append("\n")
    return parts


def _losses(record: RunRecord) -> list[Part]:
    newest = _newest(record.training)
    parts: list[Part] = [("Loss, nats/token\n", "bold")]
    parts += _row("training", newest, trend(record.training, _TREND_STEPS))
    best = record.best()
    note = f"best {best[1]:.3f}, step {best[0]}" if best else ""
    parts += _row("validation", _newest(record.validation), trend(record.validation), note)
    held_out = dict(sorted(record.held_out.items()))
    if len(held_out) > 1:
        first, last = next(iter(held_out.values())), list(held_out.values())[-1]
        parts += _row("held out", f"{first:.3f} → {last:.3f}", "▼" if last < first else "▲")
    elif held_out:
        parts += _row("held out", _newest(record.held_out), " ", "base model")
    return parts


def _speed(record: RunRecord) -> list[Part]:
    latest = record.latest
    parts: list[Part] = [("\nLatest step\n", "bold")]
    for name, label, form in (
        ("learning_rate", "learning rate", "{:.1e}"),
        ("sparse_learning_rate", "  sparse part", "{:.1e}"),
        ("tokens_per_second", "speed", "{:.0f} labelled tokens/s"),
        ("gradient_norm", "gradient norm", "{:.2f}"),
        ("peak_memory_gib", "memory", "{:.1f} GiB peak"),
    ):
        if name in latest:
            parts += _row(label, form.format(latest[name]))
    return parts if len(parts) > 1 else []


def _memorised(latest: Mapping[str, float]) -> list[Part]:
    """Format how much the model repeats of its training mails."""
    parts: list[Part] = [("\nMemorisation\n", "bold")]
    if "canary_exposure" in latest:
        bits = latest["canary_exposure"]
        note = f"of {BITS:.1f} bits; 1.4 if never seen"
        parts += _row("planted number", f"{bits:.1f}", note=note)
    if "copied_words" in latest:
        words = round(latest["copied_words"])
        value = f"{words} words in a row" if words else "none"
        parts += _row("copied", value, note="" if words else "of 12 words or more")
    return parts if len(parts) > 1 else []


def _epochs(record: RunRecord) -> list[Part]:
    rows = record.epochs()
    if not rows:
        return []
    best = record.best()
    parts: list[Part] = [
        ("\nEpochs\n", "bold"),
        (f"{'step':<8}{'training':<12}{'validation'}\n", _FAINT),
    ]
    before = math.nan
    for step, training, validation in rows:
        turn = " " if math.isnan(before) else "▼" if validation < before else "▲"
        kept = "  ✓ kept" if best and step == best[0] else ""
        parts.append(f"{step:<8}{training:<12.3f}{validation:.3f} {turn}{kept}\n")
        before = validation
    return parts


def _mask(densities: Mapping[str, float]) -> list[Part]:
    """Format the mean density of each kind of layer, and a bar for each of its layers."""
    if not densities:
        return []
    kinds: dict[str, list[float]] = {}
    for layer, density in densities.items():
        kinds.setdefault(layer.rpartition(".")[2], []).append(density)
    low, high = min(densities.values()), max(densities.values())
    parts: list[Part] = [
        ("\nMask density\n", "bold"),
        (f"{len(densities)} layers, first to last\n", _FAINT),
    ]
    for kind, values in list(kinds.items())[:_KINDS]:
        mean = sum(values) / len(values)
        heights = [y for _, y in thinned(list(enumerate(values)), _MOST_BARS)]
        bars = "".join(_bar(value, low, high) for value in heights)
        parts += [(f"{safe_line(kind)[:11]:<11}", _FAINT), f"{mean:>7.2%}  ", (bars, "$accent")]
        parts.append("\n")
    return parts


def _bar(value: float, low: float, high: float) -> str:
    """Draw a value between the lowest and the highest, or at half height if all are about equal."""
    share = (value - low) / (high - low) if high > 1.02 * low else 0.5
    return _BLOCKS[round(share * (len(_BLOCKS) - 1))]


def _warnings(warnings: Sequence[str]) -> list[Part]:
    if not warnings:
        return []
    parts: list[Part] = [("\nWarnings\n", "bold")]
    return parts + [f"! {safe_line(text)}\n" for text in warnings]


def _row(label: str, value: str, turn: str = " ", note: str = "") -> list[Part]:
    return [(f"{label:<{_LABEL}}", _FAINT), f"{value} {turn}", (f"  {note}\n", _FAINT)]


def _newest(values: Mapping[int, float]) -> str:
    return f"{values[max(values)]:.3f}" if values else "–"


def _from_to(figures: Mapping[str, float]) -> str:
    if "held_out_loss" not in figures:
        return "–"
    base = figures.get("held_out_loss_base", math.nan)
    return f"{base:.3f} → {figures['held_out_loss']:.3f}"
