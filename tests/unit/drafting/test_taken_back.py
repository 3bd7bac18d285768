"""A fact that is taken back in the same line."""

from __future__ import annotations

import pytest

from engine.checking.lexicon import lexicon
from engine.drafting.types import DraftRequest
from engine.follow_ups.requests import as_asked
from engine.follow_ups.taken_back import without_taken_back
from engine.prompt.prompt import Turn


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("it's coming tuesday no sorry wednesday", "it's coming wednesday"),
        ("we made 412 no wait 421 dollars", "we made 421 dollars"),
        ("the hall fri 12th from 3 no half 3 till 6", "the hall fri 12th from half 3 till 6"),
        ("at his gate by half 9 no quarter to ten", "at his gate by quarter to ten"),
        ("subs due by the 1st no sorry the 3rd, 25 quid", "subs due by the 3rd, 25 quid"),
        ("back by the 9th, oh make it the 10th", "back by the 10th"),
        ("say at 9, no at 10", "say at 10"),
        ("meet 5pm. no, 6pm", "meet 6pm"),
        ("in march i mean april", "in april"),
    ],
)
def test_the_last_of_two_facts_of_one_kind_is_meant(typed, meant):
    assert without_taken_back(typed, lexicon("en")) == meant
    assert as_asked(DraftRequest(typed)).instruction == meant


def test_a_follow_up_changes_what_was_meant():
    turns = (Turn("tell joan i come tuesday no wednesday", "I come on Wednesday."),)
    asked = as_asked(DraftRequest("no, thursday", turns=turns))
    assert asked.instruction == "tell joan i come thursday"


@pytest.mark.parametrize(
    "typed",
    [
        "does he want 2 or 3? no 3 is mine",
        "I was there at 9. No one was in.",
        "I invited 12 people. No one came.",
        "See you on Friday. No Saturday session this week.",
        "overdue 2 wks, no one rang",
        "ring at 5. wait 5 mins",
        "bus 7:10. no 14 marked wrong",
        "monday\n- no tuesday pickup",
        "on the 15th. no second ticket",
        "not tuesday, no wednesday either",
        "8 sorry it's late",
        "my place no 9 at 8",
        "no 5, no 6",
        "12 no. 8 max",
        "tuesday no, 9 is fine",
        "Tell Bo that Tuesday is fine, not Wednesday.",
    ],
)
def test_all_else_stays(typed):
    assert without_taken_back(typed, lexicon("en")) == typed
    request = DraftRequest(typed)
    assert as_asked(request) is request


@pytest.mark.parametrize(
    ("code", "typed", "meant"),
    [
        ("de", "sag ihm ich komme am dienstag nein mittwoch", "sag ihm ich komme am mittwoch"),
        ("de", "wir sind um halb 9, äh, nee, viertel vor 10 da", "wir sind um viertel vor 10 da"),
        ("fr", "je viens le mardi non pardon le mercredi", "je viens le mercredi"),
        ("fr", "dis que je suis là à 15h30, enfin non, à 16h", "dis que je suis là à 16h"),
        ("es", "dile que llego el martes no perdón miércoles", "dile que llego el miércoles"),
        ("es", "dile que es a la 1, no, espera, a las 2", "dile que es a las 2"),
        ("it", "dille che siamo quattro, anzi cinque", "dille che siamo cinque"),
        ("it", "gli dico che è il 5 no scusa il 6 maggio", "gli dico che è il 6 maggio"),
        ("nl", "zeg dat ik op dinsdag nee woensdag kom", "zeg dat ik op woensdag kom"),
        ("nl", "ik ben er om half 9, sorry, kwart voor 9", "ik ben er om kwart voor 9"),
        ("pt", "diz que chego na terça, aliás, no sábado", "diz que chego no sábado"),
        ("pt", "ela vem dia 5 não espera dia 6 de maio", "ela vem dia 6 de maio"),
        ("sv", "säg att jag kommer på tisdag nej onsdag", "säg att jag kommer på onsdag"),
        ("sv", "vi ses klockan 5, nej, vänta, kl. 6", "vi ses kl. 6"),
        ("pl", "napisz że będę we wtorek, nie, czekaj, w środę", "napisz że będę w środę"),
        ("pl", "spotkamy się o piątej albo nie o szóstej", "spotkamy się o szóstej"),
    ],
)
def test_facts_are_taken_back_in_other_languages(code, typed, meant):
    assert without_taken_back(typed, lexicon(code)) == meant
    assert as_asked(DraftRequest(typed)).instruction == meant


@pytest.mark.parametrize(
    ("code", "typed"),
    [
        ("de", "sag ihr dienstag nein, mittwoch ja"),
        ("de", "Ja zum Ersten, nein zum Zweiten."),
        ("fr", "il est un ami, ou plutôt un frère"),
        ("fr", "elle a vingt-cinq, non pardon, trente ans"),
        ("es", "dile que el martes no el miércoles sí"),
        ("it", "digli che sei bravo, anzi sei bravissimo"),
        ("nl", "zeg dat het niet op dinsdag is, nee, op woensdag"),
        ("pt", "diz que venho na terça não na quarta"),
        ("sv", "säg att tisdag nej, onsdag går bra"),
        ("pl", "powiedz że będę we wtorek nie w środę"),
    ],
)
def test_all_else_stays_in_other_languages(code, typed):
    assert without_taken_back(typed, lexicon(code)) == typed
    request = DraftRequest(typed)
    assert as_asked(request) is request
