"""Put the facts of a follow-up in place of those of an instruction: "make it Saturday"."""

from __future__ import annotations

import dataclasses
import re

from engine.checking.fact import Fact
from engine.checking.facts import find_facts
from engine.checking.lexicon import Lexicon
from engine.follow_ups.cues import content_stems, without_lead_in
from engine.follow_ups.fact_sorts import can_be, is_exchangeable, is_hour, sort_of

_BARE = re.compile(r"\d[\d.:,]*")
_FEW_WORDS = 3  # besides a name that is exchanged
_FEW_FUNCTION_WORDS = 2  # besides facts that are exchanged


def with_new_facts(instruction: str, change: str, lexicon: Lexicon) -> str | None:
    """Put each fact of a change that says nothing else in place of the one of its sort."""
    news = [fact for fact in find_facts(change, lexicon.language) if is_exchangeable(fact)]
    words = list(lexicon.match_words(change))
    rest = [word[0] for word in words if not any(f.start <= word.start() < f.end for f in news)]
    if len(rest) > _FEW_WORDS:  # "Karl fetches her" gives no new name for her.
        news = [fact for fact in news if fact.kind != "name"]
    if not news or _says_more(rest, instruction, lexicon):
        return None
    olds = [
        fact
        for fact in find_facts(instruction, lexicon.language)
        if (is_exchangeable(fact) or fact.kind == "number")
        and not _is_ordinal(instruction, fact, lexicon)
    ]
    news = _with_their_days(news, olds, change)
    edits: dict[Fact, tuple[int, str]] = {}
    for new in news:
        found = [
            fact
            for fact in olds
            if fact not in edits and (can_be(fact, new) or is_hour(instruction, fact, new, lexicon))
        ]
        if any(fact.values & new.values for fact in found if fact.kind == new.kind):
            continue  # It is there already.
        if new.kind == "number" and (unit := _next_content(change, new, lexicon)):
            found = [fact for fact in found if _next_content(instruction, fact, lexicon) == unit]
        if len(found) > 1 and new.kind == "number":
            # "6800" is not for "5 days" where "6200" stands, too.
            long = [fact for fact in found if _digits(fact) == _digits(new)]
            found = long if len(long) == 1 else found
        if len(found) > 1:
            before = _word_before(change, new, lexicon)
            alike = [fact for fact in found if _word_before(instruction, fact, lexicon) == before]
            found = alike if before and alike else found
            found = _behind_named(instruction, found, change, lexicon)
        if not found or (len(found) > 1 and new.kind in ("number", "name")):
            return None
        edits[found[0]] = _in_place(instruction, found[0], change, new, lexicon)
    if not edits:
        return None
    for old, (end, text) in sorted(edits.items(), key=lambda edit: -edit[0].start):
        instruction = instruction[: old.start] + text + instruction[end:]
    return instruction


def _is_ordinal(text: str, number: Fact, lexicon: Lexicon) -> bool:
    """Whether a number is "3" of "3rd"."""
    behind = text[number.end :].lower()
    return behind.startswith(tuple(lexicon.words("numbers.ordinal_endings") or ("\0",)))


def with_fact_behind_link(instruction: str, change: str, lexicon: Lexicon) -> str | None:
    """Put a fact in the place of one behind the same little word: "by 6 tonight" for "by 5"."""
    told = without_lead_in(change, lexicon)
    link = lexicon.first_word(told).lower()
    facts = find_facts(told, lexicon.language)
    is_behind = bool(facts) and not told[len(link) : min(fact.start for fact in facts)].strip()
    found = [match for match in lexicon.match_words(instruction) if match[0].lower() == link]
    if not link or not is_behind or not told.lower().startswith(link) or len(found) != 1:
        return None
    start = found[0].end()
    old = [fact for fact in find_facts(instruction, lexicon.language) if fact.start >= start]
    if not old or instruction[start : old[0].start].strip():
        return None
    made = with_new_facts(instruction, told, lexicon)
    return made if made and made.startswith(instruction[: old[0].start]) else None


def _with_their_days(news: list[Fact], olds: list[Fact], change: str) -> list[Fact]:
    """Return new facts of which one has "tonight" behind it where no day can be replaced."""
    if any(sort_of(old) == "day" for old in olds):
        return news
    made: list[Fact] = []
    for new in news:
        is_next = bool(made) and change[made[-1].end : new.start].isspace()
        if is_next and sort_of(new) == "day" and made[-1].kind in ("number", "time"):
            text = change[made[-1].start : new.end]
            made[-1] = dataclasses.replace(made[-1], text=text, end=new.end)
        else:
            made.append(new)
    return made


def _in_place(
    instruction: str, old: Fact, change: str, new: Fact, lexicon: Lexicon
) -> tuple[int, str]:
    """Return up to where a new fact takes an old one's place, and how: "5:45pm" for "5:15pm"."""
    if _BARE.fullmatch(new.text) and len(_BARE.findall(old.text)) == 1:
        return old.end, _BARE.sub(new.text, old.text)
    ends = []
    for text, fact in ((instruction, old), (change, new)):
        behind = next(lexicon.match_words(text[fact.end :]), None)
        is_next = behind is not None and not text[fact.end : fact.end + behind.start()].strip()
        ends.append(behind if is_next else None)
    unit, other = ends
    if other is None or not _belongs(other[0], unit[0] if unit else "", lexicon):
        return old.end, new.text
    end = old.end
    if unit is not None and _belongs(unit[0], other[0], lexicon):
        end += unit.end()
    return end, change[new.start : new.end + other.end()]


def _belongs(word: str, other: str, lexicon: Lexicon) -> bool:
    """Whether a word behind a fact is a part of it: "evening", "weeks" for "week"."""
    parts_of_day = lexicon.words("follow_ups.parts_of_day")
    return word.lower() in parts_of_day or lexicon.stem(word) == lexicon.stem(other)


def _behind_named(instruction: str, found: list[Fact], change: str, lexicon: Lexicon) -> list[Fact]:
    """Return the first of the facts behind what a change is about: "the fish is at noon"."""
    held = list(lexicon.match_words(instruction))
    stems = [lexicon.stem(word[0]) for word in held]
    facts = find_facts(change, lexicon.language)
    told = [
        stem
        for word in lexicon.match_words(change)
        if not any(fact.start <= word.start() < fact.end for fact in facts)
        for stem in content_stems([word[0]], lexicon)
        if stems.count(stem) == 1
    ]
    if not told:
        return found
    start = held[stems.index(told[-1])].start()
    return [fact for fact in found if fact.start > start][:1] or found


def _says_more(rest: list[str], instruction: str, lexicon: Lexicon) -> bool:
    """Whether words besides the facts of a change say something that the instruction does not.

    A few function words do not.
    """
    cues = {word for entry in lexicon.words("follow_ups.lead_ins") for word in entry.split()}
    cues |= lexicon.words_before("follow_ups.facts") | lexicon.words("follow_ups.parts_of_day")
    known = {lexicon.stem(word) for word in lexicon.find_words(instruction)}
    verbs = lexicon.words("instructions.verbs")
    new = [
        word
        for word in rest
        if lexicon.stem(word) not in known and word.lower() not in cues | verbs
    ]
    return bool(content_stems(new, lexicon)) or len(new) > _FEW_FUNCTION_WORDS


def _next_content(text: str, fact: Fact, lexicon: Lexicon) -> str:
    """Return the stem of the word behind a fact, '' if it is a function word or there is none."""
    following = next(lexicon.match_words(text[fact.end :]), None)
    return "".join(content_stems([following[0]], lexicon)) if following else ""


def _digits(fact: Fact) -> int:
    """Return how many digits a fact has, 0 for one in words."""
    return sum(map(str.isdigit, fact.text))


def _word_before(text: str, fact: Fact, lexicon: Lexicon) -> str:
    """Return the stem of the word before a fact, '' at the beginning."""
    before = lexicon.find_words(text[: fact.start])
    return lexicon.stem(before[-1]) if before else ""
