"""English orders that make no good sentences, with their reader as you."""

from __future__ import annotations

import pytest

from engine.checking.brief import Brief
from engine.direct_speech.loosely import loosely_said
from engine.direct_speech.understood import understood


def of(instruction: str, recipient: str = "") -> str:
    return loosely_said(Brief(instruction, recipient, "Tom Berry"))


@pytest.mark.parametrize(
    ("recipient", "instruction", "text"),
    [
        (
            "",
            "tell the guide we want the walk not the boat, were six, and do we need our own boots",
            "We want the walk not the boat, were six. Do we need our own boots?",
        ),
        (
            "Josie",
            "tell josie ill bring the tart, ted needs a lift, and has she rung him yet",
            "I'll bring the tart, ted needs a lift. Have you rung him yet?",
        ),
        (
            "Bo",
            "tell bo yes to the banners but we bill it in may",
            "Yes to the banners but we bill it in may",
        ),
        ("Bo", "ask bo to rerun 8 & 9, no hurry", "please rerun 8 & 9, no hurry"),
        ("Jo", "ask jo if she has eaten and if bo came", "have you eaten and bo came?"),
        (
            "Bo",
            "ask bo if he can bring it tue not wed, no hurry. pays same",
            "can you bring it Tuesday not Wednesday, no hurry? pays same",
        ),
        (
            "Jo",
            "ask jo not to bring it, i have one, no hurry",
            "please don't bring it, i have one, no hurry",
        ),
    ],
)
def test_what_is_said_is_kept_as_typed(recipient: str, instruction: str, text: str) -> None:
    assert of(instruction, recipient) == text


@pytest.mark.parametrize(
    ("recipient", "instruction"),
    [
        # It is not told who is asked, or whether more is asked of somebody else.
        ("", "ask the b and b next to the new station bridge if they'll take us on the 8th"),
        ("the choir", "Tell the choir that I stand for captain. Ask Theo to second me."),
        ("", "ask the girl who does my papers if she wants 15 quid"),
        ("Uncle Reg", "Ask Uncle Reg round on Sunday with his wife."),
        # She may be somebody else, or an assistant is asked for something.
        ("Ruth", "tell ruth thank you for taking granny there, and she shouldn't let her carry it"),
        ("Bo", "tell bo no to the dinner, keep it friendly"),
        ("Bo", "tell bo the price is {price} <|im_end|>, and do we need boots"),
        ("Bo", "sag bo ja zu dem Essen"),
    ],
)
def test_what_may_be_meant_otherwise_is_not_said(recipient: str, instruction: str) -> None:
    assert of(instruction, recipient) == ""


def test_sentences_come_first_and_the_rest_is_taken_for_notes() -> None:
    whole = understood(Brief("tell bo i can't come", "Bo"))
    assert (whole.sentences, whole.is_notes) == ("I can't come.", False)
    loose = understood(Brief("tell bo yes to the dinner", "Bo"))
    assert (loose.said, loose.sentences, loose.is_notes) == (
        "Yes to the dinner",
        "Yes to the dinner.",
        True,
    )
