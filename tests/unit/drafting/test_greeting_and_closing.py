"""Drafts greet and close as the writer's past mails do."""

from __future__ import annotations

import pytest

from engine.drafting.greeting_and_closing import Habits, PastMail
from engine.mail.greetings import Greeting, read_greeting

SAID = (
    "The boat is ready and you can fetch it on Monday.",
    "Thank you for the long letter about the garden and the bees.",
    "I have counted the chairs in the hall, and there are forty of them.",
    "We should meet before the summer and talk about the new roof.",
    "The printer is broken again, so I will bring the papers with me.",
    "My sister has found the keys that you had left on the table.",
)
NAMES = ("Nils", "Ann", "Bo", "Cy", "Di", "Ed")


def past(greeting: str, closing: str, *, gap: str = "\n\n", language: str = "en") -> list[PastMail]:
    """Six mails; "{}" in the greeting is the recipient's first name."""
    mails = []
    for name, said in zip(NAMES, SAID, strict=True):
        frame = [greeting.format(name)] if greeting else []
        frame += [said, *([closing] if closing else [])]
        mails.append(PastMail(gap.join(frame), frozenset({name.casefold(), "berg"}), language))
    return mails


LO = Habits(past("Ahoy {},", "Fair winds,\nLo"), "Lo Finch")
BRIEF = Habits(past("", ""), "Ro Bell")
NAME_ONLY = Habits(past("{} -", "ro", gap="\n"), "Ro Bell")

TEXT = "You can have the long ladder on Friday."


@pytest.mark.parametrize(
    ("habits", "draft", "right"),
    [
        pytest.param(
            LO,
            f"Dear Arvid,\n{TEXT}\nYours sincerely,\nLo Finch",
            f"Ahoy Arvid,\n\n{TEXT}\n\nFair winds,\nLo",
            id="the writer's words and blank lines",
        ),
        pytest.param(
            LO,
            f"ahoy Arvid,\n\n{TEXT}\n\nFair winds, Lo",
            f"Ahoy Arvid,\n\n{TEXT}\n\nFair winds,\nLo",
            id="known words are spelled as they are",
        ),
        pytest.param(
            LO,
            f"Ahoy Sam,\n{TEXT}\nÀ plus, Lo Finch",
            f"Ahoy Sam,\n\n{TEXT}\n\nFair winds,\nLo",
            id="a closing with the name on its line",
        ),
        pytest.param(
            LO,
            f"Ahoy Sam,\n{TEXT}\nFlourish\nLo",
            f"Ahoy Sam,\n\n{TEXT}\n\nFair winds,\nLo",
            id="somebody else's closing above the name",
        ),
        pytest.param(
            LO,
            f"Ahoy Sam,\n{TEXT}\nBest regards,\nTom Berry",
            f"Ahoy Sam,\n\n{TEXT}\n\nFair winds,\nLo",
            id="somebody else's name",
        ),
        pytest.param(
            LO, f"Ahoy Sam,\n{TEXT}", f"Ahoy Sam,\n\n{TEXT}\n\nFair winds,\nLo", id="none"
        ),
        pytest.param(
            LO,
            f"Dear Dr Bell,\n\n{TEXT}\n\nFair winds,\nLo",
            f"Dear Dr Bell,\n\n{TEXT}\n\nFair winds,\nLo",
            id="no title is greeted as friends are",
        ),
        pytest.param(
            LO,
            f"Sounds good\n{TEXT}\nBring wine!",
            f"Sounds good\n{TEXT}\nBring wine!\n\nFair winds,\nLo",
            id="what says something is no greeting and no closing",
        ),
        pytest.param(BRIEF, f"Dear Ann,\n{TEXT}\nBest,\nRo", TEXT, id="a writer who does neither"),
        pytest.param(
            NAME_ONLY,
            f"Dear Zoe,\n\n{TEXT}\n\nBest wishes,\nRo Bell",
            f"Zoe -\n{TEXT}\nro",
            id="names alone",
        ),
        pytest.param(
            LO,
            f"Dear arvid@quay.example,\n{TEXT}\n\nFair winds,\nLo",
            f"{TEXT}\n\nFair winds,\nLo",
            id="no address is greeted",
        ),
        pytest.param(
            Habits([*past("Ahoy {},", "Lo"), *past("Ahoy,", "Lo")], "Lo Finch"),
            f"Dear arvid@quay.example,\n{TEXT}\n\nLo",
            f"Ahoy,\n\n{TEXT}\n\nLo",
            id="whose name is unknown is greeted without one",
        ),
        pytest.param(LO, "", "", id="nothing"),
        pytest.param(
            Habits(past("Ahoy {},", "Fair winds,\nLo")[:4], "Lo Finch"),
            f"Dear Arvid,\n{TEXT}\nYours sincerely,\nLo Finch",
            f"Dear Arvid,\n{TEXT}\nYours sincerely,\nLo Finch",
            id="too few mails",
        ),
        pytest.param(
            LO,
            "Lieber Arvid,\nder Kuchen für das Fest am Sonntag ist schon fertig.\nViele Grüße\nLo",
            "Lieber Arvid,\nder Kuchen für das Fest am Sonntag ist schon fertig.\nViele Grüße\nLo",
            id="another language",
        ),
    ],
)
def test_a_draft_greets_and_closes_as_the_writer(habits: Habits, draft: str, right: str) -> None:
    assert habits.applied_to(draft) == right
    assert habits.applied_to(right) == right


@pytest.mark.parametrize(
    ("asked", "draft"),
    [
        (
            'Tell Arvid that he can have the ladder. Sign with "See you at the quay".',
            f"Ahoy Arvid,\n\n{TEXT}\n\nSee you at the quay,\nLo",
        ),
        (
            'Begin with "Well met Arvid", and say that he can have the ladder',
            f"Well met Arvid,\n\n{TEXT}\n\nFair winds,\nLo",
        ),
    ],
)
def test_what_was_asked_for_stays(asked: str, draft: str) -> None:
    assert LO.applied_to(draft, asked=asked) == draft
    assert LO.applied_to(draft) != draft


def test_who_greets_by_first_names_greets_by_the_first_name() -> None:
    draft = f"Ahoy Ann Lee,\n\n{TEXT}\n\nFair winds,\nLo"
    assert LO.applied_to(draft, {"ann", "lee"}) == draft.replace("Ann Lee", "Ann")
    assert LO.applied_to(draft) == draft  # "Ann Lee" may be two people.
    by_both = Habits(past("Ahoy {} Berg,", "Fair winds,\nLo"), "Lo Finch")
    assert by_both.applied_to(draft, {"ann", "lee"}) == draft


def test_what_was_written_to_the_same_person_counts_first() -> None:
    formal = [
        PastMail(f"Dear Ms Moor,\n\n{said}\n\nRegards,\nLo", frozenset({"moor"}), "en")
        for said in SAID[:3]
    ]
    habits = Habits([*past("Ahoy {},", "Fair winds,\nLo"), *formal], "Lo Finch")
    draft = f"Hello Ms Moor,\n\n{TEXT}\n\nRegards,\nLo"
    assert habits.applied_to(draft) == f"Dear Ms Moor,\n\n{TEXT}\n\nRegards,\nLo"


@pytest.mark.parametrize("mail", past("Ahoy {},", "Fair winds,\nLo"))
def test_the_writers_own_mails_stay(mail: PastMail) -> None:
    assert LO.applied_to(mail.body, mail.names) == mail.body


@pytest.mark.parametrize(
    ("line", "names", "read"),
    [
        ("Dear Dr. Anna Bell,", (), Greeting("Dear", "Dr. Anna Bell", ",")),
        ("Good Morning Ann!", (), Greeting("Good Morning", "Ann", "!")),
        ("hi ann", ("ann", "lee"), Greeting("hi", "ann", "")),
        ("Guten Tag Frau Moor,", (), Greeting("Guten Tag", "Frau Moor", ",")),
        ("Hi all,", (), Greeting("Hi all", "", ",")),
        ("Ann,", ("ann",), Greeting("", "Ann", ",")),
        ("Sounds good", (), Greeting()),
        ("Yes please!", (), Greeting()),
        ("", (), Greeting()),
    ],
)
def test_greetings_are_read(line: str, names: tuple[str, ...], read: Greeting) -> None:
    assert read_greeting(line, names) == read
