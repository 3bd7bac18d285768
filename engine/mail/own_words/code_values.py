"""Find pasted tables, settings and listings that have hardly a sign of code on any line.

What tells them from a letter is their evenness: as many values between tabs on each line, a key and
one value each, some sign on each line, of different kinds, or signs that no letter has, and no
sentence.
"""

# ruff: noqa: E501 (expressions that are easier to read on one line)

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from engine.mail.own_words.closings import is_closing
from engine.mail.own_words.code_line_rules import WORD, is_prose, is_sentence
from engine.mail.own_words.code_paragraphs import count_words, paragraph_end
from engine.mail.own_words.code_signs import ADDRESS, kinds_of_signs

_SIGNS = frozenset("{}[]<>=;_\\|$^%&@\t")  # a letter has few of these, and mostly none
_MIN_ROWS = 3
_MIN_TABS = 2  # of a row
_MAX_CELL_WORDS = 4
_MIN_KEYS = 4
_MIN_LISTED = 4  # lines with signs
_MIN_KINDS = 3
_MIN_HARD = 3  # signs that no letter has, in a paragraph of two lines and more
_MIN_HARD_ALONE = 4
_MAX_WORDS_EACH = 4  # words beside one of these
_HARD = re.compile(
    r"[{}]|(?<=[^\W_])_(?=[^\W_])|\\[\w.({\[]|(?<=\w)\[(?=[\w$\"'])|\](?=[\w.({=])|(?<=\w)\(\)|(?<![=<>!-])[<>=!]=(?![=-])|:=|[-=]>(?=\S)|::|&&|\|\||\$[A-Za-z_({]"
    r"|</?[a-z][\w-]*(?: [^<>@]*)?/?>|(?<=[\w.])=(?![0-9A-F]{2}(?:\W|$))(?=[\w\"'/$-])|(?:(?<=[\s\"'=(:])|^)/[\w.-]+/|%[sdfx]\b|\b0x|(?<=[\w)\]])\.[a-z]\w+\(|^[.@%][A-Za-z]+\b(?=$|[ {])|^\([A-Z]{2}\) |^\S*[\w)]> \S"
)
_OF_HARD = (*"{}_\\[(<>=:&|$/%@", "]", "0x", "\n.")
_SIGNS_OF_HARD = frozenset("".join(filter(lambda sign: len(sign) == 1, _OF_HARD)))
_ADDRESS_OR_FILE = re.compile(
    rf"{ADDRESS.pattern}|\S+\.(?:pdf|docx?|xlsx?|pptx?|jpe?g|png|zip|mp[34])\b"
)
_TECHNICAL = re.compile(  # in a key or a value
    r"[a-z]+[_.][a-z]|\b(?:version|host|hostname|port|path|url|debug|timeout|image|encoding|license|plugin|theme|env|uuid|schema|api)\b|true$|false$|null$|[\"'~/\[]|\d+\.\d+(?:\.\d+)*$"
)
_MAY_BE_ADDRESS_OR_FILE = re.compile(
    r"@|://|www\.|\.(?:pdf|docx?|xlsx?|pptx?|jpe?g|png|zip|mp[34])\b"
)
_BULLET = re.compile(r"\s*(?:[-*•·]|\d{1,2}[.)])\s")
_LONGEST_PARAGRAPH = 400  # lines
_KEY = re.compile(r"\s*(?:- )?[a-z_][\w.-]*:(?:\s+(\S+))?$")
_PROGRAM = re.compile(r"(?!https?:)(?:/|[a-z])[\w.+/-]{1,30}(?:\[\d+\])?: ")
_ITEM = re.compile(r"\s*- ([a-z_/\d.][\w./-]*)$")
_NUMBER = re.compile(r"v?-?[\d.,:/-]+%?$")
_BOOLEAN = re.compile(r"(?:true|false|yes|no|on|off|null|none|~)$", re.IGNORECASE)


def code_by_values(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each paragraph, or part of one, that is even values."""
    start = 0
    while start < len(lines):
        end = paragraph_end(lines, start)
        first = start + (end > start and lines[start].endswith(":") and " " in lines[start])
        last = end - (end > first and is_closing(lines[end - 1]))
        part = lines[first : min(last, first + _LONGEST_PARAGRAPH)]
        if part and _is_code(part):
            yield first, first + len(part)
        start = end + 1


def _is_code(paragraph: Sequence[str]) -> bool:
    if len(paragraph) >= _MIN_ROWS and (
        _is_tabbed(paragraph) or _is_yaml(paragraph) or _is_of_one_program(paragraph)
    ):
        return True
    if len(paragraph) > 1 and paragraph[0].startswith("/") and _is_of_one_program(paragraph):
        return True
    if _SIGNS.isdisjoint("\n".join(paragraph)):
        return False
    return _is_listing(paragraph) or _has_hard_signs(paragraph)


def _is_tabbed(paragraph: Sequence[str]) -> bool:
    """Return whether each line has as many short cells, with a tab between two."""
    rows = [line.split("\t") for line in paragraph]
    count = len(rows[0])
    return (
        count > _MIN_TABS
        and all(count - 1 <= len(row) <= count for row in rows)
        and all(len(cell.split()) <= _MAX_CELL_WORDS for row in rows for cell in row)
        and any(all(cell.strip() for cell in row) for row in rows)
        # A table of words alone may be typed: "Nora, rye, Monday".
        and 2 * sum(any(map(_is_value, row)) for row in rows) >= len(rows)
    )


def _is_value(cell: str) -> bool:
    return any(map(str.isdigit, cell)) or _TECHNICAL.search(cell) is not None


def _is_yaml(paragraph: Sequence[str]) -> bool:
    """Return whether each line is a key in small letters, and one value of several kinds."""
    values: list[str] = []
    has_items = is_nested = False
    for line in paragraph:
        if key := _KEY.match(line):
            values += filter(None, [key[1]])
            is_nested = is_nested or not key[1]
        elif item := _ITEM.match(line):
            values.append(item[1])
            has_items = True
        else:
            return False
    kinds = {_kind(value) for value in values}
    is_mixed = len(kinds) > 1 and not any(map(str.istitle, values))
    is_technical = is_nested or any(map(_TECHNICAL.search, paragraph))
    return len(paragraph) >= _MIN_KEYS and is_mixed and is_technical and is_nested >= has_items


def _is_of_one_program(paragraph: Sequence[str]) -> bool:
    """Return whether each line starts with the name of the same program: "gpg: no public key"."""
    name = _PROGRAM.match(paragraph[0])
    return (
        name is not None
        and all(line.startswith(name[0]) for line in paragraph)
        and any(count_words(line)[0] for line in paragraph)
    )


def _kind(value: str) -> str:
    if _NUMBER.match(value):
        return "number"
    return "boolean" if _BOOLEAN.match(value) else "word"


def _has_hard_signs(paragraph: Sequence[str]) -> bool:
    """Return whether half the lines have signs that no letter has, and no line is a sentence."""
    least = _MIN_HARD if len(paragraph) > 1 else _MIN_HARD_ALONE
    if 2 * sum(map(bool, map(_BULLET.match, paragraph))) > len(paragraph):
        return False
    text = list(paragraph)
    if _MAY_BE_ADDRESS_OR_FILE.search("\n".join(text)):
        text = [_ADDRESS_OR_FILE.sub("", line) for line in text]
    whole = "\n" + "\n".join(text)
    # Each hard sign has one of these characters, which are counted many times faster.
    if sum(map(whole.count, _OF_HARD)) < least:
        return False
    signs = [
        len(_HARD.findall(line))
        if not _SIGNS_OF_HARD.isdisjoint(line) or line[:1] == "." or "0x" in line
        else 0
        for line in text
    ]
    total = sum(signs)
    if total < least or 2 * sum(map(bool, signs)) < len(text):
        return False
    words = sum(len(WORD.findall(line)) for line in text)
    each = _MAX_WORDS_EACH if len(paragraph) > 1 else 1
    return words <= each * total and not any(map(is_sentence, text))


def _is_listing(paragraph: Sequence[str]) -> bool:
    """Return whether most lines have a sign of code, of several kinds, and none is prose."""
    if len(paragraph) < _MIN_LISTED or any(
        is_sentence(line) or is_prose(line) for line in paragraph
    ):
        return False
    signs = [kinds_of_signs(line) for line in paragraph]
    kinds = frozenset().union(*signs)
    with_signs = sum(1 for found in signs if found)
    total = sum(map(len, signs))
    return (
        len(kinds) >= _MIN_KINDS
        and 4 * with_signs >= 3 * len(paragraph)
        and 4 * total >= 5 * len(paragraph)
    )
