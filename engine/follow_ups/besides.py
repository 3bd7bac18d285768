"""Put a new fact beside the one of its sort, which stays: "Thursday too", "both 7 and 9"."""

from __future__ import annotations

import re

from engine.checking.fact import Fact
from engine.checking.facts import find_facts
from engine.checking.lexicon import Lexicon, alternatives
from engine.follow_ups.cues import content_stems, without_facts, without_first
from engine.follow_ups.fact_sorts import can_be, is_exchangeable


def with_fact_beside(instruction: str, change: str, lexicon: Lexicon) -> str | None:
    """Return an instruction with a change's fact beside its own; None where none is meant so.

    The change says nothing else: "Thursday as well", "and Thursday", "Tuesday and Thursday".
    """
    short, is_added = _without_cues(change, lexicon)
    facts = _facts(short, lexicon)
    rest = without_facts(short, facts)
    held = _facts(instruction, lexicon)
    known = [fact for fact in facts if _in(fact, held)]
    new = [fact for fact in facts if not _in(fact, held)]
    is_pair = len(known) == 1 and len(facts) == 2 and _joiner(short, facts, lexicon)
    if len(new) != 1 or not (is_pair or (is_added and not known)):
        return None
    stems = {lexicon.stem(word) for word in lexicon.find_words(instruction)}
    if not set(content_stems(lexicon.find_words(rest), lexicon)) <= stems:
        return None
    olds = [fact for fact in held if can_be(fact, new[0])]
    if is_pair:
        olds = [fact for fact in olds if fact.values & known[0].values]
    joiners = sorted(lexicon.words("numbers.joiners"))
    if len(olds) != 1 or not joiners:
        return None
    old, joiner = olds[0], joiners[0]
    text = short[facts[0].start : facts[1].end] if is_pair else f"{old.text} {joiner} {new[0].text}"
    return instruction[: old.start] + text + instruction[old.end :]


def _without_cues(change: str, lexicon: Lexicon) -> tuple[str, bool]:
    """Return a change without "and" or "both" before and "too" behind it, and whether one was."""
    text, joins = without_first(change.strip().rstrip(".!"), "numbers.joiners", lexicon)
    cues = alternatives(lexicon.words("follow_ups.besides"))
    short = re.sub(rf"^{cues}(?!\w)\s*|,?\s+{cues}$", "", text, flags=re.IGNORECASE)
    return short, joins or short != text


def _facts(text: str, lexicon: Lexicon) -> list[Fact]:
    return [fact for fact in find_facts(text, lexicon.language) if is_exchangeable(fact)]


def _in(fact: Fact, held: list[Fact]) -> bool:
    return any(fact.values & one.values for one in held if can_be(one, fact))


def _joiner(text: str, facts: list[Fact], lexicon: Lexicon) -> bool:
    """Whether only "and" stands between two facts."""
    between = text[facts[0].end : facts[1].start].strip()
    return between.lower() in lexicon.words("numbers.joiners") | {"&", "+"}
