"""The end of own words: closings stay; signatures, footers and device lines are removed."""

import pytest

from engine.mail.own_words import own_words

REPLY = "Fine by me, see you there."

DEVICE_LINES = [
    "Sent from my iPhone",
    "Sent from my Pixel 7, please excuse any typos.",
    "Sent via BlackBerry by AT&T",
    "Get Outlook for Android<https://aka.ms/AAb9ysg>",
    "Von meinem iPhone gesendet",
    "Gesendet von Outlook für iOS",
    "Gesendet mittels eines verschlüsselten Proton-Postfachs",
    "Get Outlook for iOShttps://aka.ms/o0ukef",
    "Krijg BlueMail voor Desktop",
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
    "Odesláno z iPhonu",
    "Poslané z môjho telefónu Galaxy",
    "iPhone-omról küldve",
    "Wysłano z urządzenia Galaxy",
    "Відправлено з мого телефону",
    "Dihantar daripada iPhone saya",
    "Outlook für Android beziehen",
    "Skaff deg Outlook for iOS",
    "Sent from my Orange, Galaxy smartphone",
    "Sent with [Some Mail](https://mail.example.org/home) secure email.",
    "Sent from Mailspring (https://mail.example.org/), the best free app",
    "Excuse typos, sent from my phone.",
    "Von meinem/meiner Galaxy gesendet",
    "来自我的小米手机",
    "Galaxy에서 보냈습니다.",
    "下載 iOS 版 Outlook<https://aka.ms/o0ukef>",
    "ارسال‌شده از iPhone من",
    "Envoyé de mon appareil Android avec K-9 Mail. Veuillez excuser ma brièveté.",
]

NO_DEVICE_LINES = ["Do you use Outlook for iOS?", "I sent it with my phone.", "Sent you the key."]
NO_DEVICE_LINES += [
    "Sent from the heart, as ever.",
    "Sent with love.",
    "Sent from Rome with a kiss.",
]


@pytest.mark.parametrize("line", DEVICE_LINES)
def test_device_lines_go(line):
    assert own_words(f"{REPLY}\n\n{line}\n") == REPLY
    assert own_words(f"{REPLY}\n{line}\n\nOn 3/4/24 09:12, Ada wrote:\n> Noon?\n") == REPLY


def test_a_postscript_below_the_signature_stays():
    signed = f"{REPLY}\n\nBest,\nSam\n\n-- \nSam Hill, Hill & Sons"
    assert (
        own_words(f"{signed}\n\nP.S. Bring cake.") == f"{REPLY}\n\nBest,\nSam\n\nP.S. Bring cake."
    )


@pytest.mark.parametrize("line", NO_DEVICE_LINES)
def test_words_about_a_device_stay(line):
    assert own_words(f"{REPLY}\n\n{line}\n") == f"{REPLY}\n\n{line}"


def test_a_list_of_attachments_is_removed_with_the_signature_above_it():
    block = "Sam Hill\nHill & Sons Ltd\nPhone: +44 20 7946 0123"
    assert own_words(f"{REPLY}\n\n{block}\n\n - plan.pdf\n - seeds.xls\n") == REPLY
    assert own_words(f"{REPLY}\n\n- plan.pdf\n- seeds.xls") == f"{REPLY}\n\n- plan.pdf\n- seeds.xls"


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
        (
            f"{REPLY}\n\nSaludos / Best regards / Mit freundlichen Grüßen\n\nSam Hill\nMolinero\n"
            "Tel : +34 91 555 0123",
            "Saludos / Best regards / Mit freundlichen Grüßen\n\nSam Hill",
        ),
        (
            f"{REPLY}\n\nMit freundlichen Grüßen\n\ni.V. Sam Hill\nLeitung Mühlen\n"
            "Tel. +49 40 5550123\n\nMühlen GmbH\nMühlenweg 3, 20095 Hamburg\nwww.example.org",
            "Mit freundlichen Grüßen\n\ni.V. Sam Hill",
        ),
        (
            f"{REPLY}\n\nCari saluti\nSam\n\nSAM HILL\nMugnaio e Giardiniere\n\nMulini Srl\n"
            "Via Roma, 5\nTel. 0423 555012",
            "Cari saluti\nSam",
        ),
        (
            f"{REPLY}\n\nlisten to this song by\nSam Hill\nhill.example/song",
            "listen to this song by\nSam Hill\nhill.example/song",
        ),
        (f"{REPLY}\n\nBest, Sam", "Best, Sam"),
    ],
)
def test_the_closing_is_kept_and_the_signature_removed(body, kept):
    assert own_words(body) == f"{REPLY}\n\n{kept}"


def test_a_notice_between_signature_and_disclaimer_is_removed():
    signed = f"{REPLY}\n\nBest,\nSam"
    block = "Head Gardener\n+44 20 7946 0123\nsam@example.org"
    disclaimer = "This e-mail is confidential. If you are not the intended recipient, delete it."
    notice = "I work on Mondays and Tuesdays only."
    assert own_words(f"{signed}\n{block}\n\n{notice}\n\n{disclaimer}") == signed
    expected = f"{signed}\n\nP.S. Bring cake."
    assert own_words(f"{signed}\n{block}\n\nP.S. Bring cake.\n\n{disclaimer}") == expected
    unsigned = f"{REPLY}\n\nHead Gardeners meet.\n\n{notice}"
    assert own_words(f"{unsigned}\n\n{disclaimer}") == unsigned


def test_a_block_with_name_and_phone_is_removed_without_a_closing():
    body = f"{REPLY}\n\nSam Hill\nHead Gardener\nHill & Sons Ltd\nPhone: +44 20 7946 0123\n"
    assert own_words(body) == REPLY


def test_the_known_signature_is_removed():
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
        "Il presente messaggio contiene informazioni riservate destinate al solo destinatario. Se\n"
        "lo avete ricevuto per errore, siete pregati di cancellarlo.",
        "Niniejsza wiadomość zawiera informacje poufne, przeznaczone wyłącznie dla adresata. W\n"
        "razie otrzymania jej omyłkowo prosimy o jej usunięcie.",
        "Detta meddelande är konfidentiellt och endast avsett för mottagaren. Har du fått det av\n"
        "misstag, radera det.",
        "Bu e-posta gizli bilgiler içerir ve yalnızca alıcısı içindir. Yanlışlıkla aldıysanız\n"
        "lütfen siliniz.",
        "本邮件可能含有机密信息，仅供收件人使用。如误收请删除。",
        "Bitte denken Sie an die Umwelt, bevor Sie diese E-Mail drucken.",
        "Pensez à l'environnement avant d'imprimer ce message.",
        "P Please don't print this e-mail unless you need to.",
        "De informatie in dit bericht is uitsluitend bestemd voor de geadresseerde. Gebruik van\n"
        "deze informatie door anderen is verboden.",
        "--\nYou are receiving this because you were assigned.\nReply to this email directly:",
        "--\nTo reply to this topic, visit https://forum.example.org/t/12\n",
        "***Internet Email Confidentiality Footer***\n\nPrivileged/Confidential Information may\n"
        "be contained in this message. If you are not the addressee, you may not copy or deliver\n"
        "it.",
        "----------\nGroups.io Links: You receive all messages sent to this group.",
        "Zum Abbestellen: garten-leave@lists.example.org",
        "----\nAby się wypisać: ogrod-unsubscribe@lists.example.org",
        "—\nReply to this email directly, view it on the web, or unsubscribe.",
        "Mühlen GmbH, Registergericht Hamburg HRB 5550, Geschäftsführer: Sam Hill\n"
        "Diese Nachricht ist nur für ihren Empfänger.",
        "Hill & Sons Ltd. Registered in England No. 555012. Registered office: 1 Mill Lane, York",
        "Get organized with Yahoo Mail",
        "If you have received this message in error, please tell us.",
        "Caso tenha recebido esta mensagem por engano, avise o remetente.",
    ],
)
def test_footers_go(footer):
    assert own_words(f"{REPLY}\n\nSam\n\n{footer}\n") == f"{REPLY}\n\nSam"


@pytest.mark.parametrize(
    "text",
    [
        "Please keep this confidential. Nobody else knows of it, and it was told me by mistake.",
        "If you have received the wrong mail by mistake, tell me.",
        "Falls Sie diese Mail versehentlich zweimal bekommen: eine genügt.",
        "Die Mühle ist beim Amtsgericht Hamburg unter HRB 5550 eingetragen, Geschäftsführer: Sam.",
        "To leave the list write to garden-leave@lists.example.org. It takes a day.\n\nSam",
        "I agree with you and would not print it. It is bad for the environment and for us\n"
        "all, and it costs more than it brings in. We could put it on the web, and those who\n"
        "want to read it on paper may do what they like with it.",
    ],
)
def test_words_about_what_footers_speak_of_stay(text):
    assert own_words(f"{REPLY}\n\n{text}") == f"{REPLY}\n\n{text}"


def test_a_paragraph_that_only_ends_in_a_disclaimer_stays():
    body = (
        "We have never put the pump into the open pond, and the gate at the mill stays shut.\n"
        "Notice: this mail is confidential. If you received it in error, destroy it."
    )
    assert own_words(f"{REPLY}\n\n{body}") == f"{REPLY}\n\n{body}"


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


def test_text_above_many_lines_is_not_a_footer():
    news = "\n\n".join(f"Item {number} is sold again at the mill." for number in range(80))
    body = f"{REPLY}\n\nTo unsubscribe click here\n\n{news}"
    assert own_words(body) == body


def test_a_first_name_above_its_block_is_kept_and_a_user_name_removed():
    block = "Tess Fairlow\n{}@example.org\nwww.example.org"
    assert own_words(f"{REPLY}\n\ntess\n{block.format('tess')}") == f"{REPLY}\n\ntess"
    assert own_words(f"{REPLY}\n\nboatbird\n{block.format('boatbird')}") == REPLY


def test_a_block_that_starts_with_an_office_is_removed():
    assert own_words(f"{REPLY}\n\nBoats & Ladders Desk\n3-7060") == REPLY


def test_an_automatic_mail_that_opens_like_a_footer_is_not_emptied():
    body = "You have received this mail because you approve requests.\n\nRequest: 12\nState: open"
    assert own_words(body) == body


@pytest.mark.parametrize(
    ("closing", "block"),
    [
        ("Med venlig hilsen\nTove Fjeld", "Leder af bådværftet\nKajværket A/S\nTlf. 33 55 01 23"),
        ("Pozdrawiam,\nTeresa", "Teresa Fiołek\nKierownik szkutni\ntel. 22 555 01 23"),
        ("С уважением,\nТереза", "Тереза Криница\nг. Тверь, ул. Портовая, д. 12\n+7 495 555-01-23"),
        ("よろしくお願いいたします。\n泉 照子", "造船部長\n岸壁工房株式会社\n電話: 03-5555-0123"),
        ("Sonnige Grüße aus Kiel\nTessa", "Tessa Brunn\nHafenwerk GmbH\nTel. 0431 555012"),
        ("Iki pasimatymo,\nTeresė Versmė", "Dirbtuvių vadovė\nTel. +370 5 555 0123"),
        ("Cheers\nTess", "Tess Fairlow | Quayside Works | 020 7946 0123 | tess@example.org"),
        ("Cheers\nTess", "*Tess Fairlow*\n*Head of Boats*\nM: 07700 900321"),
        ("Cheers\nTess", "Tess Fairlow\n📞 020 7946 0123\n🌐 quayside.example"),
        ("Cheers\nTess", 'Tess Fairlow\n020 7946 0123\n"No boat was ever built by talk."'),
        (
            "Cheers\nTess",
            "Tess Fairlow          tess@example.org\nQuayside Works        020 7946 0123",
        ),
        ("Pozdrawiam,\nTeresa", "Teresa Fiołek\nŁój i Knot Sp. z o.o.\ntel. 22 555 01 01"),
        (
            "Bien à vous,\nTessa Fontanel",
            "Ateliers du Quai\nStandard : 04 91 55 01 42 - Mobile : 06 55 01 42 42",
        ),
        ("Regards, TF", "Tess Fairlow\nQuayside Works\n+44 20 7946 0123"),
    ],
)
def test_signatures_in_other_languages_go_and_their_closing_stays(closing, block):
    for between in ("\n", "\n\n"):
        assert own_words(f"{REPLY}\n\n{closing}{between}{block}") == f"{REPLY}\n\n{closing}"


@pytest.mark.parametrize(
    "text",
    [
        "You can reach the office here:\n\nTess Fairlow\n+44 20 7946 0123\nwww.example.org",
        "Die Leiter bringe ich am Donnerstag mit.",
        "Night desk\t020 7946 0101\nDay desk\t020 7946 0102\nThe old mill\t020 7946 0103",
        "Ticket number    : 4471\nOpened on        : 3 May 2024\nOpened by        : Tess",
        "10/19/2027 @ 9:30 am\n10/20/2027 @ 9:30 am",
        "# Makefile.srcs\nPUMP_SOURCES = main.c",
        "plan.txt\ngate.py",
        "| Part | Made | Sold | Left |\n| Pump | 6687 | 6935 | 12.4 |\n| Gate | 4081 |      | |",
        "2027-10-19 pump\n2027-10-20 gate",
        "Please call the office team on 020 7946 0123.",
        "星期四我会把梯子带来。",
        "사다리는 목요일에 가져가겠습니다.",
    ],
)
def test_a_last_paragraph_of_own_text_is_kept(text):
    body = f"{REPLY}\n\nTess Fairlow\n+44 20 7946 0123\n\n{text}"
    assert own_words(body) == body


@pytest.mark.parametrize(
    "signature",
    [
        " -- \nThe Mill Project: http://mill.example.org\n<-*-  -*->\nAnd every time she turns",
        "--\n'The wheel turns, and we with it.'",
        "--\nSam Hill           Hill & Sons\n   and             the mill",
        f"{'-' * 60}\nSam Hill            Gardener and Miller\nMy page: http://mill.example.org\n"
        f"{'-' * 60}\nthe wheel turns, and we\nwith it.",
        "Sam Hill,            sam@example.org   (315)555-1000\n"
        "http://mill.example.org                (315)555-9812 Fax\nchat: samhill",
        "Sam Hill\nSeattle, WA USA",
        "Sam Hill, Hon. Secretary, Mill Society (est. 1911)\nMembership: society@example.org",
        " Sam                            mailto:sam@example.org",
        "--\nMit freundlichen Grüßen\n\ni.A. Tess Fairlow\nEntwicklung\nTel. +49 40 5550123\n\n"
        "Mühlen GmbH\nMühlenweg 3, 20095 Hamburg\nAmtsgericht Hamburg, HRB 5550\n"
        "Geschäftsführer: Sam Hill, Ada Byron",
        "--\nMit freundlichen Grüßen\n\nTess Fairlow\nmill & wheel  Tests + Building\n"
        "email: tess@example.org",
    ],
)
def test_signatures_of_lists_go(signature):
    assert own_words(f"{REPLY}\n\n{signature}\n") == REPLY


def test_marks_of_attached_files_go_with_the_list_of_the_same_files():
    marked = f" <<Old Map.PDF>> {REPLY}\nIt is\n <<Barn\nPlan.doc>>"
    body = f"{marked}\n\n - Old Map.PDF\n - Barn Plan.doc\n"
    assert own_words(body) == f"{REPLY}\nIt is"
    assert own_words(f"{REPLY}\nSee <<map.pdf>> for it.") == f"{REPLY}\nSee for it."
    assert own_words(f"{REPLY}\nIt shifts x << 2 >> 1.") == f"{REPLY}\nIt shifts x << 2 >> 1."
