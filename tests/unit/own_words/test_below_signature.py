"""The writer's own lines below a signature: what the text refers to, or goes on with."""

from __future__ import annotations

import pytest

from engine.mail.own_words import own_words

TEXT = "Hello Jane,\n\nthe mill is dry and the boat is painted.\n\nRegards,\nMe"
NOTED = TEXT.replace("painted", "painted [1]")
MOVED = "Hello Jane,\n\nI have a new number. The photos are behind the link.\n\nRegards,\nMe"
GERMAN = "Hallo Jane,\n\nmeine neue Nummer und die Bilder findest du unten.\n\nLiebe Grüße\nMe"
NOTE = "[1] https://example.org/mill"
ALBUM = "https://photos.example.org/album/77"

SENTENCES = [
    "I forgot to say that the key of the mill is under the mat. Please take the red one.",
    "By the way, Bob comes on Friday. He will bring the rope, and I bring the cake.",
    "Could you ask Bob for the oars? I think he still has them, and we need them at 10:30.",
    "Übrigens, der Schlüssel liegt unter der Matte. Am Freitag komme ich wieder.",
]
SIGNATURES = ["", "Me Writer\nMill Street 4\n", "Me Writer\n\n"]


@pytest.mark.parametrize("signature", SIGNATURES)
@pytest.mark.parametrize("sentences", SENTENCES)
def test_sentences_about_the_mail_stay_below_a_delimiter(sentences: str, signature: str) -> None:
    assert own_words(f"{TEXT}\n\n-- \n{signature}{sentences}\n") == f"{TEXT}\n\n{sentences}"


@pytest.mark.parametrize(
    ("above", "signature", "own"),
    [
        (NOTED, "", NOTE),
        (NOTED, "-- \nMe Writer\n", NOTE),
        (NOTED, "Tel: 020 7946 0123\n\n", NOTE.replace("]", "]:")),
        (MOVED, "", "My new number: 020 7946 0123"),
        (MOVED, "-- \nMe Writer\n", "My new number: 020 7946 0123"),
        (MOVED, "-- \nMe Writer\n", "New number: 020 7946 0123"),
        (MOVED, "", ALBUM),
        (MOVED, "-- \n", ALBUM),
        (GERMAN, "", "Meine neue Nummer: 030 901820"),
        (GERMAN, "-- \n", ALBUM),
    ],
)
def test_what_the_text_refers_to_stays(above: str, signature: str, own: str) -> None:
    assert own_words(f"{above}\n\n{signature}{own}\n") == f"{above}\n\n{own}"


@pytest.mark.parametrize(
    ("above", "signature"),
    [
        (TEXT, "-- \nDesign is like a religion. Too much of it makes you inflexible."),
        (TEXT, "-- \nI have a dream. You have one, too."),
        (TEXT, "-- \nListen to me! We are all individuals! What if this weren't a question?"),
        (TEXT, "-- \nMe Writer\nHill Ltd\nWe grind your corn. Call us on 020 7946 0123."),
        (TEXT, "-- \nPlease excuse my brevity. I am typing with one thumb."),
        (TEXT, "-- \nI work part time. My days are Monday to Wednesday."),
        (TEXT, '-- \n"The boat that I painted sank. You knew." -- A. Sailor'),
        (TEXT, "-- \nMe Writer\nMy number: 020 7946 0123"),
        (TEXT, "-- \nClean packages of the mill : https://example.org/packages"),
        (TEXT, NOTE),
        (TEXT, ALBUM),
        (MOVED, "https://example.org"),
        (MOVED, "-- \nMe Writer\nHill Ltd\n020 7946 0123\nhttps://example.org/mill/2"),
        (MOVED, "-- \nMe Writer\nTel: 020 7946 0123"),
    ],
)
def test_a_signature_that_the_text_does_not_refer_to_goes(above: str, signature: str) -> None:
    assert own_words(f"{above}\n\n{signature}\n") == above


def test_a_known_signature_has_no_own_lines() -> None:
    signature = "Me Writer\nThe mill of my dreams. You will find the boat on Friday."
    assert own_words(f"{TEXT}\n\n-- \n{signature}\n", signature=signature) == TEXT
