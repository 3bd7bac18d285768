"""The report on a terminal and as Markdown; the bootstrap."""

from __future__ import annotations

import math

import numpy as np
import pytest

from panza_tui.terminal.evaluation_table import markdown, side_by_side, table_lines
from training.evaluation import bootstrap
from training.evaluation.figures import Figure, Report, Row

ROWS = [
    Row(
        "base",
        "tiny",
        "base",
        True,
        1,
        0,
        {"loss": Figure(2.1304, 2.0, 2.26), "bleu": Figure(3.04)},
    ),
    Row(
        "rosa, no past mails, best of 6",
        "mine",
        "rosa",
        False,
        6,
        1_234_567,
        {"loss": Figure(math.nan)},
    ),
]
DRAFTS = [
    {
        "instruction": "Say *yes* to\nKim.",
        "mail": "Ahoy Kim,\n\nyes. \x1b[31mRed\x1b[0m",
        "drafts": {
            "base": "I am happy to tell you that the answer is yes. " * 3,
            "rosa": "Yes.\t!",
        },
    }
]
REPORT = Report("mine", "tiny", "held_out", 1, ROWS, {"attribution": Figure(0.95)}, drafts=DRAFTS)


def test_a_table_has_values_intervals_and_only_what_was_measured():
    lines = list(table_lines(REPORT))
    assert [line.rstrip() for line in lines] == [
        "",
        "Likeness                    loss        BLEU",
        "base                       2.130         3.0",
        "                     2.000–2.260",
        "rosa, no past mails, best of 6",
        "                               –           –",
    ]


def test_markdown_has_the_table_and_every_draft_and_no_mark_of_a_mail():
    text = "\n".join(markdown(REPORT))
    assert "- mine: 1.23M trained weights" in text
    assert "| Likeness | loss | BLEU |\n|---|---|---|\n| base | 2.130 (2.000–2.260) | 3.0 |" in text
    assert "## Say \\*yes\\* to Kim." in text
    assert "**your own mail**\n\n    Ahoy Kim,\n    \n    yes. Red" in text
    assert "**rosa**\n\n    Yes." in text


@pytest.mark.parametrize("columns", [30, 80, 130])
def test_drafts_stand_side_by_side_within_the_screen(columns):
    lines = list(side_by_side(REPORT, columns))
    assert max(map(len, lines)) <= columns
    text = "\n".join(lines)
    assert "▸ Say *yes* to Kim." in text
    assert "\x1b" not in text
    assert all(label in text for label in ("your own mail", "base", "rosa"))
    assert any("base" in line and "your own mail" in line for line in lines) is (columns >= 80)


# --- the bootstrap


def test_a_mean_has_the_interval_of_a_normal_mean():
    values = np.random.default_rng(1).normal(10, 2, 400)
    figure = bootstrap.mean(list(values))
    assert figure.value == pytest.approx(values.mean())
    assert figure.high - figure.low == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.1)


def test_a_ratio_is_that_of_the_sums():
    figure = bootstrap.ratio([1.0, 9.0], [1.0, 3.0])
    assert figure.value == 2.5
    assert (figure.low, figure.high) == (1, 3)


def test_nothing_measured_is_nan():
    assert math.isnan(bootstrap.mean([]).value)
    assert math.isnan(bootstrap.ratio([0.0], [0.0]).value)
