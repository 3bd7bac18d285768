"""Named rules that recognise an attribution line, such as "On 3 May 2021 Ann wrote:".

In any language it has a date, an address or a name, a word for "wrote", and a colon. The fewer of
these it has, the more must be around it: a quote right below, a break above.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.lazy import lazy
from engine.mail.own_words.header_words import WROTE, WROTE_UNSPACED
from engine.mail.own_words.rules import Rule, any_matches
from engine.words import words

AFTER_WROTE = " :：៖-–—_*)!."
"""The characters that may follow the word for "wrote"."""

COLONS = (":", "：", "៖", "፡")
"""The colons of all scripts."""

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
BRACKETED = re.compile(r"<[^<>]{0,200}>|\([^()]{0,200}\)|\[[^\[\]]{0,200}\]|\"[^\"]{0,200}\"")
BETWEEN_RULERS = re.compile(r"^[-–—_=*]{2,}[^-–—_=*]{2}.*[-–—_=*]{2,}$")
QUOTING = re.compile(r"^(?:quoting|quoth|citando|zitat von|citerar|quoted from)\b", re.IGNORECASE)

# Searched in lower case, which is several times faster than IGNORECASE.
_DAY_OR_TIME = re.compile(
    r"\b\d{1,4}[./-]\s?(?:\d{1,2}|[^\W\d_]{3,9})\.?[./-]\s?\d{2,4}\b|\d年"
    r"|\b\d{1,2}[:.h]\d{2}\b"
    r"|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.? \d{1,2}\b"
    r"|\b\d{1,2}\.? (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
)
_TIME_OF_DAY = re.compile(r"(?<![\d.])\d{1,2}[:.h]\d{2}(?!\d|\.\d)|\d{1,2}\s?[点點時时시]")
_PINE_DATE = re.compile(r"(?:\w{1,3} )?(?:[^\W\d_]{3}, )?\d{1,2} [^\W\d_]{3} \d{4}, ")
_DATE = re.compile(rf"{_DAY_OR_TIME.pattern}|\b(?:19|20)\d\d\b")
_ADDRESS = re.compile(r"[^\s<>()@]{1,80}@[^\s<>()@]{1,80}")
_IN_ANGLE_BRACKETS = re.compile(r"<[^<>]{0,200}>")
_SENT = re.compile(r"\bsent:?$", re.IGNORECASE)
_DATE_WITHIN = 60  # characters of a line in which its date starts
_LONGEST_WITHOUT_DATE = 200
_LONGEST_NAME_AND_VERB = 60
_LONGEST_VERB = 30  # characters after an address
_MAX_WORDS, _MAX_LOWER_CASE_WORDS = 20, 9  # of names and dates; a sentence has more
_SPEAKER = frozenset(words("quotes.speaker"))
"""Words such as "I" and "you", which occur in sentences but not in names and dates."""
_OPENING = frozenset(words("quotes.opening"))
_PARTICLE_LIST = "von van de der den dem zu zur di da do dos du la le el al bin ter ten af av y e"
PARTICLES = frozenset(_PARTICLE_LIST.split())
"""Words in lower case that are part of names."""
_TO_SOMEBODY = re.compile(r"(?<!\bvon)(?<!\bvan)(?<!\bzu)(?<!\bin)(?<!\bauf) dem ")


@dataclass(frozen=True)
class AttributionLine:
    """A line that may be an attribution line, and what is around it.

    raw: the line itself. above_quote: a quote with marks follows. after_break: no own text is right
    above.
    """

    raw: str
    above_quote: bool = True
    after_break: bool = True

    @lazy
    def text(self) -> str:
        return self.raw.strip(" \t-–—_*")

    @lazy
    def ends_in_wrote(self) -> bool:
        return ends_in_wrote(self.raw)

    @lazy
    def ends_in_colon(self) -> bool:
        return self.text.endswith(COLONS)

    @lazy
    def has_address(self) -> bool:
        return "@" in self.text and bool(_ADDRESS.search(self.text))

    @lazy
    def date_start(self) -> int:
        """Where its date starts; -1 if it has none."""
        outside = _IN_ANGLE_BRACKETS.sub("", self.text) if self.has_address else self.text
        date = _DATE.search(outside.replace("İ", "I").lower())
        return date.start() if date else -1

    @lazy
    def starts_with_date(self) -> bool:
        return 0 <= self.date_start <= _DATE_WITHIN

    @lazy
    def has_day_and_time(self) -> bool:
        """Whether it has a day and a time, or a date in Pine's form, as programs write them.

        People who cite have one of them: "On 5 May the council wrote:", "At ten Bob wrote:".
        """
        if _PINE_DATE.match(self.text):
            return True
        day, times = _TIME_OF_DAY.subn("", self.text)
        return times > 0 and any(map(str.isdigit, day))

    @lazy
    def has_name_and_day(self) -> bool:
        """Whether it has a day or time, not a year alone, and a name outside its date.

        "The sign, since 2019, reads" is the writer's own, above a citation.
        """
        text = _IN_ANGLE_BRACKETS.sub("", self.text)
        date = _DAY_OR_TIME.search(text.replace("İ", "I").lower())
        if date is None:
            return False
        first, *others = WORD.findall(f"{text[: date.start()]} {text[date.end() :]}") or [""]
        return bool(first) and (not others or any(not word[0].islower() for word in others))

    @lazy
    def contains_wrote(self) -> bool:
        text = self.text.lower()
        return not WROTE.isdisjoint(word.strip(":,()<>") for word in text.split()) or any(
            word in text for word in WROTE_UNSPACED
        )

    @lazy
    def has_only_name_after_verb(self) -> bool:
        """Whether only a name, or a date, follows the verb.

        "On 3 May Ann wrote to the board:" is a sentence.
        """
        found = BRACKETED.sub(" ", self.text).split()
        is_verb = (at for at, word in enumerate(found) if word.strip(":,").lower() in WROTE)
        below = " ".join(found[next(is_verb, len(found)) + 1 :])
        return any(map(str.isdigit, below)) or (
            _TO_SOMEBODY.search(below) is None
            and all(not word[0].islower() or word in PARTICLES for word in WORD.findall(below))
        )

    @lazy
    def is_names_and_dates(self) -> bool:
        """Whether the text outside brackets and quotation marks is not a sentence."""
        found = WORD.findall(_ADDRESS.sub(" ", BRACKETED.sub(" ", self.text)))
        lower_case = [word for word in found if word[0].islower()]
        return (
            len(found) <= _MAX_WORDS
            and len(lower_case) <= _MAX_LOWER_CASE_WORDS
            and not (len(found) > 1 and found[0].lower() in _OPENING)
            and not any(word.lower() in _SPEAKER for word in found if word != "I" or len(found) > 2)
        )

    @lazy
    def is_name_and_verb(self) -> bool:
        """Whether there is no more than a name and a verb of two words around an address."""
        found = WORD.findall(_ADDRESS.sub(" ", BRACKETED.sub(" ", self.text)))
        others = [word for word in found if word[0].islower() and word not in PARTICLES]
        return sum(word.lower() not in WROTE for word in others) <= 1

    @property
    def is_right_above_quote(self) -> bool:
        return self.above_quote and self.after_break and len(self.text) <= _LONGEST_WITHOUT_DATE

    @property
    def is_short(self) -> bool:
        return len(self.text) <= _LONGEST_NAME_AND_VERB


# What is quick to tell comes first in each: most lines that are looked at are none.
ATTRIBUTIONS: tuple[Rule[AttributionLine], ...] = (
    Rule(
        "a line between rulers that ends in the verb",
        "------ Ann Lee wrote ------",
        lambda it: (
            it.ends_in_wrote
            and len(it.raw) <= _LONGEST_WITHOUT_DATE
            and bool(BETWEEN_RULERS.match(it.raw))
        ),
    ),
    Rule(
        "a date, an address and the verb between rulers",
        "---- Am Mo., 03 Mai 2021 10:00:00 +0200 schrieb Ann Lee <ann@example.org> ----",
        lambda it: (
            it.raw[:2] == "--"
            and it.starts_with_date
            and it.has_address
            and it.contains_wrote
            and len(it.raw) <= _LONGEST_WITHOUT_DATE
            and bool(BETWEEN_RULERS.match(it.raw))
        ),
    ),
    Rule(
        # "sent:" alone is too common to count as the verb.
        "a date, an address, and 'sent'",
        "03/05/2021 10:00 Ann Lee <ann@example.org> sent:",
        lambda it: it.has_address and it.starts_with_date and bool(_SENT.search(it.text)),
    ),
    Rule(
        "a date, an address, and a colon or the verb",
        "On 3 May 2021, at 10:00, Ann Lee <ann@example.org> wrote:",
        lambda it: (
            it.has_address
            and (it.ends_in_colon or it.ends_in_wrote)
            and it.starts_with_date
            and (it.above_quote or it.is_names_and_dates)
        ),
    ),
    Rule(
        "a date first and an address last, above a quote",
        "2021-05-03 10:00 GMT+02:00 Ann Lee <ann@example.org>",
        lambda it: (
            it.above_quote
            and it.has_address
            and it.text.endswith(">")
            and 0 <= it.date_start <= 2
        ),
    ),
    Rule(
        "a date and the verb",
        "On Monday, May 3, 2021 at 10:00 Ann Lee wrote:",
        lambda it: (
            not it.has_address
            and (it.ends_in_wrote or (it.ends_in_colon and it.contains_wrote))
            and it.starts_with_date
            and (
                (it.above_quote and it.after_break)
                or (
                    it.is_names_and_dates
                    and (it.above_quote or it.has_day_and_time)
                    and (it.ends_in_wrote or it.has_only_name_after_verb)
                )
            )
        ),
    ),
    Rule(
        "Outlook Express above a newsgroup post",
        '"Ann Lee" <ann@example.org> wrote in message news:abc@example.org...',
        lambda it: (
            it.above_quote
            and len(it.text) <= _LONGEST_WITHOUT_DATE
            and "news:" in it.text
            and it.text.endswith("...")
        ),
    ),
    Rule(
        "an address, the verb and a colon",
        "Ann Lee <ann@example.org> wrote:",
        lambda it: (
            it.has_address
            and it.ends_in_wrote
            and it.ends_in_colon
            and len(it.text) <= _LONGEST_WITHOUT_DATE
            and it.is_names_and_dates
            and (it.above_quote or (it.after_break and it.is_name_and_verb))
        ),
    ),
    Rule(
        "the verb and a colon right above a quote",
        "Ann Lee wrote:",
        lambda it: it.is_right_above_quote and it.ends_in_wrote and it.ends_in_colon,
    ),
    Rule(
        "a name and the verb right above a quote",
        "Ann Lee wrote",
        lambda it: (
            it.is_right_above_quote and it.ends_in_wrote and it.is_short and it.is_names_and_dates
        ),
    ),
    Rule(
        "a name, the verb somewhere, and a colon right above a quote",
        "Ann Lee wrote in her mail:",
        lambda it: (
            it.is_right_above_quote
            and it.ends_in_colon
            and it.is_short
            and it.contains_wrote
            and it.is_names_and_dates
        ),
    ),
    Rule(
        "'Quoting' and an address right above a quote",
        "Quoting Ann Lee <ann@example.org>:",
        lambda it: (
            it.is_right_above_quote
            and it.ends_in_colon
            and it.has_address
            and (it.contains_wrote or bool(QUOTING.match(it.text)))
        ),
    ),
    Rule(
        "names and a date or an address, and a colon right above a quote",
        "Ann Lee, 3 May 2021:",
        lambda it: (
            it.is_right_above_quote
            and it.ends_in_colon
            and (it.has_address or it.has_name_and_day)
            and it.is_names_and_dates
        ),
    ),
    Rule(
        "names, a date and an address in angle brackets right above a quote",
        "Ann Lee, 3 May 2021 <ann@example.org>",
        lambda it: (
            it.is_right_above_quote
            and it.date_start >= 0
            and it.has_address
            and it.text.endswith(">")
            and it.is_names_and_dates
        ),
    ),
    Rule(
        "a date, an address in angle brackets, and the verb in a language that is not in the lists",
        "នៅថ្ងៃទី 3 ឧសភា 2021 ម៉ោង 10:00 Ann Lee <ann@example.org> បានសរសេរ៖",
        lambda it: (
            it.is_right_above_quote
            and it.date_start >= 0
            and it.has_address
            and not it.text.isascii()
            and len(it.text.rpartition(">")[2]) <= _LONGEST_VERB
            and it.is_names_and_dates
        ),
    ),
)  # fmt: skip


def is_attribution(text: str, *, above_quote: bool, after_break: bool) -> bool:
    """Return whether a line is an attribution line; arguments as in AttributionLine."""
    return any_matches(ATTRIBUTIONS, AttributionLine(text, above_quote, after_break))


def ends_in_wrote(text: str) -> bool:
    """Return whether a line ends in a word for "wrote", apart from punctuation after it."""
    text = text.rstrip(AFTER_WROTE).lower()
    return text.rpartition(" ")[2] in WROTE or text.endswith(WROTE_UNSPACED)
