"""Find pasted code and output in any language by the share of words that no letter has.

A word of a letter is letters, with a stop or a quotation mark, or a number, an amount, an address
or a smiley. A short paragraph in which many words are none of these, and no line is a sentence, is
code or output, whatever program it is from. So are paragraphs of which each line is in brackets or
ends in a semicolon, and a line of signs alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from engine.mail.own_words.closings import is_closing
from engine.mail.own_words.code_line_rules import WORD, is_sentence
from engine.mail.own_words.code_paragraphs import OF_PEOPLE, paragraph_end

_ORDINARY = re.compile(
    r"[\"'“„”«»‘’‹<(\[*_¿¡#@~-]{0,4}(?:[^\W\d_]+(?:['’.\-/&@][^\W\d_]+)*(?:\[\d{1,3}\])?"
    r"|[<>+±-]?[$€£]?\d[\d.,:/x×’'-]*(?:[^\W\d_]{1,4}|%|[°º]\w?|[$€£])?|[^\W\d_]{1,3}-?\d{1,6}[^\W\d_]?)"
    r"[)\]>\"'“”«»‘’›*_.,!?;:…-]{0,6}"
)
# Signs that people write between words, and smileys
_BETWEEN = re.compile(
    r"[^\w\s]|[<>=+*~.!?-]{2,4}[>)]?|<+/?3+|[:;=8xX][’'o-]{0,2}[()\[\]DPpOo/\\|*]{1,4}|\(\w?\)|\[\w?\]"
    r"|[^\x00-\x7f]+"
)
_SIGNS = frozenset("{}[]()<>=;_\\|$^%&#*+/~:\"'@")
_WITHOUT_SIGNS = dict.fromkeys(map(ord, _SIGNS))
_MIN_ODD, _MIN_SIGNS = 3, 3  # different ones in a paragraph
_ODD_SHARE = 3  # one word of so many is odd
_ODD_IN_SENTENCE = 4  # the same in a line that could be a sentence
_MAX_LINES = 100  # of a paragraph
_BULLET = re.compile(r"\s*(?:[-*•·–]|\(?\d{1,2}[.)])\s")
_SIGNS_ALONE = re.compile(r"(?=.*\[)(?=.*\])[!-/:-@\[-`{-~]{12,}")
_MIN_DIFFERENT = 4
_LISP = re.compile(r"\((?=[^()]*[a-z])[^()\s\"',.!?]+(?:\s|$)")
_STATEMENT = re.compile(r".*[\w)\]}\"'/]\s?;\s*$")
_MIN_STATEMENTS = 3
_OF_STATEMENTS = re.compile(r"[=({<\[:/]")
_MAX_WORDS_OF_STATEMENT = 8


def code_by_tokens(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each paragraph, without a lead-in and a closing, that is code."""
    start = 0
    while start < len(lines):
        end = paragraph_end(lines, start)
        first = start + (end - start > 1 and _is_lead_in(lines[start]))
        last = end - (end - first > 1 and is_closing(lines[end - 1]))
        part = lines[first : min(last, first + _MAX_LINES)]
        if part and _has_enough_signs("\n".join(part)) and _is_code(part):
            yield first, first + len(part)
        start = end + 1


def _has_enough_signs(text: str) -> bool:
    """Return whether a text can have as many odd words as code has, each with a sign."""
    signs = len(text) - len(text.translate(_WITHOUT_SIGNS))
    return signs >= _MIN_SIGNS and _ODD_SHARE * signs >= text.count(" ")


def count_odd(line: str) -> tuple[list[str], int]:
    """Return the words of a line that no letter has, and how many words it has in all."""
    odd, total = [], 0
    for word in line.split():
        if _BETWEEN.fullmatch(word):
            continue
        total += 1
        if not (_ORDINARY.fullmatch(word) or OF_PEOPLE.fullmatch(word)):
            odd.append(word)
    return odd, total


def _is_lead_in(line: str) -> bool:
    return line.endswith((":", ",")) and line[:1].isupper() and " " in line


def _is_code(paragraph: Sequence[str]) -> bool:
    if len(paragraph) == 1 and _SIGNS_ALONE.fullmatch(paragraph[0].strip()):
        return len(set(paragraph[0])) >= _MIN_DIFFERENT
    if _is_lisp(paragraph) or _are_statements(paragraph):
        return True
    return _has_odd_words(paragraph)


def _has_odd_words(paragraph: Sequence[str]) -> bool:
    found: set[str] = set()
    total = count = lines_with_odd = 0
    for line in paragraph:
        odd, words = count_odd(line)
        if is_sentence(line) and _ODD_IN_SENTENCE * len(odd) <= words:
            return False
        if _BULLET.match(line) and 2 * len(odd) < words:
            return False
        found.update(odd)
        count += len(odd)
        total += words
        lines_with_odd += bool(odd)
    return (
        len(found) >= _MIN_ODD
        and len(_SIGNS.intersection("".join(found))) >= _MIN_SIGNS
        and _ODD_SHARE * count >= total
        and 2 * lines_with_odd >= len(paragraph)
    )


def _is_lisp(paragraph: Sequence[str]) -> bool:
    """Return whether all lines are in brackets or indented, with brackets inside brackets."""
    whole = "".join(paragraph)
    return (
        all(line[:1] in ("(", ")", " ", "\t") for line in paragraph)
        and _LISP.match(paragraph[0]) is not None
        and whole.rstrip().endswith(")")
        and whole.count("(") == whole.count(")") > len(paragraph) // 2 + 1
        and re.search(r"\([^()]*\(", whole) is not None
        and not any(map(is_sentence, paragraph))
    )


def _are_statements(paragraph: Sequence[str]) -> bool:
    """Return whether several short lines end in a semicolon or brace, and some have signs."""
    return (
        len(paragraph) >= _MIN_STATEMENTS
        and all(
            (_STATEMENT.match(line) or line.rstrip()[-1:] in ("{", "}"))
            and len(WORD.findall(line)) <= _MAX_WORDS_OF_STATEMENT
            for line in paragraph
        )
        and _OF_STATEMENTS.search("".join(paragraph)) is not None
    )
