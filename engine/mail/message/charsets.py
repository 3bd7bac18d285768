"""Decode the bytes of a mail, where the declared charset may be wrong, unknown or missing."""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

from engine.mail.message.encoded_words import decode_encoded_words
from engine.mail.message.mojibake import fix_mojibake
from engine.mail.message.unseen import remove_invisible, remove_terminal_sequences

# Names of charsets in mail -> Python's name, or that of the superset that is really meant.
_ALIASES = {
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "ksc5601": "cp949",
    "ksc5601-1987": "cp949",
    "euc-kr": "cp949",
    "euc_kr": "cp949",
    "gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "hz-gb-2312": "hz",
    "big5": "cp950",
    "big5-eten": "cp950",
    "x-x-big5": "cp950",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "sjis": "cp932",
    "windows-31j": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "iso2022_jp": "iso2022_jp_ext",
    "iso2022_jp_1": "iso2022_jp_ext",
    "cp50220": "iso2022_jp_ext",
    "cp50221": "iso2022_jp_ext",
    "iso-8859-8-i": "cp1255",
    "iso-8859-8-e": "cp1255",
    "iso8859-8": "cp1255",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "tis_620": "cp874",
    "windows-874": "cp874",
    "unicode-1-1-utf-7": "utf-7",
    "unicode-1-1-utf-8": "utf-8",
    "utf8mb4": "utf-8",
    "utf": "utf-8",
    "cp65001": "utf-8",
    "cp-850": "cp850",
    "x-mac-roman": "mac-roman",
    "macintosh": "mac-roman",
    "x-mac-cyrillic": "mac-cyrillic",
    "x-mac-ce": "mac-latin2",
    "iso8859-1": "cp1252",
    "latin1": "cp1252",
    "koi8-r": "koi8-u",
}
# Codecs of Python that are not charsets of mail; some take quadratic time.
_NOT_CHARSETS = {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs"}
# In these, almost any bytes are valid, so that decoding without an error proves nothing.
_SINGLE_BYTE = re.compile(r"ascii|cp125\d|cp8\d\d|iso8859-\d+|koi8-[rut]|mac-\w+|ptcp154|hp-roman8")
_SEVEN_BIT = re.compile(r"iso2022\w*|hz|utf-7")
# The charsets to detect in mail that declares none; DOS code pages and EBCDIC do not occur.
_CANDIDATES = (
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "iso8859-2",
    "koi8-r", "koi8-u", "cp949", "gb18030", "big5", "shift_jis", "euc-jp", "cp874", "mac-roman",
)  # fmt: skip
_SAMPLE_SIZE = 4000  # bytes or characters to judge by; more do not change the result
_MAX_INVALID_SHARE = 0.35  # of the characters beyond ASCII: slightly damaged UTF-8 is UTF-8

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WIDE_SAMPLE = 400  # bytes that show an encoding without a byte order mark
_MIN_NULS = 0.8  # of every second byte of text in UTF-16

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_C1_CONTROL = re.compile(rb"\xc2[\x80-\x84\x86-\x9f]")  # in UTF-8
_ASCII_CONTROLS = bytes(code for code in range(128) if _CONTROL.match(chr(code)))
_NOT_ASCII = re.compile(rb"[^\n]{0,200}[\x80-\xff][^\n]{0,200}")
# A Latin letter next to a Greek, Cyrillic or Armenian one.
_MIXED_SCRIPTS = re.compile("[A-Za-z][\u0370-\u058f]|[\u0370-\u058f][A-Za-z]")
_LONGEST_HEADER = 20_000  # bytes


def decode_bytes(data: bytes, declared: str = "") -> str:
    """Decode text: in the declared charset if that is plausible, else UTF-8, else the likeliest.

    Line ends become "\\n"; what nobody sees is dropped: control characters, terminal sequences,
    invisible characters. Never raises.
    """
    if (b"\x1b" in data or b"\x08" in data) and not _is_wide(declared):
        data = remove_terminal_sequences(data)
    text = _decode(data, declared)
    text = text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
    return remove_invisible(remove_controls(text))


def wide_encoding(head: bytes) -> str:
    """Return the encoding of text in UTF-16 or UTF-32 by its first bytes; '' for any other."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return encoding
    sample = head[:_WIDE_SAMPLE]
    odd, even = sample[1::2], sample[::2]
    if len(sample) >= 4 and not even.count(0) and odd.count(0) > _MIN_NULS * len(odd):
        return "utf-16-le"
    if len(sample) >= 4 and not odd.count(0) and even.count(0) > _MIN_NULS * len(even):
        return "utf-16-be"
    return ""


def decode_header_value(value: bytes, fallback: str = "") -> str:
    """Return a header as one line of text, with encoded words (RFC 2047) decoded. Never raises.

    fallback: the charset of raw bytes beyond ASCII, such as the body's.
    """
    raw = value[:_LONGEST_HEADER]
    if b"=?" not in raw:
        return " ".join(decode_bytes(raw, fallback).split())
    segments = decode_encoded_words(raw)
    decoded = "".join(decode_bytes(data, charset or fallback) for data, charset in segments)
    return " ".join(decoded.split())


def remove_controls(text: str) -> str:
    """Return the text without control characters other than line end and tab."""
    if text.isascii() and text.isprintable():
        return text
    # bytes.translate is many times faster than a regular expression.
    try:
        data = text.encode()
    except UnicodeEncodeError:  # a lone surrogate
        return _CONTROL.sub("", text)
    kept = _C1_CONTROL.sub(b"", data.translate(None, _ASCII_CONTROLS))
    return text if len(kept) == len(data) else kept.decode()


@lru_cache(maxsize=256)
def _codec_name(declared: str) -> str:
    """Return the Python codec for a declared charset; '' if there is none."""
    name = declared.strip().strip("\"'").lower().partition("*")[0]
    name = re.sub(r"^(?:x-)?(?:cp|windows)[-_ ]?(?=\d)", "cp", name)
    name = _ALIASES.get(name, name)
    try:
        codec = codecs.lookup(name)
    except (LookupError, ValueError):
        return ""
    is_charset = getattr(codec, "_is_text_encoding", True) and codec.name not in _NOT_CHARSETS
    return _ALIASES.get(codec.name, codec.name) if is_charset else ""


def _is_wide(declared: str) -> bool:
    return _codec_name(declared[:60]).startswith(("utf-16", "utf-32"))


def _decode(data: bytes, declared: str) -> str:
    charset = _codec_name(declared[:60])
    if data.isascii():
        return _decode_ascii(data, charset)
    as_utf8 = _decode_strictly(data, "utf-8")
    if as_utf8 is not None and (
        not charset or _SINGLE_BYTE.fullmatch(charset) or _is_utf8(data, as_utf8, charset)
    ):
        return fix_mojibake(as_utf8.removeprefix("\ufeff"))
    if charset and charset != "utf-8" and charset != "ascii":
        text = _decode_strictly(data, charset)
        if text is not None and not (_SINGLE_BYTE.fullmatch(charset) and _has_controls(text)):
            return text.removeprefix("\ufeff")
    damaged_utf8 = data.decode("utf-8", "replace")
    sample = damaged_utf8[:_SAMPLE_SIZE]
    not_ascii = sum(letter > "\x7f" for letter in sample)
    if sample.count("\ufffd") <= _MAX_INVALID_SHARE * not_ascii:
        return fix_mojibake(damaged_utf8.removeprefix("\ufeff"))
    if charset in ("", "utf-8", "ascii") or _SINGLE_BYTE.fullmatch(charset):
        charset = _detect_charset(data)
    # Else the declared charset, with a few invalid bytes, is the best reading.
    text = data.decode(charset, "replace")
    return text if charset != "cp1252" else data.decode("cp1252", "western")


def _decode_ascii(data: bytes, charset: str) -> str:
    """Decode seven-bit data: ASCII, unless it has the escape sequences of another charset."""
    if not _SEVEN_BIT.fullmatch(charset) and not charset.startswith("utf-16"):
        charset = ""
    if b"\x1b$" in data or b"\x1b(" in data:
        charset = charset or "iso2022_jp_ext"
        for candidate in (charset, "iso2022_jp_2", "iso2022_kr", "iso2022_jp_3"):
            text = _decode_strictly(data, candidate)
            if text is not None:
                return text
        return data.decode(charset, "replace")
    text = _decode_strictly(data, charset) if charset and charset != "utf-16" else None
    return text if text is not None else data.decode("ascii")


def _is_utf8(data: bytes, text: str, charset: str) -> bool:
    """Return whether valid UTF-8 is meant as UTF-8 and not as the declared multi-byte charset."""
    if charset == "utf-8":
        return True
    if charset.startswith(("utf-16", "utf-32")):
        return b"\0" not in data
    # Two letters of an East Asian charset may look like one of UTF-8, but hardly like two letters
    # of three bytes each.
    not_ascii = [letter for letter in text[:_SAMPLE_SIZE] if letter > "\x7f"]
    return _decode_strictly(data, charset) is None or (
        len(not_ascii) > 1 and min(not_ascii) >= "\u0800"
    )


def _has_controls(text: str) -> bool:
    """Return whether text has C1 control characters, which shows that its charset is wrong."""
    return any("\x80" <= letter <= "\x9f" and letter != "\x85" for letter in text[:_SAMPLE_SIZE])


def _detect_charset(data: bytes) -> str:
    """Return the likeliest charset of bytes without a plausible declaration."""
    lines, length = [], 0
    for match in _NOT_ASCII.finditer(data):
        lines.append(match[0])
        length += len(match[0])
        if length > _SAMPLE_SIZE:
            break
    sample = b"\n".join(lines)
    import chardet  # imported here because few mails need it

    found = chardet.detect(sample, include_encodings=_CANDIDATES)
    charset = _codec_name(found["encoding"] or "") or "cp1252"
    return "cp1252" if _MIXED_SCRIPTS.search(sample.decode(charset, "replace")) else charset


def _decode_strictly(data: bytes, charset: str) -> str | None:
    try:
        return data.decode(charset)
    except (UnicodeError, ValueError):
        return None


def _western(error: UnicodeError) -> tuple[str, int]:
    """Decode the five bytes undefined in Windows-1252 as the WHATWG encoding standard does."""
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error("western", _western)
