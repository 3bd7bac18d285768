"""Find the lines with quote marks: ">" at the beginning, and the marks of other programs.

wrapped_quotes.py adds the lines that lost their mark when a program wrapped them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import compress
from operator import not_

from engine.mail.own_words.header_words import FIELD_OF_LABEL, WROTE
from engine.mail.own_words.separators import is_groupwise_banner, is_original_banner
from engine.mail.own_words.wrapped_quotes import mark_first_lines, mark_wrapped_ends

_QUOTE_MARK = re.compile(r"^\s{0,4}(?:>|[A-ZА-ЯЁІЄ]{1,3}>+(?:\s|$))")
_OTHER_MARK = re.compile(r"[|:}%+#~]{1,2}|[-=]{1,2}[\]>|}]|\s{0,8}[^\W\d_][\w.-]{0,15}>")
_LEVEL = re.compile(r"\s{0,4}(?:(?:[A-ZА-ЯЁІЄ]{1,3})?>|[|:}%+#~]{1,2}|[-=]{1,2}[\]>|}]) ?")
WIDE_MARK = "\uff1e"
"""Japanese and Chinese writers' ">", which takes the room of a whole character."""
_WIDE_MARKS = re.compile(rf"^(?:[> ]{{0,8}}{WIDE_MARK}(?![._\s]*[<\uff1c]))+", re.MULTILINE)
_DECORATED = re.compile(r"^>>.*<<\s*$")
_OF_SINGLE_LINES = frozenset((">>", ">F", ">:", ">.", ">_"))
_SMILEY = re.compile(r">(?::['’]?-?[()\[\]|/\\]|[._]+<)(?:\s|$)")
_LONGEST_NAME = 24  # characters, with what is before and after it
_NAME_MARK = re.compile(r"\s{0,8}[A-Z][a-z][\w.-]{0,13}>(?=\s)")
_ELISION = re.compile(
    r"^\W{1,8}(?:\.{2,}|…|(?:[^\[\]<>@]{0,30}\b)?(?:snip\w*|cut|del\w*|schnipp?|lost|elided|trimmed"
    r"|skip\w*|omissis)\b[^\[\]<>]{0,20})\W{1,8}$|^(?:\[(?:\.{2,}|…)\]|\((?:\.{3}|…)\)|\.{3})\s*$",
    re.IGNORECASE,
)
_ELISION_STARTS = frozenset("[<(-*….")
_LONGEST_ELISION = 40
_LONGEST_READ = 400  # characters of a line
_FORM_LABEL = re.compile(r"^>[A-Z][\w /-]{1,24}:(?:\s|$)")
_MIN_FORM_LABELS = 3
_MIN_COLON_LINES = 3  # in a row; fewer may be a list


def quote_marks(lines: Sequence[str]) -> list[bool]:
    """Return for each line whether it is quoted by a mark. Takes time linear in the lines."""
    quoted = greater_than_marks(lines)
    if True in quoted and _is_form(lines, quoted):
        quoted = [False] * len(lines)
    line_starts = {line[:2] for line in lines}
    first_characters = {start[:1] for start in line_starts}
    if ":" in first_characters:
        _mark_colon_quotes(lines, quoted)
    if "| " in "\n".join(lines):
        _mark_bar_quotes(lines, quoted)
    if "<<" in line_starts:
        _mark_aol_quotes(lines, quoted)
    if ">" in "\n".join(compress(lines, map(not_, quoted))):
        _mark_name_quotes(lines, quoted)
    if True in quoted:
        if not first_characters.isdisjoint(_ELISION_STARTS):
            _mark_elisions(lines, quoted)
        if ">>" in line_starts:
            _mark_supercite_quotes(lines, quoted)
        if not _OF_SINGLE_LINES.isdisjoint(line_starts):
            _unmark_single_lines(lines, quoted)
        mark_wrapped_ends(lines, quoted)
        mark_first_lines(lines, quoted)
    return quoted


def narrow_marks(text: str) -> str:
    """Return a text whose quote marks are all ">"."""
    if WIDE_MARK not in text:
        return text
    return _WIDE_MARKS.sub(lambda found: found[0].replace(WIDE_MARK, ">"), text)


def greater_than_marks(lines: Sequence[str]) -> list[bool]:
    """Return for each line whether it starts with ">", or initials and ">"."""
    return [line[:1] == ">" or (">" in line[:8] and has_quote_mark(line)) for line in lines]


def has_quote_mark(line: str) -> bool:
    """Return whether a line starts with ">", or initials and ">"."""
    return line[:1] == ">" or (">" in line[:8] and bool(_QUOTE_MARK.match(line)))


def remove_quote_mark(line: str) -> str:
    """Return the line without one level of quoting."""
    if line[:1] == ">":
        return line[2:] if line[1:2] == " " else line[1:]
    level = _LEVEL.match(line)
    return line[level.end() :] if level else line


def mark_same_prefix(lines: Sequence[str], start: int, quoted: list[bool]) -> None:
    """Mark the lines from `start` on with a mark other than ">" in common: "| ", "--]", "Ann> "."""
    found = _OTHER_MARK.match(lines[start])
    if found:
        for index in range(start, len(lines)):
            quoted[index] = quoted[index] or lines[index].startswith(found.group())


def _unmark_single_lines(lines: Sequence[str], quoted: list[bool]) -> None:
    """Unmark lines that only look quoted: ">From " of an mbox, ">:-(" and ">>> banners <<<"."""
    candidates = [
        index
        for index, line in enumerate(lines)
        if line[:6] == ">From "
        or _SMILEY.match(line)
        or (line[:2] == ">>" and line.rstrip()[-1:] in "<>" and line.strip("<> \t"))
    ]
    known = frozenset(candidates)
    for index in candidates:
        line = lines[index]
        is_single = not any(
            0 <= beside < len(lines) and quoted[beside] and beside not in known
            for beside in (index - 1, index + 1)
        )
        if is_groupwise_banner(line) or (
            is_single
            and (
                line.startswith(">From ")
                or _SMILEY.match(line)
                or _DECORATED.match(line[:_LONGEST_READ])
            )
        ):
            quoted[index] = False


def _mark_colon_quotes(lines: Sequence[str], quoted: list[bool]) -> None:
    """Mark quotes with ": " at the beginning of every line."""
    run = 0
    for index in range(len(lines) + 1):
        if index < len(lines) and lines[index][:2] in (": ", ":"):
            run += 1
            continue
        if run >= _MIN_COLON_LINES:
            quoted[index - run : index] = [True] * run
        run = 0


def _mark_bar_quotes(lines: Sequence[str], quoted: list[bool]) -> None:
    """Mark quotes with "| " below a line that ends in a colon; a second bar makes it a table.

    After an MH header, and after a line such as "Ann wrote:", every line with "| " is quoted.
    """
    after_lead_in, run, after_mh_header, after_wrote = True, 0, False, False
    for index, line in enumerate(lines):
        text = line.lstrip()
        has_bar = line[:2] == "| " and "|" not in line[2:]
        if (after_wrote and has_bar) or (after_mh_header and text[:2] in ("| ", "|")):
            quoted[index] = True
        elif has_bar or line.rstrip() == "|":
            run += 1
            is_lead_in = is_original_banner(line[2:]) or _contains_wrote(line)
            after_lead_in = after_lead_in or (run == 1 and is_lead_in)
            if after_lead_in and run >= 2:
                quoted[index - 1] = quoted[index] = True
        elif line.strip():
            end = line.rstrip()[-1:]
            after_lead_in, run = end in (":", "：") or (end == ">" and "@" in line), 0
            is_mh_header = line[:1] == " " and text[:11] == "Message-ID:"
            after_mh_header = after_mh_header or is_mh_header
            after_wrote = after_wrote or (after_lead_in and _ends_in_wrote(text))


def _mark_aol_quotes(lines: Sequence[str], quoted: list[bool]) -> None:
    """Mark what AOL quotes between "<<" and ">>" below "In a message dated … Ann writes:"."""
    end = attribution = -1
    for index, line in enumerate(lines):
        if index <= end or not line.strip():
            continue
        if line[:2] == "<<" and attribution >= 0:
            closing = (at for at in range(index, len(lines)) if lines[at].rstrip()[-2:] == ">>")
            end = next(closing, -1)
            if end < 0:
                return
            quoted[index : end + 1] = [True] * (end + 1 - index)
        attribution = index if _ends_in_wrote(line) else -1


def _contains_wrote(line: str) -> bool:
    """Return whether a line that ends in a colon has "wrote" in some language."""
    text = line[:_LONGEST_READ].rstrip()
    return text[-1:] == ":" and not WROTE.isdisjoint(text[:-1].lower().split())


def _is_form(lines: Sequence[str], quoted: Sequence[bool]) -> bool:
    """Return whether the marked lines are the labels of a form: ">Place: garden", ">Story:".

    At least one has its text below it, without a mark.
    """
    marked = [index for index, is_quoted in enumerate(quoted) if is_quoted]
    if len(marked) < _MIN_FORM_LABELS or not all(
        _FORM_LABEL.match(lines[index][:_LONGEST_READ]) for index in marked
    ):
        return False
    labels = [lines[index][1:].partition(":")[0].strip().lower() for index in marked]
    return (
        FIELD_OF_LABEL.keys().isdisjoint(labels)
        and not (marked[0] and lines[marked[0] - 1].strip())
        and any(
            lines[index].rstrip().endswith(":") and not quoted[index + 1]
            for index in marked
            if index + 1 < len(lines)
        )
    )


def _ends_in_wrote(line: str) -> bool:
    """Return whether a line ends in "wrote:" in some language."""
    text = line[-_LONGEST_NAME:].rstrip()
    return text[-1:] == ":" and text[:-1].rpartition(" ")[2].lower() in WROTE


def _mark_name_quotes(lines: Sequence[str], quoted: list[bool]) -> None:
    """Mark lines after a person's name: "    Ann> ", or "Ann> " if it occurs more than once."""
    first: dict[str, int] = {}
    for index, line in enumerate(lines):
        is_candidate = not quoted[index] and ">" in line[:_LONGEST_NAME]
        found = _NAME_MARK.match(line) if is_candidate else None
        if found and (line[0] == " " or found.group() in first):
            quoted[index] = quoted[first.get(found.group(), index)] = True
        elif found:
            first[found.group()] = index


def _mark_elisions(lines: Sequence[str], quoted: list[bool]) -> None:
    """Mark "[...]" and "[snip]" next to a quote, as they replace a part of it."""
    candidates = [index for index, line in enumerate(lines) if line[:1] in _ELISION_STARTS]
    for index in candidates:
        if len(lines[index]) <= _LONGEST_ELISION and _ELISION.match(lines[index]):
            follows_text = index and (lines[index - 1].strip() or index < 2)
            nearby = quoted[index - 1 if follows_text else index - 2 : index + 2]
            above_quote = (
                index + 2 < len(lines) and not lines[index + 1].strip() and quoted[index + 2]
            )
            quoted[index] = above_quote or True in nearby


def _mark_supercite_quotes(lines: Sequence[str], quoted: list[bool]) -> None:
    """Mark Supercite's quotes: '>>>>> "Ann" == Ann Lee writes:' above lines with "Ann> "."""
    attributions = [index for index, line in enumerate(lines[:-1]) if line[:6] == ">>>>> "]
    for index in attributions:
        if not lines[index + 1].startswith(">"):
            below = index + 1 if lines[index + 1].strip() else index + 2
            if below < len(lines) and not quoted[below]:
                mark_same_prefix(lines, below, quoted)
                return
