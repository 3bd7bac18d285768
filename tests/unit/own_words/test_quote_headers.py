"""Banners, header blocks and attributions in many languages, also in ones without word lists."""

import pytest

from engine.mail.own_words import own_words

REPLY = "Fine by me, see you there."

BANNERS = [
    "-------- Original-Nachricht --------",
    "-------- Courriel original --------",
    "-------- Mensaje original --------",
    "-----Oprindelig meddelelse-----",
    "-------- Alkuperäinen viesti --------",
    "-------- Treść oryginalnej wiadomości --------",
    "-------- Sākotnējā vēstule --------",
    "-------- Исходное сообщение --------",
    "-------- Özgün İleti --------",
    "-------- 原始消息 --------",
    "-------- Thư gốc --------",
]
FORWARDS = [
    "-------- Weitergeleitete Nachricht --------",
    "-------- Mensagem encaminhada --------",
    "-------- Persiųstas laiškas --------",
    "-------- Пересылаемое сообщение --------",
    "--- begin forwarded text",
    "Inicio del mensaje reenviado:",
]
ATTRIBUTIONS = [
    "Ada Byron ha escrit el 14/3/24 a les 9:12:",
    "Dne 14.03.2024 (čet.) ob 09:12 je Ada Byron napisal(a):",
    "Ar 2024-03-14 09:12, ysgrifennodd Ada Byron:",
    "2024-03-14 09:12에 Ada Byron이(가) 쓴 내용:",
    "於 星期四，2024-03-14 於 09:12 +0100，Ada Byron 提到：",
]
UNLISTED_BLOCK = (
    "Zorp: Engine\nDrim: Thursday, 14 March 2024 09:12\nBlef: Ada Byron <ada@example.org>\n"
    "Kun: Charles <charles@example.org>"
)


@pytest.mark.parametrize("banner", BANNERS)
@pytest.mark.parametrize("mark", ["", "> "])
def test_a_banner_over_the_answered_mail(banner, mark):
    assert own_words(f"{REPLY}\n\n{banner}\n\n{mark}Shall we meet?\n{mark}Ada\n") == REPLY


@pytest.mark.parametrize("banner", FORWARDS)
def test_a_banner_over_a_forward(banner):
    assert own_words(f"{REPLY}\n\n{banner}\n\nShall we meet?\n> Where?\n") == REPLY


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
def test_an_attribution_over_an_unmarked_mail(attribution):
    assert own_words(f"{REPLY}\n\n{attribution}\n\nShall we meet?\nAda\n") == REPLY


def test_a_phrase_between_rulers_above_a_quote_is_removed_in_any_language():
    assert own_words(f"{REPLY}\n\n-------- Zorpa blefa --------\n> Noon?\n> Ada\n") == REPLY


@pytest.mark.parametrize("banner", ["", "-------- Zorpa blefa --------\n"])
def test_a_header_block_of_any_language_ends_the_mail(banner):
    assert own_words(f"{REPLY}\n\n{banner}{UNLISTED_BLOCK}\n\nShall we meet?\n") == REPLY


def test_a_block_that_starts_with_the_subject_ends_the_mail():
    block = "Betreff: Engine\nDatum: 14.03.2024\nVon: Ada <ada@example.org>\nAn: Sam"
    assert own_words(f"{REPLY}\n\n{block}\n\nShall we meet?\n") == REPLY


@pytest.mark.parametrize(
    "text",
    [
        "Request: 17\nMade on: 12/11/24 9:39:04\nRequested for: ada@example.org\nName: reports",
        "Talk: Engines\nDate: 14 March 2024, 9:12\nRoom: 12\nSpeaker: Ada Byron",
        "----- Part one -----\n\nIt was a dark night.\n\n----- Part two -----\n\nA bright day.",
    ],
)
def test_blocks_and_ruled_headings_of_the_writer_stay(text):
    assert own_words(text) == text


def test_a_header_of_notes_with_labels_on_lines_of_their_own_opens_a_quote():
    header = "Ada Byron <ada@example.org>\n14.03.2024 09:12\n\nAn\nSam\nKopie\n\nThema\nEngine"
    assert own_words(f"{REPLY}\n\nSam\n\n\n{header}\n\n\nNoon?") == f"{REPLY}\n\nSam"


def test_text_below_a_help_desks_reply_marker_is_quoted():
    line = "##- Please type your reply above this line -##"
    assert own_words(f"{REPLY}\n\n{line}\n\nAda, 14 March\n\nNoon?") == REPLY


def test_a_header_of_notes_on_one_line_opens_a_quote():
    header = (
        '\t"Ada Byron" <ada@example.org> 03/14/2001 09:12 AM \t   To: Sam  cc:   Subject: Engine'
    )
    assert own_words(f"{REPLY}\n\n\n{header}\n\n\nNoon?") == REPLY
