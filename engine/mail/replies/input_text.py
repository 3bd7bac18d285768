"""Bring the bytes that a program or a person passes on stdin into the form of a mail or text."""

from __future__ import annotations

import codecs
import re

from engine.mail.archives.formats import looks_like_message
from engine.mail.message.charsets import wide_encoding
from engine.mail.message.unseen import remove_terminal_sequences

_MAX_CONTROLS = 0.01  # of text with a few damaged bytes
# The line that editors show in place of the blank one: Emacs (message-mode), and nmh.
_EDITOR_SEPARATOR = re.compile(
    rb"((?:[!-9;-~]{1,200}[ \t]*:[^\n]*\n|[ \t][^\n]*\n){1,500}?)"
    rb"(?:--text follows this line--|-{8,40})[ \t]*\r?(?:\n|\Z)"
)
_SHOWN_SEQUENCE = re.compile(rb"\^\[\[[0-9;]{0,40}[mK]")  # of a terminal, as cat -v shows it
# What mutt's pager writes between the parts of a mail: "[-- Type: text/plain, Size: 1K --]".
_PAGER_MARKS = re.compile(
    rb"(?m)^\[-- PGP output follows.*\n(?s:.*?)^\[-- End of PGP output --\][^\n]*\n?"
    rb"|^\[-- Begin signature information.*\n(?s:.*?)^\[-- End signature information --\][^\n]*\n?"
    rb"|^\[-- .* --\][ \t\r]*(?:\n|\Z)"
    # Alpine's about character sets, which it puts above a part
    rb"|^ *\[(?:The following text is in the|Your display is set for the"
    rb"|Some (?:special )?characters may)[^\]\n]{0,100}\][ \t\r]*(?:\n|\Z)"
)
# What mblaze's mshow writes above each part, also in place of the line below the header.
_PART_MARK = re.compile(rb"(?m)^ *--- [\d.]+: [\w.+-]+/[\w.+-]+ .{0,200}---[ \t\r]*$")
_MML_TAG = re.compile(rb"(?m)^<#/?(?:part|multipart)\b[^>\n]{0,400}>[ \t\r]*(?:\n|\Z)")  # of Emacs
# What mail(1) and s-nail write above a mail that they print: "Message 3:"
_NUMBER_LINE = re.compile(
    rb"(?:\[-- )?Message +\d{1,9}(?: -- [^\n]{0,80}--\])?:?[ \t\r]*\n(?=[A-Z])"
)
_LENGTH_LINE = re.compile(rb"(\d{1,9})[ \t]*\r?\n")
_FENCE = re.compile(rb"(?s)(?:```|~~~)[^\n]{0,40}\n(.*)\n(?:```|~~~)\s*")
_CONTROLS = bytes(code for code in range(32) if code not in b"\b\t\n\f\r\x1b")
_MAIL_FIELD = re.compile(rb"(?im)^(?:to|cc|from|subject|in-reply-to|fcc)[ \t]*:")


def normalise_input(data: bytes) -> bytes:
    """Return input as UTF-8 or in the charset it declares, without what only a terminal shows.

    Decodes UTF-16 and UTF-32, drops the sequences and marks of a pager's output and an indent of
    all lines, and replaces the line that separates header and body in an editor by a blank one.
    """
    if encoding := wide_encoding(data):
        data = data.decode(encoding, "replace").encode("utf-8", "replace")
    data = data.removeprefix(codecs.BOM_UTF8)
    data = remove_terminal_sequences(data).lstrip(b"\r\n")
    if b"^[[" in data:
        data = _SHOWN_SEQUENCE.sub(b"", data)
    if b"\r" in data and b"\n" not in data:
        data = data.replace(b"\r", b"\n")
    if b"\n[-- " in data or b"character" in data:
        data = _PAGER_MARKS.sub(b"", data)
    if b"\n--- " in data:
        data = _PART_MARK.sub(b"", data)
    if b"<#" in data:
        data = _MML_TAG.sub(b"", data)
    if number := _NUMBER_LINE.match(data):
        data = data[number.end() :]
    data = _without_length(_without_frame(_without_indent(data)))
    separator = _EDITOR_SEPARATOR.match(data)
    if separator and _MAIL_FIELD.search(separator[1]):
        data = separator[1] + b"\n" + data[separator.end() :]
    return data


def _without_length(data: bytes) -> bytes:
    """Return the mail in a file of Apple Mail's, which has its length above it."""
    line = _LENGTH_LINE.match(data)
    if line is None or not looks_like_message(data[line.end() :]):
        return data
    return data[line.end() : line.end() + int(line[1])]


def _without_frame(data: bytes) -> bytes:
    """Return a mail, header and all, without the fence or the quote marks around all of it."""
    fenced = _FENCE.fullmatch(data)
    if fenced and looks_like_message(fenced[1]):
        return fenced[1]
    if data.startswith(b">") and not data.startswith(b">From "):
        lines = data.split(b"\n")
        if all(line.startswith(b">") or not line.strip() for line in lines):
            inner = b"\n".join(line[1:].removeprefix(b" ") for line in lines)
            return inner if looks_like_message(inner) else data
    return data


def _without_indent(data: bytes) -> bytes:
    """Return text without the spaces that all its lines start with."""
    lines = data.split(b"\n")
    width = min((len(line) - len(line.lstrip(b" ")) for line in lines if line.strip()), default=0)
    return data if not width else b"\n".join(line[width:] for line in lines)


def is_binary(data: bytes) -> bool:
    """Return whether data is a file of another kind, not text."""
    controls = len(data) - len(data.translate(None, _CONTROLS))
    return controls > _MAX_CONTROLS * len(data)
