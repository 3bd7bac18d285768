"""The line by which a mail program names itself: "Sent from my …", "Get Outlook for iOS"."""

from __future__ import annotations

import re

from engine.mail.own_words.hints import hints, holds_any

_DEVICE = re.compile(
    r"^[\s*_\[(<“\"-]*(?:"
    # English
    r"(?:sorry|apologies|excuse|pardon)[^.;?]{0,40}[,.;:–-]+ ?(?:it )?(?:was )?sent (?:from|on|via)"
    r" (?:my|a|mobile) ?[^.,;!?]{0,40}"
    r"|sent (?:from|via) (?:my|the|an?) [^.;!?:]{0,70}(?:phone|device|tablet|network|galaxy|ipad)"
    r"|sent (?:from|via|using|with|by) (?!you\b|the\b|me\b|him\b|her\b|us\b|them\b)[^,;!?:]{2,70}"
    r"(?:[,;.!–-]+\s*(?:so |please |pls |kindly )?(?:excuse|pardon|sorry|forgive|apolog).{0,80}"
    r"|, the best .{2,60})?"
    r"|get outlook for \w{2,10}?(?:https?://\S{1,100})?"
    r"|(?:get|krijg|hol|obtén|obtenir|ottieni|obter|pobierz|skaffa|få) bluemail\b.{0,30}"
    r"|sent on the (?:go|move)\b.{0,40}"
    # Romance languages
    r"|envoyé (?:de(?:puis)?|à partir d[e’']|avec|via) .{2,100}|télécharger outlook pour .{2,20}"
    r"|enviado (?:des?de|do|da|a partir d[eo]|via|por|con|com) .{2,100}"
    r"|obtener outlook para .{2,20}|obter o? ?outlook para .{2,20}|baixe o outlook .{2,20}"
    r"|inviato (?:da(?:l|lla|ll['’])?|con|tramite) ?.{2,100}|scarica outlook per .{2,20}"
    r"|enviat des de(?:l)? .{2,100}|trimis (?:de pe|din) .{2,100}"
    # Germanic languages
    r"|(?:diese (?:nachricht|e-?mail) wurde )?von (?:unterwegs|meine[mr]\S{0,10}) .{0,60}"
    r"(?:gesendet|geschickt|verschickt)|gesendet (?:von|mit|mittels|über|aus) .{2,100}"
    r"|holen sie sich outlook für .{2,20}|von unterwegs gesendet"
    r"|verzonden (?:van(?:af|uit)?|met|via) .{2,100}|verstuurd (?:van(?:af|uit)?|met) .{2,100}"
    r"|outlook voor \w+ downloaden|skickat från .{2,100}|hämta outlook för .{2,20}"
    r"|sendt fra .{2,100}|send frá .{2,100}"
    # Outlook's advertisement, in any language
    r"|(?!(?:i|you|we|do|does|is|are|if|the|my|use|using|with|on|in) )[^.?!,]{0,25}\boutlook\b"
    r"(?: \w{2,7}){1,2} (?:ios|android|mac)\b[^.?!,]{0,25}"
    r"|[^.?!,]{0,12}(?:ios|android)[^.?!,\w]{0,2}[^.?!,a-z]{0,8}outlook[^.?!,a-z]{0,12}"
    # Finnish, Estonian, Slavic, Baltic, Hungarian
    r"|lähetetty .{2,40}(?:sta|stä|sta\.|ni|puhelimesta|laitteesta)|hanki outlook .{2,20}"
    r"|saadetud minu .{2,40}|wysłan[aeo]? z(?:e)? .{2,100}|pobierz program outlook .{2,20}"
    r"|odesláno z(?:e)? .{2,100}|(?:odoslan|poslan)[éáo] z(?:o)? .{2,100}"
    r"|poslano (?:s|z|iz) .{2,100}"
    r"|(?:el)?küldve .{2,40}|.{2,40}r[óő]l küldve|išsiųsta iš .{2,100}|nosūtīts no .{2,100}"
    r"|отправлено (?:с|из|от) .{2,100}|(?:надіслано|відправлено) з .{2,100}"
    r"|изпратено от .{2,100}|(?:послато|послано) (?:са|од) .{2,100}"
    # Others
    r"|(?:στάλθηκε|εστάλη) από .{2,100}"
    r"|.{2,40}['’]?(?:dan|den|ımdan|imden|umdan|ümden) gönderildi"
    r"|(?:dikirim|dihantar) dar(?:i|ipada) .{2,100}|(?:đã )?gửi từ .{2,100}|.{0,30}から送信"
    r"|(?:发|發|来|來)自(?:我的)?.{1,30}|從我的.{1,20}傳送"
    r"|从我的.{1,20}发送|.{1,24}에서 보(?:냄|냈습니다)\.?|נשלח מ.{2,40}"
    r"|发送自 .{2,30}|ส่งจาก.{2,40}|.{2,40} से भेजा गया|ارسال.?شده (?:از|با) .{2,40}"
    r"|(?:أُ?رسلت|مرسل|تم الإرسال) من .{2,40}"
    r")(?:\s*<\s*[^<>]{0,200}>?|\s*\[[^\[\]]{0,200}\]?)?[\s.*_)\]>”\"-]*$",
    re.IGNORECASE,
)
_PRODUCT = re.compile(
    r"\b(?:(?:my|mein\w*|mon|ma|mi|mio|meu|mijn|min|mit|mého|mojego|moje\w*|minun|сво\w*|мо\w*)\b"
    r"|iphon|ipad|ipod|apple|android|samsung|galaxy|blackberry|htc|huawei|xiaomi|redmi|nokia|sony"
    r"|xperia|motorola|pixel|oneplus|windows|outlook|yahoo|gmail|hotmail|e-?mail|aol|proton"
    r"|tutanota|mobil|smartphone|phone|handy|telefon|tablet|verizon|at&t|t-mobile|wireless|typeapp"
    r"|bluemail|thunderbird|k-9|acompli|mailbox|spark|superhuman|fairemail|airmail|polymail|web"
    r"|fairphone|mailspring|edison|canary|mimestream|newton|boxer|missive|mailbird|fastmail"
    r"|tuta|zoho|mail\.ru|mymail|(?:front|nine|hey|shortwave)$|ios\b|app(?:li|\b)|5g\b|device"
    r"|моб|устройства|пристро)|我的|私の|나의|手机|手機",
    re.IGNORECASE,
)

# The program's own address, in brackets or as Markdown: "[Mail](https://mail.example)".
_LINK = re.compile(r"\(\s?https?:[^()]{0,200}\)|(?<=\S) https?://\S{1,200}$|[\[\]](?!<)")

# A look for these first keeps the long pattern off most lines.
_HINT_LIST = """
sent send outlook bluemail envoy enviad enviat inviato trimis schickt verzond verstuur skickat
lähetetty saadetud wysłan odesl odosl poslan küldve išsiųsta nosūt отправл надісл изпрат
послато послано відправ στάλθηκε εστάλη gönderildi dikirim dihantar ส่งจาก भेजा ارسال gửi
送信 发 傳送 보냄 보냈 来自 來自 發自 נשלח رسل إرسال télécharger
"""
_HINTS = hints(_HINT_LIST.split())


def may_hold_device_line(lowered: str) -> bool:
    """Whether a device line can stand in a text in lower case: a cheap look at all of it."""
    return holds_any(lowered, _HINTS)


def is_device_line(line: str) -> bool:
    """Whether a mail program wrote the line: "Sent from my …", "Get Outlook for iOS"."""
    text = line.strip()
    return (
        len(text) <= 300
        and may_hold_device_line(text.lower())
        and len(text.split()) <= 22
        and _names_program(_LINK.sub("", text).strip() if "http" in text else text)
    )


def _names_program(text: str) -> bool:
    return bool(_DEVICE.match(text)) and bool(_PRODUCT.search(text[:80]))
