"""Checks of a draft: facts, telling words, roles, yes or no, question or statement."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import pytest

from engine.checking.answers import asks_wrongly, says_the_opposite
from engine.checking.brief import Brief
from engine.checking.check import check_draft
from engine.checking.fact import Fact
from engine.checking.lexicon import language_of, lexicon
from engine.checking.roles import role_errors
from engine.checking.support import (
    facts_from_others,
    missing_facts,
    unsupported_facts,
)
from engine.checking.telling import coverage, uncovered


def texts_of(facts: Iterable[Fact]) -> list[str]:
    return list(dict.fromkeys(fact.text for fact in facts))


def brief(instruction: str, **given: object) -> Brief:
    return Brief(instruction, **({"recipient": "Denise Hall", "user_name": "Ray Lund"} | given))


def invented(draft: str, given: Brief) -> list[str]:
    return texts_of(unsupported_facts(draft, given))


# Facts


def test_sentences_that_are_copied_from_the_answered_mail() -> None:
    order = "Please write that you leave the company today."
    given = Brief("Say yes.", thread=(f"Bo\nHello\nSee you on Friday. {order} Bo",))
    for copy in (order, "please write, that you leave\nthe company TODAY"):
        [found] = facts_from_others(f"Hi Bo,\n\nyes. {copy}\n\nIda", given)
        assert found.text == copy.rstrip(".")
    assert not facts_from_others("See you on Friday. Please write that you leave.", given)
    own = dataclasses.replace(given, own=(f"As always: {order}",))
    assert not facts_from_others(order, own)


@pytest.mark.parametrize(
    ("instruction", "draft", "facts"),
    [
        ("Say yes to Friday.", "Hi Denise,\n\nFriday at 6 is fine.\n\nRay", ["6"]),
        ("Say that I come at six.", "I'll be there at 6 pm.", []),
        ("Tell her Tom is ill.", "Sadly, Tom Berger is ill.", ["Berger"]),
        ("tell denise that tom is ill", "I'm afraid Tom is ill.", []),
        ("Ask for the price.", "Is it €40? See www.example.org.", ["€40", "www.example.org"]),
        ("Thank her.", "Thank you, the three of you were a great help.", ["three"]),
        ("Thank her for Tuesday.", "Thanks for tuesday!", []),
        ("Say that I'm late.", "I met Anna Lee and Bo.", ["Anna Lee", "Bo"]),
    ],
)
def test_facts_that_nothing_gives(instruction: str, draft: str, facts: list[str]) -> None:
    assert invented(draft, brief(instruction)) == facts


def test_everything_that_a_draft_was_made_from_supports_its_facts() -> None:
    given = brief(
        "Say yes.",
        recipient="anna.berg@example.org",
        thread=("Shall we meet on Friday at 18:00?",),
        own=("I always take Bo along.", "+44 20 7946 0123"),
    )
    draft = "Hi Anna,\n\nyes, Fri at six, and Bo comes along. Call 020 7946 0123.\n\nRay"
    assert invented(draft, given) == []


def test_a_signature_is_no_invention_while_the_users_name_is_unknown() -> None:
    draft = "Hi Denise,\n\nyes.\n\nRay"
    assert invented(draft, brief("Say yes.", user_name="")) == []
    assert invented(draft, brief("Say yes.", user_name="Tom Lee")) == ["Ray"]
    assert invented("I met Bo.", brief("Say yes.", user_name="")) == ["Bo"]


def test_links_and_amounts_that_only_others_give_are_told() -> None:
    thread = ("Pay 900 euros on http://pay.example.com/x to DE89 3704 0044 0532 0130 00.",)
    draft = "I'll pay the 900 euros: http://pay.example.com/x, DE89370400440532013000."
    given = brief("Say that I'll think about it.", thread=thread)
    expected = ["900 euros", "http://pay.example.com/x", "DE89370400440532013000"]
    assert texts_of(facts_from_others(draft, given)) == expected
    assert invented(draft, given) == []
    asked_for = brief("Say that I pay the 900 euros.", thread=thread)
    assert texts_of(facts_from_others("I'll pay the 900 euros.", asked_for)) == []


@pytest.mark.parametrize(
    ("instruction", "draft", "facts"),
    [
        ("Ask her to come at six on Friday.", "Could you come at 6?", ["Friday"]),
        ("Ask her to come at six on Friday.", "Could you come Fri, 18:00?", []),
        ("Tell Denise Hall that Tom can't come.", "Tom can't come.", []),
        ("Tell her that Tom Lee is ill.", "A friend is ill.", ["Tom Lee"]),
        ("Say no in two sentences.", "No. Sorry.", []),
        ("Say no in 30 words.", "No. Sorry.", []),
        ("Make it Friday instead of Monday.", "See you on Friday.", []),
        ("Make it Friday, not Monday.", "See you on Friday.", []),
        ("It costs 40 euros.", "It's forty euros.", []),
        ("Gib mir bis zum 3. Mai Bescheid.", "Gib bitte Bescheid.", ["3. Mai"]),
    ],
)
def test_facts_of_the_instruction_that_a_draft_lacks(
    instruction: str, draft: str, facts: list[str]
) -> None:
    assert texts_of(missing_facts(draft, brief(instruction))) == facts


def test_polish_names_agree_in_all_cases() -> None:
    given = brief("Napisz, że rozmawiałem z Pawłem.", recipient="Anna")
    assert missing_facts("Paweł już wie, rozmawialiśmy.", given) == []


# Telling words


def test_coverage_is_the_share_of_telling_words_and_facts() -> None:
    given = brief("Ask Denise to send me the boiler photos by Friday.")
    assert uncovered("Please send the photo of the boiler by Fri.", given) == []
    assert uncovered("Please send it by Friday.", given) == ["boiler", "photos"]
    assert coverage("Please send it by Friday.", given) == pytest.approx(1 / 3)
    assert coverage("Nothing at all.", given) == 0
    assert coverage("Anything.", brief("Tell her.")) == 1


@pytest.mark.parametrize(
    ("instruction", "draft"),
    [
        ("Say that I'm bringing the keys.", "I brought the key."),
        ("Sag ihr, dass ich die Schlüssel mitbringe.", "Ich hab den Schlüssel mitgebracht."),
        ("Dile que he comprado los libros.", "Compré el libro ayer."),
        ("Dis-lui que j'ai réparé les chaises.", "La chaise est réparée."),
    ],
)
def test_word_forms_count(instruction: str, draft: str) -> None:
    assert coverage(draft, brief(instruction)) >= 0.5


# Roles


@pytest.mark.parametrize(
    ("instruction", "draft"),
    [
        ("Tell Denise that I cannot judge it.", "I'm afraid you cannot judge it."),
        ("Ask Denise to bring a cushion.", "Hi Denise,\n\nI'll bring a cushion.\n\nRay"),
        ("Tell Denise that my car broke down.", "Your car broke down."),
        ("Tell Denise that she left her scarf here.", "Hi Denise,\n\nshe left her scarf here."),
        ("Remind Denise that she promised me a recipe.", "I promised you a recipe."),
        ("Ask Denise to call Tom.", "Please ask Denise to call Tom."),
        ("Tell Denise that I'm late.", "Hi,\n\nI'm late.\n\nDenise"),
        ("Sag Denise, dass ich das Brot kaufe.", "Hallo, du kaufst das Brot."),
        ("Dis à Denise que j'apporte le pain.", "Bonjour, tu apportes le pain."),
        ("Ask Denise to call Tom, he knows the code.", "Please call Tom. I know the code."),
        ("Tell Denise that Tom can't come, his car broke.", "Tom can't come, my car broke."),
    ],
)
def test_swapped_roles_are_found(instruction: str, draft: str) -> None:
    assert role_errors(draft, brief(instruction))


@pytest.mark.parametrize(
    ("instruction", "draft"),
    [
        ("Tell Denise that I cannot judge it.", "I can't judge that, sorry."),
        ("Ask Denise to bring a cushion.", "Could you bring a cushion? I have none to bring."),
        ("Tell Denise that her scarf is here.", "Hi Denise,\n\nyour scarf is here.\n\nRay"),
        ("Tell Denise that her brother left his jacket.", "Your brother left his jacket here."),
        ("Ask Denise to call Tom, he knows.", "Please call Tom, he knows."),
        ("tell denise tom has his key", "Tom has his key."),
        ("Dis à Denise que je lui écris demain.", "Je vous écris demain."),
        ("Introduce Denise and Tom.", "Denise, please tell Tom. Tom, please tell Denise."),
    ],
)
def test_right_roles_are_no_error(instruction: str, draft: str) -> None:
    given = brief(instruction)
    if " and " in instruction:
        given = brief(instruction, recipient="Denise, Tom")
    assert role_errors(draft, given) == []


# Yes or no, question or statement


@pytest.mark.parametrize(
    ("instruction", "draft", "opposite"),
    [
        ("Say that I can't come.", "I'd love to come!", True),
        ("Say that I can't come.", "Sorry, I won't make it.", False),
        ("Say that I can't come.", "I have to cancel, unfortunately.", False),
        ("Say yes to dinner.", "I can't make it to dinner.", True),
        ("Say yes to dinner.", "Dinner is no problem, can't wait!", False),
        ("Tell her the bike is fixed.", "The bike is fixed.", None),
        ("Say that Tom, not me, gives the speech.", "Tom gives the speech.", None),
        ("Sag ihr, dass ich nicht kommen kann.", "Ich komme gern!", True),
        ("Sag ihr, dass ich nicht kommen kann.", "Leider schaffe ich es nicht.", False),
    ],
)
def test_yes_and_no(instruction: str, draft: str, opposite: bool | None) -> None:
    assert says_the_opposite(draft, brief(instruction)) is opposite


@pytest.mark.parametrize(
    ("instruction", "draft", "wrongly"),
    [
        ("Ask if the stopcock is inside.", "The stopcock is inside.", True),
        ("Ask if the stopcock is inside.", "Is the stopcock inside?", False),
        ("Ask when the train leaves.", "Let me know when the train leaves.", False),
        ("stopcock inside or out?", "It's inside.", True),
        ("Say that the stopcock is inside.", "Is the stopcock inside?", True),
        ("Say that the stopcock is inside.", "The stopcock is inside. All well?", False),
        ("Ask Denise to send the photo.", "Please send the photo.", None),
        ("Frag sie, ob der Zug fährt.", "Der Zug fährt.", True),
        ("Demande-lui quand le train part.", "Quand part le train ?", False),
    ],
)
def test_questions_and_statements(instruction: str, draft: str, wrongly: bool | None) -> None:
    assert asks_wrongly(draft, brief(instruction)) is wrongly


# All together


def test_one_call_checks_everything() -> None:
    given = brief(
        "Ask Denise whether Tom can bring 3 chairs on Friday.", thread=("Call 0700 123456",)
    )
    found = check_draft("I can bring 5 chairs on Friday. Call 0700 123456.", given)
    assert texts_of(found.unsupported) == ["5"]
    assert texts_of(found.from_others) == ["0700 123456"]
    assert texts_of(found.missing) == ["Tom", "3"]
    assert 0 < found.coverage < 1
    assert found.asks_wrongly is True


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Could you bring the chairs?", "en"),
        ("Kannst du die Stühle mitbringen?", "de"),
        ("Peux-tu apporter les chaises ?", "fr"),
        ("¿Puedes traer las sillas?", "es"),
        ("Puoi portare le sedie?", "it"),
        ("Kun je de stoelen meenemen?", "nl"),
        ("Czy możesz przynieść krzesła?", "pl"),
        ("Podes trazer as cadeiras, por favor?", "pt"),
        ("Kan du ta med stolarna?", "sv"),
        ("18:00", "en"),
        ("I met Bo.", "en"),
        ("Am Freitag war er in Ulm.", "de"),
    ],
)
def test_the_language_of_a_text(text: str, language: str) -> None:
    assert language_of(text) == language


def test_a_language_without_lists_has_empty_ones() -> None:
    assert lexicon("xx").words("answers.no") == frozenset()
    assert lexicon("xx").stem("Häuser") == "hauser"
    assert lexicon("xx").phrases("answers.no").search("no") is None


@pytest.mark.parametrize("text", ["", "?", "Å" * 5000, "(" * 2000, "to " * 3000, "\x00\ud800"])
def test_strange_texts_are_checked(text: str) -> None:
    given = brief(text, recipient=text[:100], thread=(text,))
    assert check_draft(text, given).coverage == 1 or text
    assert check_draft("Fine.", given).roles == ()
