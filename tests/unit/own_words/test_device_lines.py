"""Device lines in many languages, also with the link inside the line."""

import pytest

from engine.mail.own_words import own_words

REPLY = "Fine by me, see you there.\n\nSam"
WINDOWS, OUTLOOK = "<https://go.microsoft.com/fwlink/?LinkId=1>", "<https://aka.ms/o0ukef>"


@pytest.mark.parametrize(
    "line",
    [
        f"Sent from Mail{WINDOWS} for Windows 11",
        "Sent with Mailfence, Secure and private email",
        "Sent with Infomaniak kSuite",
        "Mobil gesendet",
        "Mobil gesendet – bitte Tippfehler entschuldigen.",
        "ドコモメールから送信",
        "Отправлено из VK Почты",
        "Отправлено из Рамблер/почты",
        "ارسال از iPhone من",
        "Sent via Siri",
        "Dictated with Siri, please excuse typos.",
        "Please excuse typos, sent from a phone.",
        "Please excuse the brevity of this message, sent from my phone.",
        "Von unterwegs gesendet.",
        "Von unterwegs gesendet, bitte Tippfehler entschuldigen.",
        "Gesendet vom Handy, bitte entschuldige Kürze und Tippfehler",
        "Sent on the go",
        "通过我的 iPhone 发送",
        "從我的 Samsung Galaxy 智慧型手機傳送。",
        "Envoyé de mon téléphone, désolé pour les fautes.",
        "Enviado desde el móvil, disculpa las erratas.",
        "Enviado do meu celular, desculpe os erros.",
        "Verzonden vanaf mijn telefoon, excuses voor typefouten.",
        "Отправлено с телефона, извините за опечатки.",
        "Sent from RainLoop",
        "Sent from Geary",
        f"Odesláno z Pošty{WINDOWS} pro Windows",
        f"Wysłane z aplikacji Poczta{WINDOWS} dla systemu Windows",
        "Wysłane z aplikacji Poczta dla systemu Windows 10",
        f"Lähetetty Windowsin Sähköpostista{WINDOWS}",
        f"Windows için Posta{WINDOWS} ile gönderildi",
        f"Windows용 메일{WINDOWS}에서 보냄",
        f"从 Windows 版邮件{WINDOWS}发送",
        f"Enviado desde Correo{WINDOWS} para Windows 10",
        f"Στάλθηκε από την Αλληλογραφία{WINDOWS} για Windows 10",
        f"Надіслано з Пошти{WINDOWS} для Windows",
        f"Hämta Outlook för iOS{OUTLOOK}",
        f"Outlook voor iOS{OUTLOOK} downloaden",
        f"iOS için Outlook{OUTLOOK} uygulamasını edinin",
        "iOS için Outlook uygulamasını edinin",
        f"下载 iOS 版 Outlook{OUTLOOK}",
        f"Az Outlook for Android{OUTLOOK} beszerzése",
        "Enviado desde Yahoo Mail<https://mail.example.org/x> en Android",
        "Sent from Spike<https://spikenow.example.org>",
        "Sent from the new mail app for iPhone<https://aka.ms/x>",
        "Sent from Notion Mail",
        "Sent using Hushmail",
        "Sent using the mail.com mail app",
        "スマートフォンから送信",
        "Proton Mailのセキュアメールで送信",
        "갤럭시에서 보냈습니다.",
        "네이버 메일 앱에서 보냄",
        "Простите за краткость, создано в K-9 Mail.",
        "Wysłano z Onet Poczta",
        "Sendt fra mit tablet",
        "Sent from my iPhone\nPlease excuse typos and brevity.",
        "Wysłano za pomocą bezpiecznej poczty e-mail Proton Mail.",
        "Skickat med Proton Mail säker e-post.",
        "Odesláno pomocí zabezpečeného e-mailu Proton Mail.",
        "Надіслано з UKR.NET",
        "Отправлено со смартфона Samsung Galaxy.",
        "Gesichert mit Tutanota:\nhttps://tutanota.com",
        "Gesendet von AOL Mobile Mail\nHolen Sie sich die neue AOL App: mail.mobile.aol.com",
        "Sent with Mailsuite",
        "发自新浪邮箱客户端",
        "发自我的小米",
        "Lataa Outlook Androidille",
        "Hankige Outlook Androidile",
        "Gauti „Outlook“, skirtą „Android“",
        "Obtenez BlueMail pour Android",
        "Скачать BlueMail для Android",
        "Nire iPhonetik bidalia",
        "Enviado dende o meu iPhone",
        "Sent uit my iPhone",
        "Được gửi từ iPhone của tôi",
        "Poslato sa mog Samsung Galaxy telefona",
        "ارسال شده از آیفون من",
        "مرسل من الآيفون",
        "נשלח מהאייפון שלי",
        "Отправлено с айфона",
        "Ipinadala mula sa aking iPhone",
        "আমার iPhone থেকে পাঠানো",
        "என் iPhone இலிருந்து அனுப்பப்பட்டது",
        "నా iPhone నుండి పంపబడింది",
        "माझ्या iPhone वरून पाठवले",
        "Sent úr iPhone",
        "Anfonwyd o fy iPhone",
        "Seolta ó mo iPhone",
        "Imetumwa kutoka kwa iPhone yangu",
        "გამოგზავნილია ჩემი iPhone-იდან",
        "Ուղարկվել է իմ iPhone-ից",
        "Mənim iPhone-umdan göndərildi",
        "Менің iPhone-ымнан жіберілді",
        "Испратено од мојот iPhone",
        "Dërguar nga iPhone im",
        "Адпраўлена з майго iPhone",
        "Geschéckt vu mengem iPhone",
        "Outlook for iOS را دریافت کنید",
        "Von Samsung Mobile gesendet",
        "Sent on my Samsung Galaxy S21",
        "Securely sent with Tuta Mail. https://tuta.example.org",
    ],
)
def test_a_line_with_the_link_inside_goes(line):
    assert own_words(f"{REPLY}\n\n{line}\n") == REPLY


@pytest.mark.parametrize(
    "line",
    [
        "Sent by mail on Monday",
        "メールで送信しました。",
        "Отправлено вчера, придёт в среду.",
        "I have Outlook for iOS",
        "Please use the mail program under Windows",
        "Try Thunderbird<https://thunderbird.example.org>, it is good",
        "My phone is an iPhone<https://example.org>",
        "Ann's page about Windows<https://example.org/x>",
        "I sent it from Outlook<https://example.org>",
        "The new phone<https://example.org/p> is here",
        "Outlook for Android is broken again",
        "Outlook pour Android marche mieux",
        "Bei mir läuft Outlook auf Android nicht",
        "Kim nutzt BlueMail für Android",
        "Gesendet habe ich dir das iPhone gestern mit der Post.",
        "Im Radio wurde Vivaldi gesendet",
        "Das iPhone wurde gestern von Kim verschickt",
        "Von Kim wurde das iPhone gesendet",
        "Sent on Monday with the Samsung phone by Kim",
        "Kim më dërgoi iPhone dje",
        "El iPhone de Kim ya fue enviado",
        "Az iPhone tegnap elküldve",
        "Skickat till Kim igår",
        "来自我的朋友",
    ],
)
def test_words_about_a_program_stay(line):
    assert own_words(f"{REPLY}\n\n{line}") == f"{REPLY}\n\n{line}"


def test_text_below_a_model_is_not_the_writers():
    body = f"{REPLY}\n\nSent from my Kiwi RIDGE 4G\n\nWe should all go there once more, I think."
    assert own_words(body) == REPLY


@pytest.mark.parametrize("line", ["Sent from my iPhone", "Obtenez BlueMail pour Android"])
@pytest.mark.parametrize("postscript", ["P.S. bring cake.\n\nSam", "PS: Friday!", "П.С. торт"])
def test_a_postscript_below_a_device_line_stays(line, postscript):
    assert own_words(f"It is wet.\n\n{line}\n\n{postscript}").endswith(postscript)
