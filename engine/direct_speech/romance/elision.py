"""French apostrophes where words were changed: "qu'tu" is "que tu", "je te ai" is "je t'ai"."""

from __future__ import annotations

import re

_VOWEL = "[aàâeéèêiîoôuûœ]"
_YOURS = r"(?:tu|vous|te|ton|ta|tes|toi|votre|vos)"
_HAVE = r"(?:ai|as|a|avez|ont|avons|avais|avait|aurai)"


def elided(text: str) -> str:
    """Return a text with its apostrophes where they belong."""
    for pattern, to in (
        (r"\bl'(?=(?:te|vous) )", "le "),
        (r"\b(te|se|me|le|la|vous|tu)'", r"\1 "),
        (rf"\bte (?={_VOWEL})", "t'"),
        (rf"\b(qu|jusqu|lorsqu|puisqu|d)'(?={_YOURS}\b)", r"\1e "),
        (r"\b([sS])'(?=(?:tu|vous)\b)", r"\1i "),
        (rf"\b(te|me|vous|nous) l[ae] (?={_VOWEL})", r"\1 l'"),
        (rf"\bl[ae] (?={_HAVE}\b)", "l'"),
        (rf"\b(qu|d)e (?={_VOWEL})", r"\1'"),
        (r"-(?=-)", ""),
        (r"\s+", " "),
    ):
        text = re.sub(pattern, to, text)
    return text.strip()
