"""Who a mail addresses: by its greeting, or by its recipient."""

from __future__ import annotations

import pytest

from playback.scripted import mail
from training.playback.reader import addressee, greeted_name, reader


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("Ahoy Kim,\nyes", "Kim"),
        ("Dear Professor Lindqvist,\nyes", "Professor Lindqvist"),
        ("Hi Zoë!\nyes", "Zoë"),
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
