"""A fact that is taken back in the same line."""

from __future__ import annotations

import pytest

from engine.checking.lexicon import lexicon
from engine.drafting.types import DraftRequest
from engine.follow_ups.requests import as_asked
from engine.follow_ups.taken_back import without_taken_back


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("it's coming tuesday no sorry wednesday", "it's coming wednesday"),
        ("we made 412 no wait 421 dollars", "we made 421 dollars"),
        ("the hall fri 12th from 3 no half 3 till 6", "the hall fri 12th from half 3 till 6"),
        ("at his gate by half 9 no quarter to ten", "at his gate by quarter to ten"),
        ("subs due by the 1st no sorry the 3rd, 25 quid", "subs due by the 3rd, 25 quid"),
        ("back by the 9th, oh make it the 10th", "back by the 10th"),
        ("say at 9, no at 10", "say at 10"),
        ("meet 5pm. no, 6pm", "meet 6pm"),
        ("in march i mean april", "in april"),
    ],
)
def test_the_last_of_two_facts_of_one_kind_is_meant(typed, meant):
    assert without_taken_back(typed, lexicon("en")) == meant
    assert as_asked(DraftRequest(typed)).instruction == meant


@pytest.mark.parametrize(
    "typed",
    [
        "does he want 2 or 3? no 3 is mine",
        "not tuesday, no wednesday either",
        "8 sorry it's late",
        "my place no 9 at 8",
        "no 5, no 6",
        "12 no. 8 max",
        "tuesday no, 9 is fine",
        "Tell Bo that Tuesday is fine, not Wednesday.",
    ],
)
def test_all_else_stays(typed):
    assert without_taken_back(typed, lexicon("en")) == typed
    request = DraftRequest(typed)
    assert as_asked(request) is request
