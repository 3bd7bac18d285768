"""What a folder or a label means, in the languages that name it: sent, spam, trash, draft."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

from engine.mail.message.charsets import decode_header_value
from engine.mail.message.message import Envelope

# In lower case; Gmail's languages and the common mail programs'.
_SENT = """
sent|sent mail|sent items|sent messages|sent-mail|sentmail|_sent_mail|'sent mail|sent_items
outbox.sent|gesendet|gesendete elemente|gesendete objekte|gesendete nachrichten
postausgang gesendet|envoyés|messages envoyés|éléments envoyés|courrier envoyé|enviados|enviats
enviado|correo enviado|elementos enviados|mensajes enviados|e-mails enviados|itens enviados
mensagens enviadas|correio enviado|inviata|posta inviata|inviati|messaggi inviati
elementi inviati|verzonden|verzonden items|verzonden berichten|gestuur|skickat|skickade objekt
skickade|sendt|sendte elementer|sendt post|sendt e-post|sendte|lähetetyt|lähetetyt viestit
sendur póstur|wysłane|elementy wysłane|odeslaná pošta|odeslané|odeslaná|odoslaná pošta|odoslané
elküldött|elküldött elemek|elküldött üzenetek|elküldve|elküldött levelek|trimise|mesaje trimise
elemente trimise|mesajele trimise|poslano|poslane|poslana pošta|poslato|bidalitakoak
missatges enviats|correu enviat|saadetud|saadetud kirjad|nosūtītās|nosūtītie|sūtītie|išsiųsti
išsiųsti laiškai|изпратени|изпратена поща|отправленные|отправлено|исходящие отправленные
надіслані|надіслані листи|адпраўленыя|послато|послате|испратени|απεσταλμένα|εστάλη|στάλθηκαν
gönderilmiş postalar|gönderilenler|gönderilmiş öğeler|gönderilmiş|göndərilmiş|送信済みメール
送信済み|送信済みアイテム|送信済みトレイ|送信箱|已发邮件|已发送邮件|已发送|已发送的邮件|寄件備份
寄件備份匣|已傳送的郵件|已寄出|보낸편지함|보낸 편지함|보낸 메일함|보낸메일함|דואר יוצא
הודעות שנשלחו|פריטים שנשלחו|דואר שנשלח|البريد المرسل|الرسائل المرسلة|العناصر المرسلة|المرسلة
ارسال شده|ارسال‌شده|بھیجا گیا|भेजे गए संदेश|भेजे गए|প্রেরিত|பரிமாறப்பட்டது|อีเมลที่ส่งแล้ว
จดหมายที่ส่ง|ส่งแล้ว|đã gửi|thư đã gửi|terkirim|surat terkirim|item terkirim|mel dihantar
surat dihantar|naipadala|ipinadala|imetumwa|skickade mejl|sendte mails|sendte e-mails|send skeyti
dihantar|จดหมายที่ส่งแล้ว|அனுப்பியவை|పంపినవి
"""
_SPAM = """
spam|junk|junk mail|junk e-mail|junk email|bulk mail|bulk|spambox|[spam]|werbung|junk-e-mail
spamverdacht|unerwünscht|unerwünschte werbung|courrier indésirable|indésirables|pourriel
pourriels|correo no deseado|correo basura|no deseado|posta indesiderata|indesiderata
ongewenste e-mail|ongewenst|reclame|lixo eletrônico|lixo eletrónico|correio não solicitado
correu brossa|brossa|skräppost|skrap|søppelpost|søppel-e-post|uønsket e-mail|uønsket post
uønsket|roskaposti|ruslpóstur|wiadomości-śmieci|niechciane|nevyžádaná pošta|nevyžiadaná pošta
levélszemét|mesaje nedorite|neželena pošta|neželjena pošta|nepageidaujami|šlamštas|mēstules
surogātpasts|rämpspost|zabor-posta|спам|нежелана поща|нежелательная почта|небажана пошта
ανεπιθύμητα|ανεπιθύμητη αλληλογραφία|önemsiz|önemsiz e-posta|istenmeyen|gereksiz|迷惑メール
スパム|垃圾邮件|垃圾郵件|垃圾信件|스팸함|스팸|스팸메일함|정크 메일|ספאם|דואר זבל|بريد غير هام
البريد العشوائي|البريد غير الهام|الرسائل غير المرغوب فيها|هرزنامه|स्पैम|สแปม|จดหมายขยะ|อีเมลขยะ
thư rác|mel sampah|sampah spam|spam-mail|بريد غير مرغوب فيه
"""
_TRASH = """
trash|bin|deleted|deleted items|deleted messages|deleted_items|[trash]|wastebasket|papierkorb
gelöscht|gelöschte elemente|gelöschte objekte|gelöschte nachrichten|corbeille|poubelle
éléments supprimés|messages supprimés|papelera|papelera de reciclaje|elementos eliminados
mensajes eliminados|eliminados|borrados|paperera|cestino|posta eliminata|elementi eliminati
prullenbak|verwijderde items|verwijderde berichten|verwijderd|asblik|lixeira|itens excluídos
itens eliminados|lixo|reciclagem|mensagens excluídas|papperskorgen|papperskorg|borttagna objekt
borttaget|papirkurv|papirkorg|papirkurven|slettede elementer|slettet post|slettet|roskakori
poistetut|poistetut viestit|rusl|kosz|elementy usunięte|usunięte|koš|odstraněná pošta
odstranená pošta|kôš|kuka|törölt elemek|törölt|lomtár|coș de gunoi|coş de gunoi|elemente șterse
gunoi|smeće|otpad|obrisano|izbrisano|zakarrontzia|prügikast|kustutatud|miskaste|atkritne|dzēstie
šiukšliadėžė|šiukšlinė|ištrinti|кошче|изтрити|корзина|удаленные|удалённые|кошик|видалені
сметніца|отпад|κάδος απορριμμάτων|κάδος|διαγραμμένα|çöp kutusu|çöp|silinmiş öğeler|silinenler
zibil qutusu|ゴミ箱|ごみ箱|削除済みアイテム|削除済み|已删除邮件|已删除|已删除的邮件|垃圾桶
垃圾箱|刪除的郵件|回收筒|휴지통|지운 편지함|삭제된 항목|אשפה|פריטים שנמחקו|المهملات|سلة المهملات
العناصر المحذوفة|المحذوفة|زباله‌دان|زباله دان|ट्रैश|ট্র্যাশ|ถังขยะ|thùng rác|sampah|tong sampah
item dihapus|takataka|søppel|basurahan
"""
_DRAFTS = """
draft|drafts|unsent messages|unsent|outbox|entwürfe|entwurf|postausgang|brouillons|brouillon
borradores|borrador|esborranys|bozze|bozza|concepten|concept|konsepte|rascunhos|utkast|kladder
kladde|luonnokset|drög|wersje robocze|robocze|szkice|koncepty|rozepsané|rozpracované|piszkozatok
piszkozat|vázlatok|ciorne|schițe|skice|nacrti|osnutki|zirriborroak|mustandid|melnraksti
juodraščiai|чернови|черновики|чернетки|чарнавікі|нацрти|πρόχειρα|taslaklar|qaralamalar|下書き
草稿|草稿箱|임시보관함|임시 보관함|임시보관편지함|טיוטות|المسودات|مسودات|پیش‌نویس‌ها|پیش نویس ها
ड्राफ़्ट|ड्राफ्ट|খসড়া|จดหมายร่าง|ร่างจดหมาย|thư nháp|bản nháp|draf|konsep|mga draft|rasimu
templates|vorlagen|modèles|plantillas|modelli|임시보관
"""
_CHATS = "chat|chats|conversas|conversaciones de chat|チャット|聊天|чаты|채팅"

_MARKS = r"(?i)\.(?:mbox|mbx|mbs|sbd|gz|bz2|xz|zip|tgz|tar|partial|emlx|imapmbox)$"
_FLAGS = re.compile(r"[:;!,]2,([A-Za-z]*)$")
_FLAG_LABELS = {"D": "draft", "T": "trash", "S": "seen"}
_SHIFTED = re.compile(r"&([A-Za-z0-9+,]{2,200})-")


def _names(table: str) -> frozenset[str]:
    return frozenset(
        unicodedata.normalize("NFC", name.strip())
        for name in re.split(r"[|\n]", table)
        if name.strip()
    )


_LABELS = {
    "sent": _names(_SENT),
    "spam": _names(_SPAM),
    "trash": _names(_TRASH),
    "draft": _names(_DRAFTS),
    "chat": _names(_CHATS),
}


def labels_of(envelope: Envelope, folders: Collection[str]) -> frozenset[str]:
    """What the folders, Gmail's labels and the mail program's marks say, in our own words.

    Some of: sent, draft, spam, trash, chat.
    """
    names = set(folders)
    for value in envelope.headers.get("x-gmail-labels", []):
        names |= {_plain_name(name) for name in decode_header_value(value).split(",")}
    meanings = {meaning for meaning, known in _LABELS.items() if not known.isdisjoint(names)}
    status = envelope.text("x-mozilla-status")
    if re.fullmatch(r"[0-9a-fA-F]{4}", status) and int(status, 16) & 0x0008:
        meanings.add("trash")  # deleted in Thunderbird, the folder not yet compacted
    marks = envelope.text("x-status")[:20]  # of mutt, pine and c-client
    if "D" in marks:
        meanings.add("trash")
    if envelope.text("x-unsent") == "1" or "T" in marks:
        meanings.add("draft")
    return frozenset(meanings)


def folder_labels(name: str) -> tuple[str, ...]:
    """Folder names on the way to a message, and Maildir's flags in words, in lower case.

    name: path of the file, with the names of the archives around it.
    """
    labels = []
    for part in name.replace("\\", "/").split("/"):
        part = re.sub(_MARKS, "", re.sub(_MARKS, "", part))
        # Maildir++ and some IMAP exports write a path of folders as one name.
        levels = part.split(".") if part.startswith((".", "INBOX.")) else [part]
        labels += [_plain_name(_SHIFTED.sub(_unshifted, level)) for level in levels]
    flags = _FLAGS.search(name)
    labels += [_FLAG_LABELS[flag] for flag in (flags[1] if flags else "") if flag in _FLAG_LABELS]
    return tuple(dict.fromkeys(label for label in labels if label))


def _plain_name(name: str) -> str:
    return unicodedata.normalize("NFC", name).strip(' "').lower()


def _unshifted(found: re.Match[str]) -> str:
    """Letters beyond ASCII in a folder name of IMAP (RFC 3501, 5.1.3)."""
    try:
        return f"+{found[1].replace(',', '/')}-".encode("ascii").decode("utf-7")
    except UnicodeError:
        return found[0]
