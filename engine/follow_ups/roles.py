"""Put who does something, or that it is not done, in its place: "she pays" for "I'll pay"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile

from engine.checking.lexicon import Lexicon
from engine.follow_ups.cues import clause, content_stems, denies, exchange, helping_verbs, joined
from engine.follow_ups.parts import head_end
from engine.follow_ups.people import is_person

_ALIKE, _ENDING = 4, 2  # letters
_LATEST = 1
"""Place of who does it, in a change."""

Words = Sequence[re.Match[str]]


def with_new_role(instruction: str, change: str, lexicon: Lexicon) -> str | None:
    """Put who does it, and the verb, in the place of those that an instruction has."""
    said, rest, name = _told(change, lexicon)
    new, old = list(lexicon.match_words(said)), list(lexicon.match_words(instruction))
    who = next((n for n, word in enumerate(new) if is_person(word[0], lexicon)), None)
    who = 0 if who is None and name else who
    verb = None if who is None or who > _LATEST else _verb(new, who, lexicon)
    if who is None or verb is None:
        return None
    places = [n for n, word in enumerate(old) if _same(word[0], new[verb][0], lexicon)]
    alike = [n for n in places if _begin_alike(old[n][0], new[verb][0])]
    places = alike if len(places) > 1 else places  # "Call at 9, he rings me".
    subject = _subject(instruction, old, places[0], name, lexicon) if len(places) == 1 else None
    if subject is None:
        return None
    first, last = sorted((subject, places[0]))
    end = next((n for n in range(last, len(old) - 1) if _is_apart(instruction, old, n)), len(old))
    tail = _tail(new[max(who, verb) + 1 :], old[last + 1 : end + 1], lexicon)
    if tail is None:
        return None
    made = said[new[min(who, verb)].start() : new[max(who, verb)].end()]
    if any(_tells(word, lexicon) for word in old[first + 1 : last]):  # "ich das Essen bezahle"
        if verb != who + 1:
            return None
        made = new[who][0] + instruction[old[first].end() : old[last].start()] + new[verb][0]
    words, is_replaced = tail
    made = " ".join([made, *words])
    begins = _asking(instruction, old, first, lexicon) if "?" not in change else first
    if begins and _is_inverted(instruction, old, begins, lexicon):  # "Is he coming?"
        begins -= 1
    return joined(
        instruction[: old[begins].start()] + made + instruction[old[last + is_replaced].end() :],
        rest,
    )


def _asking(instruction: str, old: Words, first: int, lexicon: Lexicon) -> int:
    """Return the place of the order to ask before a clause that is now told: "ask her if"."""
    asking = lexicon.words("direct.ask")
    conditions = lexicon.words("direct.conditions")
    if first == 0 or old[first - 1][0].lower() not in conditions:
        return first
    for place in range(first - 2, max(-1, first - 4), -1):
        if old[place][0].lower() in asking and old[place].start() >= head_end(instruction, lexicon):
            return place
    return first


def _told(change: str, lexicon: Lexicon) -> tuple[str, str, str]:
    """Return a change's clause, the rest of it, and who does it no longer: "not Ann"; ''."""
    new, old = exchange(change, lexicon) or ("", "")
    if new and len(lexicon.find_words(old)) == 1 and not clause(new)[1]:
        return new, "", old
    return *clause(change), ""


def _verb(new: Words, who: int, lexicon: Lexicon) -> int | None:
    """Return the place of what is done: of the first telling word, else of the last little one."""
    places = [*range(who + 1, len(new)), *range(max(0, who - 1), who)]
    telling = [n for n in places if _tells(new[n], lexicon)]
    objects = lexicon.words("follow_ups.objects")
    little = [
        n for n in places if not denies(new[n][0], lexicon) and new[n][0].lower() not in objects
    ]
    return next(iter(telling or little[-1:]), None)


def _subject(instruction: str, old: Words, verb: int, name: str, lexicon: Lexicon) -> int | None:
    """Return the place of who does what the verb says, in the same part of a sentence."""
    head = head_end(instruction, lexicon)
    joiners = lexicon.words("follow_ups.joiners") | lexicon.words("follow_ups.clauses")
    for n in range(verb - 1, -1, -1):
        word = old[n][0].lower()
        if old[n].start() < head or word in joiners or _is_apart(instruction, old, n):
            break
        if is_person(word, lexicon) or word == name.lower():
            return n
    if verb + 1 == len(old) or _is_apart(instruction, old, verb):
        return None
    return verb + 1 if is_person(old[verb + 1][0], lexicon) else None  # "paga él"


def _tail(new: Words, old: Words, lexicon: Lexicon) -> tuple[list[str], bool] | None:
    """Return what stands behind the verb, and whether for a word there; None if it says more."""
    objects, cues = lexicon.words("follow_ups.objects"), lexicon.words("follow_ups.lead_ins")
    known = {lexicon.stem(word[0]) for word in old}
    has_object = bool(old) and old[0][0].lower() in objects
    told: list[str] = []
    is_replaced = False
    for word in (one[0] for one in new):
        if word.lower() in objects:
            if has_object:
                told, is_replaced = [*told, word], True
        elif denies(word, lexicon):
            told.append(word)
        elif lexicon.stem(word) not in known and word.lower() not in cues:
            return None
    return told, is_replaced


def _is_apart(text: str, words: Words, n: int) -> bool:
    """Whether a comma or a stop follows a word before the next one."""
    return re.search(r"[,.;!?\n]", text[words[n].end() : words[n + 1].start()]) is not None


def _same(one: str, other: str, lexicon: Lexicon) -> bool:
    """Whether two words are one verb, in any person: "bezahle" and "bezahlt"."""
    pairs = zip(one.lower(), other.lower(), strict=False)
    alike = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    longest = max(len(one), len(other))
    return lexicon.stem(one) == lexicon.stem(other) or alike >= max(_ALIKE, longest - _ENDING)


def _is_inverted(text: str, words: Words, place: int, lexicon: Lexicon) -> bool:
    """Whether a verb of a question stands right before a word."""
    is_near = text[words[place - 1].end() : words[place].start()] == " "
    is_first = place == 1 or not text[words[place - 2].end() : words[place - 1].start()].isspace()
    return is_near and is_first and words[place - 1][0].lower() in helping_verbs(lexicon)


def _begin_alike(one: str, other: str) -> bool:
    return one.lower()[:_ALIKE] == other.lower()[:_ALIKE]


def _tells(word: re.Match[str], lexicon: Lexicon) -> bool:
    return bool(content_stems([word[0]], lexicon))
