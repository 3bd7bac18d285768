"""Find attribution lines, which mail programs put above a quote, such as "On … wrote:".

attribution_rules.py recognises one line; this module finds where it starts and ends, as mail
programs wrap it over several lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from engine.mail.own_words.attribution_rules import (
    AFTER_WROTE,
    BETWEEN_RULERS,
    BRACKETED,
    COLONS,
    QUOTING,
    WORD,
    ends_in_wrote,
    is_attribution,
)
from engine.mail.own_words.header_words import WROTE, WROTE_UNSPACED
from engine.words import words

MAX_LINES = 4
"""Lines over which mail programs wrap an attribution line."""

MAX_LENGTH = 500
"""Characters of an attribution line, unwrapped."""

_LAST_UNSPACED = tuple(ending.rpartition(" ")[2] for ending in WROTE_UNSPACED)
_LAST_CHARACTERS = ":：៖፡>-–—*_"
_START = re.compile(
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
_NAMES_WITH_VERB = 2  # before a verb that is in no list: "Ann Lee mentioned:"
_SAID = frozenset(words("quotes.said"))
_NOT_NAMES = frozenset(("I", "We", "You", "He", "She", "They", "It", "Who", "My", "Our"))
# All that is left of a header block, right above a quote.
_FROM = re.compile(r"^From: (?:[^\W\d_a-z][\w'’.-]{0,20} ?){2,4}$")
# "From" and "according to" in several languages, and a name.
_ACCORDING_TO = re.compile(
    r"^(?:(?i:from|per|by|according to|von|laut|nach|de|d['’]après|selon|según|segundo|secondo|da"
    r"|van|volgens|från|enligt|fra|ifølge|od|podle|według|от|по словам|mukaan)) "
    r"(?:[^\W\d_a-zà-öø-ÿа-я][\w'’.-]{0,20} ?){1,4}:$"
)
_MAX_NAMES = 4  # words of a name above "wrote:"
_LONGEST_SPEAKER = 60  # characters of "Ann Lee said:"
_LONGEST_CACHED = 200  # characters
_QUOTE_WITHIN = 4  # lines below an attribution line in which its quote starts


def may_end_within(lines: Sequence[str], start: int) -> bool:
    """Return whether an attribution line that starts here could also end: a quick check."""
    return any(map(_can_end, lines[start : start + MAX_LINES]))


def attribution_length(
    lines: Sequence[str],
    start: int,
    *,
    quoted: Sequence[bool],
    fields: Sequence[str | None],
    after_break: bool,
) -> int:
    """Return how many lines from `start` on are one attribution line; 0 if there is none.

    quoted: which lines have a quote mark. fields: the header field that each starts with, or None.
    after_break: no own text is right above, so that weaker evidence is enough.
    """
    max_lines = MAX_LINES
    if (
        after_break
        and quoted[start + 1 : start + 2] == [True]
        and (_IN_BRACKETS.match(lines[start][:200]) or _names_speaker(lines, quoted, start))
    ):
        return 1
    if not may_end_within(lines, start):
        return 0
    address_below = start + 1 < len(lines) and lines[start + 1][:1] == "<"
    if not _may_start(lines[start]) and not (after_break and address_below):
        if not any(quoted[start + 1 : start + 3]):
            return 0
        if not after_break and not _is_name_and_verb(lines[start]):
            return 0
        max_lines = 1
    text = ""
    for index in range(start, min(start + max_lines, len(lines))):
        line = lines[index][: MAX_LENGTH + 1].strip()
        # A ">" at the start of a line may also end a wrapped address.
        if not line or (quoted[index] and text.rfind("<") <= text.rfind(">")):
            return 0
        if index > start and fields[index] in ("to", "cc", "subject"):
            return 0
        text = f"{text} {line}" if text else line
        if len(text) > MAX_LENGTH:
            return 0
        if not _may_end(text):
            continue
        above_quote = _quote_follows(quoted, lines, index + 1)
        if is_attribution(
            text,
            above_quote=above_quote,
            after_break=after_break or (above_quote and _is_name_and_verb(text)),
        ):
            starts_below = not _START.match(lines[start]) and any(
                _is_complete(part)
                and is_attribution(part, above_quote=above_quote, after_break=False)
                for part in _shorter_texts(lines, start, index)
            )
            return 0 if starts_below else index - start + 1
        if text.endswith(COLONS):
            return 0
    return 0


def _is_name_and_verb(line: str) -> bool:
    """Return whether a line is only a name and "wrote:", which needs no break above it."""
    *names, verb = line[:_LONGEST_SPEAKER].strip().rstrip(":").split() or [""]
    return (
        line.rstrip().endswith(":")
        and 2 <= len(names) <= _MAX_NAMES
        and verb.lower() in WROTE
        and all(name[0].isupper() for name in names)
        and names[0] not in _NOT_NAMES
    )


def _names_speaker(lines: Sequence[str], quoted: Sequence[bool], index: int) -> bool:
    """Return whether a line above a quote is "Ann Lee said:", or "Ann Lee:" below another quote."""
    line = lines[index].strip()
    if len(line) <= 2 * _LONGEST_SPEAKER and QUOTING.match(line):
        return True
    if len(line) <= _LONGEST_SPEAKER and (_ACCORDING_TO.match(line) or _FROM.match(line)):
        return True
    if len(line) > _LONGEST_SPEAKER or line[-1:] != ":":
        return False
    *names, last = line[:-1].split() or [""]
    is_verb = len(names) == _NAMES_WITH_VERB and last.isalpha() and last.islower()
    if last.lower() not in _SAID and not is_verb:
        names.append(last)
        if len(names) < 2 or True not in quoted[:index]:
            return False
    if names[-1:] == ["you"] and names[0] in ("In", "You"):
        return True  # MH: "In your message you said:"
    return bool(names) and all(name[:1].isupper() for name in names) and names[0] not in _NOT_NAMES


def own_part_of_shared_line(line: str) -> str | None:
    """Return the writer's words in a line that ends in an attribution line, or None."""
    if "wrote:" not in line[-12:] or len(line) > MAX_LENGTH:
        return None
    found = _SHARED_LINE.search(line.rstrip())
    return line[: found.start()].rstrip() if found and found.start() > 0 else None


def _shorter_texts(lines: Sequence[str], start: int, end: int) -> Iterator[str]:
    """Yield lines `start` to `end` as one text, without the first, the first two, and so on."""
    for below in range(start + 1, end + 1):
        yield " ".join(line.strip() for line in lines[below : end + 1])


def _is_complete(text: str) -> bool:
    """Return whether an attribution line can start here rather than continue the line above."""
    if _START.match(text):
        return True
    if text.startswith("<"):
        return False
    years = len(_YEAR.findall(text))
    numbers = len(_NUMBER.findall(_TIME.sub(" ", BRACKETED.sub(" ", text))))
    has_name = "@" in text or any(word[0].isupper() for word in WORD.findall(text))
    return has_name and (numbers > years > 0 or bool(_SHORT_DATE.search(text)))


def _quote_follows(quoted: Sequence[bool], lines: Sequence[str], index: int) -> bool:
    for ahead in range(index, min(index + _QUOTE_WITHIN, len(lines))):
        if quoted[ahead]:
            return True
        if lines[ahead].strip():
            return False
    return False


def _may_start(line: str) -> bool:
    """Return whether an attribution line can start with a line: a quick check."""
    return (
        bool(_DIGIT.search(line, 0, 80))
        or "@" in line[:MAX_LENGTH]
        or line.rstrip().endswith("<")
        or (
            line[:2] in ("--", "__", "==", "**", "——")
            and bool(BETWEEN_RULERS.match(line[:MAX_LENGTH]))
        )
    )


def _can_end(line: str) -> bool:
    """Return whether an attribution line can end with a line: a quick check."""
    return _can_short_line_end(line) if len(line) <= _LONGEST_CACHED else _can_line_end(line)


@lru_cache(maxsize=256)  # each line is looked at for those above it, too
def _can_short_line_end(line: str) -> bool:
    return _can_line_end(line)


def _can_line_end(line: str) -> bool:
    text = line[: MAX_LENGTH + 1].rstrip()
    last = text[-1:]
    if last in _LAST_CHARACTERS or "news:" in text:
        return bool(last)
    if "@" in text and not text.isascii():
        return True
    if not (last.isalpha() or last == ")"):
        return False
    word = text.rstrip(AFTER_WROTE).rpartition(" ")[2].lower()
    if not word or word in WROTE:
        return True
    # If the verb has two words, the first may be on the line above.
    return not word.isascii() and word.endswith(_LAST_UNSPACED)


def _may_end(text: str) -> bool:
    return (
        text[-1] in _LAST_CHARACTERS
        or (text.endswith("...") and "news:" in text)
        or ((text[-1].isalpha() or text[-1] == ")") and ends_in_wrote(text))
        or ("@" in text and not text.isascii())
    )
