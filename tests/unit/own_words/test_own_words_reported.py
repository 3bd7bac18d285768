"""Own text that trimmers of other mail programs are reported to cut, and blocks that they leave."""

# ruff: noqa: E501 (texts as programs write them)

from __future__ import annotations

from textwrap import wrap

import pytest

from engine.mail.own_words import own_words

KEPT = {
    "dash bullets without space": "Hi Tess,\n\n-this is a list\n-of two things\n\nSam",
    "sections between rulers": "Dear team,\n\nthe form came in.\n\n---\n\nAPPLICANT'S DETAILS\n\nName: Jane Roe\nFlat: two rooms\n\n---\n\nFULL ADDRESS\n\nMill Road 4\n\n---\n\nPlease answer her by Friday, she waits.\n\nSam",
    "line ends in dashes": "I thought --\nwell, never mind --\nthat the boat was sold.\n\nSam",
    "on Monday I wrote": "On Monday I wrote:\nthe boat is dry.\nNow it leaks again, so please come on Friday.\n\nSam",
    "subject to": "Subject: to approval, we start on Monday.\nFrom: then on it is easy.\n\nSam",
    "invitation block": "You are all invited.\n\nDate: 5 May\nPlace: the mill\nBring: a coat\n\nSee you there,\nSam",
    "to and from of gifts": "The list for Sunday:\n\nTo: Tom\nFrom: me, the cake\n\nTo: Ann\nFrom: Jane, the wine\n\nTell me if I forgot somebody.\n\nSam",
    "own references": "See [1] and [2].\n\nSam\n\n[1] https://example.org/a\n[2] https://example.org/b",
    "bank": "Hi Ann,\n\nmy account:\nIBAN AT61 1904 3002 3457 3201\nBIC EXAMPLEX\n\nThanks,\nSam",
    "plumber": "You can reach the plumber:\n\nTom Roe\nRoe & Sons\n+43 1 234 5678\n\nSam",
    "plumber last": "The plumber is good, here is his card:\n\nTom Roe\nRoe & Sons\n+43 1 234 5678\n",
    "form to fill": "Please fill this in and send it back:\n\nName: __________\nDate: __________\nSign: __________\n\nThe school wants it by Friday.\n\nSam",
    "scene separator": "The boat left at ten and nobody saw it go.\n\n* * *\n\nIn the evening it came back without the captain.\n\nSam",
    "arrow list": "-> first the rope\n-> then the sail\n\nSam",
    "as Ann wrote": 'As Ann wrote:\n"The boat is leaking."\nI think she is right.\n\nSam',
    "german wrote": "Am Montag schrieb ich: der Kahn ist dicht.\nHeute stimmt das nicht mehr.\n\nSam",
    "french wrote": "Le 14 mai, j'ai écrit :\nje viens.\nMais je ne peux plus.\n\nSam",
    "table of pipes": "| day | who |\n|-----|-----|\n| Mon | Ann |\n| Tue | Bo |\n\nSwap as you like.\n\nSam",
    "party secret": "Confidential: please don't tell Ann about the party. The cake is in the cellar.\n\nSam",
    "for Ann only": "This e-mail is for you only, so don't forward it, please. I bought her the blue bike.\n\nSam",
    "print posters": "Please consider the environment before you print all 300 posters, fifty are enough.\n\nSam",
    "virus-free": "Virus-free at last, I am back at work on Monday.\n\nSam",
    "unsubscribe request": "Unsubscribe me from the tea club, please.\n\nSam",
    "unsubscribe command": "unsubscribe",
    "text below sign-off": "The tent is dry.\n\nThanks,\nSam\n\nOh, and one more thing: bring the stove.",
    "number below sign-off": "The tent is dry.\n\nThanks,\nSam\n\nThe code of the shed is 4711.",
    "letterhead": "Sam Roe\nMill Road 4\n1010 Vienna\n\nVienna, 5 May 2024\n\nDear Ms Lee,\n\nI write because of the noise in the yard, which does not end before midnight.\n\nYours sincerely,\nSam Roe",
    "form answers": "Name: Sam Roe\nPhone: +43 1 234 5678\nSize: L\n\nThat's all you need for the order, I hope.",
    "original message was better": "Original message was better, honestly.\n\nSam",
    "own ruler headings": "----- my two cents -----\n\nI would sell it.\n\n----- and the boat -----\n\nKeep that one.\n\nSam",
    "agenda": "=== Agenda ===\n1. Tea\n2. Boat\n=== Notes ===\nAnn pays.\n\nSam",
    "own meeting link": "Hi Ann,\n\nlet's meet at https://teams.microsoft.com/l/meetup-join/abc at ten, or call me.\n\nSam",
    "chinese": "好的，我周五来。\n\n小明",
    "thai": "ได้ครับ เจอกันวันศุกร์\n\nสมชาย",
    "number new de": "Hi,\n\nmeine Telefonnummer ist neu: +43 1 234 5678\n\nGruß\nSam",
    "two numbers": "01 234 5678 is the plumber's, mine is below.\n\n01 876 5432\n\nSam",
    "recipe": "500 g flour\n2 eggs\n1 cup of milk\n\nMix, wait an hour, bake.\n\nSam",
    "list of people with mails": "These come on Friday:\n\nTom Roe <tom@example.org>\nAnn Lee <ann@example.org>\nBo Berg <bo@example.org>\n\nShall I ask more?\n\nSam",
    "quoted sign": 'The sign says:\n\n"Do not enter. If you have received this key in error, bring it back."\n\nFunny, isn\'t it?\n\nSam',
    "timetable": "10:00 start\n11:30 tea\n13:00 boats\n\nSent: two invitations so far.\n\nSam",
    "hash tags": "#mill #boat\n\nthe photos are up.\n\nSam",
    "from line wrapped": "The train leaves at nine\nFrom: platform four\nTo: platform nine you go by stairs\n\nSee you,\nSam",
    "ps with link": "I come on Friday.\n\nSam\n\nPS: https://example.org/map",
    "uppercase mail": "HI ANN\n\nTHE BOAT IS IN THE WATER, COME AND SEE.\n\nSAM",
    "signature word in text": "Please put your signature here:\n\n______________________\nJane Roe\n\nand send it back by Friday.\n\nSam",
    "best first line": "Best,\nthat is the only word for it.\nThe cake was wonderful and so were the candles.\n\nSam",
    "thanks as text": "Thanks\n\nCan you also send the second part? It is missing here.",
    "regards to": "Give my regards to Tom.\n\nAnd tell him the saw is still here.",
    "sms style": "cu @8 in the pub, bring ur coat",
    "poem": "The wheel goes round,\nthe water falls,\nthe miller sleeps\nbehind the walls.\n\n-- old song",
    "german footer sentence": "Wenn Sie diese Nachricht irrtümlich erhalten, hat Tom sich vertippt; er meinte Ihren Bruder. Der Kahn liegt am Steg.\n\nSam",
}

ANSWERS_BETWEEN = {
    "> Tea?\nYes.\n> Cake?\nNo.\n> When?\n10:30": "Yes.\n\nNo.\n\n10:30",
    "JR> Can you come?\nYes, at ten.\nJR> Bring cake?\nNo.": "Yes, at ten.\n\nNo.",
}

SHORT = [
    "Yes.", "👍", "+1", "ok", "?", ":-)", "42", "10:30", "n/a", "ok 👍", "+43 1 234 5678",
    "Mill Road 4\n1010 Vienna", "https://example.org/boat", "tom@example.org",
    "AT61 1904 3002 3457 3201", "DE02 1203 0000 0000 2020 51", "Tom Roe", "Tom Roe, 01 234 5678",
    "5 May 2024", "EUR 40,-",
]  # fmt: skip
QUOTE = "On Fri, 3 May 2024 at 10:00, Ann Lee <ann@example.org> wrote:\n> What is it?"


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT)
def test_own_text_stays_whole(text: str) -> None:
    assert own_words(text) == text.strip()


@pytest.mark.parametrize("body", ANSWERS_BETWEEN)
def test_answers_between_quotes_stay(body: str) -> None:
    assert own_words(body) == ANSWERS_BETWEEN[body]


@pytest.mark.parametrize("answer", SHORT)
def test_a_short_answer_stays_above_and_below_a_quote(answer: str) -> None:
    for body in (answer, f"\n{answer}\n\n{QUOTE}", f"{QUOTE}\n\n{answer}"):
        assert own_words(body) == answer
    assert own_words(f"{QUOTE}\n\n{answer}\n\nSam") == f"{answer}\n\nSam"


OWN = "Friday suits me well. Shall we meet at the mill at ten?\n\nMe"

ADDED = {
    "discord": "--\nYou are receiving this email because you signed up at Mill Forum. Manage your preferences: https://forum.example.org/preferences",
    "hyperkitty": "_______________________________________________\nmill mailing list -- mill@python.example.org\nTo unsubscribe send an email to mill-leave@python.example.org\nhttps://mail.example.org/mailman3/lists/mill.example.org/\nMessage archived at https://mail.example.org/archives/list/mill@example.org/message/ABC/\nCode of Conduct: http://example.org/codeofconduct/",
    "sourceforge": "------------------------------------------------------------------------------\nCheck out the vibrant tech community on one of the world's most\nengaging tech sites, SlashDot.org! http://sdm.link/slashdot\n_______________________________________________\nMill-users mailing list\nMill-users@lists.sourceforge.example.net\nhttps://lists.sourceforge.example.net/lists/listinfo/mill-users",
    "freelists": "--\nTo unsubscribe: //www.freelists.example.org/list/mill\nArchives: //www.freelists.example.org/archives/mill",
    "debian": '-- \nTo UNSUBSCRIBE, email to debian-mill-REQUEST@lists.example.org\nwith a subject of "unsubscribe". Trouble? Contact listmaster@lists.example.org',
    "w3c": "-------------------------------------------------------------------\nSubscription settings: http://lists.example.org/mill/subscribe",
    "hubspot": "Sent from my HubSpot account\nUnsubscribe: https://hs.example.com/unsubscribe/abc",
    "boomerang": "Sent with Boomerang for Gmail",
    "yesware": "Sent with Yesware",
    "grammarly": "Sent via Gmail with Grammarly",
    "signature wisestamp": "Create your own email signature<https://webapp.wisestamp.com/signature-in-email/?utm_source=promotion&utm_medium=signature&utm_campaign=create_your_own>",
    "linkedin badge": "Sam Roe\nMiller at The Old Mill\nhttps://www.linkedin.com/in/samroe?utm_source=share&utm_medium=email_signature",
    "mailbird": "Sent using Mailbird\n[https://www.getmailbird.com/?utm_source=Mailbird&utm_medium=email&utm_campaign=sent-from-mailbird]",
    "spark footer": "Sent from Spark Mail<https://sparkmailapp.com/source?from=signature>",
    "bluemail": "Sent from BlueMail for Android<https://bluemail.me>",
    "yahoo tabbed": "Sent from Yahoo Mail. Get the app<https://yho.com/148vdq>",
    "mozilla tb": "Sent from Mozilla Thunderbird for Android\nhttps://www.thunderbird.net/mobile/",
    "outlook web": "Sent from Outlook<http://aka.ms/weboutlook>",
    "outlook ja": "Outlook for Android<https://aka.ms/AAb9ysg> を入手",
    "outlook zh": "获取 Outlook for iOS<https://aka.ms/o0ukef>",
    "outlook ru": "Получить Outlook для iOS<https://aka.ms/o0ukef>",
    "outlook pl": "Pobierz aplikację Outlook dla systemu iOS<https://aka.ms/o0ukef>",
    "outlook tr": "iOS için Outlook uygulamasını edinin<https://aka.ms/o0ukef>",
    "outlook fi": "Hanki Outlook for iOS<https://aka.ms/o0ukef>",
    "outlook hu": "Az iOS Outlook beszerzése<https://aka.ms/o0ukef>",
    "outlook cs": "Získat Outlook pro iOS<https://aka.ms/o0ukef>",
    "outlook el": "Λήψη του Outlook για iOS<https://aka.ms/o0ukef>",
    "outlook he": "קבל את Outlook עבור iOS<https://aka.ms/o0ukef>",
    "outlook ar": "احصل على Outlook لـ iOS<https://aka.ms/o0ukef>",
    "outlook vi": "Tải Outlook cho iOS<https://aka.ms/o0ukef>",
    "outlook th": "รับ Outlook สำหรับ iOS<https://aka.ms/o0ukef>",
    "outlook ko": "iOS용 Outlook 가져오기<https://aka.ms/o0ukef>",
    "outlook da": "Hent Outlook til iOS<https://aka.ms/o0ukef>",
    "outlook nl": "Outlook voor iOS downloaden<https://aka.ms/o0ukef>",
    "outlook pt": "Obter o Outlook para iOS<https://aka.ms/o0ukef>",
    "outlook ro": "Obțineți Outlook pentru iOS<https://aka.ms/o0ukef>",
    "outlook uk": "Отримати Outlook для iOS<https://aka.ms/o0ukef>",
    "mimecast": "Disclaimer\n\nThe information contained in this communication from the sender is confidential. It is intended solely for use by the recipient and others authorized to receive it. If you are not the recipient, you are hereby notified that any disclosure, copying, distribution or taking action in relation of the contents of this information is strictly prohibited and may be unlawful.\n\nThis email has been scanned for viruses and malware, and may have been automatically archived by Mimecast Ltd.",
    "exclaimer reg": "The Old Mill Ltd. Registered in England & Wales No. 1234567. Registered office: Mill Road 4, London EC1A 1BB. VAT No. GB 123 4567 89.",
    "de pflicht": "Mühle Roe GmbH, Sitz der Gesellschaft: Wien, Registergericht: HG Wien FN 123456a, Geschäftsführer: Sam Roe",
    "environment": "🌱 Please consider the environment before printing this email.",
    "google groups en": '-- \nYou received this message because you are subscribed to the Google Groups "mill" group.\nTo unsubscribe from this group and stop receiving emails from it, send an email to mill+unsubscribe@googlegroups.com.\nTo view this discussion visit https://groups.google.com/d/msgid/mill/abc%40mail.gmail.com.',
    "google groups de": '-- \nSie haben diese Nachricht erhalten, weil Sie in der Google Groups-Gruppe "mill" angemeldet sind.\nWenn Sie sich von dieser Gruppe abmelden und keine E-Mails mehr von dieser Gruppe erhalten möchten, senden Sie eine E-Mail an mill+unsubscribe@googlegroups.com.',
    "google groups fr nodash": "Vous recevez ce message, car vous êtes abonné au groupe Google Groupes \"mill\".\nPour vous désabonner de ce groupe et ne plus recevoir d'e-mails le concernant, envoyez un e-mail à l'adresse mill+unsubscribe@googlegroups.com.",
    "google groups pt": 'Você recebeu essa mensagem porque está inscrito no grupo "mill" dos Grupos do Google.\nPara cancelar inscrição nesse grupo e parar de receber e-mails dele, envie um e-mail para mill+unsubscribe@googlegroups.com.\nPara ver essa conversa, acesse https://groups.google.com/d/msgid/mill/abc.',
    "google groups ja": "--\nこのメールは Google グループのグループ「mill」に登録しているユーザーに送られています。\nこのグループから退会し、グループからのメールの配信を停止するには mill+unsubscribe@googlegroups.com にメールを送信してください。",
    "groups.io": "-=-=-=-=-=-=-=-=-=-=-=-\nGroups.io Links: You receive all messages sent to this group.\nView/Reply Online (#123): https://groups.io/g/mill/message/123\nMute This Topic: https://groups.io/mt/1/2\nGroup Owner: mill+owner@groups.io\nUnsubscribe: https://groups.io/g/mill/unsub [me@example.org]\n-=-=-=-=-=-=-=-=-=-=-=-",
    "mailman 3": "_______________________________________________\nmill mailing list -- mill@lists.example.org\nTo unsubscribe send an email to mill-leave@lists.example.org\nhttps://lists.example.org/mailman3/lists/mill.lists.example.org/",
    "discourse": "---\n[Visit Topic](https://forum.example.org/t/boat/12/3) or reply to this email to respond.\n\nYou are receiving this because you enabled mailing list mode.\nTo unsubscribe from these emails, [click here](https://forum.example.org/email/unsubscribe/abc).",
    "github": "—\nReply to this email directly, view it on GitHub, or unsubscribe.\nYou are receiving this because you were mentioned.Message ID: <mill/boat/issues/1@github.com>",
    "gitlab": "—\nReply to this email directly or view it on GitLab (https://gitlab.example.org/mill/-/issues/1).\nYou're receiving this email because of your account on gitlab.example.org. Unsubscribe from this thread: https://gitlab.example.org/-/sent_notifications/abc/unsubscribe",
    "jira": "--\nThis message was sent by Atlassian Jira\n(v8.20.10#820010)",
    "bugzilla": "-- \nConfigure bugmail: https://bugs.example.org/userprefs.cgi?tab=email\n------- You are receiving this mail because: -------\nYou are the assignee for the bug.",
    "redmine": "-- \nYou have received this notification because you have either subscribed to it, or are involved in it.\nTo change your notification preferences, please click here: https://redmine.example.org/my/account",
    "listserv": "########################################################################\n\nTo unsubscribe from the MILL list, click the following link:\nhttps://listserv.example.org/scripts/wa.exe?SUBED1=MILL&A=1",
    "topicbox": "------------------------------------------\nmill: discussion\nPermalink: https://mill.topicbox.com/groups/discuss/T1234-M5678\nDelivery options: https://mill.topicbox.com/groups/discuss/subscription",
    "vger": '--\nTo unsubscribe from this list: send the line "unsubscribe linux-mill" in\nthe body of a message to majordomo@vger.example.org\nMore majordomo info at  http://vger.example.org/majordomo-info.html',
    "yahoo groups": "__._,_.___\nPosted by: Me Writer <me@example.org>\nReply via web post  •  Reply to sender  •  Reply to group  •  Start a New Topic  •  Messages in this topic (3)\n__,_._,___",
    "phpbb": '--------------------------------------------------\nIf you no longer wish to watch this topic you can either click the "Unsubscribe topic" link found at the bottom of the topic above, or by clicking the following link:\n\nhttps://forum.example.org/viewtopic.php?unwatch=topic',
    "launchpad": "-- \nYou received this bug notification because you are subscribed to the bug report.\nhttps://bugs.launchpad.example.org/bugs/1\n\nTitle:\n  The wheel stops\n\nTo manage notifications about this bug go to:\nhttps://bugs.launchpad.example.org/mill/+bug/1/+subscriptions",
    "basecamp": "--\nThis email was sent to: Ann Lee and Tom Roe.\n\nStop receiving emails when someone comments: https://3.basecamp.example.com/1/unsubscribe",
    "zulip": "---\nReply to this email directly, or view it in Mill Zulip:\nhttps://mill.zulipchat.com/#narrow/stream/1",
    "sympa fr": "---\nListe de diffusion du moulin\nPour se désinscrire : https://listes.example.org/sympa/sigrequest/moulin",
    "ezmlm": "---------------------------------------------------------------------\nTo unsubscribe, e-mail: dev-unsubscribe@mill.example.org\nFor additional commands, e-mail: dev-help@mill.example.org",
    "tuta with link": "-- \nSecured with Tuta Mail:\nhttps://tuta.com/free-email",
    "zoho es": "---- El vie., 03 may. 2024 10:00:00 +0200 Ann Lee <ann@example.org> escribió ----\n\nCan you come?",
    "zoho de": "---- Am Fr., 03 Mai 2024 10:00:00 +0200 schrieb Ann Lee <ann@example.org> ----\n\nCan you come?",
    "em client colonless": '------ Original Message ------\nFrom "Ann Lee" <ann@example.org>\nTo me@example.org\nDate 5/3/2024 10:00:00 AM\nSubject Tea\n\nCan you come?',
    "em client de": '------ Originalnachricht ------\nVon "Ann Lee" <ann@example.org>\nAn me@example.org\nDatum 03.05.2024 10:00:00\nBetreff Tee\n\nKannst du kommen?',
    "zendesk reply mark": "##- Please type your reply above this line -##\n\nAnn Lee (Mill)\nMay 3, 2024, 10:00 GMT+2\n\nCan you come?",
    "jira mark": "—-—-—-—\nReply above this line.\n\nAnn Lee commented:\nCan you come?",
    "helpscout mark": "--- Reply above this line ---\n\nCan you come?",
    "superhuman attribution": "On Fri, May 3, 2024 at 10:00 AM, Ann Lee < ann@example.org > wrote:\n\n> Can you come?",
    "tutanota": "3. Mai 2024, 10:00 von ann@example.org:\n\n> Can you come?",
    "freshdesk": "On Fri, 3 May at 10:00 AM , Mill Support <support@example.org> wrote:\nCan you come?",
    "gnus": '>>>>> "AL" == Ann Lee <ann@example.org> writes:\n\n    AL> Can you come?',
    "webex block": "-- Do not delete or change any of the following text. --\n\nWhen it's time, join your Webex meeting here.\n\nMeeting number (access code): 123 456 789\nMeeting password: abcdef\n\nJoin meeting\nhttps://mill.webex.com/mill/j.php?MTID=abc",
    "attachment [Attachment: plan.pdf]": "[Attachment: plan.pdf]",
    "attachment [Inline image]": "[Inline image]",
    "attachment [Bild: plan.png]": "[Bild: plan.png]",
    "attachment [image: image.png]": "[image: image.png]",
}


@pytest.mark.parametrize("block", ADDED.values(), ids=ADDED)
def test_what_programs_add_goes(block: str) -> None:
    assert own_words(f"{OWN}\n\n{block}") == OWN


DISCLAIMERS = {
    "fi": "Tämä viesti on luottamuksellinen ja tarkoitettu vain vastaanottajalle. Jos olet saanut viestin vahingossa, ilmoita siitä lähettäjälle ja poista viesti. Viestin sisällön luvaton käyttö ja levittäminen on kielletty.",
    "hu": "Ez az üzenet bizalmas információkat tartalmazhat, és kizárólag a címzettnek szól. Ha tévedésből kapta meg, kérjük, értesítse a feladót és törölje az üzenetet. A tartalom másolása és terjesztése tilos.",
    "el": "Το παρόν μήνυμα είναι εμπιστευτικό και προορίζεται αποκλειστικά για τον παραλήπτη. Εάν το λάβατε κατά λάθος, παρακαλούμε ενημερώστε τον αποστολέα και διαγράψτε το. Απαγορεύεται η αντιγραφή και η διάδοσή του.",
    "tr": "Bu e-posta mesajı gizli bilgiler içerebilir ve yalnızca alıcısına yöneliktir. Mesajı yanlışlıkla aldıysanız lütfen göndereni bilgilendirin ve mesajı silin. İçeriğin kopyalanması ve dağıtılması yasaktır.",
    "ro": "Acest mesaj este confidențial și destinat exclusiv destinatarului. Dacă l-ați primit din greșeală, vă rugăm să anunțați expeditorul și să ștergeți mesajul. Copierea sau distribuirea sunt interzise.",
    "cs": "Tato zpráva je důvěrná a je určena pouze adresátovi. Pokud jste ji obdrželi omylem, informujte prosím odesílatele a zprávu smažte. Jakékoli šíření či kopírování je zakázáno.",
    "ko": "이 메일은 지정된 수신인만을 위한 것이며 기밀 정보를 포함할 수 있습니다. 잘못 수신하신 경우 발신인에게 알리고 메일을 삭제해 주시기 바랍니다. 무단 복제 및 배포를 금합니다.",
    "id": "Pesan ini bersifat rahasia dan hanya ditujukan kepada penerima. Jika Anda menerima pesan ini karena kesalahan, mohon beri tahu pengirim dan hapus pesan ini. Dilarang menyalin atau menyebarkan isinya.",
    "et": "Käesolev kiri on konfidentsiaalne ja mõeldud ainult adressaadile. Kui olete saanud selle ekslikult, palun teavitage saatjat ja kustutage kiri. Sisu levitamine ja kopeerimine on keelatud.",
    "bg": "Това съобщение е поверително и е предназначено само за адресата. Ако сте го получили по погрешка, моля уведомете подателя и изтрийте съобщението. Копирането и разпространението му са забранени.",
    "hr": "Ova poruka je povjerljiva i namijenjena isključivo primatelju. Ako ste je primili greškom, molimo obavijestite pošiljatelja i obrišite poruku. Zabranjeno je kopiranje i distribucija.",
    "vi": "Thư này có thể chứa thông tin bảo mật và chỉ dành cho người nhận. Nếu bạn nhận được thư này do nhầm lẫn, vui lòng thông báo cho người gửi và xóa thư. Nghiêm cấm sao chép hoặc phát tán.",
    "ar": "هذه الرسالة سرية ومخصصة للمرسل إليه فقط. إذا استلمتها عن طريق الخطأ يرجى إبلاغ المرسل وحذف الرسالة. يمنع نسخ محتواها أو توزيعه.",
    "en, with a register": "The contents are intended for the named addressee only. Hill Mill Ltd is registered in England No. 1234567. Registered office: 12 Mill Lane, Bath.",
    "en, of a charity": "The mill is a charity registered in Scotland, number SC000000. This message may contain privileged information.",
    "he": "הודעה זו חסויה ומיועדת לנמען בלבד. אם קיבלת אותה בטעות, אנא הודע לשולח ומחק את ההודעה. אין להעתיק או להפיץ את תוכנה.",
}


DISCLAIMERS |= {
    "es, with a heading": "AVISO LEGAL: Este mensaje y sus archivos adjuntos van dirigidos exclusivamente a su destinatario, pudiendo contener información confidencial. Si usted no es el destinatario, le rogamos nos lo comunique y proceda a su eliminación.",
    "it, long": "Le informazioni contenute nella presente comunicazione e i relativi allegati sono riservate e destinate esclusivamente al destinatario. Se avete ricevuto questo messaggio per errore, vi preghiamo di informare il mittente e di distruggerlo.",
    "fi, long": "Tämä viesti ja sen liitteet on tarkoitettu ainoastaan vastaanottajalle ja saattavat sisältää luottamuksellista tietoa. Jos olet saanut viestin erehdyksessä, ilmoita siitä lähettäjälle ja poista viesti.",
    "uk": "Це повідомлення та будь-які додатки до нього містять конфіденційну інформацію. Якщо ви отримали його помилково, повідомте, будь ласка, відправника та видаліть його.",
}


@pytest.mark.parametrize("width", [1000, 78, 72, 64])
@pytest.mark.parametrize("block", DISCLAIMERS.values(), ids=DISCLAIMERS)
def test_disclaimers_go(block: str, width: int) -> None:
    lines = (wrap(line, width, break_long_words=False) for line in block.split("\n"))
    wrapped = "\n".join("\n".join(line) for line in lines)
    assert own_words(f"{OWN}\n\n{wrapped}") == OWN


@pytest.mark.parametrize("width", [66, 72, 76])
def test_a_device_line_that_a_program_wrapped_goes(width: int) -> None:
    line = "Diese Nachricht wurde von meinem Android Mobiltelefon mit 1&1 Mail gesendet."
    assert own_words("\n".join([OWN, "", *wrap(line, width)])) == OWN
    said = f"{OWN}\n\nDiese Nachricht wurde mir gestern von einem Boten gebracht, der sein\niPhone suchte."
    assert own_words(said) == said


SIGNATURES = {
    "Thanks,\nSam\n\nSam Roe (he/him)\nMiller, The Old Mill\nT: 01 234 5678": "Thanks,\nSam",
    "Sam\n\nSam Roe\nThe Old Mill\nBook a call: https://cal.example.org/sam": "Sam",
    "Best regards,\n\nSam Roe | Miller | +43 1 234 5678 | mill.example.org": "Best regards,",
    "Cheers,\nSam\n\nDr. Sam Roe, PhD\nAssociate Professor\nDepartment of Mills\nUniversity of Example\nORCID: 0000-0000-0000-0000\nhttps://mill.example.org/~sam": "Cheers,\nSam",
    "Gruß\nSam\n\nSam Roe\nMühlenweg 4 · 1010 Wien\nTel. 01/234 56 78 · Mobil 0664/123 45 67\nsam@example.org": "Gruß\nSam",
    "Sam\n\n--\nSam Roe · PGP 0x12345678 · https://mill.example.org": "Sam",
    "Sam\n\n━━━━━━━━━━━━━━━\nSam Roe\nMiller\nM +43 664 1234567": "Sam",
    "Sam\n\n⁂\nSam Roe\nhttps://mill.example.org\nMastodon: @sam@mill.example.org": "Sam",
    "Mit freundlichen Grüßen\nSam Roe\n\nMühle Roe GmbH\nMühlenweg 4\n1010 Wien\n\nFirmenbuch: FN 123456a\nUID: ATU12345678": "Mit freundlichen Grüßen\nSam Roe",
    "Cordialement,\nSam\n\nSam Roe\nMeunier\n06 12 34 56 78": "Cordialement,\nSam",
    "Sam\n\nSam Roe\nMatrix: @sam:example.org\nSignal: sam.42\nGPG: 1234 5678 9ABC DEF0": "Sam",
}


@pytest.mark.parametrize("ending", SIGNATURES)
def test_signatures_go_and_the_closing_stays(ending: str) -> None:
    text = "Hi Ann,\n\nthe tent is dry, so come on Friday.\n\n"
    assert own_words(text + ending) == text + SIGNATURES[ending]


def test_a_banner_between_marks_goes() -> None:
    banner = "ZjQcmQRYFpfptBannerStart\nThis Message Is From an External Sender\nBe careful with it.\nZjQcmQRYFpfptBannerEnd"
    assert own_words(f"{banner}\n\n{OWN}") == OWN
    assert own_words(f"ZjQcmQRYFpfptBannerStart\n\n{OWN}").endswith(OWN)


def test_a_ruler_above_a_sentence_about_a_line_is_no_mark() -> None:
    body = f"{OWN}\n\nI signed above this line, as you asked.\n\nMe"
    assert own_words(body) == body


@pytest.mark.parametrize(
    "below",
    [
        '<signature id="s1">Sam Roe<br>Miller</signature>',
        '<hr data-marker="__DIVIDER__"><div data-marker="__HEADERS__"><b>De: </b>Ann</div><div data-marker="__QUOTED_TEXT__">Can you come?</div>',
    ],
)
def test_signatures_and_quotes_by_their_elements(below: str) -> None:
    assert own_words(f"<div>Friday suits me well.</div>{below}", "html") == "Friday suits me well."


WITHIN = {
    "secured": "Secured with a new lock, the shed is safe now.",
    "this message phone": "This message was sent from my uncle's desk, not mine.",
    "webex word": "Join my Webex at ten, the link is in the calendar.",
    "reply above": "Please sign above this line:\n______________",
    "posted by": "Posted by: Ann, on the door of the mill.",
    "view online": "View online what I painted: https://example.org/paintings",
    "powered": "Powered by water, the mill needs no motor.",
    "you are receiving": "You are receiving two parcels, one from me and one from Ann.",
    "hl": "---------------------------------\nTwo things are left to do.",
    "zoho like": "---- the rest is about money ----",
    "em dash sig": "— Ann said it first, I only repeat it.",
    "stars heading": "*** News ***",
    "numbered contact": "1. Tom, 01 234 5678\n2. Ann, 01 876 5432\n3. Bo, 01 555 6666",
    "attach words": "[plan of the mill, as Tom drew it]",
    "attach name": "plan.pdf is the old one, plan2.pdf the new one.",
    "brackets": "[Friday]",
    "hours": "Open: Mon-Fri 9-17\nClosed: Sat, Sun",
    "wrote poem": 'Goethe wrote:\n"Es irrt der Mensch, solang er strebt."',
    "german wrote": "Tom schrieb: komme später.",
    "quote marks": '"Do not open," it says on the box. "If you are not the addressee, give it back."',
    "list help": "Send help@example.org a line if the list is down.",
    "unsub link": "The unsubscribe link is broken: https://lists.example.org/unsubscribe/abc says error.",
    "meeting id": "Meeting ID: 123 456 789\nPasscode: 1234\n\nThat is all they gave me.",
    "phone ext": "His extension is x4521, mine x4522.",
    "postal": "Send it to:\nJane Roe\nMill Road 4\n1010 Vienna",
    "iban": "IBAN: DE02 1203 0000 0000 2020 51\nBIC: EXAMPLEX",
    "vcard words": "Name: Jane Roe\nTel: 01 234 5678\nMail: jane@example.org",
    "sent": "Sent: the book, the lamp.\nNot sent: the chair.",
    "dates": "From: 3 May\nTo: 9 May\nSubject: holidays",
    "cc": "Cc: means carbon copy, as I told the children.",
    "begin": "Begin forwarded: no, that was a joke.",
    "original": "-----Original Recipe-----\nTwo eggs and a cup of milk.",
    "teams": "Microsoft Teams does not start here. Need help?",
    "get outlook": "Get Outlook for Tom, he has lost his.",
    "disclaimer head": "Disclaimer: I have never baked this cake.",
    "confidential heading": "CONFIDENTIAL\n\nThe party is on Friday.",
    "the info": "The information in this letter of his is wrong.",
    "views": "The views from the tower are those of a bird, not of a man.",
}
LAST = {
    "phone": "Call me: 01 234 5678",
    "number": "The code is 4711.",
    "link": "Photos: https://example.org/photos",
    "q": "Is it ten or eleven?",
    "ps": "PS: bring Ann.",
    "two numbers": "Ann 01 234 5678\nTom 01 876 5432",
    "addr": "The house is Mill Road 4, behind the church.",
    "list": "- bread\n- wine\n- cheese",
    "quote": '"See you later, alligator."',
    "disclaimer": "By the way, this mail is confidential, don't show it to Tom.",
    "advert": "Do you know the free mail of gmx.de? I like it.",
    "unsub": "How do I unsubscribe from this list?",
    "sent": "I sent the rest from my phone.",
    "virus": "My son has a virus, so we stay at home.",
    "print": "Don't print this mail, read it on the screen.",
    "meet": "We meet at https://meet.google.com/abc-defg-hij then.",
}
ABOVE = "Dear Jane,\n\nthank you for the cake, it was very good."
BELOW = "The weather here is fine, so come whenever you like and bring the children.\n\nMe"


@pytest.mark.parametrize("text", WITHIN.values(), ids=WITHIN)
def test_text_that_looks_like_a_programs_stays_with_what_is_below(text: str) -> None:
    body = f"{ABOVE}\n\n{text}\n\n{BELOW}"
    assert own_words(body) == body


@pytest.mark.parametrize("text", LAST.values(), ids=LAST)
def test_the_last_words_stay(text: str) -> None:
    for body in (f"{ABOVE}\n\n{text}", f"{ABOVE}\n\n{text}\n\nSam"):
        assert own_words(body) == body
