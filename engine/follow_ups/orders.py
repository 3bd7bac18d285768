"""Put an order in the place of another: "ask him instead", "don't ask, just say we come"."""

from __future__ import annotations

import re
from functools import cache

from engine.checking.lexicon import Lexicon, alternatives, capitalised, lexicon
from engine.follow_ups.cues import content_stems, denies, uncapitalised, without_last_joiner
from engine.follow_ups.leaving_out import nothing_asked
from engine.follow_ups.parts import Part, head_end, parts


def with_new_order(instruction: str, change: str, words: Lexicon) -> str | None:
    """Put an order that a change names instead in the place of what it is about."""
    order, is_sure = _instead(_with_cue_last(change, words), words)
    start = head_end(instruction, words)
    if not order or not start:
        return None
    found = parts(instruction, words)
    told = set(content_stems(words.find_words(order), words))
    texts = [instruction[part.start : part.end] for part in found]
    shares = [told & set(content_stems(words.find_words(text), words)) for text in texts]
    about = [part for part, shared in zip(found, shares, strict=True) if shared]
    if not about and not is_sure:
        return None
    about = about or [part for part in found if not _is_reason(instruction, part, words)]
    if not about:
        return None
    if not is_sure and _makes_up_for(instruction, about, order, words):
        return None
    first, last = about[0], about[-1]
    behind = instruction[last.end :].lstrip("?")
    if first.start == start:
        return _head_of(instruction[:start], order, words).rstrip() + behind
    before = without_last_joiner(instruction[: first.start], words).rstrip(" ,")
    if before.endswith((".", "!", "?")):
        return f"{before} {order}{behind}"
    return f"{before}, and {uncapitalised(order, words)}{behind}"


def _makes_up_for(instruction: str, about: list[Part], order: str, words: Lexicon) -> bool:
    """Whether an order tells what is done as something else is not: "say I'll come later instead".

    Then both are told.
    """
    old, new = (
        any(denies(word, words) for word in words.find_words(text))
        for text in (instruction[about[0].start : about[-1].end], order)
    )
    return old and not new and words.first_word(order).lower() in words.words("direct.tell")


def _instead(change: str, words: Lexicon) -> tuple[str, bool]:
    """Return the order that a change names instead of another, '' if it names none.

    Also whether it is sure to replace the other: "suggest Bo instead" may be an addition.
    """
    if question := _as_question(words.language).match(change):
        told = change[question.end() :].strip(" ,.!")
        return (f"ask {told}" if told else ""), True
    match = nothing_asked(words).match(change) or _just(words.language).match(change)
    told = change[match.end() :] if match else change
    behind = _in_place_of(words.language).search(told)
    if behind and not match and not _is_done(behind["what"], words):
        return "", False  # "Ask for the 24th instead of the 23rd".
    told = told[: behind.start()] if behind else told
    told = _rather(words.language).sub(" ", told).strip(" ,.!")
    found = words.find_words(told.lower())
    is_order = bool(found) and found[0] in words.words("instructions.verbs")
    is_sure = match is not None or behind is not None
    is_instead = is_sure or told != change.strip(" ,.!")
    does = is_order and found[0] not in words.words("direct.tell", "direct.ask")  # "Thank him".
    says = does or content_stems(found[1:], words)
    return (told if is_order and is_instead and says else ""), is_sure


def _with_cue_last(change: str, words: Lexicon) -> str:
    """Return "ask him to come instead" for "ask him instead to come"."""
    objects = alternatives(words.words("follow_ups.objects"))
    cues = alternatives(words.words("follow_ups.rather"))
    return re.sub(
        rf"^(\w+\s+{objects})\s+({cues})\s+(.*?)[.!]*$", r"\1 \3 \2", change, flags=re.IGNORECASE
    )


def _is_done(text: str, words: Lexicon) -> bool:
    """Whether a text names something to do: "announcing it", "tell her"."""
    first = words.first_word(text).lower()
    return first in words.words("instructions.verbs") or first.endswith("ing")


def _head_of(head: str, order: str, words: Lexicon) -> str:
    """Return an order for whom a head names: "ask her if" -> "Ask Ann if"."""
    verb, _, rest = order.partition(" ")
    if verb.lower() == "say" and head.rstrip().endswith((":", "-")):
        return head + re.sub(r"^that\s+", "", rest, flags=re.IGNORECASE)
    name = _name(head, words)
    if name and verb.lower() == "say":
        made = f"tell {name} {rest}"
    else:
        whom, _, told = rest.partition(" ")
        told = told if whom.lower() in words.words("follow_ups.objects") else rest
        made = f"{verb} {name} {told}" if name else order
    return capitalised(made) if head[:1].isupper() else made


def _name(head: str, words: Lexicon) -> str:
    """Return whom the head of an instruction names: "Ann" for "Tell Ann that"."""
    ignored = words.words("instructions.verbs", "instructions.to", "follow_ups.told")
    ignored |= words.words("follow_ups.interjections", "direct.beginnings")
    found = [word for word in words.find_words(head) if word.lower() not in ignored]
    return " ".join(found)


def _is_reason(instruction: str, part: Part, words: Lexicon) -> bool:
    before = words.find_words(instruction[: part.start])
    return bool(before) and before[-1].lower() in words.words("follow_ups.because")


@cache
def _rather(language: str) -> re.Pattern[str]:
    """Match "rather" at the beginning, and "instead" at the end."""
    cues = alternatives(lexicon(language).words("follow_ups.rather"))
    return re.compile(rf"^{cues}\s+|\s+{cues}[\s.!]*$", re.IGNORECASE)


@cache
def _in_place_of(language: str) -> re.Pattern[str]:
    instead = alternatives(lexicon(language).words("follow_ups.instead_of"))
    return re.compile(rf",?\s+{instead}\s+(?P<what>.*)$", re.IGNORECASE | re.DOTALL)


@cache
def _just(language: str) -> re.Pattern[str]:
    words = lexicon(language)
    verbs = alternatives(words.words("instructions.verbs"))
    just = alternatives(words.words("follow_ups.just"))
    return re.compile(rf"(?:(?:so|and)\s+)?{just}\s+(?={verbs}\s)", re.IGNORECASE)


@cache
def _as_question(language: str) -> re.Pattern[str]:
    cues = alternatives(lexicon(language).words("follow_ups.as_question"))
    return re.compile(rf"{cues}(?!\w)[\s,.:-]*", re.IGNORECASE)
