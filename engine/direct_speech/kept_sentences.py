"""What a sentence is where a verb may stand last: a question, a statement, one more order."""

from __future__ import annotations

from itertools import pairwise

from engine.checking.lexicon import Lexicon
from engine.direct_speech.clauses import Parsed
from engine.direct_speech.verbs import is_finite


def sentences_of(text: str, words: Lexicon) -> list[str]:
    """Return the sentences of a text, with their marks."""
    parsed = Parsed(text, words)
    ends = [place for place in range(1, len(parsed.tokens)) if parsed.ends_sentence(place)]
    starts = [0, *(parsed.tokens[place].start() for place in ends), len(text)]
    return [text[start:end].strip() for start, end in pairwise(starts)]


def asks(text: str, words: Lexicon) -> bool:
    """Whether a text begins as an indirect question, such as "um wieviel Uhr"."""
    opening = [word.lower() for word in words.find_words(text)[:2]]
    return not words.words("instructions.interrogatives").isdisjoint(opening)


def is_statement(text: str, words: Lexicon) -> bool:
    """Whether a text is a sentence that can be said as it is."""
    opening = [word.lower() for word in words.find_words(text)[:2]]
    if not opening or is_order(text, words) or asks(text, words):
        return False
    parsed = Parsed(text, words)
    clause = parsed.lower[: parsed.clauses[0].end]
    has_subject = not words.words("direct.subjects").isdisjoint(clause)
    verbs = (word for word in clause if is_finite(word, words) and not word.endswith("te"))
    has_verb = has_subject or any(verbs)
    if not has_verb and clause[-1] in words.words("direct.particles"):
        return False  # "Sag die Probe ab."
    if not has_verb and words.phrases("direct.done").search(text):
        return False  # "Schreib eine Absage."
    return opening[0] not in words.words("direct.no_statement", "direct.subordinators")


def is_order(text: str, words: Lexicon) -> bool:
    """Whether a sentence is one more order to an assistant."""
    first = words.first_word(text).lower()
    return first in words.words("direct.imperatives", "instructions.verbs")
