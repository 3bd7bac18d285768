"""Closing phrases: "Best regards,", with or without the writer's name on the line."""

from __future__ import annotations

import re

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
    "|salam|terima kasih|trân trọng"
)
_CLOSING = re.compile(rf"^\W{{0,3}}(?:{_CLOSINGS})\s?[,.!;:~-]*(?:\s*[:;]-?[)D])?$", re.IGNORECASE)
_CLOSING_WITH_NAME = re.compile(
    rf"^(?:{_CLOSINGS})\s?[,.!-]+\s*[^\W\d_][\w'’.-]{{0,20}}(?: [^\W\d_][\w'’.-]{{0,20}})?[.!]?$",
    re.IGNORECASE,
)


def is_closing(line: str) -> bool:
    """Whether the line is a closing phrase, with or without the name on it."""
    text = line[:100].strip()
    return bool(text) and bool(_CLOSING.match(text) or _CLOSING_WITH_NAME.match(text))
