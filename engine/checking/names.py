"""Find names by their capital letters, and codes such as "B12"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from engine.checking.fact import Fact
from engine.checking.lexicon import WORD, Lexicon, alternatives, fold, lexicon
from engine.mail.own_words.closings import is_closing
from engine.words import words as all_words

_CODE = re.compile(r"(?<![\w-])(?=\w*\d)(?=\w*[A-Z])[A-Z0-9]{2,12}(?!\w)")
_STARTS_SENTENCE = re.compile(
    r"(?:^|[.!?:;…\n•–—*>|]|\s-|^-|\n\d{1,2}[.)]|^\d{1,2}[.)])[\s\"'“”„«»‘’()\[\]]*$"
)
_NAME_LINE_WORDS = 3
_LONGEST_ACRONYM = 4  # letters; longer words in capitals are shouted
_EVERY_NOUN = frozenset(("de", "lb"))
"""Languages that write every noun with a capital."""


def find_names(text: str, words: Lexicon, found: str) -> Iterator[Fact]:
    """Yield the names in a text, word by word: "Ann Lee" is two.

    A word with a capital is a name unless it starts a sentence; in languages where every noun has
    one, only after a title or a greeting, or in a line of its own.
    found: the text in which facts found before are replaced by \x01.
    """
    for match in _CODE.finditer(found):
        yield _fact(match[0], match.start())
    shouts = _shouts(text)
    never = _never(words.language)
    name_lines = _name_lines(text, never)
    for match in WORD.finditer(found):
        word = re.sub(r"['’]s?$|['’]s$", "", match[0])
        if not word[0].isupper() or len(word) < 2 or any(letter.isdigit() for letter in word):
            continue
        if fold(word) in never or (word.isupper() and (shouts or len(word) > _LONGEST_ACRONYM)):
            continue
        before = found[max(0, match.start() - 40) : match.start()]
        is_titled = _after_title(words.language).search(before) is not None
        in_name_line = any(start <= match.start() < end for start, end in name_lines)
        if words.language in _EVERY_NOUN:
            is_name = is_titled or in_name_line
        else:
            is_name = is_titled or in_name_line or not _STARTS_SENTENCE.search(before)
        if is_name:
            yield _fact(word, match.start())


def _fact(name: str, start: int) -> Fact:
    return Fact("name", name, start, start + len(name), frozenset({f"name {fold(name)}"}))


def _shouts(text: str) -> bool:
    """Whether most letters are capitals, so that they tell nothing."""
    letters = [letter for letter in text if letter.isalpha()]
    return sum(letter.isupper() for letter in letters) > len(letters) / 2


def _name_lines(text: str, never: frozenset[str]) -> list[tuple[int, int]]:
    """Return where the names stand in a greeting or a signature that holds nothing else.

    The greeting is a first line that ends with a comma, the signature one of the last two lines.
    """
    lines = [match for match in re.finditer(r"[^\n]+", text) if match[0].strip()]
    if len(lines) < 2:
        return []
    found = []
    if lines[0][0].rstrip().endswith((",", "-", "–", "—")):
        words = list(WORD.finditer(text, lines[0].start(), lines[0].end()))
        # The first of several words may be a greeting that no list has.
        found.append((words[1:] or words, lines[0]))
    for line in lines[1:][-2:]:
        if line[0].rstrip()[-1] not in ".!?:,":
            after_closing = line.start() + line[0].rfind(",") + 1
            found.append((list(WORD.finditer(text, after_closing, line.end())), line))
    return [
        (words[0].start(), words[-1].end())
        for words, line in found
        if 1 <= len(words) <= _NAME_LINE_WORDS
        and all(word[0][0].isupper() for word in words)
        and not any(fold(word[0]) in never for word in words)
        and not is_closing(line[0])
    ]


@cache
def _never(language: str) -> frozenset[str]:
    """Return words with a capital that are no names, without accents."""
    words = lexicon(language)
    keys = ("names.never", "names.titles", "names.greetings", "function_words.list")
    own = lexicon("en").words("names.never").union(*map(words.words, keys))
    closings = {word for phrase in all_words("closings.nouns") for word in phrase.split()}
    days = words.words_before("calendar.weekdays") | words.words_before("calendar.months")
    return frozenset(fold(word) for word in own | closings | days)


@cache
def _after_title(language: str) -> re.Pattern[str]:
    words = lexicon(language)
    titles = alternatives(words.words("names.titles") | words.words("names.greetings"))
    return re.compile(rf"(?<!\w){titles}\.?\s+$", re.IGNORECASE)
