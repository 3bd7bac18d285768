"""What a follow-up leaves out is gone, with all that hangs on it and nothing else."""

from __future__ import annotations

import pytest

from engine.follow_ups.standalone import standalone

STORE = "tell ida the hut is dry and we had trouble with the stove but it works now"


@pytest.mark.parametrize(
    ("instruction", "follow_up", "right"),
    [
        # What only takes back what is gone goes, too; what tells more stays.
        (STORE, "please leave out the stove", "tell ida the hut is dry and we had trouble"),
        (
            "tell ida the soup was a bit salty but the bread is good",
            "dont mention the salty soup",
            "tell ida the bread is good",
        ),
        # A verb that lost all that it told goes, too.
        ("ida - drill back pls, had it since easter", "leave out easter", "ida - drill back pls"),
        # "As well" and "since noon" begin nothing.
        (
            "Tell Ida that the oven works, that the lamp is loose as well, and that I pay.",
            "leave out the lamp",
            "Tell Ida that the oven works, and that I pay.",
        ),
        # A threat and a reason are left out with what leads to them.
        (
            "gate 4 is stuck, mend it or we phone the mayor",
            "drop the mayor",
            "gate 4 is stuck, mend it",
        ),
        (
            "tell ida i'm selling the boat cos my back hurts and she can have the oars",
            "take out the thing about my back",
            "tell ida i'm selling the boat and she can have the oars",
        ),
        (
            "Tell Ida that I miss the lesson because my tooth hurts and ask for a new one.",
            "don't say why",
            "Tell Ida that I miss the lesson and ask for a new one.",
        ),
        (
            "Tell Ida that I miss the lesson because my tooth hurts.",
            "Leave out the reason, please.",
            "Tell Ida that I miss the lesson.",
        ),
        # What is said to the assistant is not for the mail.
        (
            "Tell Ida that the hut is free and ask her whether the stove works.",
            "Leave out the question about the stove, I've found out.",
            "Tell Ida that the hut is free.",
        ),
        (
            "Tell Ida that the hut is free and that the cake is ready.",
            "she's on a diet so don't mention the cake",
            "Tell Ida that the hut is free.",
        ),
    ],
)
def test_what_is_left_out_is_gone(instruction: str, follow_up: str, right: str) -> None:
    assert standalone(instruction, follow_up) == right
