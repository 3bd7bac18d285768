"""The model that puts follow-ups into instructions: what of its texts is taken."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import pytest

from engine.checking.lexicon import lexicon_of
from engine.drafting.types import DraftRequest
from engine.follow_ups.requests import as_asked
from engine.follow_ups.rewriter import ADAPTER, Rewriter, is_made_of, rewriting
from engine.follow_ups.standalone import standalone
from engine.generators import Written
from engine.home.home import Home
from engine.prompt.prompt import Turn

TOLD = "Tell Kev the skip comes on Thursday and he needs to move his van by 8."


class Writer:
    """A generator that writes these texts, and counts how often it is asked."""

    def __init__(self, *texts: str) -> None:
        self.texts, self.asked, self.is_closed = texts, 0, False

    def stream_several(
        self, messages: object, samplings: Sequence[object], on_text: Callable[[int, str], bool]
    ) -> list[Written]:
        self.asked += 1
        for number in range(len(samplings)):
            on_text(number, self.texts[min(number, len(self.texts) - 1)])
        return [Written(True, -0.1 * number) for number in range(len(samplings))]

    def close(self) -> None:
        self.is_closed = True


def rewriter(tmp_path, *texts: str) -> Rewriter:
    made = Rewriter(Home(tmp_path), lambda: 1)
    made._generator = Writer(*texts)  # type: ignore[assignment]
    return made


COOKS = "Tell Ada that I cook on Sunday and she brings the pudding."
SWAPPED = "Tell Ada that she cooks on Sunday and I bring the pudding."
OTHER_WAY = "other way round, she's got the big oven"


def test_what_the_model_writes_is_taken(tmp_path):
    assert rewriter(tmp_path, f" {SWAPPED}\n")(COOKS, OTHER_WAY) == SWAPPED


def test_of_several_that_with_what_is_new_is_taken(tmp_path):
    kept = "Tell Ada that I cook on Sunday and she brings it."
    told = "Tell Ada that I cook on Sunday and she brings the plates and her big oven."
    assert rewriter(tmp_path, kept, told)(COOKS, "plates and her big oven, no pudding") == told


@pytest.mark.parametrize(
    "text",
    [
        "",
        COOKS,  # Nothing is changed.
        "Tell Ada that she roasts on Sunday.",  # Words that nobody typed.
        "Tell Ada that she cooks on Sunday at 9.",
        "Tell Ada that she cooks on Sunday, " + "and she brings the pudding, " * 9,
    ],
)
def test_what_is_not_made_of_both_texts_is_not_taken(text, tmp_path):
    assert rewriter(tmp_path, text)(COOKS, OTHER_WAY) == standalone(COOKS, OTHER_WAY)


@pytest.mark.parametrize(
    ("instruction", "follow_up"),
    [
        ("Sag Karl, dass die Lieferung am Montag kommt und er da sein muss.", "andersrum bitte"),
        (TOLD * 40, "the other way"),
        (TOLD, "the other way. " * 200),
        (TOLD, "no, friday"),  # It names exactly what it changes.
    ],
)
def test_other_languages_whole_texts_and_facts_are_left_to_the_rules(
    instruction, follow_up, tmp_path
):
    made = rewriter(tmp_path, "Tell Kev yes.")
    assert made(instruction, follow_up) == standalone(instruction, follow_up)
    assert made._generator.asked == 0


def test_words_may_change_their_form():
    lexicon = lexicon_of(TOLD)
    both = f"{TOLD} they come on fri, 2 skips"
    assert is_made_of("Tell Kev the 2 skips come on fri", both, lexicon)
    assert not is_made_of("Tell Kev the 3 skips come on fri", both, lexicon)
    assert not is_made_of("Tell Kev the lorries come on fri", both, lexicon)


def test_a_request_is_asked_as_the_rewriter_says(tmp_path):
    turns = (Turn(COOKS, "Hi Ada, I cook on Sunday."),)
    made = rewriter(tmp_path, SWAPPED)
    asked = as_asked(DraftRequest(OTHER_WAY, turns=turns), made)
    assert asked.instruction == SWAPPED
    assert asked.turns == ()
    assert as_asked(DraftRequest("friendlier", turns=turns), made).changed
    assert as_asked(DraftRequest(COOKS), made).instruction == COOKS


def test_it_is_closed_once(tmp_path):
    made = rewriter(tmp_path, "")
    writer = made._generator
    made.close()
    made.close()
    assert writer.is_closed


def test_the_packaged_adapter_is_the_expected_one_and_small():
    assert hashlib.sha256(ADAPTER.path.read_bytes()).hexdigest() == ADAPTER.sha256
    assert ADAPTER.path.stat().st_size < 12_000_000


def test_the_prompt_names_both():
    system, user = rewriting(" Tell Bo yes. ", "no\n")
    assert user.content == "Instruction: Tell Bo yes.\nChange: no"
    assert system.role == "system"
