"""How sentences to a reader are worded and written."""

from __future__ import annotations

import re

from engine.checking.lexicon import Lexicon, alternatives

AND_THAT = re.compile(r",?\s+and\s+that\s+|,\s+that\s+", re.IGNORECASE)
"""Between two things that are told."""


def auxiliaries(words: Lexicon) -> frozenset[str]:
    """The verbs that stand before their subject in a question, in lower case."""
    return words.words("reported.auxiliaries", "reported.helpers", "reported.past_helpers")


def worded(key: str, text: str, words: Lexicon) -> str:
    """Return a text in the words with which an order is said to the reader."""
    text = words.pairs("direct.says")[key].replace("{}", text.strip(" .?!"))
    return sentence(re.sub(r"\s+(?=[.,?!])", "", text))


def capitals(text: str, words: Lexicon) -> str:
    """Return a text with I, days and months as they are written."""
    days = words.words_before("calendar.weekdays") | words.words_before("calendar.months")
    days -= words.words("calendar.loose_months")
    text = re.sub(r"(?<!\w)i(?=$|[\s',])", "I", text)
    pattern = rf"(?<!\w){alternatives(days)}(?!\w)"
    return re.sub(pattern, lambda match: match[0].capitalize(), text)


def sentence(text: str, mark: str = "") -> str:
    """Return a text with a capital and a mark at its end: a full stop where it has none."""
    text = text.strip(" ,;")
    if mark:
        text = text.rstrip(".?!") + mark
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
