"""Notes, and sentences without an order, as they stand: "anna: do 18 uhr, raum 4"."""

from __future__ import annotations

import re

from engine.checking.brief import Brief
from engine.checking.lexicon import Lexicon
from engine.direct_speech.clauses import Parsed
from engine.direct_speech.openings import name_pattern


def note_of(brief: Brief) -> tuple[str, str]:
    """Return a note's reader as it names them, '' if it doesn't, and what it says.

    What it says is '' where an assistant may be asked to do something.
    """
    words = brief.words
    text = brief.line
    head = re.match(rf"(?P<whom>{name_pattern(brief)}):\s+", text, re.IGNORECASE)
    said = text[head.end() :] if head else text
    parsed = Parsed(said, words)
    if not parsed.tokens or words.phrases("direct.done").search(text) or _has_order(parsed, words):
        return "", ""
    first = parsed.lower[0]
    begins = words.words("function_words.list") - words.words(
        "direct.helpers", "direct.no_statement"
    )
    if not head and first not in begins | words.words_before("calendar.weekdays"):
        return "", ""
    return (head["whom"], said) if head else (brief.recipient, said)


def tells_of_others(text: str, words: Lexicon) -> bool:
    """Whether a text has a pronoun that may be the reader's."""
    pronouns = words.words("direct.others") | words.words_before("direct.he")
    pronouns |= words.words_before("direct.she")
    return not pronouns.isdisjoint(word.lower() for word in words.find_words(text))


def _has_order(parsed: Parsed, words: Lexicon) -> bool:
    orders = words.words("direct.imperatives", "instructions.verbs")
    firsts = [parsed.lower[clause.first] for clause in parsed.clauses]
    return not orders.isdisjoint(firsts) or not words.words("instructions.verbs").isdisjoint(
        parsed.lower
    )
