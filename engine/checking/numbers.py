"""Find numbers in digits and in words: "25", "1,200", "2k", "twenty-five", "fünfundzwanzig"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from engine.checking.lexicon import Lexicon, alternatives, lexicon

_DIGITS = re.compile(
    r"(?<![^\W_])(?<![\d][.,:])"
    r"(\d{1,3}(?:(?P<mark>[.,'’\u00a0\u202f])\d{3})(?:(?P=mark)\d{3})*(?:[.,]\d{1,2})?"
    r"|\d+(?:[.,]\d+)?)(?P<kilo>k\b)?"
)
_IN_WORD = re.compile(r"(?<=[^\W\d_])\d{1,6}|\d{1,6}(?=[^\W\d_])")
_LIST_MARK = re.compile(r"\s{0,3}(?:[-*•]\s*)?\d{1,2}[.)]\s")
_WORD = re.compile(r"[^\W\d_]+")
_GAPS = (" ", "-", "\u00ad", "\u2011")
_MULTIPLIERS = (100, 1000, 1_000_000)
_LONGEST_COMPOUND = 60  # letters


@dataclass(frozen=True)
class Number:
    """A number in a text. values: what it may mean, as in "1.200". loose: often no number."""

    start: int
    end: int
    values: frozenset[Decimal]
    loose: bool = False


def find_numbers(text: str, words: Lexicon) -> list[Number]:
    """Return the numbers of a text in order. Numbers of list items ("1.") are loose."""
    found = [*_in_digits(text), *_in_words(text, words)]
    return sorted(found, key=lambda number: number.start)


def _in_digits(text: str) -> Iterator[Number]:
    for match in _DIGITS.finditer(text):
        if text[match.end() : match.end() + 1].isupper():
            continue  # "3B" is a code.
        factor = 1000 if match["kilo"] else 1
        values = frozenset(value * factor for value in _readings(match[1], match["mark"]))
        line = text.rfind("\n", 0, match.start()) + 1
        marks_item = _LIST_MARK.match(text, line)
        loose = bool(marks_item and match.end() < marks_item.end())
        yield Number(match.start(), match.end(), values, loose)
    for match in _IN_WORD.finditer(text):  # "u12", "8K203"
        yield Number(match.start(), match.end(), frozenset({Decimal(match[0])}), True)


def _readings(digits: str, mark: str | None) -> set[Decimal]:
    """Return what digits with marks may mean: "1.200" is 1200 or 1.2."""
    readings = set()
    if mark:
        readings.add(Decimal(digits.replace(mark, "").replace(",", ".")))
    if len(re.findall(r"\D", digits)) <= 1 and mark not in ("'", "’", "\u00a0", "\u202f"):
        readings.add(Decimal(digits.replace(",", ".")))
    return {value.normalize() for value in readings}


def _in_words(text: str, words: Lexicon) -> Iterator[Number]:
    language = words.language
    joiners, loose_words = words.words("numbers.joiners"), words.words("numbers.loose")
    if not _word_values(language):
        return
    group: list[int] = []
    start = end = 0
    loose = False
    tokens = list(_WORD.finditer(text))
    for index, match in enumerate(tokens):
        word = match[0].lower()
        parts = _parts(word, language)
        gap = text[end : match.start()]
        if group and parts and gap in _GAPS and _follows(group, parts, language):
            group, end, loose = group + parts, match.end(), False
            continue
        after = tokens[index + 1] if index + 1 < len(tokens) else None
        if group and word in joiners and gap == " " and after and text[match.end()] == " ":
            then = _parts(after[0].lower(), language)
            if then and after.start() == match.end() + 1 and _follows(group, then, language):
                end = match.end()
                continue
        if group:
            yield Number(start, end, _value(group, language), loose)
        group, start, end = parts, match.start(), match.end()
        loose = word in loose_words
    if group:
        yield Number(start, end, _value(group, language), loose)


def _parts(word: str, language: str) -> list[int]:
    """Return the numbers that a word is put together from; [] if it is no number."""
    values = _word_values(language)
    if word in values:
        return [values[word]]
    if len(word) > _LONGEST_COMPOUND or not _compound(language).fullmatch(word):
        return []
    parts = [values[part] for part in re.findall(alternatives(values), word) if part in values]
    return parts if len(parts) > 1 else []


@cache
def _word_values(language: str) -> dict[str, int]:
    return lexicon(language).numbers("numbers.values")


@cache
def _compound(language: str) -> re.Pattern[str]:
    """Match a word of two or more numbers with joiners, as in German and Italian."""
    values = _word_values(language)
    joiner = alternatives(lexicon(language).words("numbers.joiners"))
    ones = alternatives(word for word, value in values.items() if value < 10)
    tens = alternatives(word for word, value in values.items() if 10 <= value < 100)
    large = alternatives(word for word, value in values.items() if value >= 100)
    below_hundred = rf"(?:{ones}{joiner}{tens}|{tens}{ones}|{tens}|{ones})"
    below_thousand = rf"(?:{ones}?{large}{joiner}?{below_hundred}?|{below_hundred})"
    return re.compile(rf"(?:{below_thousand}?{large}{joiner}?)?{below_thousand}")


def _follows(group: Sequence[int], then: Sequence[int], language: str) -> bool:
    """Whether a number goes on with these parts, as "twenty" with "five" but "two" not."""
    last, following = group[-1], then[0]
    if language == "fr" and (last, following) == (4, 20):
        return True  # "quatre-vingts"
    if following in _MULTIPLIERS:
        return last < following
    if last in _MULTIPLIERS or (last > 100 and last % 100 == 0):
        return following < last
    if language == "fr" and (last == 60 or list(group[-2:]) == [4, 20]):
        return following < 20  # "soixante-douze", "quatre-vingt-douze"
    return 20 <= last < 100 and last % 10 == 0 and 1 <= following < 10


def _value(group: Sequence[int], language: str) -> frozenset[Decimal]:
    total, current = 0, 0
    for value in group:
        if language == "fr" and value == 20 and current % 100 == 4:
            current += 76  # "quatre-vingts" is 80
        elif value == 100:
            current = max(current, 1) * 100
        elif value >= 1000:
            total += max(current, 1) * value
            current = 0
        else:
            current += value
    return frozenset({Decimal(total + current).normalize()})
