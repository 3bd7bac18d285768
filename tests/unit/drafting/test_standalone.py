"""A follow-up is put into the instruction that it changes."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from engine.checking.lexicon import lexicon_of
from engine.follow_ups.changes import changes
from engine.follow_ups.parts import head_end, parts
from engine.follow_ups.standalone import standalone
from engine.follow_ups.tone import tone_of
from training.corpus import read_follow_ups
from training.follow_up_weights import likeness

TOLD = "Tell Bo that the boat is green, and ask whether he has the key."


@pytest.mark.parametrize(
    ("instruction", "follow_up", "right"),
    [
        # A fact takes the place of the one of its sort.
        ("Invite Bo for Friday at 7.", "make it Saturday", "Invite Bo for Saturday at 7."),
        ("Invite Bo for Friday at 7.", "at 8", "Invite Bo for Friday at 8."),
        ("bo: 3 eggs, 2 loaves, thurs", "4 loaves", "bo: 3 eggs, 4 loaves, thurs"),
        ("Offer Bo 40 euros for the oars.", "no, 50 euros", "Offer Bo 50 euros for the oars."),
        ("Lad Bo für Freitag ein.", "doch lieber Samstag", "Lad Bo für Samstag ein."),
        ("Dis à Bo que c'est mardi.", "non, jeudi", "Dis à Bo que c'est jeudi."),
        (
            "Vraag Bo of hij zondag bij ons komt.",
            "nee, zaterdag",
            "Vraag Bo of hij zaterdag bij ons komt.",
        ),
        # What is named takes the place of what it is not.
        (TOLD, "blue, not green", TOLD.replace("green", "blue")),
        (TOLD, "change green to blue", TOLD.replace("green", "blue")),
        (TOLD, "blue instead of green!", TOLD.replace("green", "blue")),
        (
            "tell bo the key is in the blue jar",
            "it's the red jar",
            "tell bo the key is in the red jar",
        ),
        # What is left out is gone, with what leads to it.
        (TOLD, "leave out the key", "Tell Bo that the boat is green."),
        (TOLD, "w/o the key bit pls", "Tell Bo that the boat is green."),
        (
            "bo: can't come, tooth hurts, next week?",
            "leave the tooth out",
            "bo: can't come, next week?",
        ),
        ("Ask Bo for the oars for 40 euros.", "don't mention the money", "Ask Bo for the oars."),
        (
            "Sag Bo, dass ich komme, weil der Zug fährt.",
            "lass den Zug weg",
            "Sag Bo, dass ich komme.",
        ),
        ("Bo is late. It rained hard. Start.", "leave out the rain", "Bo is late. Start."),
        (
            "Tell Ann the boat is green, the dog comes, we sail.",
            "leave out the dog, Cy hates fur",
            "Tell Ann the boat is green, we sail, Cy hates fur",
        ),
        (
            "Tell Ann that the price is 300 and the key is here.",
            "don't mention the price",
            "Tell Ann that the key is here.",
        ),
        # Who does something, and that it is not so, keep what else is said of it.
        ("Tell Bo I'll pay for the oars.", "no, he pays, not me", "Tell Bo he pays for the oars."),
        ("tell bo i'll fetch the key", "he should fetch it", "tell bo he should fetch the key"),
        ("Remind Bo that he owes me 20 euros.", "I owe him", "Remind Bo that I owe him 20 euros."),
        ("tell bo i like the boat", "i don't like it", "tell bo i don't like the boat"),
        ("Sag Bo, dass ich das Boot bezahle.", "er bezahlt", "Sag Bo, dass er das Boot bezahlt."),
        ("Dile a Bo que yo pago la cena.", "no, paga él", "Dile a Bo que paga él la cena."),
        # A yes takes the place of a no, of the same person.
        ("tell bo i can come on friday", "i can't", "tell bo i can't come on friday"),
        ("Tell Bo no, we can't come.", "actually yes, we can", "Tell Bo yes, we can come."),
        ("decline the offer of Bo", "accept it", "accept the offer of Bo"),
        ("tell bo i can come", "she can't", "tell bo i can come. she can't"),
        ("tell bo he needs no knife", "yes", "tell bo he needs no knife. yes"),
        # A place, and a fact with what belongs to it, are exchanged as a whole.
        ("tell bo we come by car on sunday", "by train", "tell bo we come by train on sunday"),
        ("Ask Bo to the lake.", "to the pier, not the lake", "Ask Bo to the pier."),
        ("tell bo it is at 5:15pm", "sorry 5:45", "tell bo it is at 5:45pm"),
        ("tell bo for two weeks", "one week", "tell bo for one week"),
        ("ann: monday morning", "tuesday evening", "ann: tuesday evening"),
        # Anything else is added; remarks on the draft are not.
        ("tell bo yes", "add that he should bring oars", "tell bo yes. he should bring oars"),
        ("Tell Bo yes.", "also ask about the oars", "Tell Bo yes. Ask about the oars"),
        ("Tell Bo yes.", "too stiff. say it warmly", "Tell Bo yes. Say it warmly"),
        # A tone is asked for by an adverb.
        ("Tell Bo yes.", "shorter", "Tell Bo briefly yes."),
        ("Tell Bo that I pay.", "a bit friendlier pls", "Tell Bo in a friendly way that I pay."),
        ("bo: no, i pay", "less harsh, and he pays half", "bo, gently: no, he pays half"),
        ("still no answer, 3rd mail", "firmer, I'm cross", "still no answer, 3rd mail, firmly"),
        ("Sag Bo, dass ich zahle.", "etwas herzlicher bitte", "Sag Bo herzlich, dass ich zahle."),
        ("Dis à Bo que je viens.", "plus court stp", "Dis à Bo brièvement que je viens."),
        ("Tell Bo that I pay.", "a bit short", "Tell Bo at length that I pay."),
        ("Tell Bo that I pay.", "a bit shorter", "Tell Bo briefly that I pay."),
        # A time is exchanged as a whole, and a number for one like it.
        ("Tell Bo the train is at 8:15.", "8:30, not 8:15", "Tell Bo the train is at 8:30."),
        ("bo: 6200 in all, 5 days", "no, 6800", "bo: 6800 in all, 5 days"),
        # Why something is so, in place of why it was.
        (
            "Tell Bo I can't come because I work.",
            "say it's because I'm ill",
            "Tell Bo I can't come because I'm ill.",
        ),
        (
            "Tell Bo I can't come.",
            "put in why - the boat leaks",
            "Tell Bo I can't come. The boat leaks",
        ),
        ("Tell Bo I can't come.", "he'll wonder why. I'm ill", "Tell Bo I can't come. I'm ill"),
        # How a name is spelled.
        ("Tell Mrs Peterson yes.", "she spells it Petersen", "Tell Mrs Petersen yes."),
        ("Tell Bo Ann Hartman comes.", "she's called Hartwig", "Tell Bo Ann Hartwig comes."),
        ("Tell Bo room 14 is free.", "yes, 14", "Tell Bo room 14 is free."),
        # An order in place of another.
        (
            "Write to Bo that we are moving it to the 14th because I work.",
            "ask him if the 14th is ok instead of announcing it",
            "Ask Bo if the 14th is ok because I work.",
        ),
        (
            "Tell Bo the draft is good but chapter two is long.",
            "Ask him instead whether he would cut chapter two.",
            "Tell Bo the draft is good, and ask him whether he would cut chapter two.",
        ),
        ("bo: is the boat free tues?", "don't ask, say i took the boat", "bo: i took the boat"),
        (
            "Tell Bo I can't come.",
            "suggest he asks Ann instead",
            "Tell Bo I can't come. Suggest he asks Ann instead",
        ),
        # What is said of something in place of what was.
        (
            "Tell Bo the dish he lent me is broken and I buy one.",
            "it isn't broken",
            "Tell Bo the dish he lent me isn't broken and I buy one.",
        ),
        (
            "Tell Bo the cake has to be there by two.",
            "it has to be there by one",
            "Tell Bo the cake has to be there by one.",
        ),
        ("tell bo i cant come", "actually I can after all", "tell bo i can come"),
        (
            "Tell Bo that the talk is in the Lund office on Monday.",
            "in Malmö",
            "Tell Bo that the talk is in Malmö on Monday.",
        ),
        (
            "tell bo it is in room 2 and ask if he can take notes",
            "he doesn't have to take notes",
            "tell bo it is in room 2 and he doesn't have to take notes",
        ),
        (
            "bo: call at 9, he rings me, ann hands me the phone",
            "I'll ring him",
            "bo: call at 9, I'll ring him, ann hands me the phone",
        ),
        ("Tell Bo we are happy with it.", "we're not happy", "Tell Bo we're not happy."),
        (
            "Tell Bo that the ice is thick enough and that we fish.",
            "it's not thick enough",
            "Tell Bo that the ice is not thick enough and that we fish.",
        ),
        # Who does it instead, and where.
        (
            "bo: he brings dessert, i do the main. 7pm?",
            "oh wait, I'm doing the dessert",
            "bo: I'm doing the dessert, i do the main. 7pm?",
        ),
        ("bo: club at 8 at mine", "it's at his", "bo: club at 8 at his"),
        ("bo: is he coming on friday", "he's coming", "bo: he's coming on friday"),
        # An order in place of what was asked or told.
        (
            "Ask Bo whether I may leave my bike there.",
            "no need to ask, he said yes. just tell him it goes there on Sunday",
            "Tell Bo it goes there on Sunday.",
        ),
        (
            "tell bo im bringing the tent",
            "make it a question, should i bring mine",
            "ask bo should i bring mine",
        ),
        ("ask bo if he can move his van", "he did. just thank him", "thank bo."),
        # What is left out, without why.
        (
            "Tell Bo that it costs 120 euros and that we leave at 8.",
            "don't mention the money, he's a bit short",
            "Tell Bo that we leave at 8.",
        ),
        (
            "Tell Bo the report is done, and ask him when he has time.",
            "drop the question, he'll ring anyway",
            "Tell Bo the report is done.",
        ),
        (
            "Tell Bo that I pay on the 3rd, and ask him when the light is mended.",
            "take out the question about the light",
            "Tell Bo that I pay on the 3rd.",
        ),
        ("bo: can't come, row with ann, next week", "the row can go", "bo: can't come, next week"),
        # The clauses of a change, one by one.
        (
            "tell bo i'll book the wall and he pays me back",
            "he's booking, i pay him back",
            "tell bo he's booking the wall and i pay him back",
        ),
        ("can you please tell bo yes", "also say thanks", "tell bo yes. thanks"),
        # Several changes at once.
        (
            "Ask Bo for the oars by Tuesday.",
            "Make it Friday, and ask for the key.",
            "Ask Bo for the oars by Friday. Ask for the key.",
        ),
        (
            "ask bo for 3 oars by tues",
            "4 oars. oh and he brings them himself",
            "ask bo for 4 oars by tues. he brings them himself",
        ),
    ],
)
def test_a_change_is_put_where_it_belongs(instruction: str, follow_up: str, right: str) -> None:
    assert standalone(instruction, follow_up) == right


@pytest.mark.parametrize(
    "follow_up", ["", " ", "?", "…", "no", "pls", "and", "say that", "(", "\n\n"]
)
def test_a_change_without_words_loses_nothing(follow_up: str) -> None:
    assert standalone(TOLD, follow_up).startswith(TOLD)


def test_nothing_is_made_up_and_little_is_lost() -> None:
    rows = list(read_follow_ups())[::10]
    lost = 0
    near: Counter[str] = Counter()
    for row in rows:
        made = standalone(row.instruction, row.follow_up)
        # "x14" with 16 is "x16".
        words = re.findall(r"\d+|[^\W\d]+", made.lower())
        given = re.findall(r"\d+|[^\W\d]+", f"{row.instruction} {row.follow_up}".lower())
        lexicon = lexicon_of(f"{row.instruction}\n{row.follow_up}")
        tones = (tone_of(change, lexicon) for change in changes(row.follow_up, lexicon))
        given += [word for tone in tones if tone for word in tone.adverb.split()]
        # "Isn't" taken back is "is", and so may be what "it's" has; "12 and 6".
        known = {*given, *(word.removesuffix("n") for word in given), *["is"] * ("s" in given)}
        assert set(words) - lexicon.words("follow_ups.joiners") <= known, made
        lost += len(words) < 0.4 * len(given)
        near["made"] += likeness(made, row.standalone)
        near["put together"] += likeness(f"{row.instruction} {row.follow_up}", row.standalone)
    assert lost <= 0.02 * len(rows)
    assert near["made"] >= near["put together"] + 0.01 * len(rows)


def test_a_whole_text_is_put_below() -> None:
    text = "Ann is here, and Bo is not. " * 5000
    assert standalone(TOLD, text) == f"{TOLD}\n{text.strip()}"
    assert standalone(text, "no, at 8").endswith("\nno, at 8")


def test_an_instruction_without_words_takes_any_change() -> None:
    assert standalone("", "at 8").strip(". ") == "at 8"
    assert "yes" in standalone("…", "say yes")


def test_parts_are_what_is_told_behind_whom_it_is_told() -> None:
    lexicon = lexicon_of(TOLD)
    assert TOLD[head_end(TOLD, lexicon) :].startswith("the boat")
    told = [TOLD[part.start : part.end] for part in parts(TOLD, lexicon)]
    assert told == ["the boat is green", "ask whether he has the key"]


def test_changes_are_told_one_by_one() -> None:
    found = changes(
        "hm that sounds stiff, say it warmly. 4 oars & ask for the key", lexicon_of(TOLD)
    )
    assert found == ["say it warmly.", "4 oars", "ask for the key"]
