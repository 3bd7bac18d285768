"""The packaged model puts follow-ups into instructions better than the rules alone."""

from __future__ import annotations

from contextlib import closing
from itertools import islice

from engine.checking.lexicon import lexicon_of
from engine.follow_ups.rewriter import Rewriter
from engine.follow_ups.standalone import changed, standalone
from engine.home.home import Home
from training.corpus import read_follow_ups
from training.rewriter import split
from training.rewriter_weights import nearness

ROWS = 24


def test_follow_ups_of_other_writers_come_nearer_to_those_written_by_hand(tmp_path):
    judged = (
        row
        for row in split(read_follow_ups())[1][::-5]
        if row.language == "en" and not changed(row.instruction, row.follow_up).is_exact
    )
    near = dict.fromkeys(("rules", "model"), 0.0)
    with closing(Rewriter(Home(tmp_path / "home").prepare(), lambda: 1)) as rewriter:
        for row in islice(judged, ROWS):
            lexicon = lexicon_of(f"{row.instruction}\n{row.follow_up}")
            by_rules = standalone(row.instruction, row.follow_up)
            made = rewriter(row.instruction, row.follow_up)
            near["rules"] += nearness(by_rules, row, lexicon) / ROWS
            near["model"] += nearness(made, row, lexicon) / ROWS
    assert near["model"] > near["rules"] + 0.03, near
