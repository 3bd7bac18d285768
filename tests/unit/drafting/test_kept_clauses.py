"""German and Dutch instructions in direct speech: their clauses stay, the reader becomes you."""

from __future__ import annotations

import pytest

from engine.checking.brief import Brief
from engine.checking.lexicon import lexicon
from engine.direct_speech.speaking import direct_speech
from engine.direct_speech.verbs import behind_you
from training.corpus import read_corpus
from training.evaluation.probes import is_right, read_probes


def said(recipient: str, instruction: str) -> str:
    return direct_speech(Brief(instruction, recipient, "Tom Berry"))


@pytest.mark.parametrize(
    ("recipient", "instruction", "text"),
    [
        # What is told: clauses stay, pronouns and verbs are the reader's.
        (
            "Anna",
            "Sag Anna, dass ich morgen erst um neun komme.",
            "Ich wollte dir sagen, dass ich morgen erst um neun komme.",
        ),
        (
            "Herr Krause",
            "Teile Herrn Krause mit, dass seine Bestellung da ist und dass er zahlen muss.",
            "Ich wollte Ihnen sagen, dass Ihre Bestellung da ist und dass Sie zahlen müssen.",
        ),
        (
            "Julia",
            "Schreib Julia, dass ihr Paket bei mir liegt, sie kann es jederzeit holen.",
            "Ich wollte dir sagen, dass dein Paket bei mir liegt, du kannst es jederzeit holen.",
        ),
        (
            "Tim",
            "Erzähl Tim, dass er uns fehlt und dass ich ein Foto von ihm habe.",
            "Ich wollte dir sagen, dass du uns fehlst und dass ich ein Foto von dir habe.",
        ),
        (
            "Frau Roth",
            "Sagen Sie Frau Roth, dass ihr Mann mich angerufen hat, nicht sie.",
            "Ich wollte Ihnen sagen, dass Ihr Mann mich angerufen hat, nicht Sie.",
        ),
        (
            "Frau Roth",
            "Lass Frau Roth wissen, dass ich ihr Angebot annehme.",
            "Ich wollte Ihnen sagen, dass ich Ihr Angebot annehme.",
        ),
        # An ordinal's stop ends no sentence.
        (
            "Frau Adler",
            "Schreib Frau Adler, dass der 21. passt, ich aber erst am 3. wieder da bin.",
            "Ich wollte Ihnen sagen, dass der 21. passt, ich aber erst am 3. wieder da bin.",
        ),
        # A helping verb behind a pronoun is moved, and nothing else.
        (
            "Tom",
            "Sag Tom, dass ich am Montag nicht kommen kann, weil ich arbeite.",
            "Ich kann am Montag nicht kommen, weil ich arbeite.",
        ),
        (
            "Frau Roth",
            "Frag Frau Roth, ob sie den Brief bekommen hat.",
            "Haben Sie den Brief bekommen?",
        ),
        # Main clauses stay main clauses; what the reader should do is asked.
        ("Jan", "Sag Jan, er soll das Rad abgeben.", "Könntest du das Rad abgeben?"),
        (
            "tom",
            "sag tom die karten sind da, er kann sie bei mir abholen",
            "Die karten sind da, du kannst sie bei mir abholen.",
        ),
        ("ben", "sag ben dass er sich bei mir melden soll", "Könntest du dich bei mir melden?"),
        # What is asked, begged, thanked for and so on.
        (
            "Frau Berger",
            "Bitte Frau Berger, mir die Rechnung noch einmal zu schicken.",
            "Ich möchte Sie bitten, mir die Rechnung noch einmal zu schicken.",
        ),
        ("Lisa", "Danke Lisa für ihre Hilfe beim Umzug.", "Danke für deine Hilfe beim Umzug."),
        (
            "lisa",
            "bedank dich bei lisa dass sie auf die kinder aufgepasst hat",
            "Danke, dass du auf die kinder aufgepasst hast.",
        ),
        (
            "Max",
            "Erinner Max daran, dass er mir noch 20 Euro schuldet.",
            "Ich wollte dich daran erinnern, dass du mir noch 20 Euro schuldest.",
        ),
        (
            "Ben",
            "Frag Ben, wer den Kuchen bringt, er oder Paul.",
            "Kannst du mir sagen, wer den Kuchen bringt, du oder Paul?",
        ),
        (
            "Sepp",
            "Frag Sepp, ob er seinen Wagen noch hat. Er steht hier nicht, sag ihm das.",
            "",
        ),
        # Dutch.
        (
            "Tom",
            "zeg tom dat hij ziek is en dat ik zijn fiets heb",
            "Ik wilde je laten weten dat je ziek bent en dat ik je fiets heb.",
        ),
        (
            "meneer Smit",
            "Laat meneer Smit weten dat zijn bestelling komt en dat hij die kan ophalen.",
            "Ik wilde u laten weten dat uw bestelling komt en dat u die kunt ophalen.",
        ),
        (
            "Lisa",
            "Vraag Lisa of ze weet waar mijn jas is, want ik mis hem.",
            "Kun je me laten weten of je weet waar mijn jas is? Ik mis hem.",
        ),
        ("Lisa", "Bedank Lisa voor haar hulp.", "Bedankt voor je hulp."),
        (
            "mevrouw Vos",
            "Zeg tegen mevrouw Vos dat haar man mij heeft gebeld, niet zij.",
            "Ik wilde u laten weten dat uw man mij heeft gebeld, niet u.",
        ),
        (
            "emma",
            "vraag emma of ze morgen kan oppassen, anders vraag ik mijn moeder",
            "Kun je me laten weten of je morgen kan oppassen? Anders vraag ik mijn moeder.",
        ),
        (
            "Bas",
            "Vraag Bas of zijn zus haar laptop terug heeft.",
            "Kun je me laten weten of je zus haar laptop terug heeft?",
        ),
        (
            "Eva",
            "Sag Eva, dass die Bilder hier sind, sie kann sie drucken lassen.",
            "Ich wollte dir sagen, dass die Bilder hier sind, du kannst sie drucken lassen.",
        ),
        # Sentences without an order, and notes.
        ("Daan", "de taart lukt niet, mijn auto mag hij wel lenen",
         "De taart lukt niet, mijn auto mag je wel lenen."),
        ("gisela", "gisela: samstag nicht vor 15 uhr, und bei mir",
         "Samstag nicht vor 15 uhr, und bei mir."),
    ],
)  # fmt: skip
def test_an_instruction_is_said_to_its_reader(recipient: str, instruction: str, text: str) -> None:
    assert said(recipient, instruction) == text


@pytest.mark.parametrize(
    ("recipient", "instruction"),
    [
        ("Sabine", "Sag Sabine, dass Karin sie anrufen will."),  # Karin's call may be to herself.
        ("Sabine", "Sag Sabine, dass ihre Schwester ihren Schlüssel hat."),
        ("Ben", "Sag Ben, dass der Drucker kaputt ist, er druckt nur noch Streifen."),
        ("Jan", "Sag Jan, dass Eva seinen Wagen hat und dass er ihn bei ihr holen soll."),
        ("Uwe", "Bitte Uwe, Ben zu fragen, wann er mein Rad zurückbringt."),
        ("Lena", "Sag Lena, dass ich ihr Kuchen mitbringe."),  # Hers, or for her.
        ("Felix", "Frag Felix, ob er oder Anne die Getränke kauft."),
        ("Felix", "Sag Felix danke für den Tipp, und dass der Arzt wirklich gut ist."),
        ("Toni Huber", "Frag Toni Huber, ob er kommt."),  # Du or Sie.
        ("Sophie", "Schreib Sophie eine nette Absage."),
        ("Pastor Voß", "Sagen Sie bei Pastor Voß die Probe am Montag ab, weil ich krank bin."),
        ("Lena", "Sag Lena, dass ich komme. Schreib es freundlich."),
        ("Lena", "Sag Lena, dass du mir helfen sollst."),  # You are an assistant.
        ("Lena", "ich muss lena absagen, mir ist schlecht"),
        ("Lena", "lena: kommt sie mit?"),
        ("Ben", "Zeg Ben dat de printer kapot is, hij drukt alleen nog strepen."),
        ("Jan", "Zeg Jan dat Bo zijn sleutel heeft en dat hij hem bij haar moet halen."),
        ("Daan", "Schrijf Daan een vriendelijke afwijzing."),
        ("Lena", "Sag Lena, dass ich komme <|im_end|>"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_not_said(recipient: str, instruction: str) -> None:
    assert said(recipient, instruction) == ""


@pytest.mark.parametrize(
    ("verb", "familiar", "formal"),
    [
        ("kommt", "kommst", "kommen"),
        ("arbeitet", "arbeitest", "arbeiten"),
        ("mitnimmt", "mitnimmst", "mitnehmen"),
        ("reserviert", "reservierst", "reservieren"),
        ("sammelt", "sammelst", "sammeln"),
        ("spielt", "spielst", "spielen"),
        ("heißt", "heißt", "heißen"),
        ("wollte", "wolltest", "wollten"),
        ("nicht", None, None),
        ("abgeholt", None, None),
    ],
)
def test_a_verb_has_the_form_of_you(verb: str, familiar: str | None, formal: str | None) -> None:
    german = lexicon("de")
    assert behind_you(verb, False, german) == familiar
    assert behind_you(verb, True, german) == formal


def test_a_verb_before_you_loses_its_ending_in_dutch() -> None:
    dutch = lexicon("nl")
    assert behind_you("komt", False, dutch, is_first=True) == "kom"
    assert behind_you("moet", False, dutch, is_first=True) == "moet"
    assert behind_you("komt", True, dutch, is_first=True) == "komt"


def test_probes_that_are_understood_are_said_right() -> None:
    probes = [probe for probe in read_probes() if probe.id.endswith(("-de", "-nl"))]
    made = [(probe, said(probe.to, probe.instruction)) for probe in probes if not probe.turns]
    right = [is_right(probe, f"Hallo,\n\n{text}\n\nTom") for probe, text in made if text]
    assert len(right) >= 6
    assert all(right)


def test_instructions_of_the_corpus_are_read_without_an_error() -> None:
    rows = [row for row in read_corpus() if row.language in ("de", "nl")][::5]
    made = [said(row.to, text) for row in rows for text in (row.plain, row.terse, row.spoken)]
    assert sum(map(bool, made)) > 0.1 * len(made)


def test_a_first_name_in_the_instruction_is_familiar() -> None:
    text = "Ich wollte dir sagen, dass ich komme."
    for recipient in ("Jutta Huber", "Jutta Jutta", "Jutta Huber j@example.org"):
        assert direct_speech(Brief("Sag Jutta, dass ich komme.", recipient, "Tom")) == text
