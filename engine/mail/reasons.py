"""Why a sent mail is not learnt from, each reason by its name.

The names stand in the column `left_out` of table `mails` and in the table that an import ends
with. Header fields tell most: RFC 3834 (auto-replies), RFC 3464 and 8098 (reports), RFC 5546
(calendar), RFC 2369 (lists).
"""

from __future__ import annotations

import re
from collections.abc import Collection

from engine.mail.charsets import decode_header_value
from engine.mail.message import Envelope, Message
from engine.mail.quoted_headers import is_forward_banner

REASONS = {
    "auto-reply": "written by a program while you were away",
    "bounce": "a delivery report or read receipt",
    "calendar": "an invitation or the answer to one",
    "chat": "a chat that Gmail keeps among the mails",
    "draft": "not sent",
    "empty": "no words of yours in it, or only a link",
    "forward-only": "somebody else's mail, passed on without a word",
    "list-machinery": "a command to a mailing list's program",
    "spam": "lies in the spam folder",
    "trash": "lies in the trash",
}

# Folder names and Gmail labels in the languages of common mail programs, in lower case.
_SENT = """
sent|sent mail|sent items|sent messages|sent-mail|sentmail|_sent_mail|'sent mail
sent_items|gesendet|gesendete elemente|gesendete objekte|envoyés|messages envoyés
éléments envoyés|enviados|correo enviado|elementos enviados|mensajes enviados|inviata
posta inviata|inviati|verzonden|verzonden items|verzonden berichten|e-mails enviados
itens enviados|skickat|skickade objekt|sendt|sendte elementer|lähetetyt|wysłane
elementy wysłane|odeslaná pošta|odoslaná pošta|elküldött|elküldött elemek|trimise
изпратени|отправленные|надіслані|απεσταλμένα|gönderilmiş postalar|gönderilenler|送信済みメール
送信済み|送信済みアイテム|已发邮件|已发送邮件|寄件備份
보낸편지함|보낸 편지함|הודעות שנשלחו|البريد المرسل|đã gửi|terkirim
elküldve|poslano
"""
_SPAM = """
spam|junk|junk mail|junk e-mail|junk email|bulk mail|werbung|junk-e-mail
courrier indésirable|indésirables|correo no deseado|no deseado|posta indesiderata
ongewenste e-mail|ongewenst|lixo eletrônico|lixo eletrónico|skräppost|søppelpost
uønsket e-mail|roskaposti|wiadomości-śmieci|spam (1)|nevyžádaná pošta|levélszemét|спам
нежелательная почта|ανεπιθύμητα|önemsiz|迷惑メール|垃圾邮件|垃圾郵件|스팸함|ספאם|thư rác
"""
_TRASH = """
trash|bin|deleted|deleted items|deleted messages|deleted_items|papierkorb|gelöscht
gelöschte elemente|gelöschte objekte|corbeille|éléments supprimés|messages supprimés
papelera|elementos eliminados|cestino|posta eliminata|prullenbak|verwijderde items
lixeira|itens excluídos|lixo|papperskorgen|papirkurv|papirkorg|slettede elementer
slettet post|roskakori|kosz|elementy usunięte|koš|odstraněná pošta|kuka|törölt elemek
корзина|удаленные|кошик|κάδος απορριμμάτων|çöp kutusu
ゴミ箱|削除済みアイテム|已删除邮件|垃圾桶|휴지통|אשפה
thùng rác
"""
_DRAFTS = """
draft|drafts|entwürfe|entwurf|brouillons|borradores|bozze|concepten|rascunhos|utkast
kladder|luonnokset|wersje robocze|koncepty|piszkozatok|ciorne|чернови|черновики|чернетки
πρόχειρα|taslaklar|下書き|草稿|임시보관함|טיוטות|المسودات|thư nháp|templates|vorlagen
"""
_CHATS = "chat|chats"

_AWAY = re.compile(
    r"(?i)^(?:out of (?:the )?office(?: auto-?reply)?"
    r"|auto(?:matic)?[- ]?(?:reply|response)|autoreply|auto"
    r"|automatische antwort|abwesenheits(?:notiz|meldung)|réponse automatique|absence du bureau"
    r"|respuesta automática|fuera de la oficina|risposta automatica|fuori sede|automatisch antwoord"
    r"|afwezig|resposta automática|ausência temporária|autosvar|automatiskt svar|automatisk svar"
    r"|automaattinen vastaus|odpowiedź automatyczna|automatická odpověď|automatikus válasz"
    r"|автоответ|автоматический ответ|otomatik yanıt|自動応答|自动回复)"
    r"\s*[:：]"
)
_MEETING = re.compile(
    r"(?i)^(?:accepted|declined|tentative(?:ly accepted)?|canceled event|cancelled event|invitation"
    r"|updated invitation|zugesagt|abgesagt|mit vorbehalt|akzeptiert|einladung|accepté|refusé"
    r"|invitation mise à jour|aceptado|rechazado|accettato|rifiutato|invito|geaccepteerd"
    r"|geweigerd|aceito|aceite|recusado)\s?: .*(?:@|\d{1,2}[:.h]\d\d|\d{4})"
)
_FORWARD = re.compile(r"(?i)^\s*(?:fwd?|wg|tr|rv|enc|i|doorst|vb|vs|videresendt|fs|пересл)\s?:")
_LIST_ROBOT = re.compile(
    r"^(?:listserv|majordomo|mailman|sympa|ecartis|lyris|ezmlm|listproc|listar)@"
    r"|[-+](?:request|subscribe|unsubscribe|sub|unsub|join|leave|confirm|owner-confirm)"
    r"(?:[+=][^@]*)?@"
)
_LINK = re.compile(r"\S*(?:://|www\.)\S*")
_WORD = re.compile(r"[^\W\d_]{2}|[\u3040-\u9fff\uac00-\ud7af]")
_LIST_COMMAND = re.compile(r"(?i)^(?:re: )?(?:(?:un)?subscribe|confirm [0-9a-f]{20,}|signoff)\b")


def _names(table: str) -> frozenset[str]:
    return frozenset(name.strip() for name in re.split(r"[|\n]", table) if name.strip())


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
    names = {name.lower() for name in folders}
    for value in envelope.headers.get("x-gmail-labels", []):
        names |= {name.strip(' "').lower() for name in decode_header_value(value).split(",")}
    meanings = {meaning for meaning, known in _LABELS.items() if names & known}
    status = envelope.text("x-mozilla-status")
    if re.fullmatch(r"[0-9a-fA-F]{4}", status) and int(status, 16) & 0x0008:
        meanings.add("trash")  # deleted in Thunderbird, the folder not yet compacted
    if envelope.text("x-unsent") == "1":
        meanings.add("draft")
    return frozenset(meanings)


def reason_to_leave_out(message: Message, labels: Collection[str], own: str) -> str | None:
    """Why a mail is not learnt from: a key of REASONS, or None. own: the writer's own words."""
    for label in ("spam", "trash", "draft", "chat"):
        if label in labels:
            return label
    envelope, subject = message.envelope, message.envelope.subject
    if "multipart/report" in message.content_types:
        return "bounce"
    if (
        message.invites
        or _MEETING.match(subject)
        or "calendarmessage" in envelope.text("content-class")
    ):
        return "calendar"
    if _is_automatic(envelope):
        return "auto-reply"
    if _is_for_list_program(envelope, own):
        return "list-machinery"
    if not _WORD.search(_LINK.sub(" ", own)):
        passed_on = message.holds_message or is_forward(subject) or _shows_forward(message)
        return "forward-only" if passed_on else "empty"
    return None


def is_forward(subject: str) -> bool:
    """Whether a subject is a forwarded mail's, in the languages of common mail programs."""
    return _FORWARD.match(subject) is not None


def _shows_forward(message: Message) -> bool:
    return any(map(is_forward_banner, (message.plain or "").splitlines()))


def _is_automatic(envelope: Envelope) -> bool:
    submitted = envelope.text("auto-submitted").partition(";")[0].strip().lower()
    if submitted not in ("", "no"):
        return True
    if envelope.text("precedence").lower() in ("auto_reply", "auto-reply"):
        return True
    marks = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply", "x-autogenerated")
    if any(name in envelope.headers for name in marks):
        return True
    return _AWAY.match(envelope.subject) is not None


def _is_for_list_program(envelope: Envelope, own: str) -> bool:
    if envelope.text("x-list-administrivia").lower() == "yes":
        return True
    robots = [_LIST_ROBOT.search(address) is not None for _, address in envelope.recipients]
    if robots and all(robots):
        return True
    words = own.split()
    return len(words) < 4 and _LIST_COMMAND.match(" ".join(words) or envelope.subject) is not None
