"""What virus scanners, meeting services, lists and mail programs add to a mail goes."""

# ruff: noqa: E501 (texts as programs write them)

from __future__ import annotations

import pytest

from engine.mail.own_words import own_words
from engine.mail.own_words.meetings import meeting_block_start

OWN = "The trailer is free next week, just come by and take it.\n\nNora"

ADDED = {
    "avg": "-----\nNo virus found in this message.\nChecked by AVG - www.avg.com\nVersion: 2014.0.4577 / Virus Database: 3950/7490 - Release Date: 05/13/14",
    "avg de": "-----\nE-Mail ist virenfrei.\nVon AVG überprüft - www.avg.de\nVersion: 2013.0.2897 / Virendatenbank: 2641/6248 - Ausgabedatum: 16.04.2013",
    "eset": "__________ Information from ESET NOD32 Antivirus, version of virus signature database 5000 (20100408) __________\n\nThe message was checked by ESET NOD32 Antivirus.\n\nhttp://www.eset.com",
    "eset de": "__________ Information from ESET Endpoint Antivirus, version 10749 __________\n\nDie Nachricht wurde von ESET Endpoint Antivirus geprüft.\n\nhttp://www.eset.com",
    "google groups sv nodash": 'Du får det här meddelandet eftersom du prenumererar på gruppen "Boats" i Google Grupper.\nOm du vill sluta prenumerera på gruppen och inte längre få någon e-post från den skickar du ett e-postmeddelande till boats+unsubscribe@googlegroups.com.',
    "google groups tr": 'Bu iletiyi Google Grupları\'ndaki "Boats" grubuna abone olduğunuz için aldınız.\nBu gruptan çıkmak için boats+unsubscribe@googlegroups.com adresine e-posta gönderin.',
    "attach outlook mac": "<boat.jpg><plan.pdf>",
    "teams": "________________________________________________________________________________\nMicrosoft Teams meeting\nJoin on your computer or mobile app\nClick here to join the meeting<https://teams.microsoft.com/l/meetup-join/19%3ameeting>\nMeeting ID: 123 456 789\nPasscode: abc123\nDownload Teams<https://www.microsoft.com/teams> | Join on the web<https://www.microsoft.com/join>\nLearn More<https://aka.ms/JoinTeamsMeeting> | Meeting options<https://teams.microsoft.com/meetingOptions/?x=1>\n________________________________________________________________________________",
    "teams new": "________________________________________________________________________________\nMicrosoft Teams Need help?<https://aka.ms/JoinTeamsMeeting?omkt=en-US>\nJoin the meeting now<https://teams.microsoft.com/l/meetup-join/19%3ameeting>\nMeeting ID: 234 567 891\nPasscode: Gh7Rk2\n________________________________\nFor organizers: Meeting options<https://teams.microsoft.com/meetingOptions/?x=1>\n________________________________________________________________________________",
    "teams de": "________________________________________________________________________________\nMicrosoft Teams-Besprechung\nNehmen Sie auf dem Computer, in der mobilen App oder im Raum teil\nHier klicken, um an der Besprechung teilzunehmen<https://teams.microsoft.com/l/meetup-join/19%3ameeting>\nBesprechungs-ID: 345 678 912\nKennung: xYz12\n________________________________________________________________________________",
    "zoom": "Nora Berg is inviting you to a scheduled Zoom meeting.\n\nTopic: Boats\nTime: Jan 5, 2024 10:00 AM Stockholm\n\nJoin Zoom Meeting\nhttps://us02web.zoom.us/j/123456789?pwd=abc\n\nMeeting ID: 123 456 789\nPasscode: 123456\nOne tap mobile\n+13017158592,,123456789#,,,,*123456# US (Washington DC)",
    "webex": "-- Do not delete or change any of the following text. --\n\nJoin Webex meeting\nhttps://example.webex.com/example/j.php?MTID=m123\nMeeting number (access code): 123 456 7890\nMeeting password: abc",
    "meet": "Join with Google Meet\nhttps://meet.google.com/abc-defg-hij\n\nOr dial: (SE) +46 8 123 456 PIN: 123456789#",
    "avast plain ru": "---\nЭто сообщение проверено на вирусы антивирусом Avast.\nhttps://www.avast.com/antivirus",
    "disc ja": "このメールには秘密情報が含まれている場合があります。誤って受信された場合は、送信者にご連絡のうえ、削除してください。第三者への開示は固くお断りします。",
    "messagelabs fr": "______________________________________________________________________\nCet e-mail a été analysé par le service de sécurité de la messagerie.\nPour plus d'informations, consultez http://www.example.org\n______________________________________________________________________",
    "yahoo es": "______________________________________________\nLLama Gratis a cualquier PC del Mundo.\nLlamadas a fijos y móviles desde 1 céntimo por minuto.\nhttp://es.voice.yahoo.com",
    "seznam": "______________________________________________________________\nNejlepší hry na http://hry.seznam.cz",
    "mailtrack fr": "Expéditeur notifié par\nMailtrack<https://mailtrack.io/?utm_source=gmail&utm_medium=signature>",
}


@pytest.mark.parametrize("block", ADDED.values(), ids=ADDED)
def test_what_programs_add_goes(block: str) -> None:
    assert own_words(f"{OWN}\n\n{block}") == OWN
    below = "We leave on Sunday, so ring me before that if you need it.\n\nNora"
    assert own_words(f"{OWN}\n\n{block}\n\n{below}").endswith(below)


@pytest.mark.parametrize(
    "note",
    [
        "Denk aan het milieu voordat u deze e-mail afdrukt.",
        "Zanim wydrukujesz tę wiadomość, pomyśl o środowisku.",
        "Book time with me <https://example.org/bookwithme/1?ep=EmailSignature>",
    ],
)
def test_notes_below_every_mail_go(note: str) -> None:
    assert own_words(f"{OWN}\n\n{note}") == OWN


def test_a_trackers_lines_in_html_go_by_their_link() -> None:
    link = "https://track.example.org/?utm_source=gmail&amp;utm_medium=signature"
    tracked = (
        f'<table><tr><td>Sender notified by <br><a href="{link}">Tracker</a></td></tr></table>'
    )
    html = "<div>The oven is warm.</div><div>Nora</div>"
    assert own_words(f"{html}{tracked}", "html") == "The oven is warm.\nNora"
    article = '<p>See <a href="https://example.org/?utm_medium=email">this one</a>.</p>'
    assert own_words(article, "html") == "See this one."


@pytest.mark.parametrize(
    "mark",
    ["<boat.jpg>", "<boat.jpg><plan.pdf>", "[boat.jpg]", '[attachment "a.doc" deleted by Nora]'],
)
def test_marks_of_attached_files_go(mark: str) -> None:
    assert own_words(f"{OWN}\n\n{mark}") == OWN


@pytest.mark.parametrize(
    "text",
    [
        "Here is the Zoom link for Friday:\n\nhttps://us02web.zoom.us/j/123456789",
        "We talk on Zoom.\n\nhttps://us02web.zoom.us/j/123456789\n\nNora",
        "Use this, the code is 1234:\n\nhttps://meet.google.com/abc-defg-hij\nPIN: 123456",
        "------------ Links ------------\nhttps://example.org/boats",
        "We read the paper.\n\n------------ Links ------------\nhttps://example.org/boats\nhttps://example.org/oars",
        "The virus is gone, all three of us are well again.\n\nhttps://example.org/boats/1",
        "Look at <boat> and [boat], I mean the words.",
        "Kim said the club is full.\n\nThe treasurer knows more",
    ],
)
def test_own_text_about_them_stays(text: str) -> None:
    assert own_words(text) == text


@pytest.mark.parametrize(
    "sentence",
    [
        "To unsubscribe from the choir newsletter you have to talk to Paula in person, sadly.",
        "You received this because you asked for the minutes, I believe.",
        "You are subscribed to the vegetable box until June, right?",
        "Mailing list archive is what Kim calls the shoe box with the letters.",
        "Virus-free at last, the whole family is well again.",
        "Gesendet von meinem Bruder, nicht von mir, das Paket meine ich.",
        "Gesendet mit Etikett.",
        "Gesendet mit viel Liebe von uns allen",
        "Envoyé de mon village natal, le fromage arrive demain.",
        "Enviado desde mi pueblo, el queso llega mañana.",
    ],
)
def test_a_last_sentence_that_starts_like_a_programs_stays(sentence: str) -> None:
    assert own_words(f"{OWN}\n\n{sentence}") == f"{OWN}\n\n{sentence}"


@pytest.mark.parametrize(
    ("closing", "block"),
    [
        ("Cordialement,\nNora Berg", "Trésorière\nClub nautique de Lund"),
        ("Vänliga hälsningar\nNora Berg", "Kassör\nLunds båtklubb\n046-12 34 56"),
        (
            "Best regards,\nNora Berg",
            "Treasurer\t\tBoat Club Lund\nnora@example.org\t\t+46 46 123 456",
        ),
    ],
)
def test_roles_below_a_signed_closing_go(closing: str, block: str) -> None:
    text = "Le temps est beau.\n\n" + closing
    assert own_words(f"{text}\n{block}") == text


@pytest.mark.parametrize(
    "quote",
    [
        "nora@example.org\n \nFrom: Tom Ask\nDate: 2024-01-05 10:00\nTo: Nora Berg\nSubject: Trailer\n\nMay I?",
        "Tom Ask---05.01.2024 10:00:00---May I?\n\nVon:\tTom Ask <tom@example.org>\nAn:\tnora@example.org\n"
        "Datum:\t05.01.2024 10:00\nBetreff:\tTrailer\n\nMay I?",
    ],
)
def test_what_stands_above_a_quoted_header_goes_with_it(quote: str) -> None:
    assert own_words(f"{OWN}\n\n{quote}") == OWN


def test_a_meeting_needs_a_link_and_a_code() -> None:
    lines = ["See you.", "", "Join Zoom Meeting", "https://zoom.us/j/1", "Meeting ID: 123 456"]
    assert meeting_block_start(lines, 5) == 2
    assert meeting_block_start(lines, 4) == 4
    assert meeting_block_start([*lines[:3], lines[4]], 4) == 4
