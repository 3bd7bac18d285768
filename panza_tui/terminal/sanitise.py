"""Make mail text safe to print on a terminal.

All mail text, instructions and drafts must pass through `safe_text` or `safe_line` before they are
printed. These remove escape sequences, control characters, bidirectional controls (which can
reorder words on screen: Trojan Source, CVE-2021-42574) and zero-width characters, which hide text.
Everything visible stays. They take linear time.
"""

from __future__ import annotations

import re

from engine.mail.message.unseen import remove_invisible

_LINE_END = re.compile("\r\n|[\r\v\f\u2028\u2029]")

# ECMA-48 control strings (only complete ones, as a lone start would swallow the mail), control
# sequences, and shorter escapes. Of a C1 sequence only the first character is removed: in mail with
# a wrong charset it is a garbled quote or dash, followed by ordinary text.
_ESCAPE = re.compile(
    "\x1b(?:[\\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\\\)|\\[[0-?]*[ -/]*[@-~]|[ -/]+[0-~]|[0-Z\\\\^-~])"
)

_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]")  # C0 except tab and newline, DEL, C1

_SURROGATE = re.compile("[\ud800-\udfff]")

_SPACES = re.compile(r"\s+")


def safe_text(text: str) -> str:
    """Return the text without anything that a terminal interprets or hides; newlines and tabs stay.

    Lone surrogates, which come from undecodable bytes, become U+FFFD.
    """
    if text.isascii() and text.isprintable():
        return text
    text = _LINE_END.sub("\n", text)
    text = _ESCAPE.sub("", text)
    text = remove_invisible(_CONTROL.sub("", text))
    return _SURROGATE.sub("\ufffd", text)


def safe_line(text: str) -> str:
    """Return the text as one safe line, for subjects, names and addresses."""
    return _SPACES.sub(" ", safe_text(text)).strip()
