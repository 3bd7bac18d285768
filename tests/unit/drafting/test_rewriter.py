"""The model that puts follow-ups into instructions: what of its texts is taken."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from line_models import line_model

from engine.checking.lexicon import lexicon_of
from engine.drafting.types import DraftRequest
from engine.follow_ups.requests import as_asked
from engine.follow_ups.rewriter import is_made_of, rewriter, rewriting, rewritten
from engine.follow_ups.standalone import standalone
from engine.mail_base.line_model import ADAPTER, LineModel
from engine.prompt.prompt import Turn

TOLD = "Tell Kev the skip comes on Thursday and he needs to move his van by 8."


def model(folder: Path, *texts: str) -> LineModel:
    return line_model(folder, *texts)[0]


COOKS = "Tell Ada that I cook on Sunday and she brings the pudding."
SWAPPED = "Tell Ada that she cooks on Sunday and I bring the pudding."
OTHER_WAY = "other way round, she's got the big oven"


def test_what_the_model_writes_is_taken(tmp_path):
    assert rewritten(COOKS, OTHER_WAY, model(tmp_path, f" {SWAPPED}\n")) == SWAPPED


def test_of_several_that_with_what_is_new_is_taken(tmp_path):
    kept = "Tell Ada that I cook on Sunday and she brings it."
    told = "Tell Ada that I cook on Sunday and she brings the plates and her big oven."
    asked = "plates and her big oven, no pudding"
    assert rewritten(COOKS, asked, model(tmp_path, kept, told)) == told


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
    made = rewritten(COOKS, OTHER_WAY, model(tmp_path, text))
    assert made == standalone(COOKS, OTHER_WAY)


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
    lines, writer = line_model(tmp_path, "Tell Kev yes.")
    made = rewritten(instruction, follow_up, lines)
    assert made == standalone(instruction, follow_up)
    assert writer.asked == []


def test_words_may_change_their_form():
    lexicon = lexicon_of(TOLD)
    both = f"{TOLD} they come on fri, 2 skips"
    assert is_made_of("Tell Kev the 2 skips come on fri", both, lexicon)
    assert not is_made_of("Tell Kev the 3 skips come on fri", both, lexicon)
    assert not is_made_of("Tell Kev the lorries come on fri", both, lexicon)


def test_a_request_is_asked_as_the_rewriter_says(tmp_path):
    turns = (Turn(COOKS, "Hi Ada, I cook on Sunday."),)
    made = rewriter(model(tmp_path, SWAPPED))
    asked = as_asked(DraftRequest(OTHER_WAY, turns=turns), made)
    assert asked.instruction == SWAPPED
    assert asked.turns == ()
    assert as_asked(DraftRequest("friendlier", turns=turns), made).changed
    assert as_asked(DraftRequest(COOKS), made).instruction == COOKS


def test_it_is_closed_once(tmp_path):
    made, writer = line_model(tmp_path, "")
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
