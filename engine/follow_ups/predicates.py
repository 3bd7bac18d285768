"""Put what is said of something in the place of what was: "it isn't thick enough"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.checking.lexicon import Lexicon
from engine.follow_ups.cues import clause, content_stems, exchange, helping_verbs, is_person, joined
from engine.follow_ups.parts import head_end, parts

_FEWEST_ALIKE, _MOST_ALIKE = 0.5, 0.7
"""Share of a predicate's words that the one in its place has, too: telling ones, or any."""

_FEWEST_WORDS = 4

Words = Sequence[re.Match[str]]


def with_new_predicate(instruction: str, change: str, lexicon: Lexicon) -> str | None:
    """Put what a change says of "it" in the place of what an instruction says in similar words."""
    said, rest = clause(change)
    said = said.rstrip(".!")
    new = list(lexicon.match_words(said))
    verb = _verb(new, lexicon)
    doer = new[0][0].lower().partition("'")[0] if new else ""
    is_thing = doer in lexicon.words("follow_ups.things")
    if verb is None or verb[0] > 1 or not (is_thing or is_person(doer, lexicon)):
        return None
    is_one = all(word[0].lower() not in lexicon.words("follow_ups.joiners") for word in new)
    new_side, _ = exchange(said, lexicon) or ("", "")
    if not is_one or content_stems(lexicon.find_words(new_side), lexicon):
        return None  # "It's 3, not 4".
    start = head_end(instruction, lexicon)
    for part in parts(instruction, lexicon):
        if part.start < start:
            continue
        text = instruction[part.start : part.end]
        old = list(lexicon.match_words(text))
        place = _verb(old, lexicon)
        if place is None or not text[: place[1]].strip():
            continue
        is_its = old[0][0].lower().partition("'")[0] == doer  # "We're happy", "we're not happy".
        if not (is_its or (is_thing and place[0] > 0)):
            continue
        if not _are_alike(new[verb[0] :], old[place[0] :], lexicon):
            continue
        subject = text[: place[1]].rstrip()
        made = f"{subject}{said[verb[1] :]}"
        if old[0][0].lower() not in lexicon.words("reported.subjects"):
            made = re.sub(rf"^({re.escape(subject)})'s\s", r"\1 is ", made)
        return joined(instruction[: part.start] + made + instruction[part.end :], rest)
    return None


def _are_alike(new: Words, old: Words, lexicon: Lexicon) -> bool:
    """Whether two predicates have half of their telling words, or most of any, in common."""
    news, olds = ([word[0] for word in words] for words in (new, old))
    told, held = (set(content_stems(words, lexicon)) for words in (news, olds))
    if told & held and len(told & held) >= _FEWEST_ALIKE * len(held):
        return True
    one, other = ({lexicon.stem(word) for word in words} for words in (news, olds))
    return len(one & other) >= max(_FEWEST_WORDS, _MOST_ALIKE * len(other))


def _verb(found: Words, lexicon: Lexicon) -> tuple[int, int] | None:
    """Return the place of the first finite verb and where it begins: "'s" of "it's"."""
    verbs = helping_verbs(lexicon)
    for place, word in enumerate(found):
        text = word[0].lower()
        if text in verbs:
            return place, word.start() - 1
        subject, mark, _ = text.partition("'")
        if mark and (is_person(subject, lexicon) or subject in lexicon.words("follow_ups.its")):
            return place, word.start() + len(subject)
    return None
