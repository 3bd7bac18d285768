"""Why a sent mail is not learnt from, each reason by its name.

The names stand in the column `left_out` of table `mails` and in the table that an import ends
with. Header fields tell most: RFC 3834 (auto-replies), RFC 3464 and 8098 (reports), RFC 5546
(calendar), RFC 2369 (lists).
"""

from __future__ import annotations

import re
from collections.abc import Collection

from engine.mail.message.addresses import parse_addresses
from engine.mail.message.message import Envelope, Message
from engine.mail.own_words.quoted_headers import is_forward_banner

REASONS = {
    "auto-reply": "written by a program while you were away",
    "bounce": "a delivery report or read receipt",
    "calendar": "an invitation or the answer to one",
    "chat": "a chat that Gmail keeps among the mails",
    "draft": "not sent",
    "empty": "no words of yours in it, or only a link",
    "encrypted": "can't be read without a key, or sealed by an S/MIME signature",
    "forward-only": "somebody else's mail, passed on without a word",
    "list-machinery": "a command to a mailing list's program",
    "on-behalf": "sent in your name by somebody else",
    "oversized": "a text longer than anybody writes by hand",
    "spam": "lies in the spam folder",
    "trash": "lies in the trash",
}

_AWAY = re.compile(
    r"(?i)^(?:out of (?:the )?office(?: auto-?reply)?"
    r"|auto(?:matic)?[- ]?(?:reply|response)|autoreply|auto"
    r"|automatische antwort|abwesenheits(?:notiz|meldung)|réponse automatique|absence du bureau"
    r"|respuesta automática|fuera de la oficina|risposta automatica|fuori sede|automatisch antwoord"
    r"|afwezig|resposta automática|ausência temporária|autosvar|automatiskt svar|automatisk svar"
    r"|automaattinen vastaus|odpowiedź automatyczna|automatická odpověď|automatikus válasz"
    r"|автоответ|автоматический ответ|автоматична відповідь|otomatik yanıt|自動応答|自動返信"
    r"|自动回复|自動回覆|자동 회신|automātiskā atbilde|răspuns automat|αυτόματη απάντηση"
    r"|תשובה אוטומטית|رد تلقائي|resposta automàtica|samodejni odgovor|automatski odgovor)"
    r"\s*[:：]"
)
_MEETING = re.compile(
    r"(?i)^(?:accepted|declined|tentative(?:ly accepted)?|canceled event|cancelled event|invitation"
    r"|updated invitation|zugesagt|abgesagt|mit vorbehalt|akzeptiert|einladung|accepté|refusé"
    r"|invitation mise à jour|aceptado|rechazado|accettato|rifiutato|invito|geaccepteerd"
    r"|geweigerd|aceito|aceite|recusado|accepterat|avböjt|accepteret|afvist|godtatt|avslått"
    r"|hyväksytty|hylätty|zaakceptowano|odrzucono|zaproszenie|přijato|odmítnuto|pozvánka"
    r"|принято|отклонено|приглашение|kabul edildi|reddedildi|承諾|辞退|招待|已接受|已拒绝|邀请"
    r"|rechazada|aceptada|accettata|rifiutata|undangan|convite|invitación)"
    r"\s?: .*(?:@|\d{1,2}[:.h]\d\d|\d{4})"
)
_FORWARD = re.compile(r"(?i)^\s*(?:fwd?|wg|tr|rv|enc|i|doorst|vb|vs|videresendt|fs|пересл)\s?:")
_LIST_ROBOT = re.compile(
    r"^(?:listserv|majordomo|mailman|sympa|ecartis|lyris|ezmlm|listproc|listar)@"
    r"|[-+](?:request|subscribe|unsubscribe|sub|unsub|join|leave|confirm|owner-confirm)"
    r"(?:[+=][^@]*)?@"
)
_LINK = re.compile(r"://|www\.")
_LONGEST_OWN = 60_000  # letters: some twenty pages
_REPORTS = frozenset(
    ("multipart/report", "message/delivery-status", "message/disposition-notification")
)
_RECEIPT = re.compile(
    r"(?i)^(?:read receipt|lesebestätigung|confirmation de lecture|confirmación de lectura"
    r"|conferma di lettura|leesbevestiging|confirmação de leitura|開封済み|not read|nicht gelesen"
    r"|ungelesen gelöscht|delivery status notification.*|undeliver(?:able|ed mail.*)"
    r"|mail delivery failed.*|returned mail|unzustellbar)\s*[:：]"
)
_WORD = re.compile(r"[^\W\d_]{2}|[\u3040-\u9fff\uac00-\ud7af]")
_LIST_COMMAND = re.compile(r"(?i)^(?:re: )?(?:(?:un)?subscribe|confirm [0-9a-f]{20,}|signoff)\b")


def reason_to_leave_out(message: Message, labels: Collection[str], own: str) -> str | None:
    """Why a mail is not learnt from: a key of REASONS, or None. own: the writer's own words."""
    for label in ("spam", "trash", "draft", "chat"):
        if label in labels:
            return label
    envelope, subject = message.envelope, message.envelope.subject
    if _is_report(message):
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
    if _is_on_behalf(envelope):
        return "on-behalf"
    if len(own) > _LONGEST_OWN:
        return "oversized"
    if not any(_WORD.search(word) for word in own.split() if not _LINK.search(word)):
        if message.encrypted or _is_armoured(message):
            return "encrypted"
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


def _is_report(message: Message) -> bool:
    """A delivery report (RFC 3464) or read receipt (RFC 8098), also of programs without MIME."""
    if _REPORTS & message.content_types:
        return True
    envelope = message.envelope
    if envelope.headers.get("return-path", [b""])[0].strip() == b"<>":
        return True
    named = _RECEIPT.match(envelope.subject) is not None
    return named and len((message.plain or message.html or "").split()) < 120


def _is_on_behalf(envelope: Envelope) -> bool:
    """Whether Sender names another person of the same house (RFC 5322, 3.6.2).

    Lists and mail services set Sender as well, and so does Gmail for one's other addresses.
    """
    if "sender" not in envelope.headers or "list-id" in envelope.headers:
        return False
    name, address = envelope.sender
    for other, sent_by in parse_addresses(envelope.headers["sender"][0])[:1]:
        same_house = sent_by.rpartition("@")[2] == address.rpartition("@")[2]
        words, others = set(_words(name)), set(_words(other))
        if sent_by != address and same_house and words and others and not words & others:
            return True
    return False


def _words(name: str) -> list[str]:
    return re.findall(r"[^\W\d_]{2,}", name.lower())


def _is_armoured(message: Message) -> bool:
    return "-----BEGIN PGP MESSAGE-----" in (message.plain or message.html or "")


def _is_for_list_program(envelope: Envelope, own: str) -> bool:
    if envelope.text("x-list-administrivia").lower() == "yes":
        return True
    robots = [_LIST_ROBOT.search(address) is not None for _, address in envelope.recipients]
    if robots and all(robots):
        return True
    words = own.split()
    return len(words) < 4 and _LIST_COMMAND.match(" ".join(words) or envelope.subject) is not None
