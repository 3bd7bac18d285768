"""Bring the bytes that a program or a person passes on stdin into the form of a mail or text."""

from __future__ import annotations

import codecs
import re

from engine.mail.message.charsets import wide_encoding
from engine.mail.message.unseen import remove_terminal_sequences

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
    if encoding := wide_encoding(data):
        data = data.decode(encoding, "replace").encode("utf-8", "replace")
    data = data.removeprefix(codecs.BOM_UTF8)
    data = remove_terminal_sequences(data).lstrip(b"\r\n")
    separator = _EDITOR_SEPARATOR.match(data)
    if separator and _MAIL_FIELD.search(separator[1]):
        data = separator[1] + b"\n" + data[separator.end() :]
    return data


def is_binary(data: bytes) -> bool:
    """Return whether data is a file of another kind, not text."""
    return data.count(b"\0") > _MAX_NULS * len(data)
