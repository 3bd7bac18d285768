"""Own words of plain text and whole messages: everything else goes, the writer's voice stays."""

import re

import pytest

from engine.mail.own_words import own_words
from engine.mail.quotes import quoted_mail

REPLY = "Fine by me, see you there."

ATTRIBUTIONS = {
    "English, Gmail": "On Mon, Mar 4, 2024 at 9:12 AM Ada Byron <ada@example.org> wrote:",
    "English, wrapped": "On Mon, Mar 4, 2024 at 9:12 AM Ada Byron of the Society <\n"
    "ada.byron@example.org> wrote:",
    "English, bracket on the next line": "On Mon, Mar 4, 2024 at 9:12 AM Ada Byron <ada@example.org"
    "\n> wrote:",
    "English, three lines": "On Monday, March 4, 2024 at 9:12 AM,\nAda Byron of the Society\n"
    "<ada@example.org> wrote:",
    "English, Apple Mail": "On 4 Mar 2024, at 09:12, Ada Byron <ada@example.org> wrote:",
    "English, Thunderbird": "On 3/4/24 09:12, Ada Byron wrote:",
    "English, Yahoo": "On Monday, March 4, 2024, 09:12:33 AM GMT+1, Ada Byron <ada@example.org> "
    "wrote:",
    "English, Android": "---- Ada Byron wrote ----",
    "English, Zoho": "---- On Mon, 04 Mar 2024 09:12:00 +0100 ada@example.org wrote ----",
    "Notes": "Ada Byron/Sales/Acme@Acme wrote on 03/04/2024 09:12:33 AM:",
    "German": "Am Mo., 4. März 2024 um 09:12 Uhr schrieb Ada Byron <ada@example.org>:",
    "German, Thunderbird": "Am 04.03.24 um 09:12 schrieb Ada Byron:",
    "French": "Le lun. 4 mars 2024 à 09:12, Ada Byron <ada@example.org> a écrit :",
    "Spanish": "El lun, 4 mar 2024 a las 9:12, Ada Byron (<ada@example.org>) escribió:",
    "Portuguese": "Em seg., 4 de mar. de 2024 às 09:12, Ada Byron <ada@example.org>\nescreveu:",
    "Italian": "Il giorno lun 4 mar 2024 alle ore 09:12 Ada Byron <ada@example.org>\nha scritto:",
    "Dutch": "Op ma 4 mrt 2024 om 09:12 schreef Ada Byron <ada@example.org>:",
    "Dutch, Apple Mail": "Op 4 mrt. 2024, om 09:12 heeft Ada Byron <ada@example.org> het volgende "
    "geschreven:",
    "Swedish": "Den mån 4 mars 2024 kl 09:12 skrev Ada Byron <ada@example.org>:",
    "Norwegian": "man. 4. mars 2024 kl. 09:12 skrev Ada Byron <ada@example.org>:",
    "Danish": "Den man. 4. mar. 2024 kl. 09.12 skrev Ada Byron <ada@example.org>:",
    "Finnish": "ma 4. maalisk. 2024 klo 9.12 Ada Byron (ada@example.org) kirjoitti:",
    "Polish": "pon., 4 mar 2024 o 09:12 Ada Byron <ada@example.org> napisał(a):",
    "Czech": "po 4. 3. 2024 v 9:12 odesílatel Ada Byron <ada@example.org> napsal:",
    "Slovak": "po 4. 3. 2024 o 9:12 Ada Byron <ada@example.org> napísal(a):",
    "Hungarian": "Ada Byron <ada@example.org> ezt írta (időpont: 2024. márc. 4., H, 9:12):",
    "Romanian": "În lun., 4 mar. 2024 la 09:12, Ada Byron <ada@example.org> a scris:",
    "Russian": "пн, 4 мар. 2024 г. в 09:12, Ada Byron <ada@example.org>:",
    "Russian, Thunderbird": "04.03.2024 09:12, Ada Byron пишет:",
    "Ukrainian": "пн, 4 бер. 2024 р. о 09:12 Ada Byron <ada@example.org> пише:",
    "Greek": "Στις Δευ 4 Μαρ 2024 στις 9:12 π.μ., ο/η Ada Byron <ada@example.org> έγραψε:",
    "Turkish": "Ada Byron <ada@example.org>, 4 Mar 2024 Pzt, 09:12 tarihinde şunu yazdı:",
    "Vietnamese": "Vào Th 2, 4 thg 3, 2024 vào lúc 09:12 Ada Byron <ada@example.org> đã viết:",
    "Indonesian": "Pada tanggal Sen, 4 Mar 2024 pukul 09.12 Ada Byron <ada@example.org> menulis:",
    "Chinese": "Ada Byron <ada@example.org> 于2024年3月4日周一 09:12写道：",
    "Japanese": "2024年3月4日(月) 9:12 Ada Byron <ada@example.org>:",
    "Korean": "2024년 3월 4일 (월) 오전 9:12, Ada Byron <ada@example.org>님이 작성:",
    "Hebrew": "‫בתאריך יום ב׳, 4 במרץ 2024 ב-9:12 מאת ‪Ada Byron‬‏ <‪ada@example.org‬‏>:‬",
    "Arabic": "في الاثنين، 4 مارس 2024 في 9:12 ص تمت كتابة ما يلي بواسطة "
    "Ada Byron <ada@example.org>:",
}

HEADER_BLOCKS = {
    "Outlook": "From: Ada Byron <ada@example.org>\nSent: Monday, March 4, 2024 9:12 AM\n"
    "To: Charles\nSubject: Engine",
    "Outlook, ruler": "________________________________\nFrom: Ada Byron <ada@example.org>\n"
    "Sent: Monday, March 4, 2024 9:12:00 AM\nTo: Charles\nSubject: Engine",
    "Outlook, old": "-----Original Message-----\nFrom: Ada Byron\nSent: Monday, March 4, 2024\n"
    "To: Charles\nSubject: Engine",
    "Outlook, bold": "*From:* Ada Byron <ada@example.org>\n*Sent:* Monday, March 4, 2024\n"
    "*To:* Charles <charles@example.org>; A rather long name\n"
    "<long@example.org>\n*Subject:* Engine",
    "banner alone": "----- Original Message -----",
    "Apple, block": "From: Ada Byron <ada@example.org>\nSubject: Engine\nDate: 4 March 2024\n"
    "To: Charles",
    "Notes": "Ada Byron\n03/04/2024 09:12 AM\nTo: Charles/Sales/Acme@Acme\ncc: \n\nSubject: Engine",
    "Notes, one line": '"Byron, Ada" <ada@example.org> on 03/04/2024 09:12:33 AM\n'
    "To: charles@example.org\ncc:\nSubject: Engine",
    "GroupWise": ">>> Ada Byron 03/04/24 09:12AM >>>",
    "German": "Von: Ada Byron <ada@example.org>\nGesendet: Montag, 4. März 2024 09:12\n"
    "An: Charles\nBetreff: Engine",
    "French": "De : Ada Byron [mailto:ada@example.org]\nEnvoyé : lundi 4 mars 2024 09:12\n"
    "À : Charles\nObjet : Engine",
    "Spanish": "De: Ada Byron\nEnviado el: lunes, 4 de marzo de 2024 9:12\nPara: Charles\n"
    "Asunto: Engine",
    "Polish": "Od: Ada Byron\nWysłano: poniedziałek, 4 marca 2024 09:12\nDo: Charles\n"
    "Temat: Engine",
    "Russian": "От: Ada Byron\nОтправлено: 4 марта 2024 г. 9:12\nКому: Charles\nТема: Engine",
    "Chinese": "发件人: Ada Byron\n发送时间: 2024年3月4日 9:12\n收件人: Charles\n主题: Engine",
}

FORWARDS = [
    "---------- Forwarded message ---------\nFrom: Ada Byron <ada@example.org>\nSubject: Engine",
    "Begin forwarded message:\n\nFrom: Ada Byron <ada@example.org>\nSubject: Engine",
    "---------------------- Forwarded by Charles/Acme on 03/04/2024 \n"
    "09:12 AM ---------------------------",
    "---------- Weitergeleitete Nachricht ----------\nVon: Ada Byron <ada@example.org>",
    "-------- Message transféré --------\nSujet : Engine",
]

DEVICE_LINES = [
    "Sent from my iPhone",
    "Sent from my Pixel 7, please excuse any typos.",
    "Sent via BlackBerry by AT&T",
    "Get Outlook for Android<https://aka.ms/AAb9ysg>",
    "Von meinem iPhone gesendet",
    "Gesendet von Outlook für iOS",
    "Envoyé de mon iPhone",
    "Enviado desde mi iPhone",
    "Enviado do meu iPhone",
    "Inviato da iPhone",
    "Verstuurd vanaf mijn iPhone",
    "Skickat från min iPhone",
    "Sendt fra min iPhone",
    "Lähetetty iPhonesta",
    "Wysłane z iPhone'a",
    "Отправлено с iPhone",
    "iPhone'umdan gönderildi",
    "iPhoneから送信",
    "发自我的iPhone",
]


@pytest.mark.parametrize("attribution", ATTRIBUTIONS.values(), ids=ATTRIBUTIONS.keys())
def test_an_attribution_goes_with_its_quote(attribution):
    quote = "\n> Shall we meet at noon?\n> Ada\n"
    assert own_words(f"{REPLY}\n\n{attribution}\n{quote}") == REPLY
    assert own_words(f"{REPLY}\n{attribution}{quote}") == REPLY


@pytest.mark.parametrize("attribution", ATTRIBUTIONS.values(), ids=ATTRIBUTIONS.keys())
def test_an_attribution_ends_the_mail_where_the_quote_is_not_marked(attribution):
    assert own_words(f"{REPLY}\n\n{attribution}\n\nShall we meet at noon?\nAda\n") == REPLY


@pytest.mark.parametrize("block", HEADER_BLOCKS.values(), ids=HEADER_BLOCKS.keys())
def test_a_header_block_ends_the_mail(block):
    assert own_words(f"{REPLY}\n\n\n{block}\n\nShall we meet at noon?\n\nAda\n") == REPLY


@pytest.mark.parametrize("forward", FORWARDS)
def test_the_words_above_a_forward_stay(forward):
    assert own_words(f"{REPLY}\n\n{forward}\n\nShall we meet at noon?\n") == REPLY


@pytest.mark.parametrize("line", DEVICE_LINES)
def test_device_lines_go(line):
    assert own_words(f"{REPLY}\n\n{line}\n") == REPLY
    assert own_words(f"{REPLY}\n{line}\n\nOn 3/4/24 09:12, Ada wrote:\n> Noon?\n") == REPLY


@pytest.mark.parametrize(
    "text",
    [
        "On Monday I will be in town and then Tom wrote:\nthat he could not come.",
        "On Monday 4 March 2024 at 9:12 I met Ada and then Tom wrote:\nthat he could not come.",
        "We met on 3/4/24.\nOn Tuesday he wrote to me again, which I liked.",
        "Sent from my desk, as always, with some delay.",
        "I sent it from my phone yesterday.",
        "From: Paris\nTo: Rome\nThat is the whole trip.",
        "Invitation:\n\nDate: Wednesday 6 March 2024\nTime: 7:00\nPlace: 13 Fox Street",
        "Please enter your comments.\n\n------ Comments below ------\n\nAll good, thank you.",
        "My number is 555 123 4567, call me.\n\nWe can talk about the garden then.",
        "The contract is confidential, so keep it in the safe.\n\nSee you.",
        "Look:\n>>> Big sale today <<<\nIs that not funny?",
        "Agenda\n- tea\n- cake\n- the unsubscribe button",
        "Das ist gut -- sehr gut.\n\nViele Grüße\nAnna",
        "a < b and b > a\n1 > 0",
    ],
)
def test_sentences_that_only_look_foreign_stay(text):
    assert own_words(text) == text


def test_replies_between_quotes_stay():
    body = (
        "Hello Ada,\n\nOn 3/4/24 09:12, Ada Byron wrote:\n> Noon?\n\nYes.\n\n> And where?\n"
        "At the mill.\n> \n> Ada\n\nBest,\nSam\n"
    )
    assert own_words(body) == "Hello Ada,\n\nYes.\n\nAt the mill.\n\nBest,\nSam"


def test_a_reply_below_the_quote_stays():
    assert own_words("Ada Byron wrote:\n> Noon?\n> Ada\n\nYes, noon.\nSam") == "Yes, noon.\nSam"


def test_the_wrapped_end_of_a_quoted_line_goes_with_it():
    body = (
        "Yes.\n\nOn 3/4/24 09:12, Ada Byron wrote:\n"
        "> We could meet at the old mill behind the station, where the road turns\n"
        "left into the wood\n> and it is quiet.\n"
    )
    assert own_words(body) == "Yes."


@pytest.mark.parametrize("prefix", ["| ", "} ", "--]", ": ", "AB> "])
def test_other_quote_marks_than_the_usual_one(prefix):
    quote = "".join(f"{prefix}{line}\n" for line in ("Noon?", "At the mill?", "Ada"))
    body = f"Hello,\n\nOn 3/4/24 09:12, Ada Byron wrote:\n{quote}\nYes, noon.\nSam"
    assert own_words(body) == "Hello,\n\nYes, noon.\nSam"


def test_a_banner_with_one_header_over_marked_quotes_leaves_the_reply():
    body = "----- Original Message -----\nFrom: <ada@example.org>\n\n> Noon?\n\nYes, noon.\nSam"
    assert own_words(body) == "Yes, noon.\nSam"


def test_what_stands_below_a_whole_header_block_is_the_answered_mail():
    body = (
        "Yes.\n\nFrom: Ada <ada@example.org>\nSent: Monday\nTo: Sam\nSubject: Engine\n\n"
        "> When?\nNoon?\n"
    )
    assert own_words(body) == "Yes."


def test_the_list_of_attachments_goes_with_the_signature_above_it():
    block = "Sam Hill\nHill & Sons Ltd\nPhone: +44 20 7946 0123"
    assert own_words(f"{REPLY}\n\n{block}\n\n - plan.pdf\n - seeds.xls\n") == REPLY
    assert own_words(f"{REPLY}\n\n- plan.pdf\n- seeds.xls") == f"{REPLY}\n\n- plan.pdf\n- seeds.xls"


def test_words_on_the_line_of_an_attribution_stay():
    assert own_words("Yes. On Mon, Mar 4, 2024 at 9:12 AM, a@example.org wrote:\n> Noon?") == "Yes."


def test_a_text_line_with_a_number_above_an_attribution_stays():
    body = "See you at 5\nOn Mar 4, 2024, at 9:12 AM, Ada <ada@example.org> wrote:\n> Noon?"
    assert own_words(body) == "See you at 5"


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        (f"{REPLY}\n\nBest regards,\nSam\n\n-- \nSam Hill\nHill & Sons", "Best regards,\nSam"),
        (
            f"{REPLY}\n\nBest regards,\nSam Hill\nHead Gardener\nHill & Sons Ltd\n+44 20 7946 0123",
            "Best regards,\nSam Hill",
        ),
        (
            f"{REPLY}\n\nCheers\n\nSam\n\nHill & Sons Ltd\nTel: 020 7946 0123\nwww.example.org",
            "Cheers\n\nSam",
        ),
        (
            f"{REPLY}\n\nMit freundlichen Grüßen\nSam Hill\n\nHill GmbH\nTelefon 030 1234567",
            "Mit freundlichen Grüßen\nSam Hill",
        ),
        (f"{REPLY}\n\nBest, Sam", "Best, Sam"),
    ],
)
def test_the_closing_stays_and_the_signature_goes(body, kept):
    assert own_words(body) == f"{REPLY}\n\n{kept}"


def test_a_block_with_name_and_phone_goes_without_a_closing():
    body = f"{REPLY}\n\nSam Hill\nHead Gardener\nHill & Sons Ltd\nPhone: +44 20 7946 0123\n"
    assert own_words(body) == REPLY


def test_the_known_signature_goes():
    signature = "Sam Hill\nthe garden behind the mill"
    body = f"{REPLY}\n\nBest,\nSam\n\nSam   Hill\nthe garden behind the mill\n"
    assert own_words(body, signature=signature) == f"{REPLY}\n\nBest,\nSam"
    assert own_words(body + "\nOn 3/4/24 09:12, Ada wrote:\n> Noon?", signature=signature) == (
        f"{REPLY}\n\nBest,\nSam"
    )


def test_the_closing_in_a_known_signature_stays():
    body = f"{REPLY}\n\nBest,\nSam\nthe garden behind the mill"
    assert own_words(body, signature="Best,\nSam\nthe garden behind the mill") == (
        f"{REPLY}\n\nBest,\nSam"
    )


@pytest.mark.parametrize(
    "footer",
    [
        "_______________________________________________\ngarden mailing list\n"
        "garden@lists.example.org\nhttps://lists.example.org/garden",
        '-- \nYou received this message because you are subscribed to the Google Groups "garden".',
        "To unsubscribe from this list, send a mail to garden-leave@example.org.",
        "This e-mail and any attachments may contain confidential information. If you are not the\n"
        "intended recipient, please delete this message.",
        "CONFIDENTIALITY NOTICE: this message is intended only for the addressee. If you have\n"
        "received this e-mail in error, please notify the sender immediately.",
        "Diese E-Mail enthält vertrauliche und rechtlich geschützte Informationen. Wenn Sie nicht\n"
        "der richtige Adressat sind, informieren Sie bitte den Absender. Unbefugte Weitergabe ist\n"
        "nicht gestattet.",
    ],
)
def test_footers_go(footer):
    assert own_words(f"{REPLY}\n\nSam\n\n{footer}\n") == f"{REPLY}\n\nSam"


@pytest.mark.parametrize(
    "footer",
    [
        "https://lists.example.org/mailman/listinfo/garden",
        "_______________________________________________\nGarden mailing list "
        "<garden@lists.example.org>\nhttps://lists.example.org/mailman/listinfo/garden",
        "_______________________________________________\nListe de diffusion du jardin\n"
        "https://listes.example.org/jardin",
        "-------------------------------------------------------\nBuy our spades\n"
        "www.example.org/spades\n_______________________________________________\n"
        "Garden mailing list\ngarden@lists.example.org",
    ],
)
def test_footers_of_lists_go(footer):
    assert own_words(f"{REPLY}\n\nSam\n{footer}\n\n") == f"{REPLY}\n\nSam"


@pytest.mark.parametrize(
    "block",
    [
        '--\nSam Hill <sam@example.org> Hill & Sons\n"A garden is never so good as next year."',
        "--\nSam Hill\nHead Gardener, Hill & Sons Ltd\nThe finest and oldest garden behind the old "
        "mill by the lake\nwww.example.org\nsam@example.org",
        "Sam Hill\nHead Gardener, Hill & Sons Ltd\nThe finest and oldest garden behind the old "
        "mill by the lake\nwww.example.org\nsam@example.org",
    ],
)
def test_signatures_with_a_motto_go(block):
    assert own_words(f"{REPLY}\n\n{block}") == REPLY


def test_an_automatic_mail_that_opens_like_a_footer_is_not_emptied():
    body = "You have received this mail because you approve requests.\n\nRequest: 12\nState: open"
    assert own_words(body) == body


def test_openpgp_armour_goes_and_the_signed_text_stays():
    body = (
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nHello,\n\n- - tea\n- - cake\n\nSam\n"
        "-----BEGIN PGP SIGNATURE-----\n\niQEzBAEBCAAdFiEE\n=abcd\n-----END PGP SIGNATURE-----\n"
    )
    assert own_words(body) == "Hello,\n\n- tea\n- cake\n\nSam"


def test_armour_that_never_ends_takes_nothing_with_it():
    body = "It starts with\n-----BEGIN PGP MESSAGE-----\nand goes on.\n\nSam"
    assert own_words(body) == body


def test_line_ends_and_invisible_characters():
    assert own_words("Hi\u200b Ada,\r\n\r\n\r\n\r\nyes.\r\n") == "Hi Ada,\n\nyes."
    assert own_words("") == own_words("> all of it\n> is quoted\n") == ""


def test_a_whole_message_prefers_its_plain_part():
    message = (
        "From: sam@example.org\nSubject: Re: Engine\nMIME-Version: 1.0\n"
        'Content-Type: multipart/alternative; boundary="b"\n\n'
        "--b\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n"
        "R3LDvMOfZSwgU2FtCgpPbiAzLzQvMjQgMDk6MTIsIEFkYSB3cm90ZToKPiBOb29uPwo=\n"
        "--b\nContent-Type: text/html\n\n<p>something else</p>\n--b--\n"
    )
    assert own_words(message, "eml") == "Grüße, Sam"


def test_a_whole_message_of_html_alone():
    message = (
        "From: sam@example.org\nContent-Type: text/html; charset=utf-8\n\n"
        "<div>Yes.</div><blockquote type=cite>Noon?</blockquote>"
    )
    assert own_words(message, "eml") == "Yes."


@pytest.mark.parametrize(
    ("body", "mail"),
    [
        ("Yes.\n\nOn 3/4/24 09:12, Ada wrote:\n> Noon?\n> \n> Ada\n", "Noon?\n\nAda"),
        (
            "Yes.\n\nOn 3/4/24 09:12, Ada <ada@example.org> wrote:\n> Noon?\n>\n"
            "> On 3/3/24 08:00, Sam <sam@example.org> wrote:\n>> When?\n",
            "Noon?",
        ),
        (
            "Yes.\n\nFrom: Ada <ada@example.org>\nSent: Monday, March 4, 2024\nTo: Sam\n"
            "Subject: Engine\n\nNoon?\n\nAda\n\nFrom: Sam <sam@example.org>\n"
            "Sent: Sunday, March 3, 2024\nTo: Ada\nSubject: Engine\n\nWhen?",
            "Noon?\n\nAda",
        ),
        ("Yes.\n\n-----Original Message-----\nFrom: Ada\nSent: 3/4/24\nTo: Sam\n\nNoon?", "Noon?"),
        ("Ada wrote:\n> Noon?\n\nYes.\n\n> Where?\n\nHere.", "Noon?\n\nWhere?"),
        ("Nothing is quoted.", None),
        ("See below.\n\n---------- Forwarded message ---------\nFrom: Ada\n\nNoon?", None),
    ],
)
def test_the_mail_being_answered_is_read_from_its_quote(body, mail):
    assert quoted_mail(body) == mail


@pytest.mark.parametrize(
    "unit",
    [
        ">",
        "> x\n",
        " ",
        " \n",
        "On On On \n",
        "On 1 On 1:30 wrote\n",
        "From:\n",
        "To: a@b\n",
        "--\n",
        "1<\n",
        "a@a.",
        "555-1234\n",
        "Regards,\n",
        "Sent from a\n",
        "may be confidential\n\n",
        "[",
        "*\n",
    ],
)
def test_hostile_repetition_costs_linear_work(unit):
    """A text ten times as long may cost ten times the calls, not a hundred times."""
    small, large = (_calls_for(unit * (size // len(unit))) for size in (5_000, 50_000))
    assert large < 15 * small + 1000


def test_a_megabyte_on_one_line_is_read():
    for unit in (">", " ", "a ", "On On On ", "<", "(", "Aa Bb ", "1 "):
        assert len(own_words(unit * (1_000_000 // len(unit)))) <= 1_000_000


def _calls_for(body: str) -> int:
    """Calls of Python functions: a count of the work that does not depend on the machine."""
    import sys

    calls = 0

    def count(frame, event, argument):
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        own_words(body)
    finally:
        sys.setprofile(None)
    return calls


def test_every_line_that_comes_out_was_written():
    body = f"Dear Ada,\n\n{REPLY}\n\nBest,\nSam\n\nOn 3/4/24 09:12, Ada Byron wrote:\n> Noon?\n"
    written = set(re.split(r"\n", body))
    assert set(own_words(body).split("\n")) <= written
