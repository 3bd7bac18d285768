"""Bytes of a mail -> text, where the declared charset may be wrong, unknown or missing."""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

from engine.mail.message.encoded_words import decode_words
from engine.mail.message.mojibake import undone_twice

# What mailers call charsets that Python calls otherwise, and subsets declared for their supersets.
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
# Codecs of Python that are no charsets of mail; some take quadratic time.
_NO_CHARSETS = {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs"}
# Any bytes are text in these: that they decode tells nothing.
_SINGLE_BYTE = re.compile(r"ascii|cp125\d|cp8\d\d|iso8859-\d+|koi8-[rut]|mac-\w+|ptcp154|hp-roman8")
_ESCAPING = re.compile(r"iso2022\w*|hz|utf-7")
# What undeclared mail is written in; of DOS and EBCDIC it is not.
_GUESSES = (
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "iso8859-2",
    "koi8-r", "koi8-u", "cp949", "gb18030", "big5", "shift_jis", "euc-jp", "cp874", "mac-roman",
)  # fmt: skip
_GUESSED_ON = 4000  # bytes; more do not change the verdict
_MOST_STRAY = 0.35  # of the characters beyond ASCII: UTF-8 with some damage is still UTF-8

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_C1_CONTROL = re.compile(rb"\xc2[\x80-\x84\x86-\x9f]")  # in UTF-8
_DELETED = bytes(code for code in range(128) if _CONTROL.match(chr(code)))
_NOT_ASCII = re.compile(rb"[^\n]{0,200}[\x80-\xff][^\n]{0,200}")
_MIXED_WORD = re.compile("[A-Za-z][\u0370-\u058f]|[\u0370-\u058f][A-Za-z]")  # two scripts in it
_LONGEST_HEADER = 20_000


def decode_bytes(data: bytes, declared: str = "") -> str:
    """The text in `data`: as declared where that can be true, else UTF-8, else as it looks.

    Line ends become "\\n"; control characters (terminal escapes, NULs) are dropped. Never raises.
    """
    text = _decode(data, declared)
    return clean(text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text)


def decode_header_value(value: bytes, fallback: str = "") -> str:
    """A header as one line of text, encoded words (RFC 2047) decoded. Never raises.

    fallback: the charset of raw bytes beyond ASCII; the body's is a good one.
    """
    raw = value[:_LONGEST_HEADER]
    if b"=?" not in raw:
        return " ".join(decode_bytes(raw, fallback).split())
    pieces = decode_words(raw)
    return " ".join("".join(decode_bytes(data, name or fallback) for data, name in pieces).split())


def clean(text: str) -> str:
    """The text without control characters other than line end and tab."""
    if text.isascii() and text.isprintable():
        return text
    # Bytes lose letters many times as fast as an expression takes them.
    try:
        data = text.encode()
    except UnicodeEncodeError:  # half of a letter
        return _CONTROL.sub("", text)
    kept = _C1_CONTROL.sub(b"", data.translate(None, _DELETED))
    return text if len(kept) == len(data) else kept.decode()


@lru_cache(maxsize=256)
def _known(declared: str) -> str:
    """The Python codec for a declared charset; '' when there is none."""
    name = declared.strip().strip("\"'").lower().partition("*")[0]
    name = re.sub(r"^(?:x-)?(?:cp|windows)[-_ ]?(?=\d)", "cp", name)
    name = _ALIASES.get(name, name)
    try:
        codec = codecs.lookup(name)
    except (LookupError, ValueError):
        return ""
    is_charset = getattr(codec, "_is_text_encoding", True) and codec.name not in _NO_CHARSETS
    return _ALIASES.get(codec.name, codec.name) if is_charset else ""


def _decode(data: bytes, declared: str) -> str:
    charset = _known(declared[:60])
    if data.isascii():
        return _decode_ascii(data, charset)
    as_utf8 = _strict(data, "utf-8")
    if as_utf8 is not None and (
        not charset or _SINGLE_BYTE.fullmatch(charset) or _surely_utf8(data, as_utf8, charset)
    ):
        return undone_twice(as_utf8.removeprefix("\ufeff"))
    if charset and charset != "utf-8" and charset != "ascii":
        text = _strict(data, charset)
        if text is not None and not (_SINGLE_BYTE.fullmatch(charset) and _has_controls(text)):
            return text.removeprefix("\ufeff")
    mostly = data.decode("utf-8", "replace")
    foreign = sum(letter > "\x7f" for letter in mostly[:_GUESSED_ON])
    if mostly[:_GUESSED_ON].count("\ufffd") <= _MOST_STRAY * foreign:
        return undone_twice(mostly.removeprefix("\ufeff"))
    if charset in ("", "utf-8", "ascii") or _SINGLE_BYTE.fullmatch(charset):
        charset = _guess(data)
    # Mostly right text with a stray byte is better read as what it says it is.
    text = data.decode(charset, "replace")
    return text if charset != "cp1252" else data.decode("cp1252", "western")


def _decode_ascii(data: bytes, charset: str) -> str:
    """Seven-bit text, which is ASCII unless it shifts into a charset and back."""
    if not _ESCAPING.fullmatch(charset) and not charset.startswith("utf-16"):
        charset = ""
    if b"\x1b$" in data or b"\x1b(" in data:
        charset = charset or "iso2022_jp_ext"
        for candidate in (charset, "iso2022_jp_2", "iso2022_kr", "iso2022_jp_3"):
            text = _strict(data, candidate)
            if text is not None:
                return text
        return data.decode(charset, "replace")
    text = _strict(data, charset) if charset and charset != "utf-16" else None
    return text if text is not None else data.decode("ascii")


def _surely_utf8(data: bytes, text: str, charset: str) -> bool:
    """Whether bytes that are both UTF-8 and what was declared are UTF-8."""
    if charset == "utf-8":
        return True
    if charset.startswith(("utf-16", "utf-32")):
        return b"\0" not in data
    # In East Asian charsets two letters may look like one of UTF-8; three bytes twice do not.
    foreign = [letter for letter in text[:_GUESSED_ON] if letter > "\x7f"]
    return _strict(data, charset) is None or (len(foreign) > 1 and min(foreign) >= "\u0800")


def _has_controls(text: str) -> bool:
    """Whether letters stand where the charset has controls: it is not the charset."""
    return any("\x80" <= letter <= "\x9f" and letter != "\x85" for letter in text[:_GUESSED_ON])


def _guess(data: bytes) -> str:
    """The charset that undeclared bytes look like."""
    lines, length = [], 0
    for match in _NOT_ASCII.finditer(data):
        lines.append(match[0])
        length += len(match[0])
        if length > _GUESSED_ON:
            break
    sample = b"\n".join(lines)
    import chardet  # late: few mails need it

    found = chardet.detect(sample, include_encodings=_GUESSES)
    charset = _known(found["encoding"] or "") or "cp1252"
    return "cp1252" if _MIXED_WORD.search(sample.decode(charset, "replace")) else charset


def _strict(data: bytes, charset: str) -> str | None:
    try:
        return data.decode(charset)
    except (UnicodeError, ValueError):
        return None


def _western(error: UnicodeError) -> tuple[str, int]:
    """The five bytes that Windows-1252 leaves undefined, as WHATWG's encoding standard has them."""
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error("western", _western)
