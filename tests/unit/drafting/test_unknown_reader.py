"""Whom a draft greets where nothing tells the reader's name."""

from __future__ import annotations

import pytest

from engine.drafting.unknown_reader import without_invented_reader


@pytest.mark.parametrize(
    ("greeting", "told", "greets"),
    [
        ("Dear Mr Pell,", "Write to the landlord that the boiler is off.", "Hello,"),
        ("Hi Karen,", "complain to the bus co, the 36 drove past me", "Hello,"),
        ("Dear Dr. Ann Lee", "ask the vet if bess may eat", "Hello"),
        # What the user told, and what is nobody's name, stays.
        ("Dear Mr Pell,", "Tell Pell that the boiler is off.", "Dear Mr Pell,"),
        ("Dear Mr Pell,", "Tell my landlord it's off. My landlord is Mr Pell.", "Dear Mr Pell,"),
        ("Hi Mum,", "Tell my mother the boiler is off.", "Hi Mum,"),
        ("Dear Landlord,", "Tell the landlord the boiler is off.", "Dear Landlord,"),
        ("Dear Sir or Madam,", "Tell the council.", "Dear Sir or Madam,"),
        ("Hi all,", "Tell everybody.", "Hi all,"),
        ("Hello,", "Tell everybody.", "Hello,"),
    ],
)
def test_an_invented_name_is_not_greeted(greeting, told, greets):
    body = "\n\nThe boiler has been off since Tuesday.\n\nKind regards,\nEllen"
    assert without_invented_reader(greeting + body, told) == greets + body


def test_it_is_greeted_in_the_language_of_the_draft():
    draft = "Lieber Karl,\n\ndie Heizung ist seit Dienstag aus und es ist sehr kalt.\n\nEllen"
    made = without_invented_reader(draft, "Schreib dem Vermieter, dass die Heizung aus ist.")
    assert made.startswith("Guten Tag,\n")


def test_a_draft_without_a_greeting_stays():
    draft = "Karl is off. The boiler, too."
    assert without_invented_reader(draft, "Tell them.") == draft
