"""Who a mail addresses: by its greeting, or by its recipient."""

from __future__ import annotations

import pytest

from playback.scripted import mail
from training.playback.reader import addressee, greeted_name, pronoun_in, reader


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("Ahoy Kim,\nyes", "Kim"),
        ("Dear Professor Lindqvist,\nyes", "Professor Lindqvist"),
        ("Hi Zoë!\nyes", "Zoë"),
        ("Ms Rey.\nyes", "Ms Rey"),
        ("It's Dara.\nyes", ""),
        ("Trading Profits\nKim 200", ""),
        ("Hi Kim\nyes", "Kim"),
        ("Hallo Frau Müller,\nja", "Frau Müller"),
        ("Hello,\nyes", ""),
        ("yes", ""),
        ("", ""),
        ("The Boat is ready and waiting for you all, said Kim,\nyes", ""),
    ],
)
def test_the_name_in_a_greeting(body, name):
    assert greeted_name(body) == name


def test_without_a_greeting_the_only_recipient_is_addressed():
    assert addressee(mail("yes")) == "Kim"
    assert addressee(mail("yes", recipients=(("Kim Lee", ""), ("Bo", "")))) == ""
    assert addressee(mail("yes", recipients=(("", "kim@example.org"),))) == ""


def test_a_name_that_is_the_whole_first_line_is_the_readers():
    assert addressee(mail("Jeff,\n\nyes", recipients=(("", "jsmith@example.org"),))) == "Jeff"
    several = (("", "phillip.allen@example.org"), ("Bo", "bo@example.org"))
    assert addressee(mail("Phil,\nyes", recipients=several)) == "Phil"
    assert addressee(mail("phil,\nyes", recipients=several)) == "Phil"
    assert addressee(mail("Gentlemen,\nyes", recipients=several)) == ""
    assert addressee(mail("Sorry,\nI am late", recipients=(("", "j@example.org"),))) == ""


def test_a_pronoun_is_taken_from_a_models_instructions():
    body = "I will ring tonight."
    assert pronoun_in(["Tell Kim I will ring her."], mail(body)) == "she"
    assert pronoun_in(["Tell Kim I will ring him."], mail(body)) == "he"
    assert pronoun_in(["Tell Kim I will ring."], mail(body)) == "they"
    assert pronoun_in(["Tell Kim I will ring her.", "ring him"], mail(body)) == "they"
    assert pronoun_in(["Tell Kim I will ring her."], mail("I will ring her.")) == "they"
    assert pronoun_in(["Ring her."], mail(body, recipients=(("", ""),))) == "they"


def test_a_name_or_a_title_tells_the_readers_pronoun() -> None:
    assert pronoun_in(["Ring her."], mail("Hi Robert,\n\nI will ring you.")) == "he"
    assert pronoun_in([], mail("Dear Mrs Kim,\n\nI will ring you.")) == "she"
    assert pronoun_in([], mail("Hi Robert,\n\nShe will ring you.")) == "he"
    assert pronoun_in([], mail("Hi Robert,\n\nHe will ring you.")) == "they"


def test_a_name_in_the_only_address_is_used():
    for address, name in [
        ("kim.lee@example.org", "Kim"),
        ("kim.j.lee2@example.org", "Kim"),
        ("lee@example.org", ""),
        ("k.lee@example.org", ""),
        ("kim_lee@example.org", ""),
    ]:
        assert addressee(mail("yes", recipients=(("", address),))) == name


def test_a_reader_without_a_name_is_a_pronoun():
    assert reader(mail("Yes, I will bring the oars.", recipients=(("", ""),))) == "them"
    assert reader(mail("Ja, ich bringe die Ruder und auch das Boot.", recipients=())) == ""
    assert reader(mail()) == "Kim"
