"""Own words of plain text and whole messages: similar texts, armour, hostile repetition."""

import re

import pytest

from engine.mail.own_words import own_words

REPLY = "Fine by me, see you there."


@pytest.mark.parametrize(
    "text",
    [
        "On Monday I will be in town and then Tom wrote:\nthat he could not come.",
        "On Monday 4 March 2024 at 9:12 I met Ada and then Tom wrote:\nthat he could not come.",
        "We met on 3/4/24.\nOn Tuesday he wrote to me again, which I liked.",
        "Sent from my desk, as always, with some delay.",
        "I sent it from my phone yesterday.",
        "From: Paris\nTo: Rome\nThat is the whole trip.",
        "Invitation:\n\nDate: Wednesday 6 March 2024\nTime: 7:00\nPlace: 13 Fox Street",
        "Please enter your comments.\n\n------ Comments below ------\n\nAll good, thank you.",
        "My number is 555 123 4567, call me.\n\nWe can talk about the garden then.",
        "The contract is confidential, so keep it in the safe.\n\nSee you.",
        "Look:\n>>> Big sale today <<<\nIs that not funny?",
        "Agenda\n- tea\n- cake\n- the unsubscribe button",
        "Das ist gut -- sehr gut.\n\nViele Grüße\nAnna",
        "a < b and b > a\n1 > 0",
    ],
)
def test_sentences_that_only_look_foreign_stay(text):
    assert own_words(text) == text


def test_openpgp_armour_is_removed_and_the_signed_text_kept():
    body = (
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nHello,\n\n- - tea\n- - cake\n\nSam\n"
        "-----BEGIN PGP SIGNATURE-----\n\niQEzBAEBCAAdFiEE\n=abcd\n-----END PGP SIGNATURE-----\n"
    )
    assert own_words(body) == "Hello,\n\n- tea\n- cake\n\nSam"


def test_unterminated_armour_removes_nothing_else():
    body = "It starts with\n-----BEGIN PGP MESSAGE-----\nand goes on.\n\nSam"
    assert own_words(body) == body


def test_line_ends_and_invisible_characters():
    assert own_words("Hi\u200b Ada,\r\n\r\n\r\n\r\nyes.\r\n") == "Hi Ada,\n\nyes."
    assert own_words("") == own_words("> all of it\n> is quoted\n") == ""


def test_a_whole_message_prefers_its_plain_part():
    message = (
        "From: sam@example.org\nSubject: Re: Engine\nMIME-Version: 1.0\n"
        'Content-Type: multipart/alternative; boundary="b"\n\n'
        "--b\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n"
        "R3LDvMOfZSwgU2FtCgpPbiAzLzQvMjQgMDk6MTIsIEFkYSB3cm90ZToKPiBOb29uPwo=\n"
        "--b\nContent-Type: text/html\n\n<p>something else</p>\n--b--\n"
    )
    assert own_words(message, "eml") == "Grüße, Sam"


def test_a_whole_message_of_html_alone():
    message = (
        "From: sam@example.org\nContent-Type: text/html; charset=utf-8\n\n"
        "<div>Yes.</div><blockquote type=cite>Noon?</blockquote>"
    )
    assert own_words(message, "eml") == "Yes."


def test_every_line_that_comes_out_was_written():
    body = f"Dear Ada,\n\n{REPLY}\n\nBest,\nSam\n\nOn 3/4/24 09:12, Ada Byron wrote:\n> Noon?\n"
    written = set(re.split(r"\n", body))
    assert set(own_words(body).split("\n")) <= written


@pytest.mark.parametrize(
    "unit",
    [
        ">",
        "> x\n",
        " ",
        " \n",
        "On On On \n",
        "On 1 On 1:30 wrote\n",
        "From:\n",
        "To: a@b\n",
        "To\n",
        "To\n1 x\n",
        "--\n",
        "1<\n",
        "a@a.",
        "555-1234\n",
        "Regards,\n",
        "Sent from a\n",
        "may be confidential\n\n",
        "[",
        "*\n",
        "Forwarded message:\n> x\n",
        "he writes:\n<< x\n",
        "he wrote:\n| x\n",
        "- external links\n\n",
        "if you received this message in error\n\n",
        "--\nHi Ann,\n",
        "--\nHi Ann,\nWe meet at the lake.\n",
        "--\n\nWe meet at the lake on Monday.\n\n",
    ],
)
def test_hostile_repetition_costs_linear_work(unit):
    """A text ten times as long takes about ten times the calls, not a hundred times."""
    small, large = (_calls_for(unit * (size // len(unit))) for size in (5_000, 50_000))
    assert large < 15 * small + 1000


def test_a_megabyte_on_one_line_is_read():
    for unit in (">", " ", "a ", "On On On ", "<", "(", "Aa Bb ", "1 "):
        assert len(own_words(unit * (1_000_000 // len(unit)))) <= 1_000_000


def _calls_for(body: str) -> int:
    """Count calls of Python functions: the work, independent of the machine."""
    import sys

    calls = 0

    def count(frame, event, argument):
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        own_words(body)
    finally:
        sys.setprofile(None)
    return calls


def test_a_lone_surrogate_in_a_whole_message_is_harmless():
    assert own_words("From: ada@example.org\n\nNoon \ud800 it is.", "eml") == "Noon ? it is."
