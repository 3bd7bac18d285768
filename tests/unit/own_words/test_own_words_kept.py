"""Nothing that the writer wrote is cut because it looks like a footer, a header or a signature."""

from __future__ import annotations

import mailbox
from itertools import cycle
from pathlib import Path

import pytest

import panza_tui.demo
from engine.mail.message.message import read_message
from engine.mail.own_words import own_words
from engine.mail.own_words.endings import ForeignPart, has_sentence, own_text_end
from engine.mail.own_words.message_text import read_own_words

CORPORA = Path(__file__).parents[4] / "shared" / "corpora"
BUNDLED = Path(panza_tui.demo.__file__).parent / "mailbox.mbox"
AFTER = "The swing is up again since Sunday, and the rope holds all three of them."

LOOK_ALIKES = [
    "If you do not wish to swim, bring a book.",
    "If you no longer wish to lead the choir, I ask Tom.",
    "To unsubscribe from the weekly box, ring the farm before Tuesday.",
    "To post to the group wall, ask Tess for a pin.",
    "To change your email at the library, take the card along.",
    "You are receiving this because you asked me for it twice.",
    "Reply to this e-mail directly, I am not on the list.",
    "Archive: https://mill.example.org/old shows what we had before.",
    "Mailing list archive or not, I keep the letters.",
    "Sent by my aunt on Tuesday, with far too many stamps",
    "Sent from my phone on the ferry, so it is short.",
    "Get Outlook for Android or any other one, I do not care which.",
    "Checked by AVG and by me, it runs.",
    "Powered by tea and gmail, we finished at nine.",
    "This message was scanned by my neighbour, sorry for the stripes.",
    "Confidential: this message is for the addressee of the cake alone.",
    "Gesendet von meinem Bruder, mit der Post",
    "Um sich abzumelden, ruft man im Büro an.",
    "Vous recevez ce message parce que vous chantez avec nous.",
    "Envoyé de mon jardin, sous la pluie",
    "Para cancelar la suscripción, habla con Eva.",
    "Per cancellarsi dalla lista basta dirlo a Pia.",
    "Om u af te melden belt u de school.",
    "Чтобы отписаться от газеты, позвоните на почту.",
    "Skickat från min mormor i lördags",
]


@pytest.mark.parametrize("line", LOOK_ALIKES)
def test_a_sentence_like_a_footer_stays_with_the_text_below_it(line):
    body = f"Dear Ada,\n\nthank you for the plums.\n\n{line}\n\n{AFTER}\n\nSam"
    assert own_words(body) == body


@pytest.mark.parametrize(
    "body",
    [
        "Begin forwarded message:\nthat is how all mails of my aunt begin.\n\nSam",
        ">> first left <<\n>> then right <<\n\nYou can't miss it.\n\nSam",
        "The coach leaves at eight.\n\nIf you do not wish to come, tell me and I sell your seat.",
        "Hello Ada,\n\nthe list is noisy.\n\nTo unsubscribe, ask Tom; he does it by hand.\n\nSam",
    ],
)
def test_a_last_sentence_like_a_footer_stays_without_a_link_or_address(body):
    assert own_words(body) == body


def _sent_texts(path: Path, most: int) -> list[str]:
    texts = []
    for message in mailbox.mbox(path, create=False):
        texts.append(read_own_words(read_message(bytes(message)))[0])
        if len(texts) == most:
            break
    return [text for text in texts if has_sentence(text.splitlines())]


MAILBOXES = [BUNDLED, *(CORPORA / "people").glob("*.mbox"), *(CORPORA / "enron").glob("*.mbox")]


@pytest.mark.parametrize("path", MAILBOXES, ids=lambda path: path.stem)
def test_no_look_alike_cuts_the_sentence_below_it_off_any_mail(path):
    """Whatever is above it: the last paragraph of each mail is a sentence of the writer's."""
    for text, line in zip(_sent_texts(path, 60), cycle(LOOK_ALIKES), strict=False):
        ends = own_words(f"{text}\n\n{line}\n\n{AFTER}").endswith(f"{line}\n\n{AFTER}")
        # A link of a mailing list above is evidence enough to cut what is below it.
        assert ends or "list" in text.lower(), (line, text)


def test_only_certain_evidence_cuts_sentences_below_it():
    lines = ["Yes.", "", "Buy our spades", "", AFTER]
    assert own_text_end(lines, [ForeignPart(2, 3)]) == len(lines)
    assert own_text_end(lines, [ForeignPart(2, 3), ForeignPart(4, 5)]) == 2
    assert own_text_end(lines, [ForeignPart(2, 3, is_certain=True)]) == 2
    assert own_text_end([*lines[:3], "", "Tess Fairlow"], [ForeignPart(2, 3)]) == 2


@pytest.mark.parametrize(
    "reply",
    [
        "Hi Ada,\n\nat the lido, see https://www.example.org/lido",
        "Hi Ada,\n\nhttps://www.example.org/lido",
        "Hello Ada, at the café, 12 Mill Street",
        "Liebe Ada,\n\nam besten unter 040 5550123",
        "Bonjour Ada,\n\n04 91 55 01 42 ou tess@example.org",
        "Ada:\n\n12 Mill Street\n020 7946 0123\ntess@example.org",
        "020 7946 0123",
    ],
)
def test_a_short_reply_with_a_number_or_link_stays(reply):
    quote = "On Mon, 3 Feb 2020 at 10:11, Ada <ada@example.org> wrote:\n> Where do we meet?"
    assert own_words(f"{quote}\n\n{reply}") == reply
    assert own_words(f"\n{reply}\n\n{quote}") == reply


@pytest.mark.parametrize(
    "body",
    [
        "The lift is out of order.\n\nWho has to go up may ask \nfor the key: Tess Moor, 020 7946 "
        "0123 or Ada \nFairlow, 020 7946 0124.",
        "Our mills:\n\n"
        + "\n\n".join(f"Mill Number {n} Ltd\n{n} Quay Road\nYork, NY 10{n}01" for n in range(1, 8)),
        "These three are open.\n\n"
        + "\n\n".join(f"Mill Number {n} Ltd\n{n} Quay Road\nYork, NY 10{n}01" for n in range(1, 4)),
    ],
)
def test_addresses_that_are_the_content_stay(body):
    assert own_words(body) == "\n".join(line.rstrip() for line in body.split("\n"))


@pytest.mark.parametrize(
    "body",
    [
        "This is my trip, please book it:\n\nFrom: York\nTo: Leeds\nDate: Monday, 3 May, 10:00\n\n"
        "By the window, please.",
        "Meine Reise:\n\nVon: Wien Hbf\nAn: Linz Hbf\nDatum: 3. Mai, 10:00\n\nBitte am Fenster.",
        "Mon voyage :\n\nDe : Lyon\nÀ : Metz\nDate : lundi 3 mai, 10:00\n\nMerci de réserver.",
        "One change went in.\n\nCommit: 77aa10b2\nAuthor: Tess <tess@example.org>\n"
        "Date: 2020-12-01T22:05:19+01:00\n\nGive the mill a wheel.",
        "It broke here:\n\nRevision: 44\nAuthor: Tess <tess@example.org>\nDate: 2020-12-01 22:05\n"
        "URL: https://example.org/r/4471\n\nCan you take it out again?",
        ">Item:    7\n>Place:   mill\n>Story:\n\nThe wheel is loose.\n\n>Cure:\n\nA longer pin.",
    ],
)
def test_labelled_lines_of_the_writer_are_no_header(body):
    assert own_words(body) == body


@pytest.mark.parametrize(
    "lead_in",
    [
        "The plate at the gate, since 1987, reads:",
        "Auf dem Zettel von 2019 steht:",
        "The rules, page 12, say:",
        "My letter of 12 May says:",
    ],
)
def test_a_lead_in_above_a_citation_stays(lead_in):
    body = f"Hello Ada,\n\nI looked it up again.\n{lead_in}\n\n> No boats.\n\nIs that clear?"
    kept = f"Hello Ada,\n\nI looked it up again.\n{lead_in}\n\nIs that clear?"
    assert own_words(body) == kept


@pytest.mark.parametrize(
    "lead_in",
    [
        "On 5 July 2023 Kim wrote to the board:",
        "Am 5. Juli schrieb Kim an den Vorstand:",
        "Den 5 juli skrev Kim till styrelsen:",
        "On 12 May 2021 Ann wrote the following:",
    ],
)
def test_a_lead_in_above_own_text_stays_with_it(lead_in):
    body = f"Hello Ada,\n\nI looked it up again.\n\n{lead_in}\n\nNo boats. That was all."
    assert own_words(body) == body


def test_a_short_question_below_an_address_stays():
    body = "Hello Ada,\n\nit was him.\n\nKim Lund\nBoat Club\n+46 46 123 456\n\nok?\nI."
    assert own_words(body) == body


@pytest.mark.parametrize(
    "body",
    [
        "Hi Jane,\n\n======\nPLAN\n======\n\nbread\n\n======\nCOST\n======\n\n3 pounds\n\nSam",
        "Hi Jane,\n\n>:-( no!\n\nSam",
        "Hi Jane,\n\n>.< no!\n\nSam",
        "Hi Jane,\n\nsee you.\n\nBest,\nSam\n\nHere is the address: 12 Mill Lane, Bath BA1 1AA",
        "Hi Jane,\n\nsee you.\n\nBest,\nSam\n\nPlan attached",
        "Hi Jane,\n\nsee you.\n\nBest,\nSam Roe\n\nCake on Sunday",
        "Hallo,\n\nbis dann.\n\nGruß\nSam\n\nFotos folgen",
        "Hallo,\n\nbis dann.\n\nGruß\nSam\n\nHier noch einmal die Adresse: Mühlenweg 12, 12345 Bad",
    ],
)
def test_headings_smileys_and_lead_ins_stay(body: str) -> None:
    assert own_words(body) == body


def test_a_smiley_within_a_quote_is_quoted() -> None:
    quote = "Ann wrote:\n> no\n>:-( and\n> no"
    assert own_words(f"Yes.\n\nSam\n\n{quote}") == "Yes.\n\nSam"
