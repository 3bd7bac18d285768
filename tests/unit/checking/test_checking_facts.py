"""Facts are found in a text, and their different spellings agree."""

from __future__ import annotations

from itertools import pairwise

import pytest

from engine.checking.fact import Fact
from engine.checking.facts import find_facts


def firm(text: str, language: str = "") -> list[tuple[str, str]]:
    return [(fact.kind, fact.text) for fact in find_facts(text, language) if fact.firm]


def agree(first: str, second: str, languages: tuple[str, str] = ("en", "en")) -> bool:
    one, other = find_facts(first, languages[0]), find_facts(second, languages[1])
    assert one, first
    assert other, second
    return any(a.values & b.values for a in one for b in other)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("at 6", "at six"),
        ("at six", "at 6 pm"),
        ("6 pm", "18:00"),
        ("6pm", "6 p.m."),
        ("18:30", "half past six"),
        ("6.30", "half six"),
        ("quarter to seven", "6:45"),
        ("noon", "12 pm"),
        ("twenty-five boxes", "25 boxes"),
        ("two hundred and fifty", "250"),
        ("1,200 people", "1200 people"),
        ("2k", "two thousand people"),
        ("$50", "fifty dollars"),
        ("€20", "20 EUR"),
        ("20 euros", "the 20"),
        ("on Fri", "on Friday"),
        ("every friday", "on Fridays"),
        ("sat 3pm", "on Saturday"),
        ("May 3rd", "3 May"),
        ("the third of May", "2026-05-03"),
        ("on the 3rd", "3 May 2026"),
        ("3/5", "3 May"),
        ("5/3", "3 May"),
        ("in Sept", "in September"),
        ("https://www.example.org/a/", "example.org/a"),
        ("Ann@Example.org", "ann@example.org"),
        ("DE89 3704 0044 0532 0130 00", "DE89370400440532013000"),
        ("+44 20 7946 0123", "020 7946 0123"),
        ("with Zoë there", "with Zoe there"),
    ],
)
def test_spellings_of_one_fact_agree(first: str, second: str) -> None:
    assert agree(first, second)
    assert agree(second, first)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("6 am", "6 pm"),
        ("18:00", "6 am"),
        ("half past six", "at 6"),
        ("$50", "€50"),
        ("25", "52"),
        ("Friday", "Thursday"),
        ("3 May", "4 May"),
        ("3 May", "3 June"),
        ("example.org/a", "example.org/b"),
        ("1,200", "120"),
    ],
)
def test_different_facts_do_not_agree(first: str, second: str) -> None:
    assert not agree(first, second)


@pytest.mark.parametrize(
    ("language", "text", "english"),
    [
        ("de", "am Freitagabend um halb sieben", "Friday, 6:30 pm"),
        ("de", "um 18 Uhr", "6 pm"),
        ("de", "fünfundzwanzig Euro", "25 euros"),
        ("de", "zweihundertfünfzig Leute", "250 people"),
        ("de", "am 3. Mai", "3 May"),
        ("de", "am 3.5. in Ulm", "May 3"),
        ("fr", "à 18h30", "6:30 pm"),
        ("fr", "quatre-vingt-douze euros", "92 euros"),
        ("fr", "soixante-quinze chaises", "75 chairs"),
        ("fr", "vingt et un jours", "21 days"),
        ("fr", "vendredi 3 mai", "Friday"),
        ("es", "treinta y cinco personas", "35 people"),
        ("es", "el 3 de mayo", "3 May"),
        ("es", "a las seis de la tarde", "6 pm"),
        ("it", "venticinque amici", "25 friends"),
        ("it", "giovedì alle ore 19", "7 pm"),
        ("nl", "vijfentwintig stoelen", "25 chairs"),
        ("nl", "half zeven", "6:30"),
        ("pl", "dwadzieścia pięć złotych", "25 PLN"),
        ("pl", "w piątek o szóstej", "Friday"),
        ("pt", "vinte e cinco pessoas", "25 people"),
        ("pt", "na sexta-feira", "Friday"),
        ("sv", "tjugofem kronor", "25 SEK"),
        ("sv", "på torsdag", "Thursday"),
    ],
)
def test_facts_agree_between_languages(language: str, text: str, english: str) -> None:
    assert agree(text, english, (language, "en"))


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("I met Anna at the Ritz on Friday.", ["Anna", "Ritz", "Friday"]),
        ("Hi Denise,\n\nfine with me.\n\nBest wishes,\nRay Dockery", ["Denise", "Ray", "Dockery"]),
        ("Take gate B12 or room 3B.", ["B12", "3B"]),
        ("Dr. Weber said so.", ["Weber"]),
        ("Thanks. See you soon. Looking forward to it!", []),
        ("I'm OK, and I'll send the PDF ASAP.", []),
        ("One of us may go first; the two of us sat and march on.", []),
        ("1. Bring the tent.\n2. Leave the rest.", []),
        ("THIS IS NOT HOW WE DO IT", []),
        ("- Please wait\n- Then go", []),
    ],
)
def test_firm_facts_of_a_text(text: str, facts: list[str]) -> None:
    assert [found for _, found in firm(text, "en")] == facts


def test_german_nouns_are_no_names() -> None:
    text = "Hallo Jens,\n\ndanke für die Blumen. Frau Weber hat den Schlüssel.\n\nLiebe Grüße\nLois"
    assert firm(text, "de") == [("name", "Jens"), ("name", "Weber"), ("name", "Lois")]


def test_facts_stand_where_they_say_and_do_not_overlap() -> None:
    text = "Pay $1,200 to DE89 3704 0044 0532 0130 00 by 3 May, 18:00, www.example.org/pay?id=7!"
    facts = find_facts(text)
    assert [text[fact.start : fact.end] for fact in facts] == [fact.text for fact in facts]
    assert all(first.end <= second.start for first, second in pairwise(facts))
    kinds = [fact.kind for fact in facts]
    assert kinds == ["amount", "iban", "date", "time", "link"]


@pytest.mark.parametrize(
    ("text", "kind", "same"),
    [
        ("HTTPS://Lake.Example/pay", "link", "lake.example/pay"),
        ("see lake.top now", "link", "www.lake.top"),
        ("LAKE.COM/x", "link", "lake.com/x"),
        ("lake-bank.quest/login", "link", "https://lake-bank.quest/login"),
        ("https://bank.example@evil.example/", "link", "evil.example/"),
        ("de89 3704 0044 0532 0130 00", "iban", "DE89370400440532013000"),
        ("LT60 1010 0123 4567 8901 that is", "iban", "lt601010012345678901"),
        ("lt60 1010 0123 4567 8901 that will", "iban", "LT601010012345678901"),
        ("DE89-3704-0044-0532-0130-00", "iban", "DE89 3704 0044 0532 0130 00"),
    ],
)
def test_contacts_in_other_spellings(text: str, kind: str, same: str) -> None:
    [found] = [fact for fact in find_facts(text, "en") if fact.kind == kind]
    again = [fact for fact in find_facts(f"it is {same}", "en") if fact.kind == kind]
    assert [fact.values for fact in again] == [found.values]


@pytest.mark.parametrize(
    "text", ["am12 that with many more", "Done.It is", "and/or e.g./i.e.", "OK.No"]
)
def test_what_only_looks_like_a_contact(text: str) -> None:
    assert not [fact for fact in find_facts(text, "en") if fact.kind in ("link", "iban")]


@pytest.mark.parametrize("text", ["", " \n", "٣٤٥", "9" * 5000, "1.1." * 3000, "Ä" * 60_000])
def test_strange_texts_are_read(text: str) -> None:
    assert all(isinstance(fact, Fact) for fact in find_facts(text))
