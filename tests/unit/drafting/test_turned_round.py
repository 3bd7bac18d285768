"""What a follow-up takes back of an instruction no longer stands there."""

from __future__ import annotations

import pytest

from engine.follow_ups.standalone import standalone

FIELD = "Tell Ida that we will not be selling the field in May. Thank her for the map."


@pytest.mark.parametrize(
    ("instruction", "follow_up", "right"),
    [
        # What was denied is so, with what is added; what is said to the assistant is no part of it.
        (
            FIELD,
            "we are selling after all, so say that, but keep the thanks",
            FIELD.replace("will not be", "are"),
        ),
        (
            "Tell Bo that he may not use the shed, as we need both rooms.",
            "Actually yes, he can use it.",
            "Tell Bo that he may use the shed, as we need both rooms.",
        ),
        (
            "tell ida no we don't want to keep the hens",
            "we do want them but only till june",
            "tell ida yes we do want to keep the hens but only till june",
        ),
        # "No" and "not" that deny no verb are kept.
        (
            "ask ida if 35 not 40 is fine",
            "i can do 35",
            "ask ida if 35 not 40 is fine. i can do 35",
        ),
        # Nothing is asked, and what is said behind the name of somebody is his.
        (
            "ida - cake tin is here, red lid, want it back?",
            "i'll bring it friday, no need to ask",
            "ida - cake tin is here, red lid, i'll bring it friday",
        ),
        (
            "tell ida that jon's doing the first lap of the race and i'm doing the last",
            "hes doing the third lap",
            "tell ida that jon's doing the third lap of the race and i'm doing the last",
        ),
        # What is done instead of what cannot be stands beside it.
        (
            "tell dad i can't come up on easter day because i've got to work",
            "say ill come the week after instead",
            "tell dad i can't come up on easter day because i've got to work. say ill come the "
            "week after instead",
        ),
        # What need not be done is not asked for.
        (
            "tell bo the mower is sold and could he bring the rake on sunday",
            "my son fetches it so he doesnt have to bring it",
            "tell bo the mower is sold and my son fetches it so he doesnt have to bring it",
        ),
        (
            "raj, pls approve the trip of ida, i've no objection",
            "so dont approve",
            "raj, pls dont approve the trip of ida, i've no objection",
        ),
        (
            "Tell Bo that the hut is free and ask him to bring 30 rolls.",
            "he needn't bring rolls",
            "Tell Bo that the hut is free and he needn't bring rolls.",
        ),
    ],
)
def test_what_is_taken_back_is_gone(instruction: str, follow_up: str, right: str) -> None:
    assert standalone(instruction, follow_up) == right
