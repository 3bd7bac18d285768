"""Read text in Microsoft's fonts of symbols, which Outlook writes for smileys and arrows."""

from __future__ import annotations

import re

# Of Wingdings; letters without an entry are left out, as no text has them in place.
_WINGDINGS = {
    "J": "☺", "K": "😐", "L": "☹", "C": "👍", "D": "👎", "A": "✌", "B": "👌", "E": "☜", "F": "☞",
    "G": "☝", "H": "☟", "I": "✋", "M": "💣", "N": "☠", "(": "☎", ")": "✆", "*": "✉", "+": "📫",
    "!": "✏", '"': "✂", "R": "☼", "S": "💧", "T": "❄", "Y": "✡", "l": "●", "n": "■", "o": "□",
    "q": "❑", "r": "❒", "t": "⬧", "u": "◆", "v": "❖", "w": "⬥", "\x9f": "•", "§": "▪", "¨": "◻",
    "«": "★", "Ø": "➢", "à": "→", "ß": "←", "á": "↑", "â": "↓", "è": "➔", "ç": "🡐", "ê": "🡓",
    "é": "🡑", "ð": "⇨", "ï": "⇦", "ñ": "⇧", "ò": "⇩", "ó": "⬄", "û": "✗", "ü": "✓", "ý": "☒",
    "þ": "☑", "·": "•",
}  # fmt: skip
_WORD = re.compile(r"[A-Za-z]{4}")


def symbols_text(text: str) -> str:
    """Return the signs that text in a font of symbols shows; whole words stay as they are."""
    if _WORD.search(text):
        return text  # a style that went astray: nobody writes words in signs
    return "".join(map(_sign, text))


def _sign(letter: str) -> str:
    # Symbol fonts also have their signs at U+F020 to U+F0FF.
    plain = chr(ord(letter) - 0xF000) if "\uf020" <= letter <= "\uf0ff" else letter
    return plain if plain.isspace() else _WINGDINGS.get(plain, "")
