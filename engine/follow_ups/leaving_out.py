"""What a follow-up asks to leave out, and that nothing is to be asked: "skip the cake".

The lists have "…" for what is left out where words follow it: "take … out".
"""

from __future__ import annotations

import re
from functools import cache

from engine.checking.lexicon import Lexicon, alternatives, lexicon, straight
from engine.follow_ups.cues import without_first, without_interjections


def left_out(change: str, lexicon: Lexicon) -> str:
    """Return what a change asks to leave out: "leave out the key"; ''."""
    return _what(change, "follow_ups.leave_out", lexicon)


def lacking(change: str, lexicon: Lexicon) -> str:
    """Return what something is without: "without the key"; ''."""
    return _what(change, "follow_ups.lacking", lexicon)


def nothing_asked(lexicon: Lexicon) -> re.Pattern[str]:
    """Match that nothing is to be asked, group "cue", with what leads on: "don't ask, just"."""
    return _nothing_asked(lexicon.language)


def may_be_reason(text: str, lexicon: Lexicon) -> bool:
    """Whether a text behind such a change may say only why: "that's private", "she's poor"."""
    found = [word.lower() for word in lexicon.find_words(text)]
    its = lexicon.words("follow_ups.its")
    return bool(found) and (found[0].partition("'")[0] in its or found[-1] in its)


def _what(change: str, key: str, lexicon: Lexicon) -> str:
    text = without_interjections(change, lexicon)
    text, _ = without_first(text, "follow_ups.asking", lexicon)
    for pattern in _with_object(lexicon.language, key):
        if match := pattern.fullmatch(straight(text)):
            return _to_whom(lexicon.language).sub("", match["what"])
    return ""


@cache
def _to_whom(language: str) -> re.Pattern[str]:
    """Match to whom something is not to be told: "don't tell | her about | the crack"."""
    objects = alternatives(lexicon(language).words("follow_ups.objects"))
    about = alternatives(lexicon(language).words("follow_ups.told_of"))
    return re.compile(rf"^{objects}\s+{about}\s+", re.IGNORECASE)


@cache
def _nothing_asked(language: str) -> re.Pattern[str]:
    cues = alternatives(lexicon(language).words("follow_ups.no_question"))
    return re.compile(rf"(?P<cue>{cues})(?!\w)[\s,.:]*(?:(?:just|but)\s+)?", re.IGNORECASE)


@cache
def _with_object(language: str, key: str) -> tuple[re.Pattern[str], ...]:
    """Match the entries of a list with their object, group "what", in place of "…" or behind."""
    entries = sorted(lexicon(language).words(key), key=len, reverse=True)
    patterns = []
    for entry in sorted(entries, key=lambda entry: "…" not in entry):
        form = re.escape(entry if "…" in entry else f"{entry} …")
        form = form.replace(r"\ ", r"\s+").replace("…", "(?P<what>.+)")
        patterns.append(re.compile(rf"{form}(?:\W.*)?", re.IGNORECASE | re.DOTALL))
    return tuple(patterns)
