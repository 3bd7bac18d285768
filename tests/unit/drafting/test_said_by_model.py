"""What a line says, by the model for lines or by rules."""

from __future__ import annotations

import pytest
from line_models import line_model

from engine.checking.brief import Brief
from engine.direct_speech.by_model import saying, understood_by
from engine.direct_speech.choosing import WEIGHTS, Option, features, is_sound, worth
from engine.direct_speech.understood import understood
from engine.drafting.preparing import understood_of
from engine.drafting.types import DraftRequest
from engine.fitted_weights import read_class_weights

LINE = "ring round says hake is 10.20 a kilo, tell franco do i get him 2 boxes or 3, say by 4am"
SAID = "The ring-round says hake is 10.20 a kilo. Do I get you 2 boxes or 3? Say by 4am."
FRANCO = Brief(LINE, recipient="Franco Rossi", user_name="Ann Lee")

RUN_ON = (
    "tell karen no we cant start monday scaffolders only come tuesday so we start wed, she has "
    "to move her car off the drive by tues 7am"
)
KAREN = Brief(RUN_ON, recipient="Karen", user_name="Ann Lee")
IN_SENTENCES = (
    "No, we can't start on Monday. The scaffolders only come on Tuesday, so we start on "
    "Wednesday. You have to move your car off the drive by Tuesday, 7am."
)


def test_what_the_model_says_is_taken_where_rules_understand_nothing(tmp_path):
    assert understood(FRANCO).said == ""
    model, writer = line_model(tmp_path, f" {SAID}\n")
    told = understood_by(model, FRANCO, "Franco")
    assert (told.said, told.sentences, told.is_notes) == (SAID, SAID, False)
    assert writer.asked == [f"From: Ann Lee\nTo: Franco\nInstruction: {LINE}"]


@pytest.mark.parametrize(
    "text",
    [
        "The ring-round says hake is 10.30 a kilo. Do I get you 2 boxes or 3? Say by 4am.",
        "The ring-round says hake is 10.20 a kilo. Do I get you boxes? Say by 4am.",
        "The ring-round says hake is 10.20 a kilo. Do I get Mo 2 boxes or 3? Say by 4am.",
        "The ring-round says hake is 10.20 a kilo. Does Franco get 2 boxes or 3? Say by 4am.",
        "Hake is 10.20 a kilo because the ring-round says so. Do I get you 2 boxes or 3? By 4am.",
    ],
)
def test_what_loses_or_adds_facts_or_reasons_is_not_taken(text, tmp_path):
    told = understood_by(line_model(tmp_path, text)[0], FRANCO, "Franco")
    assert (told.said, told.is_doubtful) == ("", True)
    for texts in ((SAID, text), (text, SAID)):
        assert understood_by(line_model(tmp_path, *texts)[0], FRANCO, "Franco").said == SAID


def test_what_a_full_stop_parts_is_not_joined():
    brief = Brief("change your own orders, club can't. cash to me not Doreen")
    assert is_sound("Change your own orders. The club can't. Cash to me, not Doreen.", brief)
    assert not is_sound("Change your own orders. The club can't have cash, not Doreen.", brief)


def test_an_order_is_no_sentence_to_its_reader():
    brief = Brief("sam can have the ticket, and tell him gates open at 6", recipient="Sam Wood")
    assert is_sound("You can have the ticket. The gates open at 6.", brief)
    assert not is_sound("You can have the ticket. And tell him gates open at 6.", brief)


def test_a_question_may_end_elsewhere(tmp_path):
    line = (
        "tell carol hes left the stool at mine, can she fetch it thurs or shall i bring it, no rush"
    )
    said = "He's left the stool at mine. Can you fetch it on Thursday or shall I bring it? No rush."
    model = line_model(tmp_path, said)[0]
    assert understood_by(model, Brief(line, recipient="Carol"), "Carol").said == said


def test_sentences_of_which_the_model_is_sure_are_taken_for_run_on_ones(tmp_path):
    told = understood_by(line_model(tmp_path, IN_SENTENCES)[0], KAREN, "Karen")
    assert (told.said, told.reader, told.is_doubtful) == (IN_SENTENCES, "Karen", False)


@pytest.mark.parametrize(
    "text",
    [
        IN_SENTENCES.replace("your car", "her car"),
        IN_SENTENCES.replace("You have to", "I have to"),
        IN_SENTENCES.replace("have to", "don't have to"),
    ],
)
def test_the_rules_are_taken_where_the_model_is_not_sure(text, tmp_path):
    told = understood_by(line_model(tmp_path, text, likelihood=-0.8)[0], KAREN, "Karen")
    assert told.said == understood(KAREN).said
    both = line_model(tmp_path, text, IN_SENTENCES)[0]
    assert understood_by(both, KAREN, "Karen").said == IN_SENTENCES


def test_who_does_what_and_not_must_be_as_rules_and_line_say():
    weights = read_class_weights(WEIGHTS)
    rules = Option(understood(KAREN).said, -1.0, by_rules=True)

    def worth_of(text: str) -> float:
        option = Option(text, -0.3)
        return worth(features(option, [option, rules], KAREN), weights)

    for wrong in (("your", "her"), ("You have", "I have"), ("can't", "can")):
        assert worth_of(IN_SENTENCES) > worth_of(IN_SENTENCES.replace(*wrong))


def test_of_whole_sentences_the_model_says_what_the_rules_do(tmp_path):
    brief = Brief("Tell Kev that his van blocks the gate and that I need it out by 8.", "Kev")
    said = "Your van blocks the gate. I need it out by 8."
    for text in ("My van blocks the gate and you need it out by 8.", said.replace("I ", "you ")):
        told = understood_by(line_model(tmp_path, text)[0], brief, "Kev")
        assert told.said == understood(brief).said
        assert not told.is_doubtful
    assert understood_by(line_model(tmp_path, said)[0], brief, "Kev").said == said


def test_what_a_reader_would_hardly_find_right_is_doubtful(tmp_path):
    for likelihood, is_doubtful in ((-0.1, False), (-0.9, True)):
        model = line_model(tmp_path, SAID, likelihood=likelihood)[0]
        told = understood_by(model, FRANCO, "Franco")
        assert (told.said, told.is_doubtful) == (SAID, is_doubtful)


def test_a_statement_does_not_become_a_question():
    brief = Brief("rory u still owe me 34 quid", recipient="Rory")
    assert is_sound("You still owe me 34 quid.", brief)
    assert not is_sound("Have you still owed me 34 quid?", brief)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "Sag Karl, dass die Lieferung am Montag kommt.",
        "Tell Kev that I come on Friday. " * 40,
        "> Tell Kev that I come on Friday.",
        # The words are left to an assistant.
        "yes",
        "Decline politely",
        "A friendly answer.",
        "Answer Nils about the spokes",
        "Tell Karl that the skip comes on Thursday. Keep it short.",
    ],
)
def test_what_is_no_line_to_be_said_is_left_to_the_rules(line, tmp_path):
    model, writer = line_model(tmp_path, SAID)
    brief = Brief(line, recipient="Karl")
    assert understood_by(model, brief, "Karl") == understood(brief)
    assert writer.asked == []


def test_where_the_model_writes_nothing_the_rules_are_taken(tmp_path):
    brief = Brief("Tell Kev that the skip comes on Thursday.", recipient="Kev")
    assert understood_by(line_model(tmp_path, "")[0], brief, "Kev") == understood(brief)


def test_a_fast_draft_does_not_wait_for_the_model(tmp_path):
    model, writer = line_model(tmp_path, SAID)
    understood_of(DraftRequest(LINE, fast=True), "Kev", "", model)
    assert writer.asked == []
    understood_of(DraftRequest(LINE), "kev@example.org", "", model)
    assert writer.asked == [f"Instruction: {LINE}"]


def test_the_prompt_names_who_is_known():
    assert saying(" yes ", "", "")[1].content == "Instruction: yes"
    assert saying("yes", "Ann", "Bo")[1].content == "From: Ann\nTo: Bo\nInstruction: yes"
