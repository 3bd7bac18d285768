"""Lines of many mail programs and devices, as their users have them at the end of a mail."""

from __future__ import annotations

import pytest

from engine.mail.own_words import own_words

OWN = "Friday suits me well. Shall we meet at the mill at ten?\n\nMe"

LINES = """
Sent from Proton Mail for iOS
Sent from Proton Mail Android
Sent from Proton Mail for Android.
Sent with Proton Mail secure email.
Sent with [Proton Mail](https://proton.me/) secure email.
Sent with Tutanota; secure your mailbox today: https://tuta.com
Secured with Tuta Mail:
Sent from K-9 Mail
Von meinem Android-Gerät mit K-9 Mail gesendet.
This message was sent from my Android device with K-9 Mail. Please excuse my brevity.
Diese Nachricht wurde von meinem Mobiltelefon mit GMX Mail gesendet.
Enviado desde Proton Mail para Android
Gesendet mit der Telekom Mail App
Inviato da Libero Mail
Отправлено из мобильной Яндекс.Почты
Отправлено из Почты Mail.ru для Android
从我的华为手机发送
發自我的 iPhone
iPhoneから送信
Verzonden met Proton Mail voor iOS
Wysłane z programu Outlook dla systemu Android
Get BlueMail for Desktop
Sent from Spark
Sent via Superhuman
Sent via Superhuman iOS
Sent from Mailspring (https://getmailspring.com/), the best free email app for work
Sent from Thunderbird for Android
Sent from my Fairphone
Envoyé à partir de Outlook pour Android
Sent from Yahoo Mail on Android
Sent from Yahoo Mail for iPhone
Yahoo Mail: Search, Organize, Conquer
Sent from HEY
Sent from Canary
Sent with Shortwave
Sent from my Pixel 8 Pro
Sent from my Galaxy
Sent from my T-Mobile 5G Device
Envoyé depuis mon appareil Galaxy
Von meinem Samsung Galaxy Smartphone gesendet.
Enviado do meu telemóvel
Enviado desde mi Xiaomi
Sendt fra Outlook for iOS
Lähetetty iPhonesta
Odesláno z iPhonu
Wysłane z iPhone'a
Отправлено с iPhone
Trimis de pe iPhone-ul meu
iPhone'umdan gönderildi
Στάλθηκε από το iPhone μου
נשלח מה-iPhone שלי
تم الإرسال من iPhone الخاص بي
ส่งจาก iPhone ของฉัน
Được gửi từ iPhone của tôi
나의 iPhone에서 보냄
Dikirim dari iPhone saya
Küldve az iPhone-omról
Skickat från min iPhone
Надіслано з мого iPhone
Изпратено от моя iPhone
Sent from Mail.ru app for Android
Sent from my iPad using Tapatalk
Sent from my Sailfish phone
Sent from my Ubuntu phone using Dekko
Sent from FairEmail
Sent with FairEmail, fully featured, open source, privacy-oriented email app for Android
Sent from Nine
Sent from Aqua Mail for Android http://www.aqua-mail.com
Sent from Edison Mail
Sent with MailTime
Sent from myMail for iOS
Sent using Zoho Mail
Sent from Windows Mail
Sent from Polymail
""".strip().split("\n")


@pytest.mark.parametrize("line", LINES)
def test_the_line_goes(line: str) -> None:
    assert own_words(f"{OWN}\n\n{line}") == OWN
    below = "The weather here is fine and the boat is dry, so come whenever you like.\n\nMe"
    assert own_words(f"{OWN}\n\n{line}\n\n{below}").endswith(below)
