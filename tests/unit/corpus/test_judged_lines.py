"""The judged lines, and the weights that are fitted to them."""

from __future__ import annotations

import json
import random
from collections import Counter

from engine.direct_speech.choosing import worth
from engine.fitted_weights import read_class_weights, read_weights
from training.corpus import FOLDER, VERDICTS, read_judged_lines, read_said_lines
from training.fitting import folds_of, write_weights
from training.said_weights import JudgedText, chosen_in_folds, fitted

PARTS = sorted((FOLDER / "judged_lines").glob("*.jsonl"))


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
    assert learnt.isdisjoint(row.line.line for row in rows)
    judged = [json.loads(line) for path in PARTS for line in path.read_text("utf-8").splitlines()]
    assert len(judged) == len(rows)
    for read, row in zip(rows, judged, strict=True):
        texts = [text for verdict in VERDICTS for text in row[verdict]]
        assert texts
        assert len(texts) == len(set(texts)) == len(read.verdicts)


def test_weights_are_written_as_they_are_read(tmp_path) -> None:
    tables = {"right": {"bias": 1.0, "likeness": -0.25}, "wrong": {"bias": 0.5}}
    write_weights(tmp_path / "tables.toml", tables, "python -m it", "it.py")
    assert read_class_weights(tmp_path / "tables.toml") == tables
    write_weights(tmp_path / "flat.toml", {"": tables["right"]}, "python -m it", "it.py")
    assert read_weights(tmp_path / "flat.toml") == tables["right"]


def test_each_writer_is_in_one_fold() -> None:
    names = [f"writer {number}" for number in range(23)]
    folds = folds_of(names * 2)
    assert sorted(name for fold in folds for name in fold) == sorted(names)
    assert sorted(map(len, folds)) == [4, 4, 5, 5, 5]
