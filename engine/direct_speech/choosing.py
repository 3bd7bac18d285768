"""Which of several texts is what a line says: what they lack, add and have in common."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.checking.brief import Brief
from engine.checking.check import check_draft
from engine.checking.lexicon import Lexicon, fold
from engine.direct_speech.agreement import FAITHFUL, agreement, persons_apart
from engine.direct_speech.spelling import in_full
from engine.fitted_weights import read_weights, weighed

_ORDER = re.compile(r"(?:^|[.!?]\s+|\band\s+)(?:tell|ask)\s+(?:him|her|them|you)\b", re.IGNORECASE)
"""An order that is still one, and should have been said."""

WEIGHTS = Path(__file__).with_name("choosing.toml")
"""Of the features, fitted by `python -m training.said_weights`."""


@dataclass(frozen=True)
class Option:
    """A text. log_likelihood: the mean over its tokens by the model for lines, in nats.

    times: how often the model wrote it.
    """

    text: str
    log_likelihood: float
    times: int = 1


def best(options: Sequence[Option], brief: Brief, by_rules: str = "") -> Option | None:
    """Return the option that is likeliest what the line says; None where none is sound.

    by_rules: what rules understood, if anything, which a sound one says as well.
    """
    weights = read_weights(WEIGHTS)
    sound = (
        one
        for one in options
        if is_sound(one.text, brief) and (not by_rules or says_the_same(by_rules, one.text, brief))
    )
    return max(sound, key=lambda one: weighed(features(one, options, brief), weights), default=None)


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
    is_other = checks.missing or checks.unsupported or added or named or _ORDER.search(text)
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
    """Return what tells of one of several options how likely it is meant: name -> value."""
    words, checks = brief.words, check_draft(one.text, brief)
    line = in_full(brief.line, words)
    counts = [len(words.find_words(text)) for text in (line, one.text)]
    given, said = (_telling(text, words) for text in (line, one.text))
    second = words.words("roles.second", "roles.second_possessive", "roles.second_objects")
    third = words.words("roles.third", "roles.third_possessive", "direct.objects")
    told = [word.lower() for word in words.find_words(one.text)]
    asked = [word.lower() for word in words.find_words(line)]
    return {
        "likelihood": one.log_likelihood,
        "whole_likelihood": one.log_likelihood * counts[1] / 10,
        "coverage": checks.coverage,
        "consensus": _consensus(one, options, brief),
        "roles": float(len(checks.roles)),
        "opposite": float(checks.opposite is True),
        "asks_wrongly": float(checks.asks_wrongly is True),
        "made_up": float(len(said - given)),
        "left_out": float(len(given - said)),
        "longer": math.log((counts[1] + 1) / (counts[0] + 1)),
        "has_you": float(not second.isdisjoint(told)),
        "others": float(
            max(0, sum(word in third for word in told) - sum(word in third for word in asked))
        ),
        "questions": float(one.text.count("?")),
        "questions_more": float(max(0, one.text.count("?") - max(1, line.count("?")))),
        "questions_fewer": float(max(0, line.count("?") - one.text.count("?"))),
    }


def _consensus(one: Option, options: Sequence[Option], brief: Brief) -> float:
    """Return how far all texts that were written agree with one of them, from 0 to 1."""
    alike = one.times + sum(
        other.times * agreement(other.text, one.text, brief)[0]
        for other in options
        if other is not one
    )
    return alike / sum(other.times for other in options)


def _telling(text: str, words: Lexicon) -> set[str]:
    """Return the stems of a text's telling words."""
    little = words.words("function_words.list", "instructions.verbs")
    found = (word.lower() for word in words.find_words(text))
    return {words.stem(word) for word in found if word not in little}
