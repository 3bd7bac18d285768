"""A piece of notes, between two marks, with the "I" that it leaves out."""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.checking.facts import find_facts
from engine.checking.first_names import sex_of
from engine.checking.lexicon import Lexicon, alternatives
from engine.direct_speech.left_out import day_accepted, with_is
from engine.direct_speech.orders import KINDS
from engine.direct_speech.wording import auxiliaries, has_finite, past_forms, second_person

_MOST_WORDS_OF_A_DAY = 3


@dataclass(frozen=True)
class Piece:
    """A piece of notes. asks: whether a question mark follows. ends: whether a stop does.

    is_whole: whether it is a sentence.
    """

    text: str
    asks: bool
    ends: bool
    is_whole: bool


def piece_of(text: str, begins: bool, asks: bool, ends: bool, words: Lexicon) -> Piece | None:
    """Return a piece with what it leaves out; None if that is not known.

    begins: whether it is at the beginning of a sentence. asks, ends: what mark follows it.
    """
    joiner = re.match(r"(?:and|but|so|then|also)\s+", text, re.IGNORECASE)
    joins, text = (joiner[0], text[joiner.end() :]) if joiner else ("", text)
    found = [word.lower() for word in words.find_words(text)]
    if _is_order(found, words):
        return None
    asking = alternatives(words.words("instructions.interrogatives") - {"if", "whether"})
    if match := re.match(rf"if\s+(?:not|so|yes|no),?\s+(?={asking}(?!\w))", text, re.IGNORECASE):
        opening = match[0].rstrip(" ,")
        return Piece(f"{joins}{opening}, {text[match.end() :]}", True, ends, True)
    if asks or _is_question(found, begins, words):
        return Piece(joins + _question(text, words), True, ends, True)
    text = with_is(day_accepted(text, words) or text, words)
    found = [word.lower() for word in words.find_words(text)]
    completed = _completed(text, found, begins, words)
    if completed is None:
        return None
    is_whole = (begins and found[0] in words.words("direct.whole")) or _has_clause(completed, words)
    return Piece(joins + completed, False, ends, is_whole)


def _is_order(found: list[str], words: Lexicon) -> bool:
    """Whether a piece is an order to an assistant: "ask for the key"."""
    orders = words.words(*(f"direct.{kind}" for kind in KINDS), "reported.greetings")
    found = found[1:] if found[:1] == ["please"] else found
    if not found:
        return True
    keeps = found[1:2] and found[1] in words.words("reported.first_objects")
    return found[0] in orders and found[0] not in words.words("direct.thank") and not keeps


def _is_question(found: list[str], begins: bool, words: Lexicon) -> bool:
    """Whether a piece without a question mark asks: "can you come", "what time", "who pays"."""
    first, second = [*found, ""][:2]
    asking = auxiliaries(words)
    if first in asking:
        subjects = words.words("reported.subjects") | {"my", "our", "your", "the"}
        return second in subjects or _asks_of_somebody(found, words)
    if first in words.words("reported.contracted"):
        return begins
    if first in words.words("direct.whens"):  # "When she comes, I go."
        return second in asking
    is_asking = first in words.words("instructions.interrogatives") - {"if", "whether"}
    return is_asking and (second in asking or (begins and second != ""))


def _asks_of_somebody(found: list[str], words: Lexicon) -> bool:
    """Whether a question begins with a helping verb and a name: "can Bo join"."""
    bases = words.words("reported.imperatives", "reported.verbs")
    is_helping = found[0] in words.words("direct.helping") - {"have", "need", "want"}
    is_verb = len(found) < 3 or found[1] in bases | words.words(
        "direct.between", "function_words.list"
    )
    return is_helping and not is_verb and not bases.isdisjoint(found[2:4])


def _question(text: str, words: Lexicon) -> str:
    """Return a question in full: "ok if I bring Bo" -> "is it OK if I bring Bo"."""
    if match := re.match(r"(?:ok|okay|fine|possible)\s+(?=if|to|for|with)", text, re.IGNORECASE):
        return f"is it {match[0]}{text[match.end() :]}"
    facts = find_facts(text, words.language)
    is_day = any(fact.start == 0 and fact.kind in ("weekday", "date", "time") for fact in facts)
    if is_day and len(text.split()) <= _MOST_WORDS_OF_A_DAY:
        return f"how about {text}"
    return text


def _completed(text: str, found: list[str], begins: bool, words: Lexicon) -> str | None:
    """Return a statement with its "I"; None where somebody else may be left out."""
    first, second = [*found, ""][:2]
    if first in words.words("direct.whole"):  # "Thanks for", "sorry", "yes".
        answers = words.words("direct.answers")
        if first in answers and (second == "to" or (second == "for" and first != "thanks")):
            return None  # "No to the dinner", "thanks to Kim".
        if first == "thanks" and second == "you":
            return None  # "Thx her + Ted".
        if first == "thanks" and second and second not in words.words("direct.behind_thanks"):
            return f"thanks for{text[len(first) :]}"
        is_clause = second in words.words("direct.subjects")
        return re.sub(r"^(\w+)\s", r"\1, ", text) if first in answers and is_clause else text
    if first == "don't" and second not in words.words("direct.own_states"):
        is_for_reader = not {"me", "us"}.isdisjoint(found)
        return f"please {text}" if is_for_reader else None  # "Don't drive" may be either's.
    if first in words.words("direct.left_out_i"):
        is_modal = first in words.words("direct.helping")
        return f"I {text}" if begins or not is_modal else None
    negation = "not " if first == "not" else ""
    verb = second if negation else first
    is_noun = verb in words.words("direct.ing_nouns", "reported.imperatives")
    if verb.endswith("ing") and not is_noun and not has_finite(found[1 + bool(negation) :], words):
        return f"I'm {text}"
    if first in past_forms(words) or (first.endswith("ed") and not sex_of(first)):
        objects = words.words("direct.object_beginnings")
        is_own = second in objects and second_person(first, words) == first
        return f"I {text}" if is_own and begins else None
    is_for_reader = first in words.words("direct.for_reader") or (
        first in words.words("reported.imperatives") and second == "without"
    )
    if is_for_reader and not has_finite(found[1:], words):
        return f"please {text}"
    return text if _has_clause(text, words) or not _begins_with_verb(found, words) else None


def _begins_with_verb(found: list[str], words: Lexicon) -> bool:
    """Whether somebody does something who is left out: "needs", "should bring"."""
    bases = words.words("reported.imperatives", "reported.verbs")
    first = found[0]
    return first in bases or second_person(first, words) in bases or first in auxiliaries(words)


def _has_clause(text: str, words: Lexicon) -> bool:
    """Whether a text says who does something: with a subject before a verb."""
    found = [word.lower() for word in words.find_words(text)]
    while found and found[0] in words.words("direct.clauses", "direct.between", "direct.whole"):
        found = found[1:]
    if not found or _begins_with_verb(found, words):
        return bool(found) and found[0] == "please"
    return (found[0] in words.words("direct.subjects") and len(found) > 1) or has_finite(
        found[1:], words
    )
