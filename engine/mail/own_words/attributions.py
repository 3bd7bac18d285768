"""Attribution lines: the line a mail program puts above a quote, such as "On … wrote:".

Recognised by what every such line has in any language: a date, an address or a name, a word for
"wrote", and a colon; never by one pattern that could run across a paragraph.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from engine.mail.own_words.attribution_rules import (
    BEHIND_WROTE,
    BRACKETED,
    DASHED,
    QUOTING,
    WORD,
    ends_in_wrote,
    is_attribution,
)
from engine.mail.own_words.header_words import WROTE, WROTE_UNSPACED
from engine.words import words

LONGEST = 4
"""Lines over which mail programs wrap an attribution."""

LONGEST_TEXT = 500

_LAST_UNSPACED = tuple(ending.rpartition(" ")[2] for ending in WROTE_UNSPACED)
_LAST_SIGNS = ":：>-–—*_"
_OPENING = re.compile(
    r"^\W{0,9}(?:(?:on|at|le|am|il|in|op|el|em|en|den|på|w|we|dnia|dne|dňa|vào|pada|στις|в|на|во"
    r"|the|a|ha|no|la|dia|día|quoting|citando)\b|[^\W\d_]{2,4}[.,] (?!\d\d?[.:]\d\d))",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(?:19|20)\d\d")
_NUMBER = re.compile(r"\d+")
_TIME = re.compile(r"\b\d{1,2}[:.h]\d{2}(?::\d{2})?\b(?![.\d])")
_SHORT_DATE = re.compile(r"\b\d{1,2}([./-])\d{1,2}\1\d{2}\b")
_DIGIT = re.compile(r"\d")
_SHARED_LINE = re.compile(
    r"\s*-*\s*\bOn (?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6},? |\d|[A-Z][a-z]{2,8}\.? \d)"
    r"[^>]{5,200}\bwrote:$"
)
_IN_BRACKETS = re.compile(r"^\s*\[\s*[^\W\d_]{2}[^\[\]]{0,110}\]\s*$")
_SAID = frozenset(words("quotes.said"))
_NO_NAMES = frozenset(("I", "We", "You", "He", "She", "They", "It", "Who", "My", "Our"))
_LONGEST_SPEAKER = 60  # letters


def may_end_near(lines: Sequence[str], start: int) -> bool:
    """Whether an attribution that starts at a line can end: a cheap look, as in most none does."""
    return any(map(_can_end, lines[start : start + LONGEST]))


def attribution_length(
    lines: Sequence[str],
    start: int,
    *,
    quoted: Sequence[bool],
    fields: Sequence[str | None],
    after_break: bool,
) -> int:
    """How many lines, from `start` on, are one attribution; 0 when there is none.

    `quoted` tells which lines are marked as quotes, `fields` which name a mail header;
    `after_break` that nothing of the writer's own stands directly above, which lets weaker
    evidence count.
    """
    reach = LONGEST
    if (
        after_break
        and quoted[start + 1 : start + 2] == [True]
        and (_IN_BRACKETS.match(lines[start][:200]) or _names_speaker(lines, quoted, start))
    ):
        return 1
    if not may_end_near(lines, start):
        return 0
    named_below = start + 1 < len(lines) and lines[start + 1][:1] == "<"
    if not _may_start(lines[start]) and not (after_break and named_below):
        if not after_break or not any(quoted[start + 1 : start + 3]):
            return 0
        reach = 1
    text = ""
    for index in range(start, min(start + reach, len(lines))):
        line = lines[index][: LONGEST_TEXT + 1].strip()
        # A ">" that closes the address may open a line: no quote starts inside brackets.
        if not line or (quoted[index] and text.rfind("<") <= text.rfind(">")):
            return 0
        if index > start and fields[index] in ("to", "cc", "subject"):
            return 0
        text = f"{text} {line}" if text else line
        if len(text) > LONGEST_TEXT:
            return 0
        if not _may_end(text):
            continue
        above_quote = _quote_follows(quoted, lines, index + 1)
        if is_attribution(text, above_quote=above_quote, after_break=after_break):
            starts_below = not _OPENING.match(lines[start]) and any(
                _stands_alone(part)
                and is_attribution(part, above_quote=above_quote, after_break=False)
                for part in _ends_of(lines, start, index)
            )
            return 0 if starts_below else index - start + 1
        if text.endswith((":", "：")):
            return 0
    return 0


def _names_speaker(lines: Sequence[str], quoted: Sequence[bool], index: int) -> bool:
    """Whether a line over a quote is "Ann Lee said:", or below another quote just "Ann Lee:"."""
    line = lines[index].strip()
    if len(line) <= 2 * _LONGEST_SPEAKER and QUOTING.match(line):
        return True
    if len(line) > _LONGEST_SPEAKER or line[-1:] != ":":
        return False
    *names, last = line[:-1].split() or [""]
    if last.lower() not in _SAID:
        names.append(last)
        if len(names) < 2 or True not in quoted[:index]:
            return False
    if names[-1:] == ["you"] and names[0] in ("In", "You"):
        return True  # MH: "In your message you said:"
    return bool(names) and all(name[:1].isupper() for name in names) and names[0] not in _NO_NAMES


def own_part_of_shared_line(line: str) -> str | None:
    """The writer's words in a line that ends in an attribution, None when it is not such a line."""
    if "wrote:" not in line[-12:] or len(line) > LONGEST_TEXT:
        return None
    found = _SHARED_LINE.search(line.rstrip())
    return line[: found.start()].rstrip() if found and found.start() > 0 else None


def _ends_of(lines: Sequence[str], start: int, end: int) -> Iterator[str]:
    """The lines from `start` to `end` as one text, without the first, the first two, …"""
    for below in range(start + 1, end + 1):
        yield " ".join(line.strip() for line in lines[below : end + 1])


def _stands_alone(text: str) -> bool:
    """Whether an attribution can begin here, rather than go on from the line above."""
    if _OPENING.match(text):
        return True
    if text.startswith("<"):
        return False
    years = len(_YEAR.findall(text))
    numbers = len(_NUMBER.findall(_TIME.sub(" ", BRACKETED.sub(" ", text))))
    named = "@" in text or any(word[0].isupper() for word in WORD.findall(text))
    return named and (numbers > years > 0 or bool(_SHORT_DATE.search(text)))


def _quote_follows(quoted: Sequence[bool], lines: Sequence[str], index: int) -> bool:
    for ahead in range(index, min(index + 4, len(lines))):
        if quoted[ahead]:
            return True
        if lines[ahead].strip():
            return False
    return False


def _may_start(line: str) -> bool:
    """A cheap look, because it is asked of every line of a mail."""
    return (
        bool(_DIGIT.search(line, 0, 80))
        or "@" in line[:LONGEST_TEXT]
        or line.rstrip().endswith("<")
        or (line[:2] in ("--", "__", "==", "**", "——") and bool(DASHED.match(line[:LONGEST_TEXT])))
    )


def _can_end(line: str) -> bool:
    """Whether an attribution may end in the line: a cheap look, as in most lines none does."""
    text = line[: LONGEST_TEXT + 1].rstrip()
    last = text[-1:]
    if last in _LAST_SIGNS or "news:" in text:
        return bool(last)
    if not (last.isalpha() or last == ")"):
        return False
    word = text.rstrip(BEHIND_WROTE).rpartition(" ")[2].lower()
    if not word or word in WROTE:
        return True
    # Of an ending of two words the first may stand on the line above.
    return not word.isascii() and word.endswith(_LAST_UNSPACED)


def _may_end(text: str) -> bool:
    return (
        text[-1] in _LAST_SIGNS
        or (text.endswith("...") and "news:" in text)
        or ((text[-1].isalpha() or text[-1] == ")") and ends_in_wrote(text))
    )
