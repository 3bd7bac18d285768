"""Repair mojibake: UTF-8 that was decoded as another charset and encoded again."""

from __future__ import annotations

import re

_LONGEST_TEXT = 400_000  # characters


def _continuation_bytes(charset: str) -> str:
    """Return a character class of what UTF-8's continuation bytes, 80 to BF, are in a charset.

    As ISO 8859-1 or where the charset has no letter, 80 to 9F are control characters.
    """
    shown = {bytes([byte]).decode(charset, "ignore") for byte in range(0x80, 0xC0)}
    return "[" + "".join(re.escape(letter) for letter in sorted(shown)) + "\x80-\x9f]"


_W, _C = _continuation_bytes("cp1252"), _continuation_bytes("cp1251")
# Sequences that nobody writes on purpose, or not in a row; "É…" or "é”…" may be meant.
_EVIDENCE_CP1252 = re.compile(
    f"[ÂÃÅÐÑ][\x80-\x9f]|Ã[\xa0-\xbf\u0152-\u0192\u02c6\u02dc\u20ac\u2021\u2030\u2122]|Â[\xa0-\xbf]|â€{_W}"
    f"|(?:[Â-ß]{_W}){{2}}|(?:[à-ï]{_W}{{2}}){{2}}|ð{_W}{{3}}"
)
_EVIDENCE_CP1251 = re.compile(f"(?:[РС]{_C}){{3}}")
_AS_CP1252 = re.compile(f"[Â-ß]{_W}|[à-ï]{_W}{{2}}|[ð-ô]{_W}{{3}}")
_AS_CP1251 = re.compile(f"[В-Я]{_C}|[а-п]{_C}{{2}}|[р-ф]{_C}{{3}}")


def fix_mojibake(text: str) -> str:
    """Return the text with doubly encoded characters decoded once more."""
    if text.isascii() or len(text) > _LONGEST_TEXT:
        return text
    if any(lead in text for lead in "ÃÂâÅÐÑãð") and _EVIDENCE_CP1252.search(text):
        text = _AS_CP1252.sub(lambda found: _decode_again("cp1252", found[0]), text)
    if ("Р" in text or "С" in text) and _EVIDENCE_CP1251.search(text):
        text = _AS_CP1251.sub(lambda found: _decode_again("cp1251", found[0]), text)
    return text


def _decode_again(charset: str, letters: str) -> str:
    try:
        encoded = b"".join(
            letter.encode("latin-1") if letter < "\xa0" else letter.encode(charset)
            for letter in letters
        )
        return encoded.decode("utf-8")
    except UnicodeError:
        return letters
