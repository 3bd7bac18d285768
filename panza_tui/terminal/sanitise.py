"""Mail text -> text that a terminal can only show, never obey.

Whatever prints mail text, instructions or drafts goes through `safe_text` or `safe_line` first.
Taken away: escape sequences, control characters, bidirectional controls (which can show words in
another order than they stand in: Trojan Source, CVE-2021-42574), and characters of no width, which
hide text. Everything that is seen stays. Time is linear in the text's length.
"""

from __future__ import annotations

import re

_LINE_END = re.compile("\r\n|[\r\v\f\u2028\u2029]")

# ECMA-48 control strings (their end must be there, or a lone start would swallow the mail), control
# sequences, and shorter escapes. Single C1 characters only go themselves: in mail of a mistaken
# charset they are the remains of quotes and dashes, and what follows them is the mail.
_ESCAPE = re.compile(
    "\x1b(?:[\\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\\\)|\\[[0-?]*[ -/]*[@-~]|[ -/]+[0-~]|[0-Z\\\\^-~])"
)

_UNSEEN = re.compile(
    "["
    "\x00-\x08\x0e-\x1f\x7f-\x9f"  # C0 but tab and newline, DEL, C1
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f"  # bidirectional controls
    "\u00ad\u034f\u180e\u200b\u2060-\u2065\ufeff\ufff9-\ufffb"  # no width
    "\U000e0000-\U000e007f"  # tags: invisible ASCII
    "]"
)

# Joiners have a meaning inside words of some scripts and inside emoji; elsewhere they only hide.
_STRAY_JOINER = re.compile(
    "(?<![^\x00-\x7f\\s\u200c\u200d])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\x7f\\s\u200c\u200d])"
)

_SURROGATE = re.compile("[\ud800-\udfff]")

_SPACES = re.compile(r"\s+")


def safe_text(text: str) -> str:
    """The text without anything a terminal obeys or hides; newlines and tabs stay.

    Bytes that were no text in their charset (lone surrogates) become U+FFFD, so it can be encoded.
    """
    if text.isascii() and text.isprintable():
        return text
    text = _LINE_END.sub("\n", text)
    text = _ESCAPE.sub("", text)
    text = _UNSEEN.sub("", text)
    text = _STRAY_JOINER.sub("", text)
    return _SURROGATE.sub("\ufffd", text)


def safe_line(text: str) -> str:
    """The text as one line, for subjects, names and addresses."""
    return _SPACES.sub(" ", safe_text(text)).strip()
