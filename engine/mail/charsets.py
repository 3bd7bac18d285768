"""Bytes of a mail -> text, where the declared charset may be wrong, unknown or missing."""

from __future__ import annotations

import codecs
import re
from email.errors import HeaderParseError
from email.header import decode_header

# What mailers call charsets that Python calls otherwise, and subsets declared for their supersets.
_ALIASES = {
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "euc-kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-8-e": "iso-8859-8",
    "unicode-1-1-utf-7": "utf-7",
    "unicode-1-1-utf-8": "utf-8",
    "utf8mb4": "utf-8",
    "x-mac-roman": "mac-roman",
    "macintosh": "mac-roman",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "windows-874": "cp874",
}
# Declared by programs that did not look: their bytes are tried as UTF-8 first.
_CARELESS = {"cp1252", "ascii", ""}
# Codecs of Python that are no charsets of mail; some take quadratic time.
_NO_CHARSETS = {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs"}

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_LONGEST_HEADER = 20_000


def decode_bytes(data: bytes, declared: str = "") -> str:
    """The text in `data`: as declared where that can be true, else UTF-8, else Windows-1252.

    Line ends become "\\n"; control characters (terminal escapes, NULs) are dropped. Never raises.
    """
    text = _decode(data, _known(declared))
    if "â€" in text or "Ã" in text:
        text = _undone_twice(text)
    return clean(text.replace("\r\n", "\n").replace("\r", "\n"))


def decode_header_value(value: bytes) -> str:
    """A header as one line of text, encoded words (RFC 2047) decoded. Never raises."""
    raw = value[:_LONGEST_HEADER]
    if b"=?" not in raw:
        return " ".join(decode_bytes(raw).split())
    try:
        pieces = decode_header(raw.decode("ascii", "surrogateescape"))
    except (HeaderParseError, ValueError, LookupError):
        return " ".join(decode_bytes(raw).split())
    text = "".join(
        decode_bytes(piece.encode("utf-8", "surrogateescape"))
        if isinstance(piece, str)
        else decode_bytes(piece, charset or "")
        for piece, charset in pieces
    )
    return " ".join(text.split())


def clean(text: str) -> str:
    """The text without control characters other than line end and tab."""
    return _CONTROL.sub("", text)


def _known(declared: str) -> str:
    """The Python codec for a declared charset; '' when there is none."""
    name = declared.strip().strip("\"'").lower().partition("*")[0]
    name = _ALIASES.get(name, name)
    try:
        codec = codecs.lookup(name)
    except (LookupError, ValueError):
        return ""
    is_charset = getattr(codec, "_is_text_encoding", True) and codec.name not in _NO_CHARSETS
    return _ALIASES.get(codec.name, codec.name) if is_charset else ""


def _decode(data: bytes, charset: str) -> str:
    if charset in _CARELESS and b"\x1b$" in data:
        charset = "iso2022_jp_2"
    order = ["utf-8", "cp1252"] if charset in _CARELESS else [charset, "utf-8", "cp1252"]
    for candidate in order:
        try:
            return data.decode(candidate).removeprefix("\ufeff")
        except (UnicodeError, ValueError):
            continue
    # Mostly right text with a stray byte is better read as what it says it is.
    return data.decode("latin-1" if charset in _CARELESS else charset, "replace")


def _undone_twice(text: str) -> str:
    """UTF-8 that was once read as Windows-1252 and encoded again, put right; else unchanged."""
    try:
        return text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return text
