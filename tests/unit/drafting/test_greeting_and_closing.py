"""Drafts greet and close as the writer's past mails do."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

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
            'Begin with "Good day Arvid", and say that he can have the ladder',
            f"Good day Arvid,\n\n{TEXT}\n\nFair winds,\nLo",
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


@pytest.mark.parametrize(
    ("asked", "draft", "right"),
    [
        (
            "sag frau keller, dass ich am dienstag nicht kommen kann",
            "Dear Frau Keller,\nam Dienstag kann ich leider nicht kommen.\nBig kiss, Lo",
            "Hallo Frau Keller,\nam Dienstag kann ich leider nicht kommen.\nViele Grüße\nLo",
        ),
        (
            "dis-leur que le chauffage est encore en panne depuis mardi",
            "Dear Sir or Madam,\nle chauffage est encore en panne depuis mardi.\nSincerely,\nLo",
            "Bonjour,\nle chauffage est encore en panne depuis mardi.\nCordialement\nLo",
        ),
        (
            "di' alla signora bini che le chiavi della cantina le ha il portiere",
            "Salve signora Bini,\nle chiavi della cantina le ha il portiere.\nA presto,\nLo",
            "Salve signora Bini,\nle chiavi della cantina le ha il portiere.\nA presto,\nLo",
        ),
    ],
)
def test_what_no_past_mail_shows_is_in_the_draft_s_language(
    asked: str, draft: str, right: str
) -> None:
    assert LO.applied_to(draft, asked=asked) == right
    assert LO.applied_to(draft, asked="tell them what is in the letter") == draft


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
        ("Hi Ann 😊", (), Greeting("Hi", "Ann", " 😊")),
        ("DEAR ANN AND BO,", (), Greeting("DEAR", "ANN AND BO", ",")),
        ("Hi ann and Ida Moor", ("ann",), Greeting("Hi", "ann and Ida Moor", "")),
        ("hi ann and bring cake", ("ann",), Greeting()),
        ("Dear Ida van der Moor,", ("ida", "moor"), Greeting("Dear", "Ida van der Moor", ",")),
        ("Hi Moor, Ida,", ("ida", "moor"), Greeting("Hi", "Moor, Ida", ",")),
        ("Mr Foley,", (), Greeting("", "Mr Foley", ",")),
        ("Will do!", ("will", "hope"), Greeting()),
        ("Hope you are well,", ("will", "hope"), Greeting()),
        ("Ann, bring the cake", ("ann",), Greeting()),
        ("Hi Ann, congratulations!", ("ann",), Greeting()),
        ("Hi Ann! Congratulations", ("ann",), Greeting()),
        ("नमस्ते आशा,", ("आशा",), Greeting("नमस्ते", "आशा", ",")),
        ("Sounds good", (), Greeting()),
        ("Yes please!", (), Greeting()),
        ("", (), Greeting()),
    ],
)
def test_greetings_are_read(line: str, names: tuple[str, ...], read: Greeting) -> None:
    assert read_greeting(line, names) == read


PHONE, LINK = "+44 20 7946 0018", "https://lo.example"


@pytest.mark.parametrize(
    ("draft", "right"),
    [
        ("Ahoy Ann,", "Ahoy Ann,"),
        ("Best regards,\nLo", "Best regards,\nLo"),
        ("Fair winds,\nLo", "Fair winds,\nLo"),
        ("Hi Ann,\n\nThanks!\n\nLo", "Hi Ann,\n\nThanks!\n\nLo"),
        (TEXT, f"{TEXT}\n\nFair winds,\nLo"),
        (
            f"Hi Ann,\n\n{TEXT}\n\nBest,\nLo\n\nP.S. Bring the cake.",
            f"Ahoy Ann,\n\n{TEXT}\n\nFair winds,\nLo\n\nP.S. Bring the cake.",
        ),
        (f"{TEXT}\n\nPS: Bring cake.", f"{TEXT}\n\nFair winds,\nLo\n\nPS: Bring cake."),
        (f"{TEXT}\n\nBest,\nLo 😊", f"{TEXT}\n\nFair winds,\nLo"),
        (f"{TEXT}\n\nBest,\nL.", f"{TEXT}\n\nFair winds,\nLo"),
        (f"{TEXT}\n\n-- Lo", f"{TEXT}\n\nFair winds,\nLo"),
        (f"{TEXT}\n\nBest,\nLo\n{PHONE}", f"{TEXT}\n\nBest,\nLo\n{PHONE}"),
        (f"{TEXT}\n\nBest,\nLo\n{LINK}", f"{TEXT}\n\nBest,\nLo\n{LINK}"),
        (
            "Hi Ann,\n\n  - the saw\n  - the axe\n\nBest,\nLo",
            "Ahoy Ann,\n\n  - the saw\n  - the axe\n\nFair winds,\nLo",
        ),
        (
            f"Hi Ann,\r\n\r\n{TEXT}\r\n\r\nBest,\r\nLo",
            f"Ahoy Ann,\n\n{TEXT}\n\nFair winds,\nLo",
        ),
    ],
)
def test_no_draft_closes_twice(draft: str, right: str) -> None:
    assert LO.applied_to(draft, {"ann"}) == right
    assert LO.applied_to(right, {"ann"}) == right


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("See you Friday", ""),
        ("See you on Friday,", ""),
        ("See you on Friday, Lo", ""),
        ("Love to Bob", ""),
        ("Bring cake", ""),
        ("Bring cake!", ""),
        ("Sorry", ""),
        ("Congratulations Ann", ""),
        ("Sing,", "tell her to sing"),
        ("Thanks for the cake", ""),
        ("Thanks for the cake,", "thank Ann for the cakes"),
        ("Give Ann my regards.", ""),
        ("明日の朝、駅で会いましょう", ""),
        ("Let me know.\nBest regards,", ""),
    ],
)
def test_a_last_line_that_says_something_stays(said: str, asked: str) -> None:
    for name in ("\nLo", "\nBerta Bee", ""):
        changed = LO.applied_to(f"Ahoy Ann,\n\n{TEXT}\n{said}{name}", {"ann"}, asked)
        assert said.splitlines()[0] in changed.splitlines()
        assert LO.applied_to(changed, {"ann"}, asked) == changed


def test_somebody_elses_name_below_what_is_said_becomes_the_writers() -> None:
    draft = f"Ahoy Ann,\n\n{TEXT}\n\nThanks for your help,\nBerta Bee"
    assert LO.applied_to(draft) == f"Ahoy Ann,\n\n{TEXT}\n\nThanks for your help,\n\nLo"


@pytest.mark.parametrize(
    "line",
    ["Congratulations Ann,", "Happy birthday Ann!", "Sorry Ann,", "Hi Ann, congratulations!"],
)
@pytest.mark.parametrize("habits", [LO, BRIEF, NAME_ONLY])
def test_a_first_line_that_says_something_stays(habits: Habits, line: str) -> None:
    assert habits.applied_to(f"{line}\n\n{TEXT}", {"ann", "lee"}).startswith(f"{line}\n")


@pytest.mark.parametrize("signed", ["H. E-L.", "Hugh E.", "Hugh (on the long road)", "HE 😊", "Hu"])
def test_a_writers_own_signature_is_known(signed: str) -> None:
    habits = Habits(past("Dear {},", signed), "Hugh Ellery-Lowe")
    draft = f"Dear Ann,\n\n{TEXT}\n\n{signed}"
    assert habits.applied_to(draft) == draft
    assert habits.applied_to(f"Hello Ann,\n\n{TEXT}\nSoonest\n{signed}") == draft


@pytest.mark.parametrize("body", ["", "ok", "Ok\nok", "Lo", "-", "See you\nLet me know."])
def test_past_mails_that_are_all_alike_do_no_harm(body: str) -> None:
    habits = Habits([PastMail(body, frozenset(), "en")] * 9, "Lo Finch")
    for end in ("", "\nOK", "\nLet me know."):
        changed = habits.applied_to(f"{TEXT}{end}")
        assert changed.casefold().startswith(f"{TEXT}{end}".casefold())
        assert habits.applied_to(changed) == changed


def test_of_a_long_past_mail_both_ends_are_read() -> None:
    long = [
        PastMail(
            mail.body.replace("\n\nFair", "\n\n".join(["", *SAID * 50, "Fair"])), mail.names, "en"
        )
        for mail in past("Ahoy {},", "Fair winds,\nLo")
    ]
    right = f"Ahoy Ann,\n\n{TEXT}\n\nFair winds,\nLo"
    assert Habits(long, "Lo Finch").applied_to(f"Dear Ann,\n{TEXT}\nYours,\nLo") == right


_SENTENCES = st.sampled_from(
    [
        *SAID,
        "- the saw\n- the axe",
        "  1. the saw\n  2. the axe",
        "Can you bring the tent?",
        "See https://quay.example for the map.",
        "السفينة جاهزة ويمكنك أخذها يوم الاثنين.",
        "הסירה מוכנה ואפשר לקחת אותה ביום שני.",
        "船の準備ができたので、月曜日に取りに来てください。",
        "Lo and Ann will both come, and so will I.",
        "word " * 1000 + "end.",
    ]
)
_GREETINGS = ["", "Dear Ann,", "Hi Ann Lee!", "Ann -", "HELLO ANN", "Hi all,", "שלום,", "田中様"]
_CLOSINGS = [
    "",
    "Best,\nLo",
    "Lo",
    "-- Lo",
    "L.",
    "Lo 😊",
    "Thanks!",
    "Flourish\nLo",
    "Best,\nBerta",
]
_LINE_ENDS = ["\n", "\n\n", "\r\n", "\r\n\r\n"]


@settings(deadline=None, derandomize=True, max_examples=60)
@given(
    st.sampled_from([LO, Habits(past("", ""), "Lo"), Habits(past("{} -", "lo", gap="\n"), "Lo")]),
    st.sampled_from(_GREETINGS),
    st.lists(_SENTENCES, min_size=1, max_size=4),
    st.sampled_from(_CLOSINGS),
    st.sampled_from(_LINE_ENDS),
    st.sampled_from(["", "P.S. Bring the cake.", PHONE]),
)
def test_the_text_stays_as_it_is(
    habits: Habits, greeting: str, said: list[str], closing: str, line_end: str, below: str
) -> None:
    text = line_end.join(said)
    draft = line_end.join(filter(None, (greeting, text, closing, below)))
    changed = habits.applied_to(draft, {"ann", "lee"})
    assert text.strip() in changed
    assert below in changed
    assert len(re.findall(r"(?m)^(?:Fair winds|Best),$", changed)) <= 1
    assert habits.applied_to(changed, {"ann", "lee"}) == changed


@settings(deadline=None, derandomize=True, max_examples=60)
@given(st.text(), st.text())
@example("0\r:", "")
@example("\u2028", ":")
def test_no_draft_is_lost(draft: str, asked: str) -> None:
    for habits in (LO, BRIEF, NAME_ONLY):
        assert bool(habits.applied_to(draft, {"ann"}, asked)) == bool(draft)
