"""Whom he and she mean, where somebody else of that sex is named, too."""

from __future__ import annotations

import pytest

from engine.checking.brief import Brief
from engine.direct_speech.meant import readers
from engine.direct_speech.understood import understood


def said(instruction: str, recipient: str) -> str:
    return understood(Brief(instruction, recipient, "Tom Berry")).said


@pytest.mark.parametrize(
    ("instruction", "recipient", "text"),
    [
        ("Tell Mr Voss that his tenant rang me, not his wife.", "Mr Voss",
         "Your tenant rang me, not your wife."),
        ("Tell Ron he's down to umpire on Saturday and needs to fetch the key from Dennis.", "Ron",
         "You're down to umpire on Saturday and need to fetch the key from Dennis."),
        ("tell wilf the honey's 7 a jar for him if he takes 20", "Wilf",
         "The honey's 7 a jar for you if you take 20."),
        ("Tell Mr Pren that the seller will knock off 4,000 and that I advise him to accept.",
         "Mr Pren", "The seller will knock off 4,000. I advise you to accept."),
        # Who is told something is another, though the reader's name is no woman's.
        ("ask greg to ring the cook and tell her we're 60. i'll ring her, too", "Greg",
         "Could you ring the cook and tell her we're 60? I'll ring her, too."),
        ("Ask Trish not to tell Marco yet, I want to tell him myself, and ask her if she's coming.",
         "Trish", "Please don't tell Marco yet. I want to tell him myself. Are you coming?"),
        # The name that only the line gives tells who is meant, typed without a capital, too.
        ("tell ann he will come if she rings", "", "He will come if you ring."),
        ("tell tom she'd come if he rings", "", "She'd come if you ring."),
        ("tell jo hed need to lend us a crate", "Jo", "You'd need to lend us a crate."),
        ("tell ann weve got the key and youll need it", "Ann",
         "We've got the key and you'll need it."),
    ],
)  # fmt: skip
def test_the_likelier_one_is_meant(instruction: str, recipient: str, text: str) -> None:
    assert said(instruction, recipient) == text


@pytest.mark.parametrize(
    ("instruction", "recipient"),
    [
        ("Tell Ann that Eva says she is ill.", "Ann"),
        ("tell kim bo told me he's ill now", "Kim"),
        ("Tell Nora she can keep the dog and I have her lead.", "Nora"),
        ("Tell Sandra I wait for the widow. If she says no we use the drawing.", "Sandra"),
        ("dont feed the cat the fish one she gets sick", "Jo"),
    ],
)
def test_what_may_be_either_is_not_said(instruction: str, recipient: str) -> None:
    assert said(instruction, recipient) == ""


def test_places_are_those_of_the_text_alone():
    brief = Brief("Tell Ron that Al owes me. Ask him if he pays him.", "Ron", "Tom")
    found = readers("if he can pay", "he", brief, "that Al owes me. I told Al", asks=True)
    assert found == {1}


def test_orders_by_people_and_places_are_told_apart():
    hall = "tell mr finch the caretaker we'll tidy the hall ourselves so he can go home at 7"
    assert said(hall, "Mr Finch") == "We'll tidy the hall ourselves so you can go home at 7."
    street = "tell hank across the street his sprinkler's hitting my truck every morning"
    assert said(street, "Hank") == "Your sprinkler's hitting my truck every morning."
    cleaner = "tell the window cleaner the scaffolding comes down on the 3rd"
    assert said(cleaner, "") == "The scaffolding comes down on the 3rd."
    assert said("Tell Ann the plumber comes on Friday.", "Ann") == "The plumber comes on Friday."
    assert said("write to the optician my new glasses are wrong", "") == "My new glasses are wrong."
