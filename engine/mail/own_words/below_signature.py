"""Keep the writer's own lines below a signature: what the text refers to, or goes on with.

A signature is the same under all mails, so a line that takes up the words of this one is the
writer's: a postscript, the link of a footnote, a number that the text announces, or sentences.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from engine.mail.own_words.bare_contacts import is_only_link
from engine.mail.own_words.closings import is_closing
from engine.mail.own_words.contact import EMAIL, LINK, contact_points, is_phone
from engine.mail.own_words.contact_lines import fits_contact_block
from engine.mail.own_words.delimited_text import DELIMITER, QUOTATION_MARKS
from engine.mail.own_words.endings import POSTSCRIPT, has_sentence
from engine.mail.own_words.separators import is_ruler
from engine.words import pattern_of, words

_LONGEST_SIGNATURE = 60  # lines that are looked at
_LONGEST_ABOVE = 20_000  # characters of the text above
_FOOTNOTE = re.compile(r"^\s{0,4}(\[\d{1,2}\]|\(\d{1,2}\)):?\s+\S")
_LABELLED = re.compile(r"^\s{0,4}([^\W\d_][^:：\n]{1,50})[:：]\s*(\S.{2,120})$")
_PATH = re.compile(r"://[^/\s]+/[^/\s]*(?:[/?#=]|\d|\.\w)[^/\s]*")  # below a site's first page
_WORD = re.compile(r"[^\W_]+(?:['’][^\W\d_]+)?")
_STOP = re.compile(r"[.!?…](?=\s|$)|[。！？]")
_SOURCE = re.compile(r"^\s*(?:[-–—~*<#]|\S.{0,30}\s{3,}\S)|[.!?\"'”»] +[-–—~]{1,2} ?[^\W\d_]")
_CLOCK = re.compile(r"\b\d{1,2}[:.h]\d{2}\b")
_VERSE_LINES = 3
_MIN_SENTENCES, _MIN_SIGNS = 2, 3
_SHORTEST_WORD, _SHORTEST_LABEL_WORD = 4, 3
_LONGEST_LABEL = 4  # words


@cache
def _word_set(*keys: str) -> frozenset[str]:
    return frozenset(word.partition(" = ")[0] for key in keys for word in words(key))


@cache
def _pattern(key: str) -> re.Pattern[str]:
    return re.compile(rf"\b{pattern_of(key)}\b")


@cache
def _asked() -> re.Pattern[str]:
    phrases = "|".join(map(re.escape, words("instructions.asked")))
    return re.compile(rf"\?|？|\b(?:{phrases})\b")


def own_lines_below(
    above: Sequence[str], signature: Sequence[str], known: str | None = None
) -> list[str]:
    """Return the writer's own lines of a signature, below a blank line; [] if there are none.

    above: the lines above it. known: the signature that the mail program appends, if known, whose
    lines are never the writer's.
    """
    for index, line in enumerate(signature):
        if POSTSCRIPT.match(line[:20]) and index and not signature[index - 1].strip():
            return ["", *signature[index:]]
    if not any(_may_be_own(line) for line in signature[:_LONGEST_SIGNATURE]):
        return []
    text = "\n".join(above)[-_LONGEST_ABOVE:].lower()
    if not text.strip():
        return []
    appended = {" ".join(line.split()) for line in (known or "").splitlines()}
    kept: list[str] = []
    is_delimited = DELIMITER.match(signature[0][:20]) is not None
    has_others = _has_other_contacts(signature)
    for paragraph in _paragraphs(signature[:_LONGEST_SIGNATURE]):
        own = _own_part(paragraph, text, is_delimited=is_delimited, has_others=has_others)
        if own and not any(" ".join(line.split()) in appended for line in own):
            kept += ["", *own]
    return kept


def _may_be_own(line: str) -> bool:
    return ":" in line or "：" in line or _FOOTNOTE.match(line) is not None or _ends(line)


def _ends(line: str) -> bool:
    return _STOP.search(line) is not None


def _paragraphs(lines: Sequence[str]) -> Iterator[list[str]]:
    paragraph: list[str] = []
    for line in [*lines, ""]:
        if line.strip() and not is_ruler(line) and not DELIMITER.match(line[:20]):
            paragraph.append(line)
        elif paragraph:
            yield paragraph
            paragraph = []


def _own_part(
    paragraph: Sequence[str], text: str, *, is_delimited: bool, has_others: bool
) -> list[str]:
    """Return the lines of a paragraph from the first one on that refers to the text."""
    for index, line in enumerate(paragraph):
        footnote = _FOOTNOTE.match(line)
        if (footnote and footnote[1] in text) or _is_announced(line, text):
            return list(paragraph[index:])
    if not has_others and all(map(_is_deep_link, paragraph)):
        return list(paragraph) if _pattern("references.below").search(text) else []
    if not is_delimited:
        return []
    top = 0
    while top < len(paragraph) and _is_of_signature(paragraph[top]):
        top += 1
    prose = list(paragraph[top:])
    return prose if _is_prose(prose) and _signs(prose, text) >= _MIN_SIGNS else []


def _is_of_signature(line: str) -> bool:
    return fits_contact_block(line) or is_closing(line)


def _is_announced(line: str, text: str) -> bool:
    """Return whether it is "My new number: 020 7946 0123", and the text speaks of that number."""
    found = _LABELLED.match(line)
    if found is None or not _is_contact(found[2].strip()):
        return False
    label = _WORD.findall(found[1].lower())
    others = [word for word in label if not _pattern("facts.mine").fullmatch(word)]
    if len(others) < len(label):
        return any(len(word) >= _SHORTEST_LABEL_WORD and word in _words_of(text) for word in others)
    return 1 < len(label) <= _LONGEST_LABEL and " ".join(label) in text


def _is_contact(value: str) -> bool:
    """Return whether a text is a number, a link or an address, and nothing else."""
    contact = value.strip("<>()[] .")
    return is_phone(value) or any(form.fullmatch(contact) for form in (LINK, EMAIL))


def _is_deep_link(line: str) -> bool:
    return LINK.fullmatch(line.strip(" \t<>")) is not None and _PATH.search(line) is not None


def _has_other_contacts(signature: Sequence[str]) -> bool:
    return any(contact_points(line) and not is_only_link(line) for line in signature)


def _is_prose(paragraph: Sequence[str]) -> bool:
    """Return whether it is several sentences, and neither a citation nor verses."""
    if not paragraph or paragraph[0].strip()[:1] in QUOTATION_MARKS or not has_sentence(paragraph):
        return False
    if any(_SOURCE.search(line) for line in paragraph):
        return False
    is_verse = len(paragraph) >= _VERSE_LINES and all(
        line.strip()[:1].isupper() for line in paragraph
    )
    return not is_verse and len(_STOP.findall(" ".join(paragraph))) >= _MIN_SENTENCES


def _signs(paragraph: Sequence[str], text: str) -> int:
    """Return the signs that sentences belong to this mail rather than under all of them."""
    prose = " ".join(paragraph).lower()
    found = _words_of(prose)
    first = _word_set("roles.first", "roles.first_possessive", "facts.mine")
    second = _word_set("roles.second", "roles.second_possessive")
    days = _word_set("calendar.weekdays", "calendar.relative")
    common = {
        word
        for word in found & _words_of(text)
        if len(word) >= _SHORTEST_WORD and word not in _word_set("function_words.list")
    }
    return (
        2 * bool(common)
        + (not found.isdisjoint(first))
        + (not found.isdisjoint(second))
        + 2 * (len(found & days) == 1 or _CLOCK.search(prose) is not None)  # more: office hours
        + (_asked().search(prose) is not None)
    )


def _words_of(text: str) -> set[str]:
    return set(_WORD.findall(text))
