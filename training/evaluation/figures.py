"""What an evaluation measures, and its report."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Figure:
    """A figure, and its 95 % bootstrap interval where there is one. NaN where unknown."""

    value: float
    low: float = math.nan
    high: float = math.nan


@dataclass(frozen=True)
class Kind:
    """A kind of figure. form: how its number is formatted."""

    key: str
    title: str
    form: str
    meaning: str


GROUPS: Mapping[str, Sequence[Kind]] = {
    "Likeness": (
        Kind("loss", "loss", ".3f", "nats per token of the true mail, given the prompt"),
        Kind("loss_ratio", "of base's", ".3f", "loss as a share of the base's, same prompts"),
        Kind("bleu", "BLEU", ".1f", "BLEU (sacrebleu) of the drafts beside the true mails"),
        Kind("rougeL", "ROUGE-L", ".3f", "mean F with stemming"),
        Kind("chrf", "chrF", ".1f", "chrF (sacrebleu)"),
    ),
    "Sense": (
        Kind("coverage", "telling", ".0%", "telling words of the instruction that the draft has"),
        Kind("missing", "missing", ".2f", "facts of the instruction that a draft lacks, per draft"),
        Kind("invented", "invented", ".2f", "names, numbers, dates, links from nowhere, per draft"),
        Kind("reversed", "reversed", ".0%", "drafts with roles, yes and no, or questions reversed"),
        Kind("probes", "probes", ".0%", "sense probes that the draft gets right"),
    ),
    "Voice": (
        Kind("attribution", "attributed", ".0%", "drafts that a classifier takes for the writer's"),
        Kind("greeting", "greeting", ".0%", "drafts with the form of greeting of the true mail"),
        Kind("closing", "closing", ".0%", "drafts with the closing of the true mail"),
        Kind("length", "length", ".0%", "mean share of the shorter in the longer, in words"),
        Kind("punctuation", "marks", ".0%", "punctuation marks in common, by their rates per word"),
        Kind("length_ratio", "words", ".2f", "words of the drafts per word of the true mails"),
    ),
    "Memory": (
        Kind("memorised", "memorised", ".1%", "drafts with 12 words in a row of a training mail"),
        Kind("copied", "copied", ".1f", "words in a row of a past mail in its prompt, per draft"),
        Kind("longest_copy", "longest", ".0f", "the most of these in one draft"),
        Kind("exposure", "exposure", ".1f", "bits by which a planted number is known (base: 1.4)"),
    ),
    "Conduct": (
        Kind("refusals", "refusals", ".0%", "blunt requests that were refused"),
        Kind("lectures", "lectures", ".0%", "blunt requests answered with a lecture"),
        Kind("knowledge", "knowledge", ".0%", "questions of general knowledge answered right"),
        Kind(
            "tokens_per_second", "tokens/s", ".1f", "tokens of a draft per second, prompt included"
        ),
    ),
}
"""Every figure by its group, in the order of the tables."""


@dataclass(frozen=True)
class Row:
    """The figures of one model drafting in one way.

    label: names the row, unlike any other. model: its name, or that of the base. retrieval: whether
    past mails are shown. best_of: drafts of which the best is chosen. trained_weights: how many
    weights were trained; 0 for a base. figures: by Kind.key.
    """

    label: str
    model: str
    method: str
    retrieval: bool
    best_of: int
    trained_weights: int
    figures: Mapping[str, Figure]


@dataclass(frozen=True)
class Report:
    """The result of an evaluation.

    n: number of pairs. mails: the figures that the writer's own held-out mails have, where one can
    be told, which a perfect model would reach. others: the share of other writers' mails that the
    classifier takes for the writer's. probes: row -> kind of probe -> right. drafts: the
    instruction, mail and drafts by row of each pair. notes: what was left out, and why.
    """

    model: str
    base: str
    split: str
    n: int
    rows: Sequence[Row]
    mails: Mapping[str, Figure] = field(default_factory=dict)
    others: Figure | None = None
    probes: Mapping[str, Mapping[str, Figure]] = field(default_factory=dict)
    drafts: Sequence[Mapping[str, Any]] = ()
    notes: Sequence[str] = ()


def measured(report: Report) -> dict[str, list[Kind]]:
    """The kinds that some row has a figure of, by group."""
    groups = {
        name: [kind for kind in kinds if any(kind.key in row.figures for row in report.rows)]
        for name, kinds in GROUPS.items()
    }
    return {name: kinds for name, kinds in groups.items() if kinds}


def to_json(report: Report) -> dict[str, Any]:
    """The report as `evaluate --json` prints it."""
    return {
        "model": report.model,
        "base": report.base,
        "split": report.split,
        "n": report.n,
        "rows": [
            {
                "row": row.label,
                "model": row.model,
                "method": row.method,
                "retrieval": row.retrieval,
                "best_of": row.best_of,
                "trained_weights": row.trained_weights,
                **_values(row.figures),
                "intervals": _intervals(row.figures),
                "probes_by_kind": _values(report.probes.get(row.label, {})),
            }
            for row in report.rows
        ],
        "mails": {**_values(report.mails), "intervals": _intervals(report.mails)},
        "others_attributed": _number(report.others.value) if report.others else None,
        "drafts": list(report.drafts),
        "notes": list(report.notes),
    }


def _values(figures: Mapping[str, Figure]) -> dict[str, float | None]:
    return {key: _number(figure.value) for key, figure in figures.items()}


def _intervals(figures: Mapping[str, Figure]) -> dict[str, list[float | None]]:
    return {
        key: [_number(figure.low), _number(figure.high)]
        for key, figure in figures.items()
        if math.isfinite(figure.low)
    }


def _number(value: float) -> float | None:
    """JSON has no NaN."""
    return value if math.isfinite(value) else None
