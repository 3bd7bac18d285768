"""Recognise notes that organisations have their people put below a signature.

They say that nobody need answer outside working hours, or whose land an office stands on. People
write such sentences themselves, too, so only a paragraph below the name or the contact details at
the end counts, and only if it has several topics of such notes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.mail.own_words.bare_contacts import last_nonblank
from engine.mail.own_words.endings import POSTSCRIPT
from engine.mail.own_words.keywords import contains_any, keywords
from engine.mail.own_words.program_blocks import MAIL_NOUN
from engine.mail.own_words.sentence_ends import STOPS
from engine.words import pattern_of, words

_LONGEST_TEXT = 1000  # characters of a note that are read
_MAX_WORDS_ABOVE = 8  # of the line above, a name or a contact's
_MIN_HOURS_TOPICS = 2  # of the three that are not working hours
_KEYWORDS = keywords((*words("notes.hours"), *words("notes.land")))
_OF_HOURS, _OF_LAND, _ANSWERING, _NO_NEED, _RESPECT = (
    re.compile(rf"\b{pattern_of(f'notes.{topic}')}")
    for topic in ("hours", "land", "answering", "no_need", "respect")
)


def may_contain_note(lowered: str) -> bool:
    """Return whether a text in lower case can contain such a note: a quick check."""
    return contains_any(lowered, _KEYWORDS)


def is_note(lines: Sequence[str], start: int, end: int) -> bool:
    """Return whether the paragraph from `start` to `end` is such a note below a signature."""
    above = last_nonblank(lines, start)
    if above < 0:
        return False
    line = lines[above].rstrip(" *_")
    if line.endswith((*STOPS, ":", ",")) or len(line.split()) > _MAX_WORDS_ABOVE:
        return False
    text = " ".join(lines[start:end])[:_LONGEST_TEXT].lower()
    if POSTSCRIPT.match(text):
        return False
    if _OF_HOURS.search(text):
        topics = (_ANSWERING, _NO_NEED, MAIL_NOUN)
        return sum(topic.search(text) is not None for topic in topics) >= _MIN_HOURS_TOPICS
    of_land = {found.group() for found in _OF_LAND.finditer(text)}
    return len(of_land) > 1 or (bool(of_land) and _RESPECT.search(text) is not None)
