"""What stands at the ends of mails: adverts, contacts without a name, sayings and notices."""

from __future__ import annotations

import pytest

from engine.mail.own_words import own_words

OWN = "The kettle sings and the train is late, so tea it is."
BOX = f"+{'-' * 40}+"
SIGNED = f"{OWN}\n\nNorman"

ADVERTS = {
    "a service's page": "Une messagerie gratuite, ça vous dit ?\nJe crée ma boîte www.laposte.net",
    "page and numbers": "Accédez au courrier : www.laposte.net ;\ntél : 08 92 68 13 50 (0,34€/mn)",
    "question and page": "Schon das coole Video gesehen?\nDer Eine für Alle: http://www.gmx.net/de/go/m3",
    "other matter": "Con Mobile Fax puoi inviare fax dal tuo PC\nsu http://www.tiscali.it/faxsms",
    "link behind the text": "Windows Live: Keep your life in sync.<http://windowslive.com/x?ocid=T>",
    "free mail": "Kostenlose E-Mail mit 10 GB: http://www.hillpost.example.org",
    "free mail, Greek": "Έχεις HillMail; Δωρεάν email στο http://www.hill.example.gr",
    "free mail, Finnish": "Hanki ilmainen sähköposti: http://www.posti.example.org",
    "delivered": "Mail delivered by HillMail http://hill.example.org",
    "no link": f"{'-' * 60}\nThis message was sent using HMP, the Hill Mail Program.",
    "list": "Du får denne e-posten fordi du er medlem.\nMeld deg av: https://grupper.example.no/ut",
    "protected": "Protected by HillGuard - http://guard.example.org",
    "slogan": "*** Sent via http://www.tools.example.org ***\nAdd a news page to your site now.",
}


@pytest.mark.parametrize("advert", ADVERTS.values(), ids=ADVERTS)
def test_an_advert_goes(advert: str) -> None:
    assert own_words(f"{SIGNED}\n\n{advert}\n") == SIGNED


@pytest.mark.parametrize(
    ("above", "text"),
    [
        # an afterthought with a link
        (SIGNED, "Free tickets are at http://www.milltickets.example.org"),
        (SIGNED, "Ho trovato un corso gratis: http://corso.example.org"),
        (SIGNED, "I use http://www.fastmail.com these days, it is good."),
        (SIGNED, "Schau mal bei http://web.de/magazine/wandern, da steht es."),
        (SIGNED, "The list is on http://mail.example.org/list, have a look."),
        (SIGNED, "On a reçu un mail gratuit : http://www.example.org/x"),
        (SIGNED, "P.S. Free mail is at http://www.hillmail.example.org"),
        (SIGNED, "My new address is norman@gmx.net"),
        # what the mail is about
        (OWN, "The key is here:\n\nTel: 555-017-4402\nFax: 555-017-2241"),
        (OWN, "Look at these.\n\nhttp://www.example.org/one\nhttp://www.example.org/two"),
        (OWN, "My opinion is not that of the company, and you know why."),
        (OWN, "The opinions of the club are mine, so I vote yes."),
        (OWN, "[We all laughed at this.]"),
        # a last line like a sign-off
        (OWN, "Room 4711"),
        (OWN, "Hut 12 (0170 5550123)"),
        (OWN, "Norman\n\n***\n\nMore later."),
    ],
)
def test_what_the_writer_put_last_stays(above: str, text: str) -> None:
    assert own_words(f"{above}\n\n{text}") == f"{above}\n\n{text}"


@pytest.mark.parametrize(
    "block",
    [
        "lund@example.org | 22 00 00 00",
        "Phone (22) 00-00-00   Fax (22) 00-00-01",
        "_Disclaimer_: Nothing in this mail is advice, so act on it at your own risk.",
        "CONFIDENTIAL: this is for the reader named above. If it came to you by mistake, burn it.",
        "Note that we do not accept responsibility for viruses, so scan all attachments.",
        "Din e-post kan omfattas av sekretess. Är du inte rätt mottagare, radera meddelandet.",
        "lund@example.org\nhttp://www.example.org/~lund",
        "Tel: 555-017-4402\nFax: 555-017-2241",
        "mobile 0170 5550123\nhome 030 5550124",
        "+49 (0)30 555 0123 (office)\n+49 (0)170 555 0123 (mobile)\nlund@example.org",
        "Skype: per.lund\nTwitter: @perlund",
        "Pablo Ruiz\nBlog: pablo.example.org\nTwitter: @pablo",
        "Karl Poole, Chair\nFriends of the Hills",
        "Any opinions expressed here are my own and do not represent those of my employer.",
        "DISCLAIMER\nThe views in this mail are mine alone and not those of the mill.",
        "NOTICE: Nothing in this message forms a contract. The mill accepts no liability for it.",
        "Registered office: 12 Mill Lane, Milltown. Registered in England No. 1234567.\nThank you.",
        "[Non-text portions of this message have been removed]",
        "[demime 1.01d removed an attachment of type image/gif which had a name of map.gif]",
        "[yard.pdf: application/pdf attachment]",
        "«yard plan.doc»  «map.gif»",
        f"{BOX}\n| Hills http://hills.example.org/list  hills-off@example.org |\n{BOX}",
        f"{'#' * 28}\n\nUnsubscribe:\n\n[HILLS](mailto:hills-request@lists.example.org)",
    ],
)
def test_a_block_below_a_sentence_goes(block: str) -> None:
    assert own_words(f"{OWN}\n\n{block}") == OWN


@pytest.mark.parametrize(
    "below",
    [
        "\n***\nThe hills are older than we are.\n  -- an old guide",
        '\n_____\n"Walk, don\'t run." - Old Guide',
        "\n----------\nNorman Preis\nHill Patrol",
        "\nhttp://norman.blog.example.org/ <http://norman.blog.example.org/>",
        " (x4471)",
        " 3-4471",
        " - 555 018 4471",
        "  555-018-4471",
    ],
)
def test_what_is_below_or_beside_a_first_name_goes(below: str) -> None:
    assert own_words(f"{SIGNED}{below}") == SIGNED


def test_a_closing_beside_a_number_stays() -> None:
    assert own_words(f"{OWN}\n\nThanks, Hanna 713-555-0144") == f"{OWN}\n\nThanks, Hanna"
    signed = f"{OWN}\n\nBest regards, Hanna"
    assert own_words(f"{signed}, tel 713-555-0144") == signed
    assert own_words(f"{OWN}\nHanna Berg\n#4471") == OWN
    assert own_words(f"{OWN}\nHanna\n713-555-0144") == f"{OWN}\nHanna"


def test_a_repeated_name_below_a_short_ruler_goes_with_what_is_below_it() -> None:
    signed = f"{OWN}\n\nBest\nKarl"
    assert own_words(f"{signed}\n\n=====\nKarl Poole\nHill Society") == signed


def test_names_and_numbers_within_a_sentence_stay() -> None:
    body = (
        "The keeper with the key is\nKari Moe, 22 00 00 01, or if she is out Per\nLie, 22 00 00 02."
    )
    assert own_words(body) == body


def test_from_and_a_name_above_a_quote_go() -> None:
    assert own_words("From: Ola Nordmann\n> Is it there?\n> Still?\n\nIt is.") == "It is."


def test_a_frame_around_the_text_goes() -> None:
    ruler = "-" * 40
    head = f"Vera Kern posted in Hills:\nhttp://hills.example.org/topic/12\n{ruler}\n"
    foot = f"\n{ruler}\nReply at http://hills.example.org/topic/12#reply"
    assert own_words(head + OWN + foot) == OWN
    assert own_words(head + OWN) == head + OWN


@pytest.mark.parametrize("verb", ["dixit", "mentioned", "replied", "quipped"])
def test_a_name_and_any_verb_above_a_quote(verb: str) -> None:
    assert own_words(f"Georg Kern {verb}:\n> Is it open?\n> Or shut?\n\nOpen.\n") == "Open."


def test_a_mail_that_the_writer_proposes_stays() -> None:
    body = (
        "Write to them like this:\n\nTo: info@example.org\nSubject: Boat\n\nWe need a boat.\n\n"
        "Then wait a week.\n\nOlga"
    )
    assert own_words(body) == body
