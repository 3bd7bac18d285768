"""Find what a writer pasted and did not write: logs, diffs, command output and code.

It is part of what a mail says, but not of how its writer writes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from engine.mail.own_words.closings import is_closing
from engine.mail.own_words.code_edges import (
    NAME,
    LineRange,
    mark_edges,
    marked_ranges,
    next_written,
)
from engine.mail.own_words.code_line_rules import (
    LONGEST_READ,
    is_command,
    is_dense,
    is_prose,
    is_row,
    is_sentence,
    is_setting,
    is_strong,
    is_unmistakable,
    is_weak,
)
from engine.mail.own_words.code_paragraphs import code_paragraphs, count_words, paragraph_end
from engine.mail.own_words.code_signs import code_runs
from engine.mail.own_words.code_tokens import code_by_tokens
from engine.mail.own_words.code_values import code_by_values

CODE_MARK = "[code]"
"""The line that stands for a pasted block in what a model learns from."""

_HUNK = re.compile(r"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")
_DIFF_HEAD = re.compile(
    r"diff |index [0-9a-f]+\.\.|(?:---|\+\+\+|\*\*\*) \S|Index: |={20}"
    r"|(?:old|new|deleted|similarity|rename|copy)\b.{0,30} (?:mode|file|index|from|to)\b"
)
_FENCES = {"```": "```", "~~~": "~~~", "{{{": "}}}", "[code]": "[/code]", "<code>": "</code>"}
_OPENING_FENCES = tuple(_FENCES)
_PROMPT_END = re.compile(r".{0,120}?[$#%>] |[A-Z]:\\[^>]{0,120}>")
_MAX_BLANK = 2  # lines between two parts of a block
_MAX_WRAPPED = 2  # lines into which a mail program wrapped the end of a longer one
_FULL_LINE = 60  # characters; a longer line may have been wrapped
_MIN_SETTINGS = 3
_MIN_LINES = 3  # of a block with one strong line
_MIN_LINES_APART = 2  # between blank lines
_LONGEST_TITLE = 4  # words
_MAX_LINES = 5000
_MAX_LINES_WITHOUT_SENTENCE = 40  # of a paragraph
_MAX_NAMES_ABOVE = 20  # lines
_MAX_CALL_WORDS = 4  # of a line that uses a name of the code above it
_CODE_NAME = re.compile(r"[a-z_]\w*")
_NUMBER_OR_SIGN = re.compile(r"[\d(\[{<>=;$]")
_SIGN_OF_CODE = re.compile(r"[\d{}()\[\]<>=;$%&|\\/_#*\"'`]")
_LABEL = re.compile(r"\s*[\w-]{1,16}: ")
# Lists that people write, which look like settings
_AMOUNT = re.compile(r"[A-Z]\w* = [\d.,]+")
_TRANSLATION = re.compile(r"[^\W\d_]+ = [^\W\d_]+")


def code_lines(text: str) -> tuple[LineRange, ...]:
    """Return the blocks of pasted logs, diffs, output and code in own words, in order.

    Takes time linear in the length of the text.
    """
    lines = [line[:LONGEST_READ].rstrip() for line in text.split("\n")[:_MAX_LINES]]
    strong = [bool(line) and is_strong(line) for line in lines]
    marked = [False] * len(lines)
    _mark_fences(lines, marked)
    if True in strong:
        _mark_diffs(lines, marked)
        _mark_blocks(lines, strong, marked)
    _mark_settings(lines, marked)
    for find in (code_runs, code_paragraphs, code_by_values, code_by_tokens):
        for start, end in find(lines):
            marked[start:end] = [True] * (end - start)
    if True in marked:
        mark_edges(lines, marked)
    return tuple(marked_ranges(lines, marked))


def replace_code(text: str, blocks: Iterable[LineRange]) -> str:
    """Return the text with one line "[code]" in place of each block."""
    lines = text.split("\n")
    for start, end in sorted(blocks, reverse=True):
        lines[start:end] = [CODE_MARK]
    return "\n".join(lines)


def without_code(text: str) -> str:
    """Return own words with one line "[code]" in place of each pasted block."""
    return replace_code(text, code_lines(text))


def _mark_fences(lines: Sequence[str], marked: list[bool]) -> None:
    end = 0
    for index, line in enumerate(lines):
        text = line.lstrip()
        if index < end or not text.startswith(_OPENING_FENCES):
            continue
        opening = next(fence for fence in _FENCES if text.startswith(fence))
        closing = _FENCES[opening]
        following = range(index + 1, len(lines))
        last = next((at for at in following if lines[at].strip().startswith(closing)), None)
        if last is not None:
            end = last + 1
            marked[index:end] = [True] * (end - index)


def _mark_diffs(lines: Sequence[str], marked: list[bool]) -> None:
    """Mark the hunks of unified diffs, as long as their heads say, and the lines above them."""
    end = 0
    for index, line in enumerate(lines):
        hunk = _HUNK.match(line) if index >= end else None
        if hunk is None:
            continue
        start = index
        while start > end and _DIFF_HEAD.match(lines[start - 1]):
            start -= 1
        end = _hunk_end(lines, index + 1, int(hunk[1] or 1), int(hunk[2] or 1))
        marked[start:end] = [True] * (end - start)


def _hunk_end(lines: Sequence[str], start: int, old: int, new: int) -> int:
    wrapped = 0
    end = start
    for index in range(start, len(lines)):
        sign = lines[index][:1]
        if old <= 0 and new <= 0 and sign != "\\":
            break
        if sign in ("+", "-", " ", "", "\\"):
            old -= sign in ("-", " ", "")
            new -= sign in ("+", " ", "")
            wrapped = 0
            end = index + 1
        elif len(lines[index - 1]) >= _FULL_LINE and wrapped < _MAX_WRAPPED:
            wrapped += 1
        else:
            break
    while end > start and not lines[end - 1]:
        end -= 1
    return end


def _mark_blocks(lines: Sequence[str], strong: Sequence[bool], marked: list[bool]) -> None:
    end = 0
    for index in range(len(lines)):
        if index < end or not strong[index] or marked[index]:
            continue
        start = index
        while start > end and lines[start - 1] and is_weak(lines[start - 1]):
            start -= 1
        end = max(_block_end(lines, strong, index), _end_without_sentences(lines, index))
        count = sum(strong[start:end])
        written = sum(1 for line in lines[start:end] if line)
        is_apart = not any(lines[at] for at in (start - 1, end) if 0 <= at < len(lines))
        least = _MIN_LINES_APART if is_apart else _MIN_LINES
        is_alone = is_apart and is_command(lines[index])
        if count > 1 or written >= least or is_alone or is_unmistakable(lines[index]):
            marked[start:end] = [True] * (end - start)


def _block_end(lines: Sequence[str], strong: Sequence[bool], start: int) -> int:
    """Return the end of the block that a strong line starts."""
    end = start + 1
    last_strong = start
    in_output = _is_prompt(lines[start])
    in_commit = lines[start].startswith("commit ")
    while end < len(lines):
        line = lines[end]
        if not line:
            following = next_written(lines, end)
            if following is None or following - end > _MAX_BLANK:
                break
            is_indented = lines[following][:1] in (" ", "\t")
            is_code = strong[following] or is_dense(lines[following])
            if in_output and not is_code and _is_table_of_output(lines, following):
                end = following + 1
                continue
            if not (is_code or (is_indented and (in_commit or is_weak(lines[following])))):
                break
            in_output, end = False, following
        elif strong[end]:
            in_output, last_strong = in_output or _is_prompt(line), end
        elif not (
            is_weak(line)
            or (count_words(line)[0] and not is_sentence(line))
            or _uses_name(lines[max(start, end - _MAX_NAMES_ABOVE) : end], line)
            or (in_commit and line.startswith("    "))
            or (line[:1] in (" ", "\t") and not line.endswith((".", "?", "!")))
            or (in_output and not _is_said(lines, end))
            or _is_wrapped(lines, strong, end, last_strong)
        ):
            break
        end += 1
    return end


def _end_without_sentences(lines: Sequence[str], start: int) -> int:
    """Return the end of the paragraph if no line below `start` is a sentence, and few are prose."""
    end = paragraph_end(lines, start)
    rest = lines[start + 1 : end]
    with_signs = sum(1 for line in rest if _SIGN_OF_CODE.search(line))
    if len(rest) > _MAX_LINES_WITHOUT_SENTENCE or 2 * with_signs < len(rest):
        return start + 1
    prose = sum(1 for line in rest if is_prose(line) and not _LABEL.match(line))
    is_code = 2 * prose <= len(rest) and not any(
        is_sentence(line) or is_closing(line) for line in rest
    )
    is_signed = bool(rest) and rest[-1].istitle() and NAME.fullmatch(rest[-1]) is not None
    return end if is_code and not is_signed else start + 1


def _uses_name(block: Sequence[str], line: str) -> bool:
    """Return whether a line has a number or sign and a name of the code above it."""
    words = _CODE_NAME.findall(line)
    return (
        _NUMBER_OR_SIGN.search(line) is not None
        and not is_sentence(line)
        and len(words) <= _MAX_CALL_WORDS
        and not {word for word in words if len(word) > 2}.isdisjoint(
            _CODE_NAME.findall(" ".join(block))
        )
    )


def _is_table_of_output(lines: Sequence[str], start: int) -> bool:
    """Return whether a paragraph of output is a table, or a short heading above one."""
    end = paragraph_end(lines, start)
    if end - start == 1 and len(lines[start].split()) <= _LONGEST_TITLE:
        start = next_written(lines, end) or end
        end = paragraph_end(lines, start)
    rows = sum(map(is_row, lines[start:end]))
    return rows > 0 and 2 * rows >= end - start


def _is_prompt(line: str) -> bool:
    return is_unmistakable(line) and _PROMPT_END.match(line) is not None


def _is_said(lines: Sequence[str], index: int) -> bool:
    """Return whether a line below a command is the writer's: a sentence, or the name at the end."""
    line = lines[index]
    if line[:1].isupper() and line.endswith((".", "?", "!")) and is_prose(line):
        return True
    if is_closing(line):
        return True
    return next_written(lines, index + 1) is None and NAME.fullmatch(line) is not None


def _is_wrapped(lines: Sequence[str], strong: Sequence[bool], index: int, last_strong: int) -> bool:
    """Return whether a line is the end of a longer one, or stands between two strong ones."""
    if index - last_strong > _MAX_WRAPPED:
        return False
    following = lines[index + 1] if index + 1 < len(lines) else ""
    if following and (strong[index + 1] or (is_weak(following) and not is_prose(lines[index]))):
        return True
    is_rest = len(lines[index - 1]) >= _FULL_LINE and not lines[index][:1].isupper()
    return is_rest and not following


def _mark_settings(lines: Sequence[str], marked: list[bool]) -> None:
    run: list[int] = []
    for index in range(len(lines) + 1):
        if index < len(lines) and not marked[index] and is_setting(lines[index]):
            run.append(index)
        elif index == len(lines) or lines[index]:
            is_list = any(
                all(form.fullmatch(lines[at]) for at in run) for form in (_AMOUNT, _TRANSLATION)
            )
            if len(run) >= _MIN_SETTINGS and not is_list:
                marked[run[0] : run[-1] + 1] = [True] * (run[-1] + 1 - run[0])
            run = []
