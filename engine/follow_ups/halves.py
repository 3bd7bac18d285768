"""A follow-up of which only the beginning is an edit: "start at six cos the baby sleeps"."""

from __future__ import annotations

import re
from functools import cache
from itertools import takewhile

from engine.checking.lexicon import Lexicon, alternatives, lexicon
from engine.follow_ups.cues import addition, helping_verbs
from engine.follow_ups.edits import edited
from engine.follow_ups.parts import parts
from engine.follow_ups.people import doing, is_person

_FRAGMENTS = frozenset(
    (
        "exchanged",
        "new_facts",
        "new_kind",
        "new_phrase",
        "new_place",
        "new_spelling",
        "new_word",
        "same_link",
    )
)
"""Edits that are made by a few words, behind which something else may be said."""

_FIRST_WORDS = 4  # of a clause, in which its verb stands


def halved(instruction: str, change: str, words: Lexicon) -> tuple[str, str]:
    """Return an instruction edited by the beginning of a change, and the rest of the change.

    Why it is so is put where the edit was. The instruction stays as it is, and the rest is the
    whole change, where the beginning is no edit or nothing stands behind it.
    """
    if addition(change, words)[1]:
        return instruction, change
    whole = edited(instruction, change, words)
    for gap in _gaps(words.language).finditer(change):
        first, rest = change[: gap.start()], change[gap.end() :]
        last = first.lower().rpartition(" ")[2]
        open_ends = words.words("follow_ups.prepositions", "follow_ups.with", "reported.articles")
        if last in open_ends and not gap["joiner"]:
            continue
        made = edited(instruction, first, words)
        if made is None or made[0] not in _FRAGMENTS or not rest.strip():
            continue
        kind, text = made
        if gap["joiner"]:
            other = edited(text, rest, words)
            is_two = _is_clause(rest, words) or (
                other[0] != kind if other else halved(text, rest, words)[0] != text
            )
            if is_two and (whole is None or _is_clause(rest, words)):
                return halved(text, rest, words)
        elif whole is None and (gap["because"] or _is_clause(rest, words)):
            return _with_reason(instruction, text, gap["because"] or "", rest, words), ""
    return instruction, change


def _is_clause(text: str, words: Lexicon) -> bool:
    """Whether a text has who does something and a verb: "she pays", "the hut is dry"."""
    found = [word.lower() for word in words.find_words(text)]
    if not found[1:]:
        return False
    if is_person(found[0], words):
        return True
    verbs = helping_verbs(words)
    if found[0] in words.words("reported.articles") and len(found) >= _FIRST_WORDS:
        return True  # "The bath's shut", written without its apostrophe.
    marked = found[0].partition("'")[0] in words.words("follow_ups.things") and "'" in found[0]
    return marked or found[0] == "its" or not verbs.isdisjoint(found[1:_FIRST_WORDS])


def _with_reason(earlier: str, text: str, because: str, reason: str, words: Lexicon) -> str:
    """Return an edited instruction with why, behind the part that was edited."""
    pairs = zip(earlier, text, strict=False)
    at = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    end = next((part.end for part in parts(text, words) if part.end > at), len(text.rstrip(" .!")))
    said = f" {because} {reason}" if because else f", {reason}"
    behind = text[end:]
    mark = "," if behind[:1].isspace() and behind.strip() else ""
    return f"{text[:end]}{said.rstrip(' .!')}{mark}{behind}"


@cache
def _gaps(language: str) -> re.Pattern[str]:
    words = lexicon(language)
    because = alternatives(words.words("follow_ups.because"))
    joiners = alternatives(words.words("follow_ups.joiners"))
    begins = alternatives(
        words.words("reported.told_beginnings", "follow_ups.things", "follow_ups.contracted")
        | doing(words)
    )
    return re.compile(
        rf",?\s+(?P<because>{because})\s+|(?P<joiner>,?\s+{joiners}\s+)"
        rf"|,\s+(?={begins}\s)|\s+(?={begins}\s)",
        re.IGNORECASE,
    )
