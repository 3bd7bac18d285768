"""UTF-8 that was read as another charset and encoded again, put right."""

from __future__ import annotations

import re

_MOST_LETTERS = 400_000


def _following(charset: str) -> str:
    """What the following bytes of UTF-8, 80 to BF, look like in a charset: a character class."""
    shown = {bytes([byte]).decode(charset, "ignore") for byte in range(0x80, 0xC0)}
    return (
        "[" + "".join(re.escape(letter) for letter in sorted(shown)) + "\x81\x8d\x8f\x90\x98\x9d]"
    )


_W, _C = _following("cp1252"), _following("cp1251")
# "É…" or "é”…" may be meant. These are not: nobody writes them, or not in a row.
_EVIDENCE_CP1252 = re.compile(
    f"Ã[\xa0-\xbf\u0152-\u0192\u02c6\u02dc\u20ac\u2021\u2030\u2122]|Â[\xa0-\xbf]|â€{_W}"
    f"|(?:[Â-ß]{_W}){{2}}|(?:[à-ï]{_W}{{2}}){{2}}|ð{_W}{{3}}"
)
_EVIDENCE_CP1251 = re.compile(f"(?:[РС]{_C}){{3}}")
_AS_CP1252 = re.compile(f"[Â-ß]{_W}|[à-ï]{_W}{{2}}|[ð-ô]{_W}{{3}}")
_AS_CP1251 = re.compile(f"[В-Я]{_C}|[а-п]{_C}{{2}}|[р-ф]{_C}{{3}}")


def undone_twice(text: str) -> str:
    """The text with what was encoded twice decoded once more; unchanged where nothing was."""
    if text.isascii() or len(text) > _MOST_LETTERS:
        return text
    if any(lead in text for lead in "ÃÂâÅÐÑãð") and _EVIDENCE_CP1252.search(text):
        text = _AS_CP1252.sub(lambda found: _once("cp1252", found[0]), text)
    if ("Р" in text or "С" in text) and _EVIDENCE_CP1251.search(text):
        text = _AS_CP1251.sub(lambda found: _once("cp1251", found[0]), text)
    return text


def _once(charset: str, letters: str) -> str:
    try:
        encoded = b"".join(
            letter.encode("latin-1") if letter < "\xa0" else letter.encode(charset)
            for letter in letters
        )
        return encoded.decode("utf-8")
    except UnicodeError:
        return letters
