"""Which of several texts is what a line says: how likely a reader finds each right.

People read what the model and the rules made of some 1,500 lines, and found each text right, clumsy
(all of the sense, but to be edited) or wrong; from what those texts lack, add and have in common,
weights were fitted that tell the three apart (`python -m training.said_weights`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.checking.brief import Brief
from engine.checking.check import check_draft
from engine.checking.lexicon import Lexicon, fold
from engine.direct_speech.agreement import FAITHFUL, agreement, negations_apart, persons_apart
from engine.direct_speech.spelling import in_full
from engine.fitted_weights import ClassWeights, read_class_weights, weighed

_ORDER = re.compile(r"(?:^|[.!?]\s+|\band\s+)(?:tell|ask)\s+(?:him|her|them|you)\b", re.IGNORECASE)
"""An order that is still one, and should have been said."""

_WHOLE_SENTENCES = re.compile(r"[A-Z](?![^.?!]{0,30}(?::| [-–] )).*[.?!]\s*", re.DOTALL)
"""A line in whole sentences, unlike "Vicky: 40 trays."."""

_SMALL_BEGINNING = re.compile(r"(?:^|[.!?] )[a-z]")

WEIGHTS = Path(__file__).with_name("choosing.toml")
"""Of the features, for each verdict, fitted by `python -m training.said_weights`."""

_DOUBTFUL = 0.3
"""A text worth less is doubtful. In 208 of 1,279 lines it was worth less, and wrong in 151."""

_CLUMSY = 0.5
"""How much a clumsy text is worth, where a right one is worth 1 and a wrong one nothing."""


@dataclass(frozen=True)
class Option:
    """A text. log_likelihood: the mean over its tokens by the model for lines, in nats.

    by_rules, is_notes: whether rules wrote it, and as notes.
    """

    text: str
    log_likelihood: float
    by_rules: bool = False
    is_notes: bool = False


def best(options: Sequence[Option], brief: Brief) -> tuple[Option | None, bool]:
    """Return the option that a reader likeliest finds right, and whether it is doubtful.

    (None, True) without one. What rules understand of whole sentences has to be said: there they
    are right more often, and not doubtful.
    """
    weights = read_class_weights(WEIGHTS)
    sound = [one for one in options if may_be_taken(one, brief)]
    if understood := _understood_sentences(options, brief):
        sound = [one for one in sound if says_the_same(understood.text, one.text, brief)]
    worths = [worth(features(one, options, brief), weights) for one in sound]
    chosen, value = max(
        zip(sound, worths, strict=True), key=lambda pair: pair[1], default=(None, 0.0)
    )
    return chosen, value < _DOUBTFUL and understood is None


def _understood_sentences(options: Sequence[Option], brief: Brief) -> Option | None:
    """Return what rules understand of a line in whole sentences."""
    if not _WHOLE_SENTENCES.fullmatch(brief.line):
        return None
    return next((one for one in options if one.by_rules and not one.is_notes), None)


def worth(found: Mapping[str, float], weights: ClassWeights) -> float:
    """Return what a text with these features is worth, from 0 to 1. weights: of each verdict."""
    scores = {verdict: math.exp(weighed(found, of)) for verdict, of in weights.items()}
    return (scores["right"] + _CLUMSY * scores["clumsy"]) / sum(scores.values())


def may_be_taken(one: Option, brief: Brief) -> bool:
    """Whether an option is by rules, or the model's and sound."""
    return one.by_rules or is_sound(one.text, brief)


def is_sound(text: str, brief: Brief) -> bool:
    """Whether a text has the line's facts and no others, speaks to its reader, and joins nothing.

    "Club can't. cash to me" is not "the club can't have cash", and "off feed, drench no good" not
    "off feed because".
    """
    checks = check_draft(text, brief)
    words = brief.words
    line = in_full(brief.line, words)
    joining = words.words("direct.joining")
    added = {word.lower() for word in words.find_words(text)} & joining
    added -= {word.lower() for word in words.find_words(line)}
    named = any(fold(word.removesuffix("'s")) in brief.addressee for word in words.find_words(text))
    differs = checks.missing or checks.unsupported or checks.opposite or checks.asks_wrongly
    is_other = differs or added or named or _ORDER.search(text)
    return not is_other and not _joins_parts(text, line, words)


def _joins_parts(text: str, line: str, words: Lexicon) -> bool:
    """Whether a sentence of a text has words of two parts of a line, and no part has them all."""
    parts = [_telling(part, words) for part in re.split(r"[.!?;]\s+", line)]
    known = set().union(*parts)
    sentences = (_telling(one, words) & known for one in re.split(r"(?<=[.!?])\s+", text))
    return any(not any(told <= part for part in parts) for told in sentences)


def says_the_same(said: str, text: str, brief: Brief) -> bool:
    """Whether a text says what another says, of the same people; both ask something, or neither.

    Where a question ends may differ: "shall I bring it, no rush?"
    """
    apart = agreement(said.replace("?", "."), text.replace("?", "."), brief)[1]
    is_same = apart <= FAITHFUL and not persons_apart(said, text, brief)
    return is_same and ("?" in said) == ("?" in text)


def features(one: Option, options: Sequence[Option], brief: Brief) -> dict[str, float]:
    """Return what tells of one of several options how likely it is right: name -> value."""
    words, checks = brief.words, check_draft(one.text, brief)
    line = in_full(brief.line, words)
    counts = [len(words.find_words(text)) for text in (line, one.text)]
    given, said = (_telling(text, words) for text in (line, one.text))
    return {
        "bias": 1.0,
        "likelihood": one.log_likelihood,
        "consensus": _consensus(one, options, brief),
        "by_rules": float(one.by_rules),
        "notes": float(one.is_notes),
        "missing": float(len(checks.missing)),
        "unsupported": float(len(checks.unsupported)),
        "made_up": float(len(said - given)),
        "left_out": float(len(given - said)),
        "negations_apart": float(negations_apart(brief.line, one.text, brief)),
        "longer": math.log((counts[1] + 1) / (counts[0] + 1)),
        "length": counts[1] / 20,
        "questions_fewer": float(max(0, line.count("?") - one.text.count("?"))),
        "small_letters": float(len(_SMALL_BEGINNING.findall(one.text))),
        **_beside_rules(one, options, brief),
    }


def _beside_rules(one: Option, options: Sequence[Option], brief: Brief) -> dict[str, float]:
    """Return how a text differs from what rules wrote, if they wrote something.

    Where a question ends may differ: "shall I bring it, no rush?"
    """
    said = next((other.text for other in options if other.by_rules), "")
    if not said:
        return {"rules": 0.0, "like_rules": 0.0, "other_persons": 0.0}
    alike = agreement(said.replace("?", "."), one.text.replace("?", "."), brief)[0]
    persons = float(persons_apart(said, one.text, brief))
    return {"rules": 1.0, "like_rules": alike, "other_persons": persons}


def _consensus(one: Option, options: Sequence[Option], brief: Brief) -> float:
    """Return how far the texts of the model agree with one of them, from 0 to 1."""
    others = [other for other in options if other.text != one.text and not other.by_rules]
    alike = [agreement(other.text, one.text, brief)[0] for other in others]
    return sum(alike) / len(alike) if alike else 1.0


def _telling(text: str, words: Lexicon) -> set[str]:
    """Return the stems of a text's telling words."""
    little = words.words("function_words.list", "instructions.verbs")
    found = (word.lower() for word in words.find_words(text))
    return {words.stem(word) for word in found if word not in little}
