"""Put that something need not or shall not be done in the place of what asks for it."""

from __future__ import annotations

import re
from functools import cache

from engine.checking.lexicon import Lexicon, alternatives, lexicon
from engine.follow_ups.cues import content_stems, denies, uncapitalised
from engine.follow_ups.leaving_out import left_out
from engine.follow_ups.parts import Part, parts
from engine.follow_ups.people import doing, people


def with_no_request(instruction: str, change: str, words: Lexicon) -> str | None:
    """Return an instruction with "she needn't bring it" for "could she bring it on Sunday".

    "So don't pay" turns "please pay the bill" into "please don't pay the bill".
    """
    match = _needless(words.language).search(change)
    if not match or left_out(change, words):
        return None
    told = set(content_stems(words.find_words(change[match.end() :]), words))
    found = [part for part in parts(instruction, words) if _asks(instruction, part, words)]
    alike = []
    for part in found:
        text = instruction[part.start : part.end]
        if told & set(content_stems(words.find_words(text), words)):
            alike.append(part)
    if len(alike) != 1:
        return None
    (part,) = alike
    text = instruction[part.start : part.end]
    if match["dont"] and len(told) == 1 and not change[: match.start()].strip():
        verb = next(w for w in words.match_words(text) if words.stem(w[0]) in told)
        text = f"{text[: verb.start()]}{match['dont'].lower()} {text[verb.start() :]}"
        return instruction[: part.start] + text + instruction[part.end :]
    made = uncapitalised(change.rstrip(" .!"), words) if part.start else change.rstrip(" .!")
    return instruction[: part.start] + made + instruction[part.end :].lstrip("?")


def _asks(instruction: str, part: Part, words: Lexicon) -> bool:
    """Whether a part asks for something to be done: "pls pay", "could he come", "bring a cup"."""
    found = [word.lower() for word in words.find_words(instruction[part.start : part.end])]
    if not found or any(denies(word, words) for word in found):
        return False
    asking = words.words("reported.orders", "follow_ups.asking_verbs")
    if found[0] in asking:
        return True
    is_told = bool(people(" ".join(found[:2]), words))
    return not is_told and found[0] in words.words("direct.for_reader", "reported.imperatives")


@cache
def _needless(language: str) -> re.Pattern[str]:
    words = lexicon(language)
    needless = alternatives(words.words("follow_ups.needless"))
    dont = alternatives(words.words("follow_ups.dont"))
    so = alternatives(words.words("follow_ups.consequences"))
    doers = alternatives(doing(words))
    return re.compile(
        rf"(?<!\w)(?:{doers}\s+)?(?:{needless}|(?<!\w)(?:^(?:{so}\s+)?)(?P<dont>{dont}))\s+(?=\w)",
        re.IGNORECASE,
    )
