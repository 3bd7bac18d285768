"""Notes of a mail, in place of an instruction: the words that tell what it is about."""

from __future__ import annotations

import pytest

from playback.scripted import NONE, mail, many
from training.playback.notes import common_words, notes


def test_common_words_are_those_of_more_than_one_mail_in_twelve():
    common = common_words([*many(), mail()])
    assert {"ahoy", "kim", "the", "is", "fair", "winds", "ro"} <= common
    assert not {"oars", "boat", "monday", "violin0"} & common


@pytest.mark.parametrize("word", ["not", "can't", "nicht", "pas", "no"])
def test_a_negation_is_never_left_out(word):
    mails = [mail(f"I {word} go number{n}") for n in range(30)]
    assert word not in common_words(mails)


def test_notes_keep_the_facts_and_the_question():
    said = notes(mail(), common_words(many()) | {"would", "you", "before"})
    assert said == "Write to Kim: boat needs new oars June; Monday suit?"


def test_notes_of_a_mail_of_common_words_alone_are_not_empty():
    assert notes(mail("Fair winds"), frozenset(["fair", "winds"])) == "Write to Kim: Fair winds."


def test_notes_pass_as_a_short_instruction():
    long = mail(" ".join(f"word{n}" for n in range(500)))
    assert len(notes(long, NONE).split()) <= 50


def test_notes_start_in_different_ways():
    beginnings = {notes(mail(id=number), NONE).partition(":")[0] for number in range(8)}
    assert beginnings == {"Answer Kim", "Write to Kim", "Tell Kim", "Kim"}
