"""A mail in reported speech says what it says, with everybody's part as it is."""

from __future__ import annotations

import re

import pytest

from engine.checking.lexicon import alternatives, lexicon
from engine.generators.side_by_side import finish_side_by_side
from playback.scripted import BODY, TERSE, TRUE, Scripted, mail, once, playing_back
from training.corpus import read_corpus
from training.playback.faithful import is_faithful
from training.playback.reported import reported


def told(body: str, kind: str = "plain", **changes) -> str | None:
    return reported(mail(body, **changes), kind, user_name="Ro Lee")


@pytest.mark.parametrize(
    ("body", "plain"),
    [
        # What the reader is asked to do.
        (
            "Dear Kim,\n\nCould you please extend the lease by 1 month? It was overlooked.\n\nRo",
            "Ask Kim to extend the lease by 1 month. It was overlooked.",
        ),
        ("Kim,\nplease don't tell anyone.\nRo", "Ask Kim not to tell anyone."),
        ("Hi Kim,\nSend me your form by Friday.\nRo", "Ask Kim to send me their form by Friday."),
        (
            "Hi Kim,\nLet me know if you'd like to meet, I am around.\nRo",
            "Ask Kim to let me know if they'd like to meet, I am around.",
        ),
        # Questions are passed on.
        (
            "Hi Kim,\nDo you know what time you would be coming by today?\nRo",
            "Ask Kim whether they know what time they would be coming by today.",
        ),
        (
            "Kim,\nCan I have the small bed in August?\nRo",
            "Ask Kim whether I can have the small bed in August.",
        ),
        (
            "Not in. Beside.\n\nHow is your knee?\n\nRo",
            "Tell Kim not in. Beside. Ask them: how is their knee?",
        ),
        ("Hi Kim,\nDid you have fun?\nRo", "Ask Kim: did they have fun?"),
        # A question without its mark is one, and a request, too.
        (
            "Hi Kim,\nwhat are you doing on Friday.  And can you pick me up.\nRo",
            "Ask Kim: what are they doing on Friday? Ask them whether they can pick me up.",
        ),
        (
            "Hi Kim,\nhe needs some figures. Could you please send them to him.\nRo",
            "Tell Kim he needs some figures. Ask them to send them to him.",
        ),
        ("Hi Kim,\nShould you come, ring me.\nRo", "Tell Kim should they come, ring me."),
        # A line that ends with an article, or before an amount, is wrapped.
        (
            "Kim,\nThe whole sum that I sent covers the rent of the\nHall, and the rest of the\n"
            "$40 is for flowers and for some more of the candles.\nRo",
            "Tell Kim the whole sum that I sent covers the rent of the Hall, and the rest of the "
            "$40 is for flowers and for some more of the candles.",
        ),
        (
            "It is kim@quay.example\n\nDid you sell it?\n\nRo",
            "Tell Kim that it is kim@quay.example. Ask them: did they sell it?",
        ),
        (
            "Kim, I will sell the piano. Just kidding.\nRo",
            "Tell Kim that I will sell the piano. Kidding.",
        ),
        # An item of a list asks nobody.
        (
            "Hi Kim,\nit would be to\n\n- Create a guide\n- Help with visas\n\nRo",
            "Tell Kim it would be to. Create a guide. Help with visas.",
        ),
        # Thanks, also where a greeting would stand.
        (
            "Thanks, got it!\nI'll look at the options.\nRo",
            "Thank Kim, got it. I'll look at the options.",
        ),
        ("Hi Kim,\nThank you so much for the invitation!\nRo", "Thank Kim for the invitation."),
        ("Hi Kim,\nThanks that was sweet of you.\nRo", "Thank Kim, that was sweet of them."),
        # What the reader is wished, and what leaves out its I.
        (
            "Hi Kim,\nhave a lovely weekend! Good luck with the exam. See you on Monday.\nRo",
            "Wish Kim a lovely weekend. Wish them good luck with the exam. "
            "Add that I will see them on Monday.",
        ),
        # What is suggested, and what pardon is asked for.
        (
            "Hi Kim,\nsorry for the delay. Shall we meet on Friday?\nRo",
            "Apologise to Kim for the delay. Suggest to them that we meet on Friday.",
        ),
        # The reader as who does something, and as whom it is done to.
        (
            "Hi Kim,\nI'll call you if you are in, and bring your keys with me for you.\nRo",
            "Tell Kim that I'll call them if they are in, and bring their keys with me for them.",
        ),
        ("Hi Kim,\nGreat to have you on board.\nRo", "Tell Kim: Great to have them on board."),
        (
            "Hi Kim,\nI can do anything to convince you.\nRo",
            "Tell Kim that I can do anything to convince them.",
        ),
        (
            "Hi Kim,\nI see you guys at the U of O on Friday, so you both can mail me another.\nRo",
            "Tell Kim that I see them at the U of O on Friday, so they both can mail me another.",
        ),
        # Fillers, smileys, names called and closings say nothing.
        (
            "Oh Kim!\n\nUnfortunately I am a bit late, by the way :-)\n\nBest regards,\nRo",
            "Tell Kim that I am a bit late.",
        ),
        (
            "Hi Kim,\nGo Bruins! Go ahead with the oars!\nRo",
            "Tell Kim go Bruins. Ask them to go ahead with the oars.",
        ),
        ("Hi Kim,\nWell, so I wait.\nRo", "Tell Kim so I wait."),
        # A line with a label, or below a colon, is no closing.
        (
            "Hi Kim,\nthey need:\n\n100 oars\n",
            "Tell Kim they need. 100 oars.",
        ),
        # A line is a sentence of its own where the next word would have fitted into it.
        (
            "Hi Kim,\nI'm sorry about your nan\nI know that she brought you up with\nthe cat\nRo",
            "Apologise to Kim about their nan. I know that she brought them up with the cat.",
        ),
        (
            "Ms Kim,\nif Al offered you more, take it.\nRo Lee",
            "Tell Ms Kim if Al offered them more, take it.",
        ),
        # A link on a line of its own is no closing.
        (
            "Hi Kim,\nhere's the paper:\n\nhttps://a.example/b\n\nRo",
            "Tell Kim here's the paper. https://a.example/b.",
        ),
    ],
)
def test_a_mail_is_reported(body: str, plain: str) -> None:
    assert told(body) == plain


def test_notes_and_hurried_instructions_are_shorter_and_small() -> None:
    body = "Dear Kim,\n\nThanks for the oars. Could you please bring the boat? When will you come?"
    assert told(body, "terse") == "kim: thx for oars, pls bring boat, when will they come?"
    assert told(body, "spoken") == (
        "thank kim for the oars, ask them to bring the boat, ask them: when will they come?"
    )


def test_the_reader_whom_a_question_begins_with_is_its_subject_in_notes() -> None:
    assert told("Have you moved to Oslo yet?\nRo", "terse") == "kim: have they moved to oslo yet?"


def test_links_and_codes_keep_their_capitals_in_notes() -> None:
    body = "Hi Kim,\nThe Code is AB-12, at https://a.example/fYUo7.\nRo"
    assert told(body, "terse") == "kim: code is AB-12, at https://a.example/fYUo7"


def test_a_reader_with_a_title_keeps_it_and_one_without_a_name_is_them() -> None:
    body = "I am so sorry.\n\nRo"
    assert (
        told(body, recipients=(("Mrs Lewis", "l@example.org"),)) == "Tell Mrs Lewis I am so sorry."
    )
    assert told(body, recipients=(("", "l@example.org"),)) == "Tell them I am so sorry."


def test_nobody_is_called_you_and_the_writer_stays_i() -> None:
    english = [one.mail for one in read_corpus() if one.language == "en"][::9]
    made = [(body, text) for body in english if (text := told(body))]
    assert len(made) > 0.5 * len(english)
    left_out = lexicon("en").pairs("reported.without_i")
    left_out = re.compile(rf"(?<!\w){alternatives(left_out)}(?!\w)", re.IGNORECASE)
    for body, text in made:
        assert not re.search(r"\byou(?:r|rs|rself|'re)?\b", text, re.IGNORECASE), text
        first = re.compile(r"\b(?:i|my)\b", re.IGNORECASE)
        assert len(first.findall(text)) <= len(first.findall(body) + left_out.findall(body)), text


@pytest.mark.parametrize(
    ("body", "plain"),
    [
        (
            "Kim,\nAre you in? Do you know what you need? You said I'd see you and your cat.\nRo",
            "Ask Kim whether {is} in. Ask {them} whether {know} what {need}. "
            "{They} said I'd see {them} and {their} cat.",
        ),
        # A form that is not known: they.
        ("Hi Kim,\nI know you always wait.\nRo", "Tell Kim that I know they always wait."),
        ("Hi Kim,\nif you come and wait.\nRo", "Tell Kim if they come and wait."),
    ],
)
def test_a_reader_known_as_a_woman_or_a_man_is_she_or_he(body: str, plain: str) -> None:
    she = {"is": "she is", "know": "she knows", "need": "she needs"}
    they = {"is": "they are", "know": "they know", "need": "they need"}
    words = {
        "she": {**she, "They": "She", "them": "her", "their": "her"},
        "they": {**they, "They": "They", "them": "them", "their": "their"},
    }
    for pronoun, forms in words.items():
        assert reported(mail(body), "plain", pronoun) == plain.format(**forms)
    assert reported(mail("Are you in, Kim?"), "terse", "he") == "kim: is he in?"


@pytest.mark.parametrize(
    "body",
    [
        "Hallo Kim,\n\nkannst du mir bitte das Formular schicken?\n\nRo",
        "word " * 221,
        "",
        "Hi Kim,\n\n:-)\n\nRo",
    ],
)
def test_other_languages_long_mails_and_empty_ones_are_not_reported(body: str) -> None:
    assert told(body) is None


@pytest.mark.parametrize(
    ("instruction", "right"),
    [
        (TRUE, True),
        (f"No. {TRUE}", True),
        ("Ask Kim whether Monday would suit.", False),  # Something is lost.
        (TRUE.replace("oars", "sails"), False),  # Something is made up.
        (TRUE.replace("the boat", "my boat"), False),  # The writer has another part.
        (TRUE.replace("Kim", "the crew"), False),  # Somebody else is asked.
        (TRUE.replace("and ask", "and should, and ask"), False),
    ],
)
def test_a_faithful_instruction_says_what_its_mail_says(instruction: str, right: bool) -> None:
    assert is_faithful(instruction, mail()) is right


@pytest.mark.parametrize(
    ("body", "instruction"),
    [
        ("Hi Kim,\n\nNo, I only wait for the oars.\n\nRo", "Tell Kim I wait for the oars."),
        (
            "Thanks, I read the long paper.\n\nRo",
            "Thank Kim for reading the long paper, I read it.",
        ),
    ],
)
def test_an_answer_and_what_is_thanked_for_are_not_lost(body: str, instruction: str) -> None:
    assert not is_faithful(instruction, mail(body))


def test_only_what_is_not_faithful_is_replaced() -> None:
    lost = "Ask Kim whether Monday would suit."
    work = playing_back(mail(), Scripted(TRUE, TERSE, lost), once(), frozenset(), reports=True)
    made = next(finish_side_by_side([work], Scripted(TRUE, TERSE, lost)))
    assert made.text == TRUE
    assert made.others["spoken"] == reported(mail(), "spoken")


def test_what_can_be_neither_is_left_out_beside_another_kind() -> None:
    long = mail(f"{BODY}\n\n" + "The boat and the oars are old. " * 40)
    generator = Scripted(TRUE, TERSE, TRUE)
    work = playing_back(long, generator, once(), frozenset(), reports=True)
    made = next(finish_side_by_side([work], generator))
    assert (made.text, made.others) == (TRUE, {})
