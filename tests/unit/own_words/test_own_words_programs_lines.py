"""Lines that scanners, trackers, meeting services and companies' systems put into a mail go."""

# ruff: noqa: E501 (texts as programs write them)

from __future__ import annotations

import pytest

from engine.mail.own_words import own_words

OWN = "The swing is up again.\n\nSam"

BELOW = [
    "Virenfrei.www.avast.com",
    "Wolny od wirusów.www.avast.com",
    "Este e-mail foi verificado pelo Avast antivírus.\nwww.avast.com",
    "No virus found in this message.\nChecked by AVG - www.avg.com\nVersion: 2013.0.2904 / Virus Database: 3162/6287 - Release Date: 04/30/13",
    "Scanned by MailScanner, and is believed to be clean.",
    "This message has been scanned for viruses and\ndangerous content by MailScanner, and is\nbelieved to be clean.",
    "Sender notified by\nMailtrack",
    "Expéditeur notifié par\nMailtrack",
    "Sent with Mailtrack",
    "Mit Proton Mail gesendet",
    "Az Android Outlook beszerzése",
    "Отправлено из приложения Яндекс Почта",
    "\u1427",
    "________________________________________________________________________________\nMicrosoft Teams meeting\nJoin on your computer, mobile app or room device\nClick here to join the meeting\nMeeting ID: 321 654 987 01\nPasscode: swing7\nDownload Teams | Join on the web\n________________________________________________________________________________",
    "Sam Roe is inviting you to a scheduled Webex meeting.\n\nSunday, March 3, 2024\n9:40 AM  |  (UTC+01:00) Vienna  |  1 hr\n\nJoin meeting\n\nJoin from the meeting link\nhttps://swing.webex.com/swing/j.php?MTID=m1\n\nMeeting number (access code): 321 654 9870\nMeeting password: swing7",
]


@pytest.mark.parametrize("lines", BELOW)
def test_what_a_program_puts_below_a_mail_goes(lines):
    assert own_words(f"{OWN}\n\n{lines}\n") == OWN


def test_a_trackers_character_goes_from_the_last_word_but_not_from_a_script_that_has_it():
    assert own_words(f"{OWN}\u1427\n") == OWN
    assert own_words("\u140a\u1427\n") == "\u140a\u1427"


@pytest.mark.parametrize(
    "sentence",
    [
        "Checked by Nora, with two bolts at www.bolts.example more than needed.",
        "The virus is going round at school, so I scanned nothing and slept.",
        "Mit der Post gesendet, wie immer zu spät.",
        "Notified by\nNora",
        "An external link: see https://swing.example.org, and open it with care.",
    ],
)
def test_a_sentence_like_a_programs_stays(sentence):
    body = f"The swing is up again.\n\n{sentence}\n\nIt holds all three of them.\n\nSam"
    assert own_words(body) == body


@pytest.mark.parametrize(
    "banner",
    [
        "PRECAUCIÓN: Este correo se originó fuera de la organización. No haga clic en enlaces.",
        "UPOZORNĚNÍ: Tento e-mail pochází z vnějšku organizace. Neotvírejte přílohy.",
        "FIGYELEM: Ez az üzenet kívülről érkezett. Ne kattintson a linkekre.",
        "VAROITUS: Viesti on organisaation ulkopuolelta. Älä avaa liitteitä.",
        "DİKKAT: Bu e-posta kuruluş dışından gönderildi. Ekleri açmayın.",
        "注意：このメールは組織外から送信されました。リンクや添付ファイルを開かないでください。",
        "注意：此邮件来自组织外部。请勿点击链接或打开附件。",
        "주의: 이 이메일은 조직 외부에서 발송되었습니다. 첨부 파일을 열지 마십시오.",
    ],
)
def test_a_companys_warning_above_a_mail_goes_in_any_language(banner):
    assert own_words(f"{banner}\n\n{OWN}") == OWN


def test_a_first_sentence_about_an_external_link_is_no_warning():
    body = "这是外部链接，请看：https://swing.example.org\n\n小明"
    assert own_words(body) == body


def test_a_header_on_one_line_covers_the_mail_below_it():
    header = "From: Nora <nora@example.org> Sent: Sunday, March 3, 2024 9:40 AM To: Sam <sam@example.org> Subject: swing"
    assert own_words(f"{OWN}\n\n{header}\n\nIs it up?\nNora") == OWN
    told = "From: Nora, to me. Subject: swings, as ever, at 9:40."
    assert own_words(f"{told}\n\nSam") == f"{told}\n\nSam"
