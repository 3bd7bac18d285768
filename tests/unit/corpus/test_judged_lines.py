"""The judged lines, and the weights that are fitted to them."""

from __future__ import annotations

import random
from collections import Counter

from engine.direct_speech.choosing import worth
from training.corpus import read_judged_lines, read_said_lines
from training.said_weights import VERDICTS, JudgedText, chosen_in_folds, fitted


def judged_text(number: int, verdict: str, chance: random.Random) -> JudgedText:
    """A text whose likeness tells its verdict, mostly; its noise tells nothing."""
    likeness = {"right": 2.0, "clumsy": 1.0, "wrong": 0.0}[verdict] + chance.gauss(0, 0.2)
    found = {"bias": 1.0, "likeness": likeness, "noise": chance.random()}
    return JudgedText(number, f"writer {number % 20}", verdict, found, may_be_taken=True)


def test_weights_tell_the_verdicts_apart() -> None:
    chance = random.Random(1)
    texts = [judged_text(n, verdict, chance) for n in range(100) for verdict in VERDICTS]
    weights = fitted(texts)
    worths = [worth({"bias": 1.0, "likeness": likeness}, weights) for likeness in (2, 1, 0)]
    assert worths[0] > 0.8 > worths[1] > 0.2 > worths[2]
    assert chosen_in_folds(texts)["right"] > 95


def test_a_text_that_may_not_be_taken_is_not_chosen() -> None:
    chance = random.Random(1)
    texts = [judged_text(n, verdict, chance) for n in range(40) for verdict in VERDICTS]
    barred = [
        JudgedText(text.number, text.writer, text.verdict, text.features, text.verdict != "right")
        for text in texts
    ]
    assert chosen_in_folds(barred) == Counter(clumsy=40)


def test_judged_lines_are_not_learnt_and_each_text_has_one_verdict() -> None:
    learnt = {row.line for row in read_said_lines()}
    rows = list(read_judged_lines())
    assert len(rows) > 1000
    for row in rows:
        assert row.line.line not in learnt
        texts = [text for verdict in VERDICTS for text in getattr(row, verdict)]
        assert texts
        assert len(texts) == len(set(texts))
