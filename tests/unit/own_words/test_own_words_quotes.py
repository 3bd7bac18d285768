"""Own words next to quotes: attributions, header blocks and forwards in many languages."""

import pytest

from engine.mail.own_words import own_words
from engine.mail.own_words.quotes import quoted_mail

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
    "Catalan": "Missatge de Ada Byron <ada@example.org> del dia dl., 4 de març 2024 a les 9:12:",
    "Polish, Apple Mail": "Wiadomość napisana przez Ada Byron <ada@example.org> w dniu 4 mar 2024, "
    "o godz. 09:12:",
    "Finnish, wrapped within the date": "ma 4. maalisk.\n2024 klo 9.12 Ada Byron "
    "(ada@example.org) kirjoitti:",
    "Croatian, wrapped behind the name": "Ada Byron <ada@example.org>\nje dana 4. ožu 2024. "
    "u 09:12 napisao:",
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
    "Notes, letterhead": "\tThe Society Ltd\n\t\n\tFrom:  Ada Byron @ SOCIETY      03/04/2024 "
    "09:12 AM\n\t\n\nTo: Charles/Sales/Acme@Acme\ncc: \nSubject: Engine",
    "Notes, not decoded": "=09Ada Byron <ada@example.org>\n=0903/04/2024 09:12 AM\n=09=09=20\n"
    "=09=09 To: Charles/Sales/Acme@Acme\n=09=09 cc: =20\n=09=09 Subject: Engine",
    "GroupWise": ">>> Ada Byron 03/04/24 09:12AM >>>",
    "Outlook, Chinese banner": "-----邮件原件-----\n发件人: Ada Byron <ada@example.org>\n"
    "发送时间: 2024年3月4日 9:12\n收件人: Charles\n主题: Engine",
    "banner in unknown words": "------------------ Urtext ------------------\nFrom: Ada Byron "
    "<ada@example.org>\nDate: Mon, 4 Mar 2024 09:12\nTo: Charles\nSubject: Engine",
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
    "Forwarded message:\n\nFrom: Ada Byron <ada@example.org>\nSubject: Engine",
    "----- Begin Included Message -----",
]


@pytest.mark.parametrize("attribution", ATTRIBUTIONS.values(), ids=ATTRIBUTIONS.keys())
def test_an_attribution_line_is_removed_with_its_quote(attribution):
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


def test_the_words_below_a_forward_with_marks_stay():
    forward = "Begin forwarded message:\n\n> From: Ada Byron <ada@example.org>\n>\n> At noon?\n"
    assert own_words(f"See below.\n\n{forward}\n{REPLY}\n") == f"See below.\n\n{REPLY}"
    assert quoted_mail(f"See below.\n\n{forward}\n{REPLY}\n") is None


@pytest.mark.parametrize("lead", ["Quoth Ada Byron:", "In your message you said:"])
def test_a_line_with_the_speaker_is_removed_with_the_quote(lead):
    assert own_words(f"{REPLY}\n\n{lead}\n> At noon?\n> Or later?\n") == REPLY


def test_a_sentence_that_leads_to_a_quotation_stays():
    body = "Hi Ada,\n\nLove this line of hers:\n> The mill grinds slowly.\n\nSam"
    assert own_words(body) == "Hi Ada,\n\nLove this line of hers:\n\nSam"


def test_replies_between_quotes_are_kept():
    body = (
        "Hello Ada,\n\nOn 3/4/24 09:12, Ada Byron wrote:\n> Noon?\n\nYes.\n\n> And where?\n"
        "At the mill.\n> \n> Ada\n\nBest,\nSam\n"
    )
    assert own_words(body) == "Hello Ada,\n\nYes.\n\nAt the mill.\n\nBest,\nSam"


@pytest.mark.parametrize(
    "lead",
    [
        "And then Ada Byron spoke thus:",
        "Am Montag, 4. März 2024 um 09:12 schrieben Sie:",
        "From: ada@example.org\nTo: garden@lists.example.org\nSubject: Engine\nDate: 4 Mar 2024",
        "Ada Byron <ada@example.org> wrote in message news:1@example.org...",
    ],
)
def test_a_lead_in_between_greeting_and_quote_is_removed(lead):
    for greeting in ("", "Hello Ada,\n\n"):
        body = f"{greeting}{lead}\n> Noon?\n> At the mill?\n\nYes.\n\nSam"
        assert own_words(body) == f"{greeting}Yes.\n\nSam"


def test_words_that_lead_to_a_quote_further_down_stay():
    body = "Hello Ada,\n\nthe pump is ready.\n\nYou asked me this:\n\n> Noon?\n\nYes."
    assert own_words(body) == "Hello Ada,\n\nthe pump is ready.\n\nYou asked me this:\n\nYes."


def test_a_greeting_with_a_colon_above_a_quote_stays():
    assert own_words("Hola, Ada:\n\n> ¿A mediodía?\n\nSí.") == "Hola, Ada:\n\nSí."


def test_a_name_above_the_rest_of_its_attribution_line_is_removed():
    body = f"{REPLY}\n\nAda Byron\n<ada@example.org> wrote on 4 March 2024:\n\n"
    assert own_words(f"{body}> Noon?") == own_words(f"{body}Noon?") == REPLY


def test_words_right_above_an_attribution_stay():
    assert own_words("10:30 works\nOn Mon, 4 Mar 2024 Ada wrote:\n> Noon?") == "10:30 works"
    assert own_words("Room 12\n2024-03-04 09:12 Ada Byron <ada@example.org>:\n> Noon?") == "Room 12"


def test_a_reply_below_the_quote_stays():
    assert own_words("Ada Byron wrote:\n> Noon?\n> Ada\n\nYes, noon.\nSam") == "Yes, noon.\nSam"


def test_the_wrapped_end_of_a_quoted_line_is_removed():
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


def test_text_below_a_header_block_is_the_answered_mail():
    body = (
        "Yes.\n\nFrom: Ada <ada@example.org>\nSent: Monday\nTo: Sam\nSubject: Engine\n\n"
        "> When?\nNoon?\n"
    )
    assert own_words(body) == "Yes."


def test_words_on_the_line_of_an_attribution_stay():
    assert own_words("Yes. On Mon, Mar 4, 2024 at 9:12 AM, a@example.org wrote:\n> Noon?") == "Yes."


def test_a_text_line_with_a_number_above_an_attribution_stays():
    body = "See you at 5\nOn Mar 4, 2024, at 9:12 AM, Ada <ada@example.org> wrote:\n> Noon?"
    assert own_words(body) == "See you at 5"


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
