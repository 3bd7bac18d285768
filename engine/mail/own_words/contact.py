"""What the lines of a contact block hold: numbers, addresses, links, roles."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

from engine.mail.own_words.rules import Rule

PHONE = re.compile(r"(?<![\w/=.])\+?\(?\d[\d\s()./\u2011-]{5,24}\d(?![\w/=])")
_CALENDAR = re.compile(
    r"\b(?:\d{1,2}([./-])\d{1,2}\1(?:19|20)|(?:19|20)\d\d([./-])\d{1,2}\2)\d\d?\b"
)
# Three are asked for in lower case: that is several times as fast as IGNORECASE.
_PHONE_LABEL = re.compile(
    r"\b(?:tel|telephone|phone|ph|fax|mobile|mob|cell|cellular|pager|office|direct|ext|extension"
    r"|desk"
    r"|work|home|main|voice|telefon|tél|teléfono|telefone|fon|handy|mobil|gsm|tlf|puh|тел|моб"
    r"|skype"
    r"|[tfmpcowhde])\b\.?\s?[:.#)|-]?\s?\+?\(?\d"
)
EXTENSION = re.compile(r"^(?:x|ext\.?\s?|\()?\s?(?:\d[\s-])?\d{4,5}\)?$|^x\d{3,5}$", re.IGNORECASE)
EMAIL = re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,6}")
LINK = re.compile(r"(?:https?://|www\.)\S{3,200}", re.IGNORECASE)
# A page without "www."; names of files look like one but for their end.
DOMAIN = re.compile(
    r"^(?:[\w-]{1,63}\.){1,4}(?:com|org|net|edu|gov|info|biz|name|dev|app|example"
    r"|(?!py|sh|js|md|rs|go|cc|hs|ts|rb|cs|vb|gz|so|db|ps)[a-z]{2})(?:/\S{0,80})?$",
    re.IGNORECASE,
)
_POSTAL = re.compile(
    r"\b(?:street|st\.|avenue|ave\.?|road|rd\.?|suite|ste\.?|floor|fl\.|boulevard|blvd\.?|drive"
    r"|lane|parkway|pkwy|plaza|p\.? ?o\.? box|box \d|room|building|bldg|square|\w*straße|\w*strasse"
    r"|\w*str\.|\w*platz|\w*weg|rue|calle|via|plaats|laan|gasse)\b[^.?!]{0,40}$"
    r"|\w(?:str\.|straße|strasse|gasse|weg|platz) ?\d{1,4}\b"
    r"|\b[A-Z]{2},?\s{1,4}\d{5}(?:-\d{4})?\b"
    r"|^\d{1,6} \w+.{0,30}$|\b[A-Z]{1,2}\d{1,2}[A-Z]? ?\d[A-Z]{2}\b"
    r"|^(?:[A-Z]-)?\d{4,5} [A-ZÄÖÜ]\w+$",
    re.IGNORECASE,
)
_CITY = re.compile(r"^[A-Z][\w.]+(?: [A-Z]\w+){0,2}, [A-Z]{2}(?:,? USA?)?$")
_ROLE = re.compile(
    r"\b(?:manager|director|engineer|consultant|president|vice|vp|counsel|attorney|paralegal"
    r"|analyst|assistant|associate|officer|ceo|cto|cfo|coo|founder|co-founder|owner|developer"
    r"|architect|administrator|specialist|coordinator|supervisor|secretary|professor|prof|dr"
    r"|ph\.?d|mba|cfa|esq|partner|representative|executive|head of|lead|senior|editor"
    r"|geschäftsführer|leiter|directeur|ingénieur|responsable|gerente|ingeniero)\b"
)
_ORGANISATION = re.compile(
    r"\b(?:department|dept|division|group|team|institute?|universit\w+|hochschule|college|school"
    r"|inc|llc|llp|ltd|limited|gmbh|corp|corporation|company|co|ag|s\.a|bv|services|solutions"
    r"|technologies|systems|laboratory|research)\b"
)


_BETWEEN = re.compile(r"\s*[|•·¦‖]\s*|\s[-–—]\s")
# Two columns, as signatures on Usenet have them; "Label    : value" is a table.
_COLUMNS = re.compile(
    r"(?:(\S+ \S.{0,40}?)(?:\t+|\s{3,})([^\s:].*)|(\S+)\s{4,}((?:mailto:|\S+@|https?:|www\.)\S+))"
)
_SIDE_BY_SIDE = re.compile(r"[|•·¦‖\t]|   |\s[-–—]\s")
_AROUND = " \t*_|<>[]▪►☎✆📞📱✉📧🌐🏠"  # what programs and writers decorate such lines with
_STRONGEST = 4
_MOST_WORDS = 12
_MOST_LETTERS = 60


@dataclass(frozen=True)
class Piece:
    """One piece of a line: "Ann Lee | 020 7946 0123" has two."""

    text: str

    @cached_property
    def letters_beside(self) -> int:
        """How many letters it has beside e-mail addresses and links."""
        return _letters(EMAIL.sub("", LINK.sub("", self.text)))


# How much each kind of piece says for a contact block. The bounds on letters keep out sentences
# that mention a number, an address or a link.
CONTACT_POINTS: tuple[tuple[int, Rule[Piece]], ...] = (
    (
        2,
        Rule(
            "a telephone number",
            "Tel. 020 7946 0123",
            lambda it: it.letters_beside <= 36 and is_phone(it.text),
        ),
    ),
    (2, Rule("an extension", "x4521", lambda it: bool(EXTENSION.match(it.text)))),
    (
        2,
        Rule(
            "an e-mail address",
            "E-mail: ann@example.org",
            lambda it: it.letters_beside <= 16 and bool(EMAIL.search(it.text)),
        ),
    ),
    (
        2,
        Rule(
            "a line of a postal address",
            "12 Harbour Street",
            lambda it: it.letters_beside <= 50 and is_postal(it.text),
        ),
    ),
    (
        1,
        Rule(
            "a link",
            "Web: https://example.org/ann",
            lambda it: it.letters_beside <= 20 and bool(LINK.search(it.text)),
        ),
    ),
    (1, Rule("a domain", "example.org", lambda it: bool(DOMAIN.match(it.text)))),
    (1, Rule("a city and its state", "Houston, TX", lambda it: bool(_CITY.match(it.text)))),
    (
        1,
        Rule(
            "a role or an organisation",
            "Sales Manager",
            lambda it: len(it.text.split()) <= 8 and it.text[:1].isupper() and names_role(it.text),
        ),
    ),
)


def pieces(line: str) -> tuple[str, ...]:
    """What stands side by side in a line: "Ann Lee | 020 7946 0123 | www.example.org"."""
    return _pieces(line[:200].strip(_AROUND))


@lru_cache(maxsize=4096)  # a writer's mails end in the same lines
def _pieces(text: str) -> tuple[str, ...]:
    if not _SIDE_BY_SIDE.search(text):
        return (text,) if text else ()
    columns = _COLUMNS.fullmatch(text)
    found = tuple(filter(None, columns.groups())) if columns else _BETWEEN.split(text)
    return tuple(piece for piece in (piece.strip(_AROUND) for piece in found) if piece)


def contact_strength(line: str) -> int:
    """2 for a phone number or an address of mail or post, 1 for a link or a role, else 0.

    Of a line of several pieces the sum, 4 at the most.
    """
    return _strength_of_pieces(line[:200].strip(_AROUND))


@lru_cache(maxsize=4096)
def _strength_of_pieces(text: str) -> int:
    parts = _pieces(text)
    if len(parts) > 1 and any(map(_is_figure, parts)):
        return 0  # a row of a table
    return min(_STRONGEST, sum(map(_strength, parts)))


def _is_figure(text: str) -> bool:
    return text[:1].isdigit() and _letters(text) == 0 and _digits(text) < 7


def _strength(text: str) -> int:
    """The points of a piece: those of the first rule of CONTACT_POINTS that matches."""
    piece = Piece(text)
    if len(text.split()) > _MOST_WORDS or piece.letters_beside > _MOST_LETTERS:
        return 0
    return next((points for points, rule in CONTACT_POINTS if rule.matches(piece)), 0)


def names_role(text: str) -> bool:
    """Whether it holds a word for what a person does or for where."""
    return names_title(text) or names_organisation(text)


def names_title(text: str) -> bool:
    """Whether it holds a word for what a person does."""
    return bool(_ROLE.search(text.lower()))


def names_organisation(text: str) -> bool:
    """Whether it holds a word for a company or a part of one."""
    return bool(_ORGANISATION.search(text.lower()))


def is_postal(text: str) -> bool:
    """Whether it holds a line of a postal address."""
    return any(map(str.isdigit, text)) and bool(_POSTAL.search(text))


def holds_date(text: str) -> bool:
    """Whether it holds a day in digits: "10/19/2027", "2027-10-19"."""
    return _CALENDAR.search(text) is not None


def is_phone(text: str) -> bool:
    """Whether the text is a telephone number, with or without a label, and little else."""
    if not any(map(str.isdigit, text)) or _letters(text) > 36:
        return False
    found = PHONE.search(text)
    if found and _digits(found.group()) >= 7 and not _CALENDAR.match(found.group()):
        return True
    return _digits(text) >= 4 and bool(_PHONE_LABEL.search(text.lower()))


def _letters(text: str) -> int:
    return sum(map(str.isalpha, text))


def _digits(text: str) -> int:
    return sum(map(str.isdigit, text))
