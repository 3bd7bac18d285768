"""Find pasted code and output paragraph by paragraph, by the share of words that no letter has.

Tables of programs, settings of routers and traces have few operators and brackets, but many of
their words are addresses of hosts, paths, options, hexadecimal numbers or names with signs inside.
"""

# ruff: noqa: E501 (expressions that are easier to read on one line)

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice

from engine.mail.own_words.closings import is_closing
from engine.mail.own_words.code_line_rules import is_row, is_sentence
from engine.mail.own_words.program_line_rules import IP

# Most paragraphs have fewer of these than a paragraph of code.
_MAY_HAVE = re.compile(
    r"\d\.\d+\.\d+\.\d|[\\_={}\[(|%$<&~*@;,](?=\S)|\s-{1,2}\w|\w?/\w|::|\w:[\w*]|\w\.[a-z]|[a-z][A-Z]|[0-9a-f]{7}|[A-Z]{4}| = |: {2,}\S|:\d\d:|\d[a-f]"
)
# At least as many, of an ASCII text, found several times as fast: from one set of characters on.
_MAY_HAVE_AT_MOST = re.compile(
    r"[\\_={}\[(|%$<&~*@;,/:.A-Z0-9-](?:(?<=[\\_={}\[(|%$<&~*@;,])(?=\S)|(?<==)|(?<=/)(?=\w)|(?<=:)(?=[\w*:]|  )"
    r"|(?<=\.)(?=[a-z0-9])|(?<=\s-)(?=[\w-])|(?<=[a-z][A-Z])|(?<=[A-Z])(?=[A-Z]{3})|(?<=[0-9])(?=[a-f]))"
)
_HEXADECIMAL = re.compile(r"[0-9a-f][0-9a-f]{6}")
# Dates, amounts, references between brackets, links, addresses, and files that people attach.
OF_PEOPLE = re.compile(
    r"\W*(?:(?:https?|ftp)://\S*|www\.\S*|mailto:\S*|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|\S*\.(?:pdf|docx?|xlsx?|pptx?|od[tsp]|jpe?g|png|gif|tiff?|mp[34]|m4a|mov|avi|txt|zip|html?)"
    rf"|(?!{IP}(?!\d|\.))[\d.,/:-]+|\w*\([a-z]{{1,4}}\)\w*)\W*",
    re.IGNORECASE,
)
"""A word of a letter with signs in it: a date, an amount, a link, an address or a file."""

_OF_MACHINES = re.compile(
    # hosts and hexadecimal numbers
    rf"(?<![\w.]){IP}(?![\w.]\w)|(?:[0-9a-fA-F]{{2}}[:-]){{5}}|[\da-f]::|::[\w/]|0x[0-9a-fA-F]"
    r"|(?<![\w.])(?=[0-9a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,}\b|\b(?=[A-F]*\d)(?=\d*[A-F])[0-9A-F]{16,}\b|(?:[0-9a-f]{4}\.){2}[0-9a-f]{4}"
    r"|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-|^\d{4}-\d\d-\d\dT\d|^[\[(]?(?:DEBUG|INFO|WARN|WARNING|ERROR|FATAL|LOG|CRITICAL)[\]):]*$|%[A-Z]+-\d|^\d+/(?:tcp|udp)$|^pts/\d|^[A-Z]{1,4}\d{3,5}:$|^(?:[a-z][\w.-]*|\*):(?:\d{2,5}|\*)$|:\d+:\d+"
    # paths and files
    r"|^\W{0,2}(?:\.{1,2}|~)?/[\w.-]+/|^~?/[a-z][\w.-]*\.\w|^\.{1,2}/\w|^\*\.\w|^\.[a-z]\w+$|^[a-z_][\w.-]*/$|\w/[\w.-]+\.[a-z]{1,4}(?:$|[:,)])|^\W?[A-Z]:\\|\w\\\w"
    r"|\.(?:py|cc?|cpp|hh?|hpp|js|ts|rb|php|cs|java|go|rs|sh|sql|conf|cfg|ini|log|so(?:\.\d+)*|dll|exe|sys|o|ya?ml|json|xml|jar|lua|pl|pm|kt|swift|f90|tex|css|asm|tf|bat|ps1|tar|t?gz|deb|rpm|service)(?:$|[:,)'\"(])"
    # options, names and values
    r"|^--[a-z][\w-]+|[A-Za-z0-9]_+[A-Za-z0-9]|^\W*[a-z]{2,}[A-Z][a-z]|[A-Z]\w+\.[A-Z]\w+\.\w"
    r"|[A-Za-z]\d+(?:/\d+)+[:.]?\d*$|[a-z]-\d/\d|^v?\d+\.\d+\.\d+[-+~]\w|[a-z][-_]\d+\.\d+|^\w[\w.]*[=~<>]=\d"
    r"|\w=[\w\"'\[{$./<-]|\w=$|^=\w|^[A-Z][A-Z-]+(?:;[A-Z]+=\S+)?:\S"
    r"|\$[A-Za-z_{(]|%\w+%|^%[A-Za-z]|^\d\d:\d\d:\d\d(?:[.,]\d+)?\W?$"
    # operators and brackets
    r"|\w->\w|[=!<>]=|&&|\|\||<<|:=|[a-z]\w+\((?:$|[\w\"'$&*,)])|[{}]|\w\[[A-Za-z_\"'$]|\(\)|[)\]\"'] ?;$|^</?[A-Za-z!?][^@]*>$"
    r"|^(?:NULL|null|nil|localhost|std(?:in|out|err)|errno|true|false|none)[;,]?$|^(?:error|warning|fatal|debug\d?):$|\w(?:Error|Exception)\b"
)
_ENCODED = re.compile(r"=(?:[0-9A-F]{2}|$)")  # quoted-printable that was never decoded
_VALUES = frozenset(
    ("null", "nil", "localhost", "stdin", "stdout", "stderr", "errno", "true", "false", "none")
)
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_ASSIGNMENT = re.compile(r"^\s*[a-z_][\w.-]*\s=\s(?![^\W\d_]+$)\S")
_OPTION = re.compile(r"(?<=\S )-(?:[a-zA-Z]|[A-Z][a-z]+)\d?(?= |$)")
_QUOTED = re.compile(r"\"[^\"]*\"")
_SECTION = re.compile(r"\[[a-z][\w .:-]+\]")
HEAD_RULER = re.compile(r"\s*-{2,}(?: +-{2,})+")
"""The line below the heads of a table, with dashes for each column."""

_KEY = re.compile(r"[a-z_][\w-]*: \S+")
_BULLET = re.compile(r"\s*(?:[-*•+·]|\(?\d{1,2}[.)]|\[[ xX]?\])\s+[^\W\d_-]+(?![\w-]*:\s)")
_SECONDS = re.compile(r"\d\d?:\d\d:\d\d\b")
_LABEL = re.compile(r"\s*[^\W\d_][^:]{0,28}: *(?=\S)|\s*[^\W\d_][^:]{0,28}:\t+")
_DELIMITERS = (";", "|", ",")
_MIN_DELIMITERS = 2  # of a row of values
_MIN_ROWS = 3
_MIN_MACHINE = 3  # words of machines in a paragraph
_MAX_WORDS_EACH = 4  # ordinary words beside one of a machine
_MAX_WORDS_BESIDE = 2  # the same, beside a block
_MIN_LABELS = 5
_LINES_A_SENTENCE = 4
_SAID_TOGETHER = 2  # sentences below each other, which part two blocks
_WORDS_OF_PROSE_EACH = 4  # ordinary words of a sentence beside one of a machine
_FEW_LINES = 2
_ENDS = ".:!?;)}"
_MAX_LINES = 400  # of a paragraph that are counted


def code_paragraphs(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each paragraph that a program wrote, without lines around it."""
    start = 0
    while start < len(lines):
        end = paragraph_end(lines, start)
        if end > start:
            yield from _code_in(lines, start, end)
        start = end + 1


def paragraph_end(lines: Sequence[str], start: int) -> int:
    """Return the next blank line from `start` on, or the end of the text."""
    return next((at for at in range(start, len(lines)) if not lines[at]), len(lines))


def _code_in(lines: Sequence[str], start: int, end: int) -> Iterator[tuple[int, int]]:
    end = min(end, start + _MAX_LINES)
    text, least = "\n".join(lines[start:end]), max(_MIN_MACHINE, (end - start + 2) // 3)
    if text.isascii():
        most = len(_MAY_HAVE_AT_MOST.findall(text))
        if most < least and most + len(_HEXADECIMAL.findall(text)) < least:
            return
    if sum(1 for _ in islice(_MAY_HAVE.finditer(text), least)) < least:
        return
    said = [_is_said(line) for line in lines[start:end]]
    first = start
    while first < end:
        last = first
        while last < end and not all(said[last - start : last - start + _SAID_TOGETHER]):
            last += 1
        yield from _code_between(lines, said, start, first, last)
        first = last + 1


def _code_between(
    lines: Sequence[str], said: Sequence[bool], top: int, start: int, end: int
) -> Iterator[tuple[int, int]]:
    """Yield the part of a paragraph between sentences, without those at its ends, if it is code."""
    while start < end and (said[start - top] or _is_above_indented(lines, start)):
        start += 1
    while end > start and (said[end - 1 - top] or is_closing(lines[end - 1])):
        end -= 1
    part = lines[start:end]
    if len(part) <= _FEW_LINES and (
        (start > top and lines[start - 1][-1] not in _ENDS)
        or (end < len(lines) and lines[end] and part and part[-1][-1] not in _ENDS)
    ):
        return  # a sentence that goes on over lines
    if part and (_is_machine(part) or _is_table_of_values(part) or _is_report(part)):
        yield start, end


def _is_above_indented(lines: Sequence[str], index: int) -> bool:
    """Return whether a few words introduce indented code: "I think you need"."""
    line, below = lines[index], lines[index + 1] if index + 1 < len(lines) else ""
    machine, words = count_words(line)
    return not machine and words > 2 and line[:1].isupper() and below[:1] in (" ", "\t")


def continues_code(paragraph: Sequence[str]) -> bool:
    """Return whether a paragraph beside code belongs to it: some words of machines, no sentence."""
    counts = [count_words(line) for line in paragraph]
    machine = sum(count for count, _ in counts)
    is_code = machine >= 2 and sum(words for _, words in counts) <= _MAX_WORDS_BESIDE * machine
    return is_code and not any(map(_is_said, paragraph)) and not any(map(_BULLET.match, paragraph))


@lru_cache(maxsize=2048)  # edges of a paragraph are looked at several times
def count_words(line: str) -> tuple[int, int]:
    """Return how many words of machines, and how many ordinary ones, a line has."""
    machine = words = 0
    if "=" in line:
        line = _ENCODED.sub(" ", line)
    for word in line.split():
        bare = word.rstrip(".,!?\"'")
        if bare.isalpha() and (bare.islower() or bare.istitle()) and bare not in _VALUES:
            words += len(bare) > 1
            continue
        if OF_PEOPLE.fullmatch(word):
            continue
        if _OF_MACHINES.search(word):
            machine += 1
        elif _LETTERS.search(word):
            words += 1
    is_set = _ASSIGNMENT.match(line) or _SECTION.fullmatch(line)
    return machine + len(_OPTION.findall(line)) + (is_set is not None), words


def _is_said(line: str) -> bool:
    """Return whether a line at an edge of a paragraph is the writer's: a sentence or a lead-in."""
    if is_sentence(line):
        machine, words = count_words(line)
        if machine * _WORDS_OF_PROSE_EACH <= words and not is_row(line):
            return True
    is_lead_in = line.endswith((":", ",")) and line.lstrip("*_")[:1].isupper()
    return (
        is_lead_in and not is_row(line) and (counts := count_words(line))[1] > 0 and not counts[0]
    )


def _is_machine(paragraph: Sequence[str]) -> bool:
    """Return whether many words are those of machines, on many lines, and few lines are sentences."""
    counts = [count_words(line) for line in paragraph]
    machine = sum(count for count, _ in counts) + (
        all(map(_KEY.fullmatch, paragraph)) or any(map(HEAD_RULER.fullmatch, paragraph))
    )
    said = sum(
        1
        for line, (count, words) in zip(paragraph, counts, strict=True)
        if 2 * count <= words and is_sentence(line) and not is_row(line)
    )
    if machine < _MIN_MACHINE or _LINES_A_SENTENCE * said > len(paragraph):
        return False
    if 2 * sum(1 for line in paragraph if _BULLET.match(line)) > len(paragraph):
        return False
    words = sum(words for _, words in counts)
    marked = sum(1 for count, _ in counts if count)
    if 2 * sum(map(is_row, paragraph)) >= len(paragraph):
        return words <= 2 * _MAX_WORDS_EACH * machine and 3 * marked >= len(paragraph)
    if len(paragraph) <= _FEW_LINES:
        return marked == len(paragraph) and words <= _MAX_WORDS_BESIDE * machine
    return words <= _MAX_WORDS_EACH * machine and 3 * marked >= len(paragraph)


def _is_table_of_values(paragraph: Sequence[str]) -> bool:
    """Return whether each line has as many values, with a comma, semicolon or bar between them."""
    if paragraph and '"' in paragraph[0]:
        paragraph = [_QUOTED.sub('"x"', line) for line in paragraph]
    for delimiter in _DELIMITERS:
        count = paragraph[0].count(delimiter) if paragraph else 0
        if count < _MIN_DELIMITERS or len(paragraph) < _MIN_ROWS:
            continue
        whole = "".join(paragraph)
        if f"{delimiter} " in whole or f" {delimiter}" in whole or "--" in whole:
            continue
        is_even = all(line.count(delimiter) == count for line in paragraph)
        is_headed = " " not in paragraph[0] and (" " in whole or any(map(str.isdigit, whole)))
        if is_even and (delimiter != "," or is_headed or '"' in whole):
            return True
    return False


def _is_report(paragraph: Sequence[str]) -> bool:
    """Return whether labels with values below each other have a time with seconds, or a word of a machine."""
    labels = [match.end() for line in paragraph if (match := _LABEL.match(line))]
    if len(labels) < _MIN_LABELS or 2 * len(labels) < len(paragraph):
        return False
    is_aligned = 2 * max(Counter(labels).values()) >= len(labels)
    text = "\n".join(paragraph)
    return is_aligned and (
        _SECONDS.search(text) is not None
        or "0x" in text
        or any(count_words(line)[0] for line in paragraph)
    )
