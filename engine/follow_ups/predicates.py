"""Put what is said of something in the place of what was: "it isn't thick enough"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.checking.lexicon import Lexicon
from engine.follow_ups.cues import clause, content_stems, exchange, helping_verbs, joined
from engine.follow_ups.parts import head_end, parts
from engine.follow_ups.people import is_person, people

_FEWEST_ALIKE, _MOST_ALIKE = 0.5, 0.7
"""Share of a predicate's words that the one in its place has, too: telling ones, or any."""

_FEWEST_WORDS = 4
_MARK = "'"

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
    is_third = people(new[0][0], lexicon)[:1] in (["he"], ["she"])
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
        is_named = is_third and text[place[1] :].startswith("'") and not _has_doer(old, lexicon)
        if is_named and (made := _with_new_detail(text, old, new, lexicon)):
            return joined(instruction[: part.start] + made + instruction[part.end :], rest)
        if not (is_its or (is_thing and place[0] > 0)):
            continue
        if not _are_alike(new[verb[0] :], old[place[0] :], lexicon):
            continue
        subject = text[: place[1]].rstrip()
        told = said[verb[1] :]
        made = f"{subject}{told if told[:1] in (' ', _MARK) else _MARK + told}"
        if old[0][0].lower() not in lexicon.words("reported.subjects"):
            made = re.sub(rf"^({re.escape(subject)})'s\s", r"\1 is ", made)
        return joined(instruction[: part.start] + made + instruction[part.end :], rest)
    return None


def _with_new_detail(text: str, old: Words, new: Words, lexicon: Lexicon) -> str | None:
    """Return a text with the one new word of a change before the word that both have behind it.

    "He's doing the third lap" puts "third" in the place of "first" in "Jon's doing the first lap".
    """
    stems = [lexicon.stem(word[0]) for word in old]
    unknown = [
        n
        for n in range(1, len(new))
        if content_stems([new[n][0]], lexicon) and lexicon.stem(new[n][0]) not in stems
    ]
    if len(unknown) != 1 or unknown[0] + 1 >= len(new):
        return None
    (place,) = unknown
    behind = lexicon.stem(new[place + 1][0])
    at = stems.index(behind) if stems.count(behind) == 1 else 0
    does = lexicon.stem(new[1][0]) in stems[:at]
    if at < 2 or not does or not content_stems([old[at - 1][0]], lexicon):
        return None
    return text[: old[at - 1].start()] + new[place][0] + text[old[at - 1].end() :]


def _has_doer(found: Words, lexicon: Lexicon) -> bool:
    """Whether a part names by a pronoun who does something."""
    return bool(found) and is_person(found[0][0], lexicon)


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
        if unmarked := lexicon.pairs("follow_ups.unmarked").get(text):  # "Hes coming".
            return place, word.start() + len(unmarked)
        following = found[place + 1][0].lower() if place + 1 < len(found) else ""
        is_doing = following.endswith("ing")  # "Jon's coming".
        if mark and (
            is_doing or is_person(subject, lexicon) or subject in lexicon.words("follow_ups.its")
        ):
            return place, word.start() + len(subject)
    return None
