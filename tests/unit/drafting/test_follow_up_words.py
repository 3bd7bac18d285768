"""Names, capitals and tones that a follow-up brings get the form that the instruction asks for."""

from __future__ import annotations

import pytest

from engine.follow_ups.standalone import standalone

TOLD = "Tell Mrs Nowak that the two skirts are ready and can be fetched on Monday."


@pytest.mark.parametrize(
    ("instruction", "follow_up", "right"),
    [
        # A weekday has its capital, and a function word in the middle none.
        (TOLD, "tuesday", TOLD.replace("Monday", "Tuesday")),
        ("tell bo to come on monday", "tuesday", "tell bo to come on tuesday"),
        (
            "Tell Ida that Bo fetches the key and that I will pay for the oars.",
            "He's paying for the oars, not me.",
            "Tell Ida that Bo fetches the key and that he's paying for the oars.",
        ),
        # A name that is spelled by a letter.
        (
            "ask bo if katrin's in on monday",
            "its catrin with a c",
            "ask bo if catrin's in on monday",
        ),
        # Whom it is for is told once, however it is written.
        (TOLD, "tell mrs novak its three skirts", TOLD.replace("two", "three")),
        # A tone behind what else is asked.
        (
            "tell ida we won",
            "jollier and say we're off to the pub",
            "tell ida in a jolly way we won. say we're off to the pub",
        ),
    ],
)
def test_words_have_their_form(instruction: str, follow_up: str, right: str) -> None:
    assert standalone(instruction, follow_up) == right
