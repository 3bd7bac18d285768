"""Bring the bytes that a program or a person passes on stdin into the form of a mail or text."""

from __future__ import annotations

import codecs
import re

from engine.mail.message.unseen import remove_terminal_sequences

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 400  # bytes that show an encoding without a byte order mark
_MIN_NULS = 0.8  # of every second byte of text in UTF-16
_MAX_NULS = 0.01  # of text with a few damaged bytes
# The line that editors show in place of the blank one: Emacs (message-mode), and nmh.
_EDITOR_SEPARATOR = re.compile(
    rb"((?:[!-9;-~]{1,200}[ \t]*:[^\n]*\n|[ \t][^\n]*\n){1,500}?)"
    rb"(?:--text follows this line--|-{8,40})[ \t]*\r?(?:\n|\Z)"
)
_MAIL_FIELD = re.compile(rb"(?im)^(?:to|cc|from|subject|in-reply-to|fcc)[ \t]*:")


def normalise_input(data: bytes) -> bytes:
    """Return input as UTF-8 or in the charset it declares, without what only a terminal shows.

    Decodes UTF-16 and UTF-32, drops the sequences of a pager's output, and replaces the line that
    separates header and body in an editor by a blank one.
    """
    data = _from_wide(data).removeprefix(codecs.BOM_UTF8)
    data = remove_terminal_sequences(data).lstrip(b"\r\n")
    separator = _EDITOR_SEPARATOR.match(data)
    if separator and _MAIL_FIELD.search(separator[1]):
        data = separator[1] + b"\n" + data[separator.end() :]
    return data


def is_binary(data: bytes) -> bool:
    """Return whether data is a file of another kind, not text."""
    return data.count(b"\0") > _MAX_NULS * len(data)


def _from_wide(data: bytes) -> bytes:
    encoding = next((name for bom, name in _BOMS if data.startswith(bom)), "")
    if not encoding:
        sample = data[:_SAMPLE]
        odd, even = sample[1::2], sample[::2]
        if len(sample) >= 4 and not even.count(0) and odd.count(0) > _MIN_NULS * len(odd):
            encoding = "utf-16-le"
        elif len(sample) >= 4 and not odd.count(0) and even.count(0) > _MIN_NULS * len(even):
            encoding = "utf-16-be"
    return data.decode(encoding, "replace").encode("utf-8", "replace") if encoding else data
