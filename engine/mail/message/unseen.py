"""Remove what a reader never sees: invisible characters, and the control sequences of terminals."""

from __future__ import annotations

import re

# Bidirectional controls, zero-width and filler characters, annotation marks, and tags, which are
# invisible ASCII (Unicode, Default_Ignorable_Code_Point). The tags of three flags are visible.
_HIDDEN_CHARACTERS = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"
)
_FLAG = "\U0001f3f4"
_INVISIBLE = re.compile(  # starts with one set of characters, which is found much faster
    f"[{_FLAG}{_HIDDEN_CHARACTERS}](?:(?<={_FLAG})\U000e0067\U000e0062"
    "(?:\U000e0065\U000e006e\U000e0067|\U000e0073\U000e0063\U000e0074|\U000e0077\U000e006c\U000e0073)"
    "\U000e007f)?"
)
# Of bytes that are no text; they are "?" in the end, and join nothing.
_NO_TEXT = "\ud800-\udfff"
# A selector chooses a form of the character before it; others carry hidden bytes.
_SELECTORS = "\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"
_SELECTOR = re.compile(f"[{_SELECTORS}]")
_STRAY_SELECTOR = re.compile(
    f"(?<![0-9#*]|[^\x00-\xa8\\s\u200c\u200d{_SELECTORS}{_NO_TEXT}])[{_SELECTORS}]"
)
# Joiners have a meaning inside words of some scripts and inside emoji; elsewhere they hide text.
_JOINED = f"[^\x00-\x7f\\s\u200c\u200d{_NO_TEXT}]"
_STRAY_JOINER = re.compile(f"(?<!{_JOINED})[\u200c\u200d]|[\u200c\u200d](?!{_JOINED})")
# The first bytes of all of them in UTF-8, in which they are found several times as fast.
_MAY_BE_INVISIBLE = re.compile(
    rb"\xc2\xad|\xcd\x8f|\xd8\x9c|\xe1(?:\x85[\x9f\xa0]|\x9e[\xb4\xb5]|\xa0[\x8b-\x8f])"
    rb"|\xe2(?:\x80[\x8b-\x8f\xaa-\xae]|\x81[\xa0-\xaf])|\xe3\x85\xa4"
    rb"|\xef(?:\xb8[\x80-\x8f]|\xbb\xbf|\xbe\xa0|\xbf[\xb0-\xbb])|\xf0(?:\x9b\xb2|\x9d\x85)|\xf3\xa0"
)
# Control sequences and complete control strings (ECMA-48). The other escapes are left, as
# ISO-2022-JP consists of them.
_TERMINAL_SEQUENCE = re.compile(
    rb"\x1b\[[0-?]{0,100}[ -/]{0,10}[@-~]|\x1b[\]PX^_][^\x07\x1b\n]{0,4000}(?:\x07|\x1b\\)"
)
_ASCII_DESIGNATION = b"\x1b(B"  # terminals write it where they reset the colours
_OVERSTRUCK = re.compile(rb"(?:[\xc2-\xf4][\x80-\xbf]{1,3}|[^\n\x08])\x08")


def remove_invisible(text: str) -> str:
    """Return the text without invisible characters; all that is seen stays, in any script.

    Takes time linear in the length, and is idempotent.
    """
    if text.isascii() or not _MAY_BE_INVISIBLE.search(text.encode("utf-8", "replace")):
        return text
    text = _INVISIBLE.sub(lambda found: found[0] if found[0][0] == _FLAG else "", text)
    if _SELECTOR.search(text):
        text = _STRAY_SELECTOR.sub("", text)
    return _STRAY_JOINER.sub("", text) if "\u200c" in text or "\u200d" in text else text


def remove_terminal_sequences(data: bytes) -> bytes:
    """Return text without the colours, links and bold or underlined letters of a terminal.

    ISO-2022-JP, whose escapes are other ones, stays as it is.
    """
    if b"\x1b" in data:
        data = _TERMINAL_SEQUENCE.sub(b"", data)
        if data.count(b"\x1b") == data.count(_ASCII_DESIGNATION):
            data = data.replace(_ASCII_DESIGNATION, b"")
    return _OVERSTRUCK.sub(b"", data) if b"\x08" in data else data
