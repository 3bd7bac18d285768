"""Recognise the parts of a contact block: phone numbers, addresses, links, job titles."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from engine.lazy import lazy
from engine.mail.own_words.companies import names_company
from engine.mail.own_words.rules import Rule

PHONE = re.compile(r"(?<![\w/=.])\+?\(?\d[\d\s()./\u2011-]{5,24}\d(?![\w/=])")
_CALENDAR = re.compile(
    r"\b(?:\d{1,2}([./-])\d{1,2}\1(?:19|20)|(?:19|20)\d\d([./-])\d{1,2}\2)\d\d?\b"
)
# _PHONE_LABEL, _JOB_TITLE and _ORGANISATION are searched in lower case, which is several times
# faster than IGNORECASE.
_PHONE_LABEL = re.compile(
    r"\b(?:tel|telephone|phone|ph|fax|mobile|mob|cell|cellular|pager|office|direct|ext|extension"
    r"|desk"
    r"|work|home|main|voice|telefon|tél|teléfono|telefone|fon|handy|mobil|gsm|tlf|puh|тел|моб"
    r"|skype"
    r"|[tfmpcowhde])\b\.?\s?[:.#)|-]?\s?\+?\(?\d"
)
EXTENSION = re.compile(
    r"^(?:x|ext\.?\s?|\(|#)?\s?(?:\d[\s-])?\d{4,5}\)?$|^x[- ]?\d{3,5}$", re.IGNORECASE
)
EMAIL = re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,6}")
LINK = re.compile(r"(?:https?://|www\.)\S{3,200}", re.IGNORECASE)
# A web page without "www."; the excluded endings are those of file names.
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
_ACCOUNT = re.compile(
    r"^(?:skype|twitter|telegram|signal|threema|icq|msn|aim|jabber|xmpp|matrix|instagram|facebook|fb"
    r"|linkedin|github|gitlab|mastodon|bluesky|irc|whatsapp|wechat|weixin|qq|viber|blog|web|website"
    r"|homepage|orcid)\s?[:：]\s?[@\w.:/#-]{2,60}$",
    re.IGNORECASE,
)
_CITY = re.compile(r"^[A-Z][\w.]+(?: [A-Z]\w+){0,2}, [A-Z]{2}(?:,? USA?)?$")
_JOB_TITLE = re.compile(
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


# Roles and kinds of organisation that are too common in text to count elsewhere.
_ROLE = re.compile(
    r"\b(?:treasurer|chair(?:man|woman|person)?|captain|teacher|lecturer|librarian|curator|trustee"
    r"|volunteer|producer|journalist|scientist|researcher|student|accountant|lawyer|nurse"
    r"|designer|artist|author|writer|photographer|translator|intern|fellow|deputy|chief|principal"
    r"|dean|pastor|association|society|club|friends|foundation|council|union|federation|cent(?:er|re)"
    r"|church|museum|library|theatre|hospital|clinic|bureau|agency|studios?|press|magazine|network"
    r"|alliance|league|committee|ministry|verein|stiftung|schatzmeister\w*|vorsitzende\w*"
    r"|trésori\w+|président\w*|professeur\w*|asociación|fundación|associazione|tesorer\w+"
    r"|kassör|kassenw\w+|ordförande|sekreterare|lärare|forskare|direktør|formand|kasserer|puheenjohtaja"
    r"|voorzitter|penningmeester|secretaris|presidente|secretari[oa]|profesora?|professora?"
    r"|директор|председатель|бухгалтер|prezes|dyrektor|ředitel\w*|elnök|igazgató|titkár)\b"
)


_SEPARATOR = re.compile(r"\s*[|•·¦‖]\s*|\s[-–—]\s")
# Two columns, as in Usenet signatures; "Label    : value" is a table instead.
_COLUMNS = re.compile(
    r"(?:(\S+ \S.{0,40}?)(?:\t+|\s{3,})([^\s:].*)|(\S+)\s{4,}((?:mailto:|\S+@|https?:|www\.)\S+))"
)
_MAY_HAVE_SEPARATOR = re.compile(r"[|•·¦‖\t]|   |\s[-–—]\s")
_IMAGE = re.compile(r"\[image: ?[^\[\]]{0,100}\]")
_DECORATION = " \t*_|<>[]▪►☎✆📞📱✉📧🌐🏠"
_LONGEST_LINE = 200
_MAX_POINTS = 4  # of a line
_MAX_NAME_WORDS = 6  # of a company
_MAX_WORDS, _MAX_LETTERS = 12, 60  # of a part; more are a sentence
_MAX_PHONE_LETTERS = 36  # of a phone number with its label
_MIN_PHONE_DIGITS, _MIN_LABELLED_DIGITS = 7, 4


@dataclass(frozen=True)
class LinePart:
    """A part of a line: "Ann Lee | 020 7946 0123" has two."""

    text: str

    @lazy
    def other_letters(self) -> int:
        """The number of letters outside e-mail addresses and links."""
        return _count_letters(EMAIL.sub("", LINK.sub("", self.text)))


# The points of each kind of part, as evidence of a contact block. The limits on letters exclude
# sentences that mention a number, an address or a link.
CONTACT_POINTS: tuple[tuple[int, Rule[LinePart]], ...] = (
    (
        2,
        Rule(
            "a telephone number",
            "Tel. 020 7946 0123",
            lambda it: it.other_letters <= _MAX_PHONE_LETTERS and is_phone(it.text),
        ),
    ),
    (2, Rule("an extension", "x4521", lambda it: bool(EXTENSION.match(it.text)))),
    (
        2,
        Rule(
            "an e-mail address",
            "E-mail: ann@example.org",
            lambda it: it.other_letters <= 16 and bool(EMAIL.search(it.text)),
        ),
    ),
    (
        2,
        Rule(
            "a line of a postal address",
            "12 Harbour Street",
            lambda it: it.other_letters <= 50 and is_postal(it.text),
        ),
    ),
    (
        1,
        Rule(
            "a link",
            "Web: https://example.org/ann",
            lambda it: it.other_letters <= 20 and bool(LINK.search(it.text)),
        ),
    ),
    (1, Rule("an account", "Twitter: @annlee", lambda it: bool(_ACCOUNT.match(it.text)))),
    (1, Rule("a domain", "example.org", lambda it: bool(DOMAIN.match(it.text)))),
    (1, Rule("a company", "ООО «Мельница»", lambda it: names_company(it.text))),
    (1, Rule("a city and its state", "Houston, TX", lambda it: bool(_CITY.match(it.text)))),
    (
        1,
        Rule(
            "a job title or an organisation",
            "Sales Manager",
            lambda it: (
                len(it.text.split()) <= 8
                and it.text[:1].isupper()
                and has_title_or_organisation(it.text)
            ),
        ),
    ),
)


def split_parts(line: str) -> tuple[str, ...]:
    """Return the parts of a line, such as "Ann Lee | 020 7946 0123 | www.example.org"."""
    return _split_parts(_bare(line))


def _bare(line: str) -> str:
    text = line[:_LONGEST_LINE]
    return (_IMAGE.sub("", text) if "[" in text else text).strip(_DECORATION)


@lru_cache(maxsize=4096)  # a writer's mails end with the same lines
def _split_parts(text: str) -> tuple[str, ...]:
    if not _MAY_HAVE_SEPARATOR.search(text):
        return (text,) if text else ()
    columns = _COLUMNS.fullmatch(text)
    found = tuple(filter(None, columns.groups())) if columns else _SEPARATOR.split(text)
    return tuple(part for part in (part.strip(_DECORATION) for part in found) if part)


def contact_points(line: str) -> int:
    """Return 2 for a phone number, e-mail or postal address, 1 for a link or job title, else 0.

    A line of several parts gets the sum, but no more than 4.
    """
    return _contact_points(_bare(line))


@lru_cache(maxsize=4096)
def _contact_points(text: str) -> int:
    parts = _split_parts(text)
    if len(parts) > 1 and any(map(_is_figure, parts)):
        return 0  # a row of a table
    return min(_MAX_POINTS, sum(map(_points_of_part, parts)))


def _is_figure(text: str) -> bool:
    return (
        text[:1].isdigit() and _count_letters(text) == 0 and _count_digits(text) < _MIN_PHONE_DIGITS
    )


def _points_of_part(text: str) -> int:
    """Return the points of the first matching rule in CONTACT_POINTS."""
    part = LinePart(text)
    if len(text.split()) > _MAX_WORDS or part.other_letters > _MAX_LETTERS:
        return 0
    return next((points for points, rule in CONTACT_POINTS if rule.matches(part)), 0)


def has_title_or_organisation(text: str) -> bool:
    """Return whether it has a word for a profession, a company or a department."""
    return has_job_title(text) or has_organisation(text)


def has_job_title(text: str) -> bool:
    """Return whether it has a word for a profession or position."""
    return bool(_JOB_TITLE.search(text.lower()))


def names_role(text: str) -> bool:
    """Return whether it has a word for a role or organisation; weaker than the others here."""
    return (
        has_title_or_organisation(text)
        or bool(_ROLE.search(text.lower()))
        or names_company(text.strip())
    )


def has_organisation(text: str) -> bool:
    """Return whether it has a word for a company or a department."""
    return bool(_ORGANISATION.search(text.lower()))


def names_organisation(text: str) -> bool:
    """Return whether it is the name of a company or a department, and nothing else."""
    text = text.strip()
    is_name = text[:1].isupper() and len(text.split()) <= _MAX_NAME_WORDS and not is_phone(text)
    return names_company(text) or (
        is_name and has_organisation(text) and not (EMAIL.search(text) or LINK.search(text))
    )


def is_postal(text: str) -> bool:
    """Return whether it has a line of a postal address."""
    return any(map(str.isdigit, text)) and bool(_POSTAL.search(text))


def has_date(text: str) -> bool:
    """Return whether it has a date in digits: "10/19/2027", "2027-10-19"."""
    return _CALENDAR.search(text) is not None


def is_phone(text: str) -> bool:
    """Return whether it is a phone number, with or without a label, and little else."""
    if not any(map(str.isdigit, text)) or _count_letters(text) > _MAX_PHONE_LETTERS:
        return False
    found = PHONE.search(text)
    if (
        found
        and _count_digits(found.group()) >= _MIN_PHONE_DIGITS
        and not _CALENDAR.match(found.group())
    ):
        return True
    return _count_digits(text) >= _MIN_LABELLED_DIGITS and bool(_PHONE_LABEL.search(text.lower()))


def _count_letters(text: str) -> int:
    return sum(map(str.isalpha, text))


def _count_digits(text: str) -> int:
    return sum(map(str.isdigit, text))
