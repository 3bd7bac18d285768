"""Banners that mail systems put above a mail are removed; similar words of the writer stay."""

import pytest

from engine.mail.own_words import own_words
from engine.mail.own_words.quotes import quoted_mail

REPLY = "Fine by me, see you there.\n\nSam"

BANNERS = [
    "[Acme Internal Use Only - General]",
    "[Public]",
    "Classification: Internal",
    "Internal Use - Confidential",
    "Confidential - Company Proprietary",
    "EXTERNAL EMAIL",
    "[EXTERNAL]",
    "CAUTION: External email - be careful with links",
    "CAUTION: This email originated from outside of Acme. Do not click links or open attachments "
    "unless you know the sender.",
    "*** EXTERNAL MESSAGE: this mail was sent from outside the company.\n"
    "Please think twice before you open attachments or follow links. ***",
    "ACHTUNG: Diese E-Mail kommt von einem externen Absender, also von außerhalb der Acme.\n"
    "Bitte öffnen Sie keine Anhänge von Unbekannten.",
    "ATTENTION : ce message provient de l'extérieur. Ne cliquez pas sur les liens.",
    "You don't often get email from sam@example.org. Learn why this is important "
    "<https://aka.ms/LearnAboutSenderIdentification>",
]


@pytest.mark.parametrize("banner", BANNERS)
def test_banners_go(banner):
    assert own_words(f"{banner}\n\n{REPLY}") == REPLY
    assert own_words(f"[Acme - Confidential]\n\n{banner}\n\n\n{REPLY}") == REPLY


def test_a_banner_without_a_blank_line_after_it_is_removed():
    banner = "CAUTION: This email came from outside the company. Do not click any links."
    assert own_words(f"{banner}\n{REPLY}") == REPLY


@pytest.mark.parametrize(
    "text",
    [
        "External links on the page are broken again, could you have a look?",
        "Caution: the road to the mill is closed, so come from outside the village.",
        "Internal or external, that is the question.",
        "Confidential\n\nDear Ann, the mill is sold.",
        "[see the attached plan]\n\nWe begin on Monday.",
        "Attention to all who come from outside: we meet at the gate.",
        "Public holidays are on the list.\n\nSam",
        "You don't often write, so I was glad.",
    ],
)
def test_words_about_what_banners_speak_of_stay(text):
    assert own_words(text) == text


def test_a_banner_further_down_is_kept_as_own_words():
    text = "What our system writes over your mails:\n\n[EXTERNAL]\n\nI can not change that."
    assert own_words(text) == text


def test_a_banner_is_removed_from_the_answered_mail():
    body = f"{REPLY}\n\nOn 3/4/24 09:12, Ada Byron wrote:\n> [EXTERNAL]\n>\n> At noon?\n"
    assert quoted_mail(body) == "At noon?"


MARKED = "ZjQcmQRYFpfptBannerStart\nThis message is from outside.\nZjQcmQRYFpfptBannerEnd"


def test_a_banner_between_proofpoints_marks_starts_the_answered_mail():
    assert own_words(f"{REPLY}\n\n{MARKED}\nAt noon?\n\nAda") == REPLY
    assert own_words(f"{MARKED}\n{REPLY}") == REPLY
