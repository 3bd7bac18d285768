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
        ("Ann and Bo", "Tell Ann that I can't come. Ask Bo to bring the key.", ""),
        (
            "Ann and Bo",
            "Tell Ann and Bo that it is at 8. Ask them to bring the wine.",
            "It is at 8. Could you bring the wine?",
        ),
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
        # No list has them, but nobody else is named whom "they" may be.
        (
            "",
            "Tell the Linton party that it is booked. If they cancel within two days we keep it.",
            "It is booked. If you cancel within two days we keep it.",
        ),
        (
            "Marwood",
            "Ask Marwood for a list of the 12 broken cups and say that we hold back their money.",
            "Could I have a list of the 12 broken cups, please? We hold back your money.",
        ),
        (
            "",
            "Ask the sawmill for a price on ten boards. Ask whether they can cut them for me.",
            "Could I have a price on ten boards, please? Can you cut them for me?",
        ),
        # A person of a firm or group is he or she.
        (
            "",
            "tell the press officer i won't send her the text, she can read it till noon",
            "I won't send you the text. You can read it till noon.",
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
