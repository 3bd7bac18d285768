"""Where a signature starts. The closing ("Best regards,\\nSam") is the writer's voice and "
"stays."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.mail.quoted_headers import is_ruler

_DELIMITER = re.compile(r"^(?:--|__)[ \t]*$")
LONGEST_SIGNATURE = 16
"""Lines; a longer block is text."""

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

_PHONE = re.compile(r"(?<![\w/=.])\+?\(?\d[\d\s()./\u2011-]{5,24}\d(?![\w/=])")
_PHONE_LABEL = re.compile(
    r"\b(?:tel|telephone|phone|ph|fax|mobile|mob|cell|cellular|pager|office|direct|ext|extension"
    r"|desk"
    r"|work|home|main|voice|telefon|tél|teléfono|telefone|fon|handy|mobil|gsm|tlf|puh|тел|моб"
    r"|skype"
    r"|[tfmpcowhde])\b\.?\s?[:.#)|-]?\s?\+?\(?\d",
    re.IGNORECASE,
)
_EXTENSION = re.compile(r"^(?:x|ext\.?\s?|\()?\s?(?:\d[\s-])?\d{4,5}\)?$|^x\d{3,5}$", re.IGNORECASE)
_EMAIL = re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,6}")
_URL = re.compile(r"(?:https?://|www\.)\S{3,200}", re.IGNORECASE)
_ADDRESS = re.compile(
    r"\b(?:street|st\.|avenue|ave\.?|road|rd\.?|suite|ste\.?|floor|fl\.|boulevard|blvd\.?|drive"
    r"|lane|parkway|pkwy|plaza|p\.? ?o\.? box|box \d|room|building|bldg|square|straße|strasse"
    r"|str\."
    r"|platz|weg|rue|calle|via|plaats|laan|gasse)\b[^.?!]{0,40}$"
    r"|\b[A-Z]{2},?\s{1,4}\d{5}(?:-\d{4})?\b"
    r"|^\d{1,6} \w+.{0,30}$|\b[A-Z]{1,2}\d{1,2}[A-Z]? ?\d[A-Z]{2}\b"
    r"|^(?:[A-Z]-)?\d{4,5} [A-ZÄÖÜ]\w+$",
    re.IGNORECASE,
)
_ROLE = re.compile(
    r"\b(?:manager|director|engineer|consultant|president|vice|vp|counsel|attorney|paralegal"
    r"|analyst|assistant|associate|officer|ceo|cto|cfo|coo|founder|co-founder|owner|developer"
    r"|architect|administrator|specialist|coordinator|supervisor|secretary|professor|prof|dr"
    r"|ph\.?d"
    r"|mba|cfa|esq|partner|department|dept|division|group|team|institute|university|college|school"
    r"|inc|llc|llp|ltd|limited|gmbh|corp|corporation|company|co|ag|s\.a|bv|services|solutions"
    r"|technologies|systems|laboratory|research|representative|executive|head of|lead|senior"
    r"|editor"
    r"|geschäftsführer|leiter|directeur|ingénieur|responsable|gerente|ingeniero)\b",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"^[-–—~\s]{0,4}[^\W\d_a-zß-öø-ÿ][\w'’.-]{0,20}(?:[ \t]{1,3}(?:(?:van|von|de|der|la|del|di"
    r"|bin|al|\"?\(?)"
    r"[ \t]?)?[^\W\d_a-zß-öø-ÿ][\w'’.\"()-]{0,20}){0,3}(?:,? (?:[A-Z][A-Za-z.]{1,5},? ?){1,3})?\s*$"
)
_FULL_STOP = re.compile(r"(?<![A-Z])(?<!\b\w\w)(?<!\b\w\w\w)(?<!\b\w\w\w\w)\.$")
_SIGN_OFF = re.compile(r"^[-–—~]{1,2} ?[^\W\d_][\w'’.-]{1,20}$")


def is_closing(line: str) -> bool:
    """Whether the line is a closing phrase, with or without the name on it."""
    text = line[:100].strip()
    return bool(text) and bool(_CLOSING.match(text) or _CLOSING_WITH_NAME.match(text))


def signature_start(lines: Sequence[str], signature: str | None = None) -> int:
    """The line where the signature of `lines` starts; len(lines) when there is none.

    `signature` is the one known to the mail program; a closing and a name at its head still count
    as the writer's words.
    """
    end = len(lines)
    if signature:
        end = _given_start(lines, signature)
    end = min(end, _delimited_start(lines, end))
    return _contact_block_start(lines, end)


def _given_start(lines: Sequence[str], signature: str) -> int:
    wanted = [" ".join(line.split()) for line in signature.splitlines() if line.strip()]
    if wanted and _DELIMITER.match(wanted[0]):
        wanted = wanted[1:]
    if not wanted:
        return len(lines)
    places = [index for index, line in enumerate(lines) if line.strip()]
    texts = [" ".join(lines[index].split()) for index in places]
    for first in range(len(texts) - len(wanted), -1, -1):
        if texts[first] == wanted[0] and texts[first : first + len(wanted)] == wanted:
            start = places[first]
            if is_closing(lines[start]):
                return _after_name(lines, start + 1, len(lines))
            return start
    return len(lines)


def _delimited_start(lines: Sequence[str], end: int) -> int:
    """The line "-- " (RFC 3676, 4.3), or without its space over what looks like a signature."""
    start, below, like_signature = end, 0, True
    for index in range(end - 1, -1, -1):
        line = lines[index]
        if _DELIMITER.match(line[:20]):
            if line == "-- " or (like_signature and below <= LONGEST_SIGNATURE):
                start = index
        elif line.strip():
            below += 1
            like_signature = like_signature and _in_block(line)
            if below > 4 * LONGEST_SIGNATURE:
                break
    return start


def _contact_block_start(lines: Sequence[str], end: int) -> int:
    """Where a block of name, title, company, phone and address at the very end starts."""
    bottom = _last_text(lines, end) + 1
    while bottom > 0 and is_ruler(lines[bottom - 1]):
        bottom = _last_text(lines, bottom - 1) + 1
    top, signed_off = bottom, False
    for index in range(bottom - 1, max(bottom - LONGEST_SIGNATURE - 4, 0) - 1, -1):
        line = lines[index]
        if not line.strip():
            if lines[index + 1].strip() and not _joins_block(lines, index):
                break
        elif is_closing(line):
            name_end = _after_name(lines, index + 1, bottom)
            signed_off = name_end > index + 1
            top = name_end if signed_off else top
            break
        elif is_ruler(line):
            top = index
            break
        elif _in_block(line):
            top = index
        else:
            break
    block = [line.strip() for line in lines[top:bottom] if line.strip()]
    if not block or len(block) > LONGEST_SIGNATURE:
        return end
    strength = sum(_strength(line) for line in block) + (" " in block[0] and _is_name(block[0]))
    if signed_off:
        return top if strength >= 1 else end
    if _SIGN_OFF.match(block[0]):
        return top + 1 if strength >= 1 else end
    return _named_start(lines, top, bottom, strength) if strength >= 2 else end


def _joins_block(lines: Sequence[str], blank: int) -> bool:
    """Whether the paragraph above a blank line can be the upper part of a contact block."""
    bottom = _last_text(lines, blank) + 1
    top = bottom
    while top > 0 and lines[top - 1].strip() and bottom - top <= LONGEST_SIGNATURE:
        top -= 1
    paragraph = lines[top:bottom]
    if any(is_closing(line) for line in paragraph[-2:]) or any(map(is_ruler, paragraph[-1:])):
        return True
    if not paragraph or not all(_in_block(line) for line in paragraph):
        return False
    if len(paragraph) == 1 and is_closing(lines[_last_text(lines, top)]) and top > 0:
        return True
    if len(paragraph) == 1 and " " in paragraph[0].strip() and _NAME.match(paragraph[0].strip()):
        return True
    return any(_strength(line) and not _URL.search(line[:200]) for line in paragraph)


def _named_start(lines: Sequence[str], top: int, bottom: int, strength: int) -> int:
    """The start of a block without a closing above it: it must open with a name or a ruler.

    A first name alone on the line above the rest is how the writer signs: it stays.
    """
    end = len(lines)
    while top < bottom and not lines[top].strip():
        top += 1
    first = lines[top].strip()
    if top == 0 and strength < 4:
        return end
    if is_ruler(first):
        return top
    above = lines[top - 1].strip() if top else ""
    if above and strength < 4 and len(above.split()) > 2:
        return end
    if len(first.split()) == 1 and first.isalpha() and not _ROLE.search(first):
        return top + 1
    return top if any(_NAME.match(line.strip()) for line in lines[top : top + 3]) else end


def _after_name(lines: Sequence[str], start: int, end: int) -> int:
    """The line after the name that belongs to the closing phrase above `start`, else `start`."""
    index = start
    while index < end and not lines[index].strip():
        index += 1
    belongs = index - start <= 1 and (
        index == start or not lines[start - 1].rstrip().endswith((".", "!"))
    )
    return index + 1 if index < end and belongs and _is_name(lines[index]) else start


def _is_name(line: str) -> bool:
    text = line.strip()
    if len(text) > 50 or _EMAIL.search(text) or any(c.isdigit() for c in text):
        return False
    words = text.split()
    return len(words) <= 5 and not (len(words) > 1 and _ROLE.search(text) and not _NAME.match(text))


def _in_block(line: str) -> bool:
    """Whether the line could stand in a contact block: short and no sentence."""
    text = line[:200].strip()
    if len(text) > 90 or len(text.split()) > 12:
        return False
    if _strength(line) or _ROLE.search(text) or _URL.search(text):
        return len(text.split()) <= 12
    if sum(character.isalpha() for character in text) <= 4:
        return True
    return (
        len(text.split()) <= 6
        and not text.endswith(("?", "!", ":", ";"))
        and (bool(_NAME.match(text)) or (text[0].isupper() and not _FULL_STOP.search(text)))
        and sum(word[0].islower() for word in text.split()) <= 1
    )


def _strength(line: str) -> int:
    """2 for a phone number or an address of mail or post, 1 for a link or a role, else 0."""
    text = line[:200].strip()
    letters = sum(character.isalpha() for character in _EMAIL.sub("", _URL.sub("", text)))
    if letters > 60 or len(text.split()) > 12:
        return 0
    phone = _PHONE.search(text)
    if phone and sum(c.isdigit() for c in phone.group()) >= 7 and letters <= 36:
        return 2
    if _PHONE_LABEL.search(text) and letters <= 36 and sum(c.isdigit() for c in text) >= 4:
        return 2
    if _EXTENSION.match(text) or (_EMAIL.search(text) and letters <= 16):
        return 2
    if _ADDRESS.search(text) and any(c.isdigit() for c in text) and letters <= 50:
        return 2
    if _URL.search(text) and letters <= 20:
        return 1
    return 1 if _ROLE.search(text) and len(text.split()) <= 8 and text[0].isupper() else 0


def _last_text(lines: Sequence[str], end: int) -> int:
    while end > 0 and not lines[end - 1].strip():
        end -= 1
    return end - 1
