"""The instruction that is kept, of several that were written for a mail."""

from __future__ import annotations

from engine.errors import PanzaError
from engine.generators import Written
from engine.prompt.prompt import ask_for_instruction, build_prompt
from playback.scripted import (
    BETTER,
    BODY,
    NONE,
    SETTINGS,
    SPOKEN,
    TERSE,
    TRUE,
    WRONG,
    Scripted,
    attempts,
    mail,
    once,
    play_back,
)
from training.playback.notes import notes
from training.playback.playback import Instruction


def test_the_instruction_that_makes_the_mail_likeliest_is_kept():
    lines = [TRUE, WRONG, BETTER]
    generator = Scripted(*lines, *[TERSE] * 3, *[SPOKEN] * 3, likelihoods={BETTER: -0.5, WRONG: 0})
    assert play_back(mail(), generator, attempts(3), NONE, "Ro").text == BETTER
    assert {answer for _, answer in generator.scored} == {BODY}
    assert WRONG not in str(generator.scored)
    assert generator.scored[0][0] == build_prompt(
        TRUE, prompt=SETTINGS.prompt, user_name="Ro", recipient="Kim"
    )
    _, samplings = generator.asked[0]
    assert [one.temperature > 0 for one in samplings] == [False, True, True]
    assert len({one.seed for one in samplings}) == 3


def test_an_instruction_that_tells_hardly_anything_of_the_mail_is_rejected():
    generator = Scripted(TRUE, TERSE, SPOKEN, TRUE, likelihoods={TRUE: -2.9})
    assert play_back(mail(), generator, once(), NONE).text == TERSE


def test_a_mail_too_long_to_be_scored_gets_the_first_that_fits():
    class Small(Scripted):
        def log_likelihood(self, messages, answer):
            raise PanzaError("too long")

    generator = Small(TRUE, BETTER, *[TERSE] * 2, *[SPOKEN] * 2)
    assert play_back(mail(), generator, attempts(2), NONE).text == TRUE


def test_of_notes_those_that_tell_most_of_the_mail_are_kept():
    generator = Scripted(TRUE, TRUE, "kim: new oars before june", TERSE, SPOKEN, SPOKEN)
    long = mail(BODY.replace("June.", "June, the others rotted."))
    fuller = "kim: boat needs oars before june, others rotted. mon ok?"
    generator.lines[3] = fuller
    assert play_back(long, generator, attempts(2), NONE).others["terse"] == fuller


def test_without_a_fitting_plain_instruction_it_is_asked_for_again_after_the_others():
    generator = Scripted(WRONG, TERSE, SPOKEN, TRUE)
    played = play_back(mail(), generator, once(), NONE)
    assert played == Instruction(TRUE, "playback", {"terse": TERSE, "spoken": SPOKEN})
    messages, _ = generator.asked[-1]
    assert [one.content for one in messages[2:]] == [
        TERSE,
        ask_for_instruction("spoken"),
        SPOKEN,
        ask_for_instruction("plain"),
    ]


def test_where_the_plain_instruction_is_rejected_another_kind_is_the_first():
    played = play_back(mail(), Scripted(WRONG, TERSE, WRONG, WRONG), once(), NONE)
    assert (played.text, played.origin) == (TERSE, "playback")


def test_after_all_attempts_the_mail_gets_notes():
    generator = Scripted(*[WRONG] * 8)
    played = play_back(mail(), generator, attempts(2), NONE)
    assert played == Instruction(notes(mail(), NONE), "notes")
    assert generator.lines == []


def test_an_answer_that_was_cut_off_is_not_used():
    class Full(Scripted):
        def stream_several(self, messages, samplings, on_text):
            return [
                Written(False, 0.0) for _ in super().stream_several(messages, samplings, on_text)
            ]

    assert play_back(mail(), Full(*[TRUE] * 6), once(), NONE).origin == "notes"


def test_an_empty_answer_is_rejected():
    assert play_back(mail(), Scripted(*["  "] * 4), once(), NONE).origin == "notes"
