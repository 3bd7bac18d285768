"""The writer's name below a draft, where a small model has misspelled it."""

from __future__ import annotations

import re

_ALIKE = 3
"""Letters with which a misspelled name begins as the right one does, at least."""


def with_own_name(text: str, user_name: str) -> str:
    """Return a draft with the user's name in its last line if that is nearly their name.

    "Oluwace" below a mail of Oluwaseun Ade becomes "Oluwaseun". user_name: '' if it is unknown.
    """
    above, line, last = text.rpartition("\n")
    signed = re.findall(r"[^\W\d_][\w'-]*", last)
    names = user_name.split()
    if not above.strip() or not names or not signed or len(signed) > len(names):
        return text
    known = {name.casefold() for name in names}
    if known.issuperset(word.casefold() for word in signed):
        return text
    meant = [next((name for name in names if _are_alike(word, name)), "") for word in signed]
    if not all(meant) or " ".join(signed) != last.strip():
        return text
    return f"{above}{line}{' '.join(meant)}"


def _are_alike(word: str, name: str) -> bool:
    return word.casefold()[:_ALIKE] == name.casefold()[:_ALIKE] and len(word) >= _ALIKE
