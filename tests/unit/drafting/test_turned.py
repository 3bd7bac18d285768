"""English notes with their reader as you, otherwise as they were typed."""

from __future__ import annotations

import pytest

from engine.checking.brief import Brief
from engine.direct_speech.turned import tidied, turned
from engine.direct_speech.understood import understood


def of(instruction: str, recipient: str = "") -> str:
    return turned(Brief(instruction, recipient, "Tom Berry"))


@pytest.mark.parametrize(
    ("recipient", "instruction", "text"),
    [
        ("Joan", "joan - bowls off, me ringing ken", "bowls off, me ringing ken"),
        ("Bilal", "exit chat weds 2? his laptop to it", "exit chat Wednesday 2? your laptop to it"),
        (
            "Nadia",
            "didnt book, thought she had, has she?",
            "didn't book, thought you had, have you?",
        ),
        ("Abdul", "teas - me scones, him urn", "teas - me scones, you urn"),
        # What stands before a colon stays, unless it is whom it is for.
        ("Bev", "subs: me paid, tash owes 12", "subs - me paid, tash owes 12"),
        ("", "bonus: yours yes, mine no", "bonus - yours yes, mine no"),
        # He and she are the reader where nobody else is named before who may be meant.
        (
            "Joan",
            "bowls off. me ringing ken. her: pauline",
            "bowls off. me ringing ken. you: pauline",
        ),
        ("Bernie", "van keys - her or colm? me out", "van keys - you or colm? me out"),
        # Several pieces say something, though none has a verb.
        (
            "Jo",
            "slates mon if dry. wet - weds. scaffold up fri, car off by 8",
            "slates Monday if dry. wet - Wednesday. scaffold up Friday, car off by 8",
        ),
        (
            "Jo",
            "2 cornets short. thank you for the wood!",
            "2 cornets short. thank you for the wood!",
        ),
        ("Jo", "meet at 5, sat nav in the car, me late", "meet at 5, sat nav in the car, me late"),
        # The reader's name is you where they do something, and stays where they are spoken to.
        ("Deb", "sat ok. deb shows, me in Dover", "Saturday ok. you show, me in Dover"),
        ("Deb", "i'm in Dover, deb still has keys", "i'm in Dover, you still have keys"),
        ("Deb", "deb can you come? i'm late", "deb can you come? i'm late"),
        (
            "Thomas",
            "thomas hasn't sent it. he said tuesday",
            "you haven't sent it. you said tuesday",
        ),
        # Who was named before and is a woman for certain is she.
        ("Joan", "i saw tiffany, her knee's bad", "i saw tiffany, her knee's bad"),
        ("Lily's mom", "Emma's in. not by me, her dad", "Emma's in. not by me, her dad"),
        ("Mrs Dowd", "if i'm out he should ring me", "if i'm out he should ring me"),
        # Who is spoken to is you already.
        (
            "Kwame",
            "you open, dana has keys, she's in at 9",
            "you open, dana has keys, she's in at 9",
        ),
        ("Bernadette", "bring it before 12, i can't leave", "bring it before 12, i can't leave"),
        ("Varga", "ch 3 draft - i'm late, fri", "ch 3 draft - i'm late, Friday"),
        # An answer is no form here.
        ("", "2 reminders sent, no answer. pay now", "2 reminders sent, no answer. pay now"),
        # "hr" is a department, and in "2 hr" a time.
        ("Lindsay", "cert - yours? hr asking me", "cert - yours? hr asking me"),
        ("Lindsay", "cert - yours? in 2 hr i go", "cert - yours? in 2 hour i go"),
    ],
)
def test_the_reader_becomes_you_and_all_else_stays(recipient, instruction, text):
    assert of(instruction, recipient) == text


@pytest.mark.parametrize(
    ("recipient", "instruction"),
    [
        # An assistant is asked for something, or may be.
        ("Bo", "a short line: can't come"),
        ("Bo", "decline, i'm away"),
        ("Bo", "car broke down, keep it under 50 words"),
        ("Bo", "i'll call him. ask which number"),
        ("Bo", "can't come, max 3 sentences"),
        ("Bo", "can't come. mention the invoice"),
        ("Bo", "i'm ill, make it professional"),
        ("Bo", "can't come, tell bo"),
        ("Bo", "don't tell him, but i have the key"),
        ("Bo", "i need you to tell bo i'm late"),
        ("Bo", "i want a mail that says i'm ill"),
        ("", "nicole offered us the pram say thank you but we have one"),
        ("", "Apply for a parking permit for my wife's car."),
        # Others' words, and what nobody types.
        ("Bo", "> can you come friday?\nyes"),
        ("Bo", "he wrote: i lost my key"),
        ("Bo", "can't come \x1b[31m"),
        ("Bo", "?"),
        ("Bo", "can't come, keep it friendly"),
        ("Bo", "can't come. polite but firm"),
        ("", "chase the invoice, i need it"),
        ("Bo", "i can't come, apologise"),
        # It does not say what.
        ("Bo", "something about dinner"),
        ("Bo", "dinner on friday"),
        # She may be somebody else.
        ("Sean", "boiler man thurs. in: me till 10, then him"),
        ("Ms Bell's lawyer", "ms bell's lawyer - sundays with her, keys with him"),
        # It is not English, or an order that is understood otherwise.
        ("Bo", "komme morgen nicht, bitte den Schlüssel"),
        ("Bo", "Tell Bo that I can't come."),
    ],
)
def test_what_is_not_understood_for_certain_is_not_turned(recipient, instruction):
    assert of(instruction, recipient) == ""


@pytest.mark.parametrize(
    ("notes", "sentences"),
    [
        ("bowls off, me ringing ken. you: pauline", "Bowls off, me ringing Ken. You: Pauline."),
        ("eli out, dr says 2 weeks. mrs kemp knows", "Eli out, dr says 2 weeks. Mrs Kemp knows."),
        ("paid it, i'm sure. have you got it?", "Paid it, I'm sure. Have you got it?"),
    ],
)
def test_notes_are_tidied_and_no_word_is_changed(notes, sentences):
    assert tidied(notes, Brief(notes, "Joan")) == sentences


def test_whole_sentences_come_first():
    brief = Brief("Tell Bo that he can't come, me neither.", "Bo", "Tom Berry")
    assert understood(brief).said.startswith("You can't come")
    assert not understood(brief).is_notes
    assert understood(Brief("me urn, you tea", "Bo")).sentences == "Me urn, you tea."
    # A first name in front is who is written to, if nobody else is known.
    anna = understood(Brief("anna - slides done. me first, then her", ""))
    assert (anna.reader, anna.said) == ("Anna", "Slides are done. Me first, then you.")
    assert understood(Brief("anna - can't come, i bring it", "")).said.startswith("I can't")
    assert understood(Brief("boiler: mended, i paid", "")).reader == ""
    assert understood(Brief("Tell Mr Voss that I come.", "")).reader == "Mr Voss"
    assert understood(Brief("Tell the team that I come.", "")).reader == ""
    assert understood(Brief("i can't come. " * 1000, "Bo")).said == ""
