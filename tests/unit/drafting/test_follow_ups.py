"""An edited instruction, and a follow-up put into its instruction, are drafted anew."""

from __future__ import annotations

import dataclasses

import apsw
import pytest

from drafting.parrot import LETTER, Parrot
from engine.drafting.drafting import draft
from engine.drafting.preparing import understood_of
from engine.drafting.types import DraftRequest
from engine.follow_ups.requests import as_asked
from engine.follow_ups.standalone import standalone
from engine.generators.loading import LoadedGenerator
from engine.home.home import Home
from engine.prompt.prompt import Turn
from engine.settings import Settings
from training.corpus import read_follow_ups

ASKED = "Tell Bo that I can come on Friday at 7."
EARLIER = "Hi Bo, I can come on Friday at 7."


def request(instruction: str, *earlier: str) -> DraftRequest:
    turns = tuple(Turn(text, EARLIER) for text in earlier)
    return DraftRequest(instruction, thread=(LETTER,), recipient="Bo", turns=turns)


@pytest.mark.parametrize(
    "edited",
    [
        "Tell Bo that I can come on Thursday at 8.",
        "tell Bo that i can't come on friday",
        "Tell Bo that I can come on Friday at 7, and ask whether Ann comes, too.",
        ASKED,
    ],
)
def test_an_edited_instruction_stands_alone(edited: str) -> None:
    assert as_asked(request(edited, ASKED)) == request(edited)
    assert as_asked(request(edited, ASKED, "shorter")) == request(edited)


@pytest.mark.parametrize(
    "follow_up",
    ["no, Thursday", "Tell Bo to bring Ann.", "at 8", "and ask whether Ann comes, too"],
)
def test_a_follow_up_is_put_into_its_instruction(follow_up: str) -> None:
    asked = as_asked(request(follow_up, ASKED))
    assert asked == dataclasses.replace(request(standalone(ASKED, follow_up)), unlike=EARLIER)
    again = as_asked(request("mention the oars", ASKED, follow_up))
    assert again.instruction == standalone(asked.instruction, "mention the oars")


@pytest.mark.parametrize(
    ("follow_up", "adverb", "length"),
    [("shorter, he hates waffle", "briefly", -1), ("bit harsh. say it more nicely", "nicely", 0)],
)
def test_a_draft_whose_tone_alone_is_changed_is_revised(
    follow_up: str, adverb: str, length: int
) -> None:
    asked = as_asked(request(follow_up, ASKED))
    changed = f"Tell Bo {adverb} that I can come on Friday at 7."
    revised = dataclasses.replace(request(follow_up, ASKED), changed=changed, length=length)
    assert asked == revised
    assert asked.said == ASKED
    again = as_asked(request("at 8", ASKED, follow_up))
    assert again.instruction == changed.replace("at 7", "at 8")


@pytest.mark.parametrize(
    ("follow_up", "said"),
    [("shorter", "You have my key."), ("friendlier", ""), ("longer", "")],
)
def test_only_a_shorter_mail_is_made_of_direct_speech(follow_up: str, said: str) -> None:
    asked = as_asked(request(follow_up, "Tell Bo that he has my key."))
    assert understood_of(asked, "Bo", "").sentences == said


@pytest.mark.parametrize("follow_up", ["shorter", "at 8"])
def test_a_draft_that_was_edited_by_hand_is_revised(follow_up: str) -> None:
    edited = Turn(ASKED, EARLIER, is_edited=True)
    asked = dataclasses.replace(request(follow_up), turns=(edited,))
    assert as_asked(asked) is asked
    assert as_asked(dataclasses.replace(asked, instruction=ASKED)) == request(ASKED)


def test_a_follow_up_of_an_edited_instruction_changes_that_one() -> None:
    edited = "Tell Bo that I can come on Monday at 7."
    asked = as_asked(request("no, at 8", ASKED, edited))
    assert asked.instruction == "Tell Bo that I can come on Monday at 8."


def test_a_first_instruction_is_as_it_is() -> None:
    assert as_asked(request(ASKED)) == request(ASKED)


def test_written_follow_ups_and_edited_instructions_are_told_apart() -> None:
    def stands_alone(instruction: str, text: str) -> bool:
        return as_asked(request(text, instruction)) == as_asked(request(text))

    written = list(read_follow_ups())
    # Those that were written later change more at once.
    for rows, share in ((written[:1986:8], 0.97), (written[1986::8], 0.88)):
        edited = sum(stands_alone(one.instruction, one.standalone) for one in rows)
        followed = sum(stands_alone(one.instruction, one.follow_up) for one in rows)
        assert edited >= share * len(rows)
        assert followed <= 0.005 * len(rows)


def test_the_prompt_of_an_edited_instruction_shows_no_draft(
    mailbox: apsw.Connection, home: Home, settings: Settings
) -> None:
    loaded = LoadedGenerator(Parrot("Hi Bo, Thursday then."), "mine", "small")
    edited = "Tell Bo that I can come on Thursday at 7."
    made = draft(request(edited, ASKED), mailbox, home, settings, loaded)
    assert EARLIER not in str(made.prepared.messages)
    assert made.prepared.messages[-1].content.endswith(f"Instruction: {edited}")
    made = draft(request("no, Thursday", ASKED), mailbox, home, settings, loaded)
    assert made.prepared.messages[-1].content.endswith(
        "Instruction: Tell Bo that I can come on Thursday at 7."
    )
    assert made.request.instruction == "no, Thursday"
    assert made.asked == "Tell Bo that I can come on Thursday at 7."
    assert draft(request(edited), mailbox, home, settings, loaded).asked == ""


@pytest.mark.parametrize(
    ("instruction", "follow_up", "asked"),
    [
        ("Tell Bo it is on page 6.", "page 8 too", "Tell Bo it is on page 6 and 8."),
        (
            "ask bo if he takes my tuesday class",
            "both tuesday and thursday",
            "ask bo if he takes my tuesday and thursday class",
        ),
        ("Tell Bo I come on Monday.", "and friday", "Tell Bo I come on Monday and Friday."),
        (
            "Sag Bo, dass ich am Montag komme.",
            "Dienstag auch",
            "Sag Bo, dass ich am Montag und Dienstag komme.",
        ),
        # What says more, or is of another sort, is no fact beside another.
        ("tell bo he owes me 40", "and 20 for the taxi", "tell bo he owes me 40. 20 for the taxi"),
        ("Tell Bo I come on Monday.", "no, friday", "Tell Bo I come on Friday."),
    ],
)
def test_a_fact_may_come_beside_the_one_that_stays(instruction, follow_up, asked) -> None:
    assert standalone(instruction, follow_up) == asked


@pytest.mark.parametrize(
    ("instruction", "follow_up", "asked"),
    [
        # A verb is denied, and keeps what is told of it.
        (
            "Tell Bo I've paid £60 for the hut and that Ann pays.",
            "haven't paid it yet, will do tonight",
            "Tell Bo I haven't paid £60 for the hut yet, will do tonight and that Ann pays.",
        ),
        (
            "tell bo i booked the hut for 8",
            "i didn't book it",
            "tell bo i didn't book the hut for 8",
        ),
        (
            "Tell Bo that I've filled out the forms.",
            "haven't filled them out",
            "Tell Bo that I haven't filled out the forms.",
        ),
        # "No" before who does something is none of the mail.
        (
            "Tell Bo that I'll pay for the hut and he pays for the boat.",
            "no he pays the hut, i pay the boat",
            "Tell Bo that he pays the hut and i pay the boat.",
        ),
        # Two words change places; a name takes another's.
        ("bo: 40 cups not 30, weds", "other way round, 30 not 40", "bo: 30 cups not 40, weds"),
        ("Tell Bo that Carl eats no fish.", "not Carl, Chuck", "Tell Bo that Chuck eats no fish."),
        # What is said around a fact is none of the mail.
        ("tell bo it is ready, 45 dollars", "54 sorry", "tell bo it is ready, 54 dollars"),
        (
            "bo - hut done, guy says roof is cracked. mind the step",
            "dont tell him about the crack, he'll worry",
            "bo - hut done. mind the step",
        ),
    ],
)
def test_what_is_denied_swapped_or_kept_quiet_is_put_in_its_place(
    instruction, follow_up, asked
) -> None:
    assert standalone(instruction, follow_up) == asked
