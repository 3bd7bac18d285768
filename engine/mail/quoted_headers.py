"""What stands above a mail quoted as a whole: header blocks and banners.

Outlook and its kin copy "From: / Sent: / To: / Subject:", Lotus Notes a name and a date over
"To: / cc: / Subject:", and many write "-----Original Message-----" or "Forwarded message".
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_LABELS = {
    "from": "from von de da van fra från od от від från: feladó lähettäjä saatja από kimden "
    "gönderen "
    "expéditeur mittente remitente remetente expeditor dari từ 发件人 寄件者 寄件人 差出人 送信元 "
    "보낸_사람 보낸사람 מאת من จาก отправитель nuo no afzender absender odosielateľ odesílatel",
    "date": "sent date gesendet datum envoyé envoyé_le date_d'envoi inviato data verzonden "
    "enviado "
    "enviado_el enviado_em enviada_em enviada fecha skickat sendt dato lähetetty päivämäärä "
    "päiväys wysłano wysłane odesláno odoslané dátum küldve elküldve trimis отправлено дата "
    "надіслано изпратено στάλθηκε ημερομηνία tarih gönderildi gönderme_tarihi 发送时间 发送日期 "
    "日期 "
    "寄件日期 傳送日期 送信日時 日付 日時 보낸_날짜 날짜 נשלח תאריך التاريخ تم_الإرسال dikirim "
    "tanggal "
    "đã_gửi ngày message_du sent_on date_sent inviato_il poslano poslato saadetud kuupäev "
    "date/time วันที่",
    "to": "to an à a para aan til till vastaanottaja do komu pre címzett către кому до προς kime "
    "alıcı 收件人 收件者 宛先 送信先 받는_사람 받는사람 אל إلى kepada tới đến destinataire "
    "destinatario za "
    "per saaja pentru ถึง",
    "cc": "cc kopie cópia copie copie_à kopia kopi kopio copia dw 抄送 副本 참조 bcc cci cco "
    "kópia "
    "másolat копия копія kopija bilgi κοιν. עותק نسخة c.c. kopie_an",
    "subject": "subject betreff objet oggetto onderwerp asunto assunto ämne emne aihe temat "
    "předmět "
    "predmet tárgy subiect тема относно θέμα konu 主题 主旨 件名 표제 제목 נושא الموضوع subjek "
    "perihal "
    "chủ_đề teema titel sujet betr หัวข้อ เรื่อง",
    "other": "attachments importance reply-to priority anlagen pièces_jointes bijlage allegati "
    "adjuntos wichtigkeit organization newsgroups message-id in-reply-to sender sent_by "
    "please_respond_to return-receipt-to sensitivity categories reply_to thread-topic when where",
}
_FIELD = {
    label.replace("_", " "): field for field, labels in _LABELS.items() for label in labels.split()
}
_LABEL = re.compile(r"^[\s*_|]{0,40}([^:：<>@*]{1,20}?)[\s*\u00a0]{0,4}[:：]\*?")

_ORIGINAL = (
    r"original[- ]?(?:message|mail|e-?mail|appointment|nachricht|meddelande|meddelelse|melding"
    r"|bericht)|reply message|(?:ursprüngliche|antwort|original) (?:nachricht|e-?mail)"
    r"|message d['’]origine|message (?:initial|original)|(?:mensaje|mensagem|missatge) original"
    r"|messaggio originale|oorspronkelijk bericht|oprindelig (?:meddelelse|besked|e-?mail)"
    r"|opprinnelig melding|ursprungligt meddelande|alkuperäinen viesti"
    r"|(?:wiadomość oryginalna|oryginalna wiadomość)|původní (?:zpráva|e-?mail)|pôvodná správa"
    r"|eredeti üzenet|mesaj (?:original|iniţial|inițial)|izvorna poruka|originalna poruka"
    r"|(?:исходное|оригинальное|первоначальное) (?:сообщение|письмо)|оригинално съобщение"
    r"|(?:оригінальне|початкове) повідомлення|orijinal (?:mesaj|ileti)|özgün ileti|αρχικό μήνυμα"
    r"|原始邮件|原始郵件|原邮件|元のメッセージ|원본 메[시세]지|הודעה מקורית|الرسالة الأصلية"
    r"|pesan asli"
    r"|reply separator|thư gốc|tin nhắn gốc"
)
_FORWARDED = (
    r"forwarded (?:message|by|mail|e-?mail|from)\b.*|start of forwarded message"
    r"|inline attachment follows|end forwarded.*"
    r"|weitergeleitete (?:nachricht|e-?mail|mail)|message transféré|message transmis"
    r"|(?:mensaje reenviado|mensagem encaminhada|mensagem reencaminhada|messaggio inoltrato)"
    r"|doorgestuurd bericht|vidarebefordrat (?:meddelande|mail|brev)|videresendt.*"
    r"|välitetty viesti|(?:przekazana|przesłana) wiadomość|(?:przeposlaná|přeposlaná) zpráva"
    r"|preposlaná správa|továbbított (?:üzenet|levél)|(?:пересланное|пересылаемое"
    r"|перенаправленное)"
    r" (?:сообщение|письмо)|препратено съобщение|переслане повідомлення|iletilen (?:mesaj|ileti)"
    r"|προωθημένο μήνυμα|转发的邮件|轉寄郵件|转发邮件信息|転送メッセージ|전달된 메[시세]지"
    r"|הודעה שהועברה|رسالة معاد توجيهها|pesan terusan|thư được chuyển tiếp|mesaj redirecționat"
)
_RULE = r"[-–—_=*~•>]"
_ORIGINAL_BANNER = re.compile(
    rf"^{_RULE}{{2,}}\s{{0,20}}(?:{_ORIGINAL})\s{{0,20}}:?(?:{_RULE}{{2,}}|$)", re.IGNORECASE
)
_FORWARD_BANNER = re.compile(rf"^{_RULE}{{2,}}\s{{0,20}}(?:{_FORWARDED})", re.IGNORECASE)
_FORWARD_SENTENCE = re.compile(
    r"^(?:begin forwarded message|anfang der weitergeleiteten (?:nachricht|e-?mail)"
    r"|début du message (?:réexpédié|transféré)|inizio (?:del )?messaggio inoltrato"
    r"|inicio del mensaje reenviado|início da mensagem (?:reencaminhada|encaminhada)"
    r"|begin doorgestuurd bericht|vidarebefordrat (?:brev|mejl)|(?:start på )?videresendt "
    r"(?:melding|besked)|välitetty viesti alkaa|początek przekazywanej wiadomości"
    r"|начало переадресованного сообщения|továbbított levél kezdete|iletilen ileti başlangıcı"
    r"|下面是被转发的邮件|轉寄的郵件開頭|転送されたメッセージ)\s?[:：]",
    re.IGNORECASE,
)

_NOTES_DATE = re.compile(r"\b\d{1,4}[./-]\d{1,2}[./-]\d{2,4}\b")
_ONLY_DATE = re.compile(r"^[\d\s:./,-]*(?:[ap]\.?m\.?)?(?:\s?(?:[A-Z]{2,4}|on))?$", re.IGNORECASE)
_NOTES_FILLER = re.compile(r"^(?:sent by|please respond to|extension)\b", re.IGNORECASE)
_GROUPWISE = re.compile(r"^>>>\s?\S.{2,120}\d[/.-]\d.{0,40}>>>$")
_RULER = re.compile(r"^[-–—_=*~#\s]{2,}$")

BLOCK_REACH = 60
"""Lines a header block may span; its lists of recipients can be long."""


def is_ruler(line: str) -> bool:
    """Whether the line draws a rule: dashes, underscores, asterisks and nothing else."""
    return len(line) <= 400 and bool(_RULER.match(line)) and bool(line.strip())


def is_forward_banner(line: str) -> bool:
    text = line[:200].strip(" \t*")
    if text[-1:] not in ":：" and text[:1].isalnum():
        return False
    return bool(_FORWARD_BANNER.match(text) or _FORWARD_SENTENCE.match(text))


def is_original_banner(line: str) -> bool:
    text = line[:200].strip(" \t")
    return not text[:1].isalnum() and bool(_ORIGINAL_BANNER.match(text))


def is_groupwise_banner(line: str) -> bool:
    """ ">>> Ann Lee 12/11/00 03:54PM >>>", over a mail that is not marked otherwise."""
    return line.startswith(">>>") and bool(_GROUPWISE.match(line[:200].rstrip()))


def header_field(line: str) -> str | None:
    """Which header a line names: from, date, to, cc, subject or other; None when it names none."""
    head = line[:80]
    found = _LABEL.match(head) if ":" in head or "：" in head else None
    return _FIELD.get(found.group(1).strip().lower()) if found else None


def label_lines_end(fields: Sequence[str | None], start: int) -> int:
    """The line after the labelled lines that stand together from `start` on."""
    end = start
    while end < len(fields) and fields[end]:
        end += 1
    return end


def header_block(
    lines: Sequence[str], fields: Sequence[str | None], start: int
) -> tuple[int, int] | None:
    """(first line, line after the last) of the header block around line `start`, or None.

    The block of Lotus Notes starts above its first header, with a name and a date.
    """
    if fields[start] not in ("from", "date", "to"):
        return None
    seen, end = _fields_from(lines, fields, start)
    if fields[start] == "to":
        if not seen & {"cc", "subject"}:
            return None
        top = _notes_top(lines, start)
        if top is None and "@" in lines[start] and "subject" in seen:
            top = start
        return (top, end) if top is not None else None
    known = seen & {"from", "date", "to", "subject"}
    if fields[start] == "from":
        enough = len(known) >= 3 or (
            len(known) == 2
            and ("@" in lines[start] or ("date" in known and _any_digit(lines[start:end])))
        )
    else:
        enough = (
            len(known) >= 2 and bool(known & {"from", "to"}) and _any_address(lines, start, end)
        )
    if not enough:
        return None
    return start, end


def _any_digit(lines: Sequence[str]) -> bool:
    return any(character.isdigit() for line in lines for character in line[:200])


def _any_address(lines: Sequence[str], start: int, end: int) -> bool:
    return any("@" in line[:400] for line in lines[start:end])


def _fields_from(
    lines: Sequence[str], fields: Sequence[str | None], start: int
) -> tuple[set[str], int]:
    """The headers named from `start` on, and the line after the last of them."""
    seen: set[str] = set()
    end, blanks, wrapped, current = start, 0, 0, ""
    for index in range(start, min(start + BLOCK_REACH, len(lines))):
        field = fields[index]
        if field:
            if field == "from" and "from" in seen:
                break
            seen.add(field)
            current, blanks, wrapped, end = field, 0, 0, index + 1
        elif not lines[index].strip():
            blanks += 1
            if blanks > 2:
                break
        elif blanks:
            break
        else:
            wrapped += 1
            if wrapped > (40 if current in ("to", "cc") else 2):
                break
            if current in ("to", "cc") or wrapped <= 1:
                # A subject or sender wraps by a line at most; what follows is the mail itself.
                end = index + 1 if current in ("to", "cc", "from") else end
    return seen, end


def _notes_top(lines: Sequence[str], start: int) -> int | None:
    """The line with the sender's name over "To:", when a date stands between, else None."""
    index = start - 1
    while index >= 0 and start - index <= 8:
        text = lines[index][:300].strip()
        if text and _NOTES_DATE.search(text):
            break
        if text and not (_ONLY_DATE.match(text) or _NOTES_FILLER.match(text) or len(text) < 50):
            return None
        index -= 1
    else:
        return None
    if index < 0:
        return None
    top = index
    # The name stands on the lines above when the date has a line for itself.
    while top > 0 and (
        _ONLY_DATE.match(lines[top].strip())
        or _NOTES_FILLER.match(lines[top].strip())
        or lines[top].strip().startswith(("<", "on "))
    ):
        above = lines[top - 1].strip()
        if not above or len(above) > 120:
            break
        top -= 1
        if index - top >= 4:
            break
    return top
