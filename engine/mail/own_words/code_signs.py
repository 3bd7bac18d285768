"""Find pasted code and output in any language by the number of its signs in lines that follow.

A letter has an operator, a file name or a label now and then. Several lines below each other that
have two or more different signs each are code, whatever language or program they are from.
"""

# ruff: noqa: E501 (expressions that are easier to read on one line)

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache, lru_cache

from engine.mail.own_words.code_line_rules import WORD, is_prose, is_sentence
from engine.mail.own_words.rules import Rule

_MIN_SIGNS = 2  # of a line that is code by itself
_MAX_SPACES = 14  # of a line of prose that can have enough signs
_MAX_WORDS_A_SIGN = 3  # of a line that could be a sentence
_MIN_SIGNS_ALONE = 4  # of one line, or two together
_MIN_LINES = 3
_LONGEST_READ = 200  # characters of a line
ADDRESS = re.compile(r"(?:https?://|www\.)\S+|<?[\w.+-]+@[\w-]+\.[\w.-]+>?")
# No sign is without one of these.
_MAY_HAVE_SIGNS = re.compile(
    r"[{}\[\]<>=;$%&\\_|#]|^\s|^\W{0,3}\w+[\"']?\s?:|\w\(|/\w|--|\s-\w\b|0x|\d\.\d+\.\d|:\d\d:"
    r"|[a-z][A-Z]|\w\.[a-z]|[A-Z]\w+\.[A-Z]|^[A-Z]{2}|[\"'],?$|\b(?:do|is|null|nil)$|  |[A-Z]{4}|^(?:class|module|puts|import|include) \w+$|[a-z](?:Error|Exception)"
)

_PATTERNS: list[str] = []  # of all rules

# A run of code has two such lines at least, and most mails have none.
_LIKELY = re.compile(r"&&|\[\"|[{}=<>;$\\|#_\t]|^  |->|/\w+/|::|\w\(\w*\)|\.\w+\(")
_LIKELY_SIGNS = frozenset("&[{}=<>;$\\|#_\t/:(")  # one of which each has, but for an indent
_MIN_LIKELY = 2


def _rule(name: str, example: str, pattern: str) -> Rule[str]:
    _PATTERNS.append(pattern)
    # Only tests match single rules, so that a pattern is not compiled at start-up.
    return Rule(name, example, lambda line: re.search(pattern, line) is not None)


SIGNS: tuple[Rule[str], ...] = (
    _rule("a call or an index", "turn(wheel[3])", r"(?<=\w)\((?!\w{1,2}\))|(?<=\w)\[[\w\"':$]"),
    _rule("a brace or a final semicolon", "}", r"[{}]|;\s*$|^\s*[\])]+[,;]?$"),
    _rule(
        "an operator",
        "speed == 3",
        r"[=!<>+*|&^-]=|=>|->|<-|::|&&|\|\||\+\+|<<|>>|:=|\w=[\w\"'\[{$./-]|\s=\s|^=\w+\(",
    ),
    _rule(
        "a name of code",
        "wheel_size",
        r"\b[a-z][a-z0-9]*_[a-z0-9_]+\b|\b[a-z]+[A-Z][a-z]\w*\b|\b[a-z]\w*\.(?!(?:com|org|net|edu|gov|info|io|[a-z]{2})\b)[a-z_]{3,}\b|\b[A-Z]\w+(?:\.[A-Z]\w+)+",
    ),
    _rule(
        "a path or a file",
        "/srv/mill.c",
        r"(?:(?<=[\s\"'=(:~.])|^)/[\w.-]+/|(?<=[A-Za-z]):\\\w|(?<=[\w-])\.(?:py|cc?|cpp|hh?|hpp|js|ts|rb|php|cs|java|go|rs|sh|sql|conf|cfg|ini|log|so|dll|exe|o|ya?ml|json|xml|service|jar|class|lua|pl|pm|kt|swift|f90|tex|css|vb|cob|asm|tf|bat|ps1)\b",
    ),
    _rule("an option", "--size 3", r"(?:^|\s)(?:--[a-z][\w-]+|-[a-zA-Z]{1,2})(?=[\s=]|$)"),
    _rule(
        "a variable or an escape",
        'echo "$size"',
        r"\$[A-Za-z_{(]|%[sdfx]\b|%\w+%|&[a-z]{2,6};|\\\w+[{\\\[]|\\[nrt\"]",
    ),
    _rule(
        "a number of a machine",
        "0x7ffc",
        r"0x[0-9a-fA-F]|\d\.\d{1,3}\.\d{1,3}\.\d|\d\d:\d\d:\d\d|\[\d+\]:|(?<!\w)(?:[a-f]+\d|\d+[a-f])[0-9a-f]{8}|(?:[0-9a-fA-F]{2}:){3}",
    ),
    _rule(
        "a word of programs",
        "wheel: null",
        r"\b(?:null|NULL|nil|undefined|errno|std(?:out|err|in)|localhost|DEBUG|INFO|WARN|WARNING|ERROR|FATAL)\b|\b[A-Z]\w*(?:Error|Exception)\b|\bline \d+\b|\bpid \d",
    ),
    _rule(
        "an indent or columns", "  speed", r"^(?: {2,}|\t)\s*\S|\S(?: {3,}|\t+)\S+(?: {2,}|\t+)\S"
    ),
    _rule("a first word in capitals", "COPY . /srv", r"^\s*[A-Z][A-Z_]+[ :(](?!\s*[A-Z]{2,}\b)"),
    _rule(
        "a label in lower case",
        "speed: 3",
        r"^\s*(?:- )?[\"']?(?!(?:https?|mailto|re|fwd?|aw|wg|ps|nb|cc|to|from|todo|note|ok):)[a-z_][\w.-]*[\"']?\s?:(?:\s|$)",
    ),
    _rule("a comment", "# turn the wheel", r"^\s*(?://|/\*|\*/|#|;;|<!--)\s?\S"),
    _rule(
        "a keyword",
        "return wheel;",
        r"^\s*(?:\}?\s*(?:if|for|while|def|class|return|import|from|let|var|const|function|fn|func|sub|end|begin|then|else|elif|case|switch|do|done|fi|esac|print|printf|echo|export|include|require|use|using|public|private|static|void|int|procedure|program|module|endmodule|defmodule|entity|architecture|interface|server|location|resource)\b|(?:Dim|Sub|End|Next|For|If|Else|Loop|Set|Function|Private|Public|Imports?|Option)\b)",
    ),
    _rule("a string", 'name: "mill"', r"[=(,\[:{]\s?[\"'][^\"']*[\"']|^\s*[\"'][^\"']+[\"'],?$"),
)


@cache
def _searches() -> tuple[Callable[[str], re.Match[str] | None], ...]:
    return tuple(re.compile(pattern).search for pattern in _PATTERNS)


def count_signs(line: str) -> int:
    """Return how many different signs of code a line has; 0 for a sentence that has some."""
    return len(kinds_of_signs(line))


@lru_cache(maxsize=1024)  # a line is looked at by several rules
def kinds_of_signs(line: str) -> frozenset[int]:
    """Return which signs of code a line has, as places in SIGNS; none for a sentence with some."""
    text = line[:_LONGEST_READ].rstrip()
    if _MAY_HAVE_SIGNS.search(text) is None or (text.count(" ") > _MAX_SPACES and is_prose(text)):
        return frozenset()
    if "@" in text or "://" in text or "www." in text:
        text = ADDRESS.sub("", text)
    signs = frozenset(number for number, search in enumerate(_searches()) if search(text))
    if signs and is_sentence(text) and len(WORD.findall(text)) > _MAX_WORDS_A_SIGN * len(signs):
        return frozenset()
    return signs


def code_runs(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each run of lines that are code by their signs."""
    likely = [
        index
        for index, line in enumerate(lines)
        if (not _LIKELY_SIGNS.isdisjoint(line) or line[:2] == "  ") and _LIKELY.search(line)
    ]
    if len(likely) < _MIN_LIKELY:
        yield from ((at, at + 1) for at in likely if _is_code([count_signs(lines[at])]))
        return
    signs = [count_signs(line) if line else 0 for line in lines]
    start = 0
    while start < len(lines):
        if not signs[start]:
            start += 1
            continue
        end = start
        while end < len(lines) and (signs[end] or _is_between(lines, signs, end)):
            end += 1
        if _is_code([signs[at] for at in range(start, end) if lines[at]]):
            yield start, end
        start = end


def _is_between(lines: Sequence[str], signs: Sequence[int], index: int) -> bool:
    """Return whether a line without signs, or a blank one, stands between two lines of code."""
    if not 0 < index < len(lines) - 1 or is_sentence(lines[index]):
        return False
    least = _MIN_SIGNS if lines[index] else 1
    return signs[index - 1] >= least and signs[index + 1] >= least


def _is_code(signs: Sequence[int]) -> bool:
    clear = sum(count >= _MIN_SIGNS for count in signs)
    if len(signs) < _MIN_LINES:
        return clear == len(signs) and sum(signs) >= _MIN_SIGNS_ALONE
    return clear >= 2 and 2 * clear >= len(signs)
