"""Closing phrases: "Best regards,", with or without the writer's name on the line."""

from __future__ import annotations

import re
from functools import lru_cache

_CLOSINGS = (
    "regards|best|best regards|kind regards|kindest regards|warm regards|warmest regards|rgds"
    "|brgds"
    "|with (?:best|kind|warm) regards|all the best|all best|best wishes|warm wishes|cheers|thanks"
    "|thank you|thx|thanx|tks|ta|many thanks|thanks (?:a lot|again|so much|very much|and .{2,20}"
    "|in advance|for .{2,60})|thank you (?:again|so much|very much|in advance|for .{2,60})"
    "|sincerely|sincerely yours|yours|yours (?:sincerely|truly|faithfully)|very truly yours|truly"
    "|respectfully|cordially|take care|talk soon|love|hugs|xoxo|hth|hope (?:this|that) helps|br"
    "|kr|later|ciao"
    "|mit freundlichen grüßen|mit freundlichen gruessen|mit freundlichem gruß|freundliche grüße"
    "|viele grüße|viele gruesse|liebe grüße|beste grüße|herzliche grüße|schöne grüße|gruß|grüße"
    "|mfg|lg|vg|danke|vielen dank|cordialement|bien cordialement|bien à vous|sincères salutations"
    "|salutations|amicalement|bonne journée|bises|merci|merci d'avance|cdt|saludos"
    "|saludos cordiales|un saludo|atentamente|un abrazo|abrazos|gracias|muchas gracias"
    "|atenciosamente|att|abraços|um abraço|cumprimentos|com os melhores cumprimentos|obrigad[oa]"
    "|cordiali saluti|distinti saluti|saluti|un saluto|grazie|a presto|met vriendelijke groeten?"
    "|mvg|groeten|groetjes|groet|vriendelijke groeten?|bedankt|med vänlig(?:a)? hälsning(?:ar)?"
    "|mvh|hälsningar|vänliga hälsningar|tack|hilsen|mvh|med venlig hilsen|med vennlig hilsen|vh"
    "|venlig hilsen|takk|tak|ystävällisin terveisin|terveisin|terv|kiitos|pozdrawiam"
    "|z poważaniem|dziękuję|s pozdravem|děkuji|s pozdravom|ďakujem|üdvözlettel|köszönöm|üdv"
    "|cu stimă|cu respect|mulțumesc|с уважением|спасибо|всего доброго|з повагою|дякую|с уважение"
    "|поздрави|με εκτίμηση|ευχαριστώ|saygılarımla|iyi çalışmalar|teşekkürler|selamlar|בברכה|תודה"
    "|مع تحياتي|شكرا|此致|敬礼|谢谢|祝好|よろしくお願いします|よろしくお願いいたします|감사합니다"
    "|salam|terima kasih|trân trọng|thân mến|warmly|yours ever|ttyl|cordiali|grazie mille|adiós"
    "|ciao ciao|tschüss|servus|ahoj|zdar|salut|hej då|ha det|kh|vh|mvrgr|gr|un caro saluto|mfg"
    "|sveikinimai|pagarbiai|linkėjimai|iki|ačiū|ar cieņu|paldies|lugupidamisega|tervitades"
    "|parimat|aitäh|tänades|hvala|hvala lijepa|lp|с почит|благодаря|хвала|дякую заздалегідь"
    "|спасибо заранее|до встречи|φιλικά|χαιρετισμούς|sevgiler|kolay gelsin|以上です?|敬具|草々"
    "|どうぞよろしく|お願いします|顺颂商祺|祝工作顺利|順頌商祺|此致敬礼|祝好|謝謝|드림|올림|고맙습니다|شكراً|تحياتي"
    "|مع خالص التحية|con permiso|adéu|gràcies|salut i força|eskerrik asko|agur|með kveðju|kveðja"
    "|bestu kveðjur|le meas|go raibh maith agat|cofion|diolch|me respekt|faleminderit|hörmətlə"
    "|hurmat bilan|құрметпен|саламаттықпен|с павагай|дзякуй|pagsasalamat|salamat|mga pagbati"
    "|ขอแสดงความนับถือ|ขอบคุณ|सादर|धन्यवाद|শুভেচ্ছা|ধন্যবাদ"
)
# In any phrase of a few words around them: "mit sonnigen Grüßen aus Kiel", "un cordial saludo".
_NOUN_LIST = """
regards rgds wishes cheers grüße grüssen grüßen gruß gruss gruessen gruesse salutations cordialement
amitiés bises saludo saludos abrazo abrazos abraço abraços cumprimentos atentamente
atenciosamente saluti saluto groet groeten groetjes hälsning hälsningar hilsen hilsner terveisin
terveisiä pozdrawiam pozdrowienia pozdrowieniami pozdrav pozdravy pozdravem pozdravom pozdravi
poštovanjem spoštovanjem üdvözlettel üdvözlet stimă уважением пожеланиями приветом повагою
найкращими уважение поздрави поштовањем почит εκτίμηση χαιρετισμούς χαιρετισμοί saygılarımla
selamlar saygılar dileklerimle cieņu sveicieniem soovidega tervitustega lugupidamisega pagarba
linkėjimais salutacions cordialment salam hormat trọng thương ברכה תודה تحياتي التحية احترام
"""
_NOUNS = frozenset(_NOUN_LIST.split())
_CLOSING = re.compile(rf"^\W{{0,3}}(?:{_CLOSINGS})\s?[,.!;:~،、，。！-]*(?:\s*[:;]-?[)d])?$")
_MOST_WORDS = 6
_CLOSING_WITH_NAME = re.compile(
    rf"^(?:{_CLOSINGS})\s?[,.!-]+\s*[^\W\d_][\w'’.-]{{0,20}}(?: [^\W\d_][\w'’.-]{{0,20}})?[.!]?$"
)


def is_closing(line: str) -> bool:
    """Whether the line is a closing phrase, with or without the name on it."""
    return _is_closing(line[:100].strip())


@lru_cache(maxsize=4096)  # a writer's mails end in the same lines
def _is_closing(text: str) -> bool:
    if not text:
        return False
    text = text.lower()  # several times as fast as IGNORECASE
    if _CLOSING.match(text) or _CLOSING_WITH_NAME.match(text):
        return True
    words = text.split()
    if len(words) <= _MOST_WORDS:
        return any(word.strip(",.!،") in _NOUNS for word in words)
    # In several languages: "Saludos / Best regards / Viele Grüße".
    return "/" in text and all(map(_is_closing, map(str.strip, text.split("/"))))


def holds_name(line: str) -> bool:
    """Whether the name of the writer stands on the line of the closing: "Best, Sam"."""
    text = line[:100].strip().lower()
    return not _CLOSING.match(text) and bool(_CLOSING_WITH_NAME.match(text))
