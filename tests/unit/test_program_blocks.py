"""Blocks of programs above and below a mail go by their form; links of the writer's own stay."""

from __future__ import annotations

import pytest

from engine.mail.own_words import own_words

REPLY = "Fine by me, see you there.\n\nSam"


@pytest.mark.parametrize(
    "block",
    [
        "\n\n    ¡Abre hoy tu buzón en CorreoLuz, sin anuncios!\nhttp://es.correo.mail.example.org/",
        "\n\nHanki oma postilaatikko, MetsäMail pitää siitä huolta!\nhttps://www.metsamail.example.org",
        f"{'-' * 60}\nSent with the POND web mailer\nSender's address: 192.0.2.19",
        "--\nThis note was created by DoorKeeper.\nMore on DoorKeeper: https://example.org/door",
        f"{'_' * 40}\nThe Orchard People (APPLE-L) write here\n"
        "To everyone: APPLE-L@lists.example.org\n"
        "How to leave: https://lists.example.org/options/apple-l",
        "--~--~---------~--~----~------------~\nThis came by the pond_boats maillist.\n"
        "More on it: https://www.example.org/maillist.php\n-~----------~----~----~----~---",
        "Vlákno: https://www.example.org/forum/show/7#4",
        "[image: Trackmail]\n<https://trackmail.example.org?utm_medium=signature&utm_campaign=sig>\n"
        "Sender notified by\nTrackmail\n<https://trackmail.example.org?utm_medium=signature>\n"
        "05/01/24,\n10:00:00",
        "Read THE POND PAPER at\nhttps://pond.example.org\nOur boats are shown at\n"
        "https://boats.example.org/",
        "Tess Fairlow Moor\n<https://example.org/tess?utm_medium=email_sig&promo=email_sig>",
    ],
)
def test_a_block_below_the_text_goes(block):
    assert own_words(f"{REPLY}\n\n{block}\n") == REPLY
    assert own_words(f"{REPLY}\n\n{block}\n\nOn 3/4/24 09:12, Ada wrote:\n> Noon?\n") == REPLY


def test_a_frame_above_the_text_goes():
    ruler = "-" * 50
    frame = (
        f"{ruler}\nThis review was sent by a program. To answer:\nhttps://example.org/r/1\n{ruler}"
    )
    assert own_words(f"{frame}\n\n{REPLY}") == REPLY
    agenda = f"{ruler}\nWhat we talk about\n{ruler}\n\n{REPLY}"
    assert own_words(agenda) == agenda


@pytest.mark.parametrize(
    "text",
    [
        "The pictures are here:\n\nhttps://www.example.org/forum/7",
        "There was a thread about it.\n\nhttps://www.example.org/forum/show/410",
        "Sam\n\nP.S. My page is new:\nhttps://mail.example.org/",
        "I wrote it all up.\n\nI put my notes on the list: https://lists.example.org/notes/7",
        "Have you seen the new one?\n\nMy forum: https://www.example.org/forum/show/410",
        "All in [1] and [2].\n\n[1] https://lists.example.org/1\n[2] https://lists.example.org/2",
        "MC\n\nhttps://www.example.org/wedding.html?id=4",
        "Device:\n    serial: 320EAED\n    address: 192.0.2.7\n    type: n3\n    name: Ada",
    ],
)
def test_links_and_addresses_of_the_writer_stay(text):
    assert own_words(text) == text
