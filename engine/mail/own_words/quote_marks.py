"""Which lines carry a quote mark: the ">" at their head, and what programs make of it.

Programs wrap quoted lines and lose the mark on the rest, put the mark one line too low or too
high, or quote with other characters.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import compress, pairwise
from operator import not_

from engine.mail.own_words.header_words import WROTE
from engine.mail.own_words.quoted_headers import is_groupwise_banner, is_original_banner

_QUOTED = re.compile(r"^\s{0,4}(?:>|[A-ZА-ЯЁІЄ]{1,3}>+\s)")
_OTHER_PREFIX = re.compile(r"[|:}%+#~]{1,2}|[-=]{1,2}[\]>|}]|\s{0,8}[^\W\d_][\w.-]{0,15}>")
_LEVEL = re.compile(r"\s{0,4}(?:(?:[A-ZА-ЯЁІЄ]{1,3})?>|[|:}%+#~]{1,2}|[-=]{1,2}[\]>|}]) ?")
_MARKS = re.compile(r"^[\s>]{0,60}")
_DECORATED = re.compile(r"^>>.*<<\s*$")
_LONGEST_NAME = 24  # letters, with what stands before and behind it
_BY_NAME = re.compile(r"\s{0,8}[A-Z][a-z][\w.-]{0,13}>(?=\s)")
_ELISION = re.compile(
    r"^\W{1,8}(?:\.{2,}|…|(?:[^\[\]<>@]{0,30}\b)?(?:snip\w*|cut|del\w*|schnipp?|lost|elided|trimmed"
    r"|skip\w*|omissis)\b[^\[\]<>]{0,20})\W{1,8}$|^(?:\[(?:\.{2,}|…)\]|\((?:\.{3}|…)\)|\.{3})\s*$",
    re.IGNORECASE,
)
_ELIDES = frozenset("[<(-*….")
_LONGEST_ELISION = 40  # letters
_WRAP_WIDTH = 66
_FULL_LINE = 58  # letters a wrapped line has at least
_SLACK = 5  # letters by which programs differ in counting a line
_LONGEST_END = 12  # lines of one wrapped paragraph
_READ = 400  # letters of a line that are looked at


def quote_marks(lines: Sequence[str]) -> list[bool]:
    """Whether each line is quoted by its mark. Time grows linearly with the lines."""
    quoted = openly_quoted(lines)
    heads = {line[:2] for line in lines}
    firsts = {head[:1] for head in heads}
    if ":" in firsts:
        _claim_colon_quotes(lines, quoted)
    if "| " in "\n".join(lines):
        _claim_bar_quotes(lines, quoted)
    if "<<" in heads:
        _claim_angled_quotes(lines, quoted)
    if ">" in "\n".join(compress(lines, map(not_, quoted))):
        _claim_lines_by_name(lines, quoted)
    if True in quoted:
        if not firsts.isdisjoint(_ELIDES):
            _claim_elisions(lines, quoted)
        if ">>" in heads:
            _claim_named_quotes(lines, quoted)
        if ">>" in heads or ">F" in heads:
            _release_lone_lines(lines, quoted)
        _claim_wrapped_ends(lines, quoted)
        _claim_first_lines(lines, quoted)
    return quoted


def openly_quoted(lines: Sequence[str]) -> list[bool]:
    """Whether each line is quoted by a ">" of its own."""
    return [line[:1] == ">" or (">" in line[:8] and is_quoted(line)) for line in lines]


def is_quoted(line: str) -> bool:
    return line[:1] == ">" or (">" in line[:8] and bool(_QUOTED.match(line)))


def next_of(quoted: Sequence[bool], wanted: bool, start: int) -> int:
    """The first place from `start` on that is `wanted`; len(quoted) when there is none."""
    try:
        return quoted.index(wanted, start)
    except ValueError:
        return len(quoted)


def without_mark(line: str) -> str:
    """The line with one level of quoting taken off."""
    if line[:1] == ">":
        return line[2:] if line[1:2] == " " else line[1:]
    level = _LEVEL.match(line)
    return line[level.end() :] if level else line


def claim_prefixed(lines: Sequence[str], start: int, quoted: list[bool]) -> None:
    """Mark the lines from `start` on that share a prefix other than ">": "| ", "--]", "Ann> "."""
    found = _OTHER_PREFIX.match(lines[start])
    if found:
        for index in range(start, len(lines)):
            quoted[index] = quoted[index] or lines[index].startswith(found.group())


def _release_lone_lines(lines: Sequence[str], quoted: list[bool]) -> None:
    """Unmark what only looks quoted: ">From " of an mbox and ">>> banners <<<" within text."""
    candidates = [
        index
        for index, line in enumerate(lines)
        if line[:6] == ">From "
        or (line[:2] == ">>" and line.rstrip()[-1:] in "<>" and line.strip("<> \t"))
    ]
    for index in candidates:
        line = lines[index]
        alone = (index == 0 or not quoted[index - 1]) and (
            index + 1 == len(lines) or not quoted[index + 1]
        )
        if is_groupwise_banner(line) or (
            alone and (line.startswith(">From ") or _DECORATED.match(line[:_READ]))
        ):
            quoted[index] = False


def _claim_colon_quotes(lines: Sequence[str], quoted: list[bool]) -> None:
    """Some quote with ": " at the head of every line; three such lines together are a quote."""
    run = 0
    for index in range(len(lines) + 1):
        if index < len(lines) and lines[index][:2] in (": ", ":"):
            run += 1
            continue
        if run >= 3:
            quoted[index - run : index] = [True] * run
        run = 0


def _claim_bar_quotes(lines: Sequence[str], quoted: list[bool]) -> None:
    """Some quote with "| ": below a line that ends in a colon; boxes have a second bar.

    So do MH's users below the headers that it copies, always, and others below "Ann wrote:".
    """
    led, run, by_mh, told = True, 0, False, False
    for index, line in enumerate(lines):
        text = line.lstrip()
        barred = line[:2] == "| " and "|" not in line[2:]
        if (told and barred) or (by_mh and text[:2] in ("| ", "|")):
            quoted[index] = True
        elif barred or line.rstrip() == "|":
            run += 1
            led = led or (run == 1 and is_original_banner(line[2:]))
            if led and run >= 2:
                quoted[index - 1] = quoted[index] = True
        elif line.strip():
            led, run = line.rstrip()[-1:] in (":", "："), 0
            by_mh = by_mh or (line[:1] == " " and text[:11] == "Message-ID:")
            told = told or (led and _says_wrote(text))


def _claim_angled_quotes(lines: Sequence[str], quoted: list[bool]) -> None:
    """Mark what AOL quotes between "<<" and ">>" below "In a message dated … Ann writes:"."""
    end = led = -1
    for index, line in enumerate(lines):
        if index <= end or not line.strip():
            continue
        if line[:2] == "<<" and led >= 0:
            closed = (at for at in range(index, len(lines)) if lines[at].rstrip()[-2:] == ">>")
            end = next(closed, -1)
            if end < 0:
                return
            quoted[index : end + 1] = [True] * (end + 1 - index)
        led = index if _says_wrote(line) else -1


def _says_wrote(line: str) -> bool:
    """Whether it ends in "wrote:" in some language."""
    text = line[-_LONGEST_NAME:].rstrip()
    return text[-1:] == ":" and text[:-1].rpartition(" ")[2].lower() in WROTE


def _claim_lines_by_name(lines: Sequence[str], quoted: list[bool]) -> None:
    """Mark lines behind a person's name: "    Ann> ", and without the indentation from two on."""
    first: dict[str, int] = {}
    for index, line in enumerate(lines):
        may = not quoted[index] and ">" in line[:_LONGEST_NAME]
        found = _BY_NAME.match(line) if may else None
        if found and (line[0] == " " or found.group() in first):
            quoted[index] = quoted[first.get(found.group(), index)] = True
        elif found:
            first[found.group()] = index


def _claim_elisions(lines: Sequence[str], quoted: list[bool]) -> None:
    """Mark "[...]" and "[snip]" beside a quote: they stand for a part of it."""
    candidates = [index for index, line in enumerate(lines) if line[:1] in _ELIDES]
    for index in candidates:
        if len(lines[index]) <= _LONGEST_ELISION and _ELISION.match(lines[index]):
            above = index and (lines[index - 1].strip() or index < 2)
            beside = quoted[index - 1 if above else index - 2 : index + 2]
            below = index + 2 < len(lines) and not lines[index + 1].strip() and quoted[index + 2]
            quoted[index] = below or True in beside


def _claim_named_quotes(lines: Sequence[str], quoted: list[bool]) -> None:
    """Mark what Supercite quotes with a name: '>>>>> "Ann" == Ann Lee writes:' over "Ann> "."""
    deepest = [index for index, line in enumerate(lines[:-1]) if line[:6] == ">>>>> "]
    for index in deepest:
        if not lines[index + 1].startswith(">"):
            below = index + 1 if lines[index + 1].strip() else index + 2
            if below < len(lines) and not quoted[below]:
                claim_prefixed(lines, below, quoted)
                return


def _claim_wrapped_ends(lines: Sequence[str], quoted: list[bool]) -> None:
    """Mark the ends of quoted lines that a later program wrapped without a new ">"."""
    index = 1
    while index < len(lines):
        if quoted[index]:
            index = next_of(quoted, False, index + 1)
            continue
        if not quoted[index - 1]:
            index = next_of(quoted, True, index + 1) + 1
            continue
        if not lines[index].strip():
            index += 1
            continue
        end = index
        while (
            end < len(lines)
            and end - index <= _LONGEST_END
            and not quoted[end]
            and lines[end].strip()
        ):
            end += 1
        enclosed = end < len(lines) and quoted[end]
        if _opens_own_paragraph(lines, quoted, index, end, enclosed):
            quoted[index - 1] = False
        elif end - index <= _LONGEST_END and _is_wrapped_end(lines, index, end, enclosed):
            quoted[index:end] = [True] * (end - index)
        index = max(end, index + 1)


def _is_wrapped_end(lines: Sequence[str], start: int, end: int, enclosed: bool) -> bool:
    above = lines[start - 1][:_READ].rstrip()
    first = lines[start][:_READ].strip()
    overlong = _wraps(above, first, _WRAP_WIDTH - 1)
    unfinished = not above.endswith((".", "?", "!", ":", ">")) and len(above) > 3
    continues = not first[0].isupper()
    if not enclosed:
        return end - start <= 3 and unfinished and overlong and continues
    if end - start >= 2 and (unfinished or overlong) and _filled(lines[start - 1 : end]):
        return True
    if end - start > 3:
        return False
    if (unfinished and (overlong or continues)) or not first[0].isalnum():
        return True
    if end - start == 1 and _is_inside_sentence(above, first, lines[end]):
        return True
    # A word or two that did not fit the width of the quoted lines around them.
    below = lines[end][:_READ].rstrip()
    left_over = end - start == 1 and len(first.split()) <= 3 and len(below) < len(above)
    left_over = left_over and not above.endswith(("?", "!", ":"))
    return (continues and len(above) >= 50) or (left_over and overlong and first[-1].isalnum())


def _is_inside_sentence(above: str, line: str, below: str) -> bool:
    """Whether a line without its mark goes on in the quote below it, which was wrapped twice."""
    rest = below[:_READ].lstrip("> ")
    deep = all(text.replace(" ", "")[:2] == ">>" for text in (above, below))
    return deep and rest[:1].islower() and line[-1] not in ".?!:"


def _opens_own_paragraph(
    lines: Sequence[str], quoted: Sequence[bool], start: int, end: int, enclosed: bool
) -> bool:
    """Whether the marked line above `start` belongs to the writer's paragraph below it.

    Gmail puts the mark on a paragraph's first line when the quote above ends in an empty one.
    """
    above = lines[start - 1].rstrip()
    return (
        not enclosed
        and end - start >= 2
        and start >= 2
        and quoted[start - 2]
        and not lines[start - 2].strip(" >")
        and above.startswith("> ")
        and lines[start][:1].islower()
        and above[-1].isalnum()
        and _filled(lines[start - 1 : end])
    )


def _claim_first_lines(lines: Sequence[str], quoted: list[bool]) -> None:
    """Mark a quoted paragraph's first line that lacks the mark, as Gmail writes it."""
    below = 0
    while (below := next_of(quoted, True, next_of(quoted, False, below))) < len(lines):
        index, line = below - 1, lines[below - 1]
        if len(line) < _FULL_LINE or (index and lines[index - 1].strip()):
            continue
        rest = _MARKS.sub("", lines[below][:_READ])
        if rest[:1].islower() and line.rstrip()[-1:].isalnum() and _wraps(line, rest, _WRAP_WIDTH):
            quoted[index] = True


def _filled(lines: Sequence[str]) -> bool:
    """Whether the lines are one paragraph wrapped at one width: no word would have fit above."""
    texts = [line[:_READ].strip() for line in lines]
    width = max(map(len, texts)) - _SLACK
    return len(texts[0]) >= _FULL_LINE and all(
        _wraps(above, below, width) for above, below in pairwise(texts)
    )


def _wraps(above: str, below: str, width: int) -> bool:
    return len(above) + 1 + len(below.split(" ", 1)[0]) > width
