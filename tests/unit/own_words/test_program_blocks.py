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
        f"{'-' * 32}\nThis email is a service from Pond Support. Delivered by Pondesk | Privacy",
        "Powered by Pondcom",
        "Sender notified by\nTrackmail\n<https://trackmail.example.org?utm_medium=signature>\n"
        "05/01/24,\n10:00:00",
        "Sender notified by\nTrackmail\n05/01/24, 10:00:00",
        "Remitente notificado con\nTrackmail\n05/01/24, 10:00:00",
        "Absender mit Trackmail benachrichtigt\n05.01.24, 10:00:00",
        "Read THE POND PAPER at\nhttps://pond.example.org\nOur boats are shown at\n"
        "https://boats.example.org/",
        "----\nEz az e-mail a PostaLak szolgáltatáson át érkezett. http://www.postalak.example.org",
        "Bu e-posta PostaKutu ile gönderildi – https://www.postakutu.example.org",
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


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (f"{REPLY}\n\nᐧ\n", REPLY),
        ("It is wet.\n\nTess Moor\nHead Treasurer\nFriends of Old Mills", "It is wet."),
        (
            f"It is wet.\n\nBest,\nTess\n{'-' * 18}\nTess Moor\nOld Mills Group",
            "It is wet.\n\nBest,\nTess",
        ),
        (f"It is wet.\n\nTess\n{'-' * 70}\nTess Moor\t\ttess@{{a,b}}.example.org\nMill School\n"
         f"{'-' * 70}\nWho counts the steps\nmisses the view.", "It is wet.\n\nTess"),
        ("It is wet.\n\nTM   7-9046.", "It is wet.\n\nTM"),
        ("It is wet.\n\nTess\nx-51077", "It is wet.\n\nTess"),
        ("It is wet.\nRing me if not\nTess Moor\n(555) 018-9032",
         "It is wet.\nRing me if not"),
        ("It is wet.\n\ntess.moor@example.org\n555-018-7711", "It is wet."),
        ("It is wet.\n\nTess Moor\nOld Mills\t\t555.017.4402\n8 Mill Road\t\t555.017.2241 (cell)\n"
         "Floor 9\t\t\t555.017.8883 (fax)\nYork, NY 10999\t\t\ttess@example.org", "It is wet."),
        ("It is wet.\n\nThanks,\n\n\nDr Tess Moor\n\n\n\nPage * https://example.org/?id=AE\n"
         "<https://example.org/?id=AE>*\n\n\n\nhttps://tess.blog.example.org",
         "It is wet.\n\nThanks,\n\nDr Tess Moor"),
        ("It is wet.\n\n*Disclaimer:* Do this at your own risk. Nobody answers for what may come\n"
         "from this mail.", "It is wet."),
        ("> Noon?\n>\n> --\nCell : 555-018-4460\nTalk: https://talk.example.org/tess", ""),
    ],
)  # fmt: skip
def test_signatures_without_a_delimiter_go(text, kept):
    assert own_words(text) == kept


@pytest.mark.parametrize(
    "text",
    [
        "We invited these three.\n\nTess Moor\nAda Hill\nBo Lake",
        "> Noon?\n>\n> --\nYes, at noon, by the mill.",
        "Rain all day.\n\nTotal   51077",
    ],
)
def test_names_and_numbers_of_the_text_stay(text):
    assert own_words(text) == text.rpartition("> --\n")[2]
