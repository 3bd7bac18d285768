"""Direct speech to firms and groups, whom an instruction calls they."""

from __future__ import annotations

import pytest

from engine.checking.brief import Brief
from engine.direct_speech.speaking import direct_speech


@pytest.mark.parametrize(
    ("recipient", "instruction", "text"),
    [
        (
            "Hillside Bakery",
            "Ask if they can bake it on Monday and what it costs.",
            "Could you tell me whether you can bake it on Monday and what it costs?",
        ),
        # Things named before are they, too; what only persons do tells who is meant.
        (
            "Tully's Bookshop Ltd",
            "Ask whether the books I ordered have come, and if not, when they expect them.",
            "Could you tell me whether the books I ordered have come, and if not, when you expect "
            "them?",
        ),
        (
            "the choir",
            "Tell the choir that the scores are here and that Bo is selling them.",
            "The scores are here. Bo is selling them.",
        ),
        ("Tully's Bookshop Ltd", "Ask whether the books are in and whether they are signed.", ""),
        ("Elm Lettings", "Say that the tenants have left and that they owe me a month.", ""),
        # A firm's name may be a common word.
        (
            "Mill Road Residents Association",
            "Tell them that the road is shut and that they can park at the mill.",
            "The road is shut. You can park at the mill.",
        ),
        ("Choir", "not coming to choir tonight, sorry", "I'm not coming to choir tonight, sorry."),
        (
            "Our neighbours",
            "Ask the neighbours if they can feed our cats and say we'll bring them some jam.",
            "Can you feed our cats? We'll bring you some jam.",
        ),
        # Several readers.
        (
            "Lou and Max Tarn",
            "Congratulate Lou and Max on their twins.",
            "Congratulations on your twins!",
        ),
        (
            "Mr and Mrs Tarn",
            "Thank Mr and Mrs Tarn for their cake.",
            "Thank you for your cake.",
        ),
    ],
)
def test_firms_and_groups_are_you(recipient: str, instruction: str, text: str) -> None:
    assert direct_speech(Brief(instruction, recipient, "Tom Berry")) == text
