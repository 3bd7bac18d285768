"""The model that puts follow-ups into instructions: what of its texts is taken."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest

from engine.checking.lexicon import lexicon_of
from engine.drafting.types import DraftRequest
from engine.follow_ups.requests import as_asked
from engine.follow_ups.rewriter import ADAPTER, Rewriter, is_made_of, rewriting
from engine.follow_ups.standalone import standalone
from engine.home.home import Home
from engine.prompt.prompt import Turn

TOLD = "Tell Kev the skip comes on Thursday and he needs to move his van by 8."


class Writer:
    """A generator that writes one text, and counts how often it is asked."""

    def __init__(self, text: str) -> None:
        self.text, self.asked, self.is_closed = text, 0, False

    def stream(self, messages: object, sampling: object) -> Iterator[str]:
        self.asked += 1
        yield self.text

    def close(self) -> None:
        self.is_closed = True


def rewriter(text: str, tmp_path) -> Rewriter:
    made = Rewriter(Home(tmp_path), lambda: 1)
    made._generator = Writer(text)  # type: ignore[assignment]
    return made


def test_what_the_model_writes_is_taken(tmp_path):
    friday = TOLD.replace("Thursday", "Friday")
    assert rewriter(f" {friday}\n", tmp_path)(TOLD, "no, friday") == friday


@pytest.mark.parametrize(
    "text",
    [
        "",
        TOLD,  # Nothing is changed.
        "Tell Kev the dumpster comes on Friday.",  # Words that nobody typed.
        "Tell Kev the skip comes on Friday and he needs to move his van by 9.",
        "Tell Kev the skip comes on Friday, " + "and he needs to move, " * 9,
    ],
)
def test_what_is_not_made_of_both_texts_is_not_taken(text, tmp_path):
    assert rewriter(text, tmp_path)(TOLD, "no, friday") == standalone(TOLD, "no, friday")


@pytest.mark.parametrize(
    ("instruction", "follow_up"),
    [
        ("Sag Karl, dass die Lieferung am Montag kommt und er da sein muss.", "nein, am Dienstag"),
        (TOLD * 40, "no, friday"),
        (TOLD, "no, friday. " * 200),
    ],
)
def test_other_languages_and_whole_texts_are_left_to_the_rules(instruction, follow_up, tmp_path):
    made = rewriter("Tell Kev yes.", tmp_path)
    assert made(instruction, follow_up) == standalone(instruction, follow_up)
    assert made._generator.asked == 0


def test_words_may_change_their_form():
    lexicon = lexicon_of(TOLD)
    both = f"{TOLD} they come on fri, 2 skips"
    assert is_made_of("Tell Kev the 2 skips come on fri", both, lexicon)
    assert not is_made_of("Tell Kev the 3 skips come on fri", both, lexicon)
    assert not is_made_of("Tell Kev the lorries come on fri", both, lexicon)


def test_a_request_is_asked_as_the_rewriter_says(tmp_path):
    turns = (Turn(TOLD, "Hi Kev, the skip comes on Thursday."),)
    friday = TOLD.replace("Thursday", "Friday")
    asked = as_asked(DraftRequest("no, friday", turns=turns), rewriter(friday, tmp_path))
    assert asked.instruction == friday
    assert asked.turns == ()
    made = rewriter(friday, tmp_path)
    assert as_asked(DraftRequest("friendlier", turns=turns), made).changed
    assert as_asked(DraftRequest(TOLD), made).instruction == TOLD


def test_it_is_closed_once(tmp_path):
    made = rewriter("", tmp_path)
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
