"""What the lines of a contact block hold: numbers, addresses, links, roles."""

from __future__ import annotations

import re

PHONE = re.compile(r"(?<![\w/=.])\+?\(?\d[\d\s()./\u2011-]{5,24}\d(?![\w/=])")
PHONE_LABEL = re.compile(
    r"\b(?:tel|telephone|phone|ph|fax|mobile|mob|cell|cellular|pager|office|direct|ext|extension"
    r"|desk"
    r"|work|home|main|voice|telefon|tél|teléfono|telefone|fon|handy|mobil|gsm|tlf|puh|тел|моб"
    r"|skype"
    r"|[tfmpcowhde])\b\.?\s?[:.#)|-]?\s?\+?\(?\d",
    re.IGNORECASE,
)
EXTENSION = re.compile(r"^(?:x|ext\.?\s?|\()?\s?(?:\d[\s-])?\d{4,5}\)?$|^x\d{3,5}$", re.IGNORECASE)
EMAIL = re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,6}")
LINK = re.compile(r"(?:https?://|www\.)\S{3,200}", re.IGNORECASE)
DOMAIN = re.compile(r"^(?:[\w-]{1,63}\.){1,4}[a-z]{2,12}(?:/\S{0,80})?$", re.IGNORECASE)
POSTAL = re.compile(
    r"\b(?:street|st\.|avenue|ave\.?|road|rd\.?|suite|ste\.?|floor|fl\.|boulevard|blvd\.?|drive"
    r"|lane|parkway|pkwy|plaza|p\.? ?o\.? box|box \d|room|building|bldg|square|\w*straße|\w*strasse"
    r"|\w*str\.|\w*platz|\w*weg|rue|calle|via|plaats|laan|gasse)\b[^.?!]{0,40}$"
    r"|\w(?:str\.|straße|strasse|gasse|weg|platz) ?\d{1,4}\b"
    r"|\b[A-Z]{2},?\s{1,4}\d{5}(?:-\d{4})?\b"
    r"|^\d{1,6} \w+.{0,30}$|\b[A-Z]{1,2}\d{1,2}[A-Z]? ?\d[A-Z]{2}\b"
    r"|^(?:[A-Z]-)?\d{4,5} [A-ZÄÖÜ]\w+$",
    re.IGNORECASE,
)
ROLE = re.compile(
    r"\b(?:manager|director|engineer|consultant|president|vice|vp|counsel|attorney|paralegal"
    r"|analyst|assistant|associate|officer|ceo|cto|cfo|coo|founder|co-founder|owner|developer"
    r"|architect|administrator|specialist|coordinator|supervisor|secretary|professor|prof|dr"
    r"|ph\.?d|mba|cfa|esq|partner|representative|executive|head of|lead|senior|editor"
    r"|geschäftsführer|leiter|directeur|ingénieur|responsable|gerente|ingeniero)\b",
    re.IGNORECASE,
)
ORGANISATION = re.compile(
    r"\b(?:department|dept|division|group|team|institute?|universit\w+|hochschule|college|school"
    r"|inc|llc|llp|ltd|limited|gmbh|corp|corporation|company|co|ag|s\.a|bv|services|solutions"
    r"|technologies|systems|laboratory|research)\b",
    re.IGNORECASE,
)


def contact_strength(line: str) -> int:
    """2 for a phone number or an address of mail or post, 1 for a link or a role, else 0."""
    text = line[:200].strip()
    letters = sum(character.isalpha() for character in EMAIL.sub("", LINK.sub("", text)))
    if letters > 60 or len(text.split()) > 12:
        return 0
    if letters <= 36 and is_phone(text):
        return 2
    if EXTENSION.match(text) or (EMAIL.search(text) and letters <= 16):
        return 2
    if POSTAL.search(text) and any(c.isdigit() for c in text) and letters <= 50:
        return 2
    if (LINK.search(text) and letters <= 20) or DOMAIN.match(text):
        return 1
    return int(names_role(text) and len(text.split()) <= 8 and text[0].isupper())


def names_role(text: str) -> bool:
    """Whether it holds a word for what a person does or for where."""
    return bool(ROLE.search(text) or ORGANISATION.search(text))


def is_phone(text: str) -> bool:
    """Whether the text is a telephone number, with or without a label, and little else."""
    letters = sum(character.isalpha() for character in text)
    found = PHONE.search(text)
    digits = sum(character.isdigit() for character in found.group()) if found else 0
    labelled = PHONE_LABEL.search(text) and sum(c.isdigit() for c in text) >= 4
    return letters <= 36 and (digits >= 7 or bool(labelled))
