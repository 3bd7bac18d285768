"""One plain form of all letters that look alike (UTS 39, 4), but for the Latin letters alone."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Letters that look like these and that Unicode does not decompose into them.
_LOOKALIKES = {
    ord(letter): latin
    for latin, letters in {
        "a": "АаᎪΑαɑᴀꓮⲀ",
        "b": "ВΒᏴꓐⲂ",
        "c": "СсϹϲᴄᏟꓚⲤⲥ",
        "d": "ԁɗᴅᎠꓓ",
        "e": "ЕеΕεҽᴇᎬꓰⲈⲉ",
        "f": "ꓝ",
        "g": "ɡԍɢᏀꓖ",
        "h": "НнΗһʜᎻꓧⲎ",
        "i": "ІіΙιıɩɪӀӏᎥꓲⲒⲓⵏ",
        "j": "ЈјᴊᎫꓙ",
        "k": "КкΚκᴋᏦꓗⲔ",
        "l": "ʟᏞꓡ",
        "m": "МмΜᴍᎷꓟⲘ",
        "n": "ΝηпɴᏁꓠⲚⲛ",
        "o": "ОоΟοօᴏꓳⲞⲟⵔ",
        "p": "РрΡρᴘᏢꓑⲢⲣ",
        "q": "ԛ",
        "r": "гʀᏒᎡꓣ",
        "s": "ЅѕꜱᏚᏕᎦꓢ",
        "t": "ТтΤτᴛᎢꓔⲦⲧ",
        "u": "υսᴜꓴ",
        "v": "ѵνᴠᏙꓦ",
        "w": "ԜԝᴡѡШшᎳᏔꓪ",
        "x": "ХхΧχꓫⲬⵝ",
        "y": "УуΥүγʏᎩᎽꓬⲨ",
        "z": "ΖᴢᏃꓜ",
        ":": "∶ː˸꞉։׃፡⁚ꓽ᛬܃܄᠄⁝⦂",
        "'": "’‘ʼ´`",
    }.items()
    for letter in letters
}
_PLAIN = str.maketrans("l10$5@43", "iiossaae")
_LATIN_NAME = re.compile(
    r"(?:NEGATIVE (?:CIRCLED|SQUARED) LATIN CAPITAL LETTER|LATIN (?:SMALL|CAPITAL) LETTER"
    r"|LATIN LETTER SMALL CAPITAL|REGIONAL INDICATOR SYMBOL LETTER) ([A-Z])(?: WITH .*)?"
)


def skeleton(line: str) -> tuple[str, range | list[int]]:
    """Return a line in lower case with one form of all letters that look alike, and their places.

    Marks that stand on, below or around another letter are left out.
    """
    if line.isascii():
        return line.lower().translate(_PLAIN), range(len(line))
    letters = [_plain_letter(letter) for letter in line]
    places = [place for place, plain in enumerate(letters) for _ in plain]
    return "".join(letters), places


@lru_cache(maxsize=4096)
def _plain_letter(letter: str) -> str:
    decomposed = unicodedata.normalize("NFKD", letter.translate(_LOOKALIKES))
    plain = "".join(part for part in decomposed if unicodedata.category(part) not in ("Mn", "Me"))
    named = "".join(_latin(part) for part in plain.translate(_LOOKALIKES))
    return named.lower().translate(_PLAIN)


def _latin(letter: str) -> str:
    """Return the Latin letter that another one is with a stroke or hook, or in a box."""
    if letter.isascii():
        return letter
    found = _LATIN_NAME.fullmatch(unicodedata.name(letter, ""))
    return found[1] if found else letter
