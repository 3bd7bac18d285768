"""Edits of an instruction that its follow-up names exactly; each returns None where it does not."""

from __future__ import annotations

import re

from engine.checking.fact import Fact
from engine.checking.facts import find_facts
from engine.checking.lexicon import Lexicon, straight
from engine.follow_ups.cues import content_stems, exchange, lacking, left_out, without_lead_in

_SORTS = {
    "weekday": "day",
    "date": "day",
    "time": "time",
    "amount": "amount",
    "number": "number",
    "name": "name",
}
"""Facts of one sort can take each other's place."""

_LONGEST_EXCHANGE = 5  # words
_FEW_WORDS = 3  # besides a name that is exchanged
_FEW_FUNCTION_WORDS = 2  # besides facts that are exchanged
_SENTENCE_PART = re.compile(r"[^,.;!?\n]+[,.;!?\n]*\s*")


def edited(instruction: str, change: str, lexicon: Lexicon) -> str | None:
    """Return an instruction with a change that names what it is about, else None."""
    for edit in (_without, _exchanged, _with_new_facts, _with_new_word):
        found = edit(instruction, change, lexicon)
        if found is not None:
            return found
    return None


def is_vain(instruction: str, change: str, lexicon: Lexicon) -> bool:
    """Whether a change only asks to leave out what an instruction does not hold."""
    wanted = _wanted(instruction, left_out(change, lexicon), lexicon)
    held = content_stems(lexicon.find_words(instruction), lexicon)
    return 0 < len(wanted) <= _LONGEST_EXCHANGE and wanted.isdisjoint(held)


def sort_of(fact: Fact) -> str:
    """Return the sort of a fact."""
    return _SORTS.get(fact.kind, fact.kind)


def _without(instruction: str, change: str, lexicon: Lexicon) -> str | None:
    """Leave out the smallest part that holds what the change asks to leave out."""
    what = left_out(change, lexicon) or lacking(change, lexicon)
    wanted = _wanted(instruction, what, lexicon)
    spans = [match.span() for match in _SENTENCE_PART.finditer(instruction)]
    held = [
        len(wanted & set(content_stems(lexicon.find_words(instruction[a:b]), lexicon)))
        for a, b in spans
    ]
    if not any(held):
        return None
    start, end = spans[place := held.index(max(held))]
    part = instruction[start:end]
    found = list(lexicon.match_words(part))
    hits = [n for n, word in enumerate(found) if lexicon.stem(word[0]) in wanted]
    beginnings = _places(found, "follow_ups.beginnings", lexicon)
    joiners = _places(found, "follow_ups.joiners", lexicon)
    joiners += _places(found, "follow_ups.clauses", lexicon)
    first = max((found[n].start() for n in beginnings if n <= hits[0]), default=0)
    last = min((found[n].start() for n in joiners if n > hits[-1]), default=len(part))
    if place == 0 and first == 0:
        return None  # Whom it is for stands there.
    before, after = instruction[:start] + part[:first], part[last:] + instruction[end:]
    mark = re.search(r"[.!?\n]\s*$", part)
    if last == len(part) and mark:
        before = before.rstrip(" ,;") + mark[0]
    return f"{before.rstrip()} {after.lstrip()}".strip(" ,;")


def _wanted(instruction: str, what: str, lexicon: Lexicon) -> set[str]:
    """Return the stems of what should be left out; "the money" stands for an amount."""
    ignored = lexicon.words("follow_ups.left_out")
    words = [word for word in lexicon.find_words(what) if word.lower() not in ignored]
    kinds = {lexicon.pairs("follow_ups.facts").get(word.lower()) for word in words}
    facts = find_facts(instruction, lexicon.language)
    meant = [fact.text for fact in facts if fact.firm and fact.kind in kinds]
    return set(content_stems(lexicon.find_words(" ".join([*words, *meant])), lexicon))


def _exchanged(instruction: str, change: str, lexicon: Lexicon) -> str | None:
    """Put what the change says in place of what it says it is not."""
    found = exchange(change, lexicon)
    if not found:
        return None
    new, old = found
    sides = [lexicon.find_words(side) for side in (new, old)]
    if any(len(side) > _LONGEST_EXCHANGE for side in sides):
        return None
    # "She pays, not me" does not put "she pays" in place of "me".
    if bool(content_stems(sides[0], lexicon)) != bool(content_stems(sides[1], lexicon)):
        return None
    ignored = lexicon.words("function_words.list")
    wanted = [lexicon.stem(word) for word in sides[1]]
    while len(wanted) > 1 and sides[1][len(sides[1]) - len(wanted)].lower() in ignored:
        del wanted[0]
    words = list(lexicon.match_words(instruction))
    stems = [lexicon.stem(word[0]) for word in words]
    for n in range(len(stems) - len(wanted) + 1):
        if stems[n : n + len(wanted)] == wanted:
            end = words[n + len(wanted) - 1].end()
            return instruction[: words[n].start()] + new + instruction[end:]
    return None


def _with_new_facts(instruction: str, change: str, lexicon: Lexicon) -> str | None:
    """Put each fact of a change that says nothing else in place of the one of its sort."""
    news = [fact for fact in find_facts(change, lexicon.language) if _is_exchangeable(fact)]
    words = list(lexicon.match_words(change))
    rest = [word[0] for word in words if not any(f.start <= word.start() < f.end for f in news)]
    if len(rest) > _FEW_WORDS:  # "Karl fetches her" gives no new name for her.
        news = [fact for fact in news if fact.kind != "name"]
    if not news or _says_more(rest, instruction, lexicon):
        return None
    olds = [
        fact
        for fact in find_facts(instruction, lexicon.language)
        if _is_exchangeable(fact) or fact.kind == "number"
    ]
    edits: dict[Fact, str] = {}
    for new in news:
        found = [fact for fact in olds if _can_be(fact, new) and fact not in edits]
        if any(fact.values & new.values for fact in found if fact.kind == new.kind):
            continue  # It is there already.
        if new.kind == "number" and (unit := _next_content(change, new, lexicon)):
            found = [fact for fact in found if _next_content(instruction, fact, lexicon) == unit]
        if len(found) > 1:
            before = _word_before(change, new, lexicon)
            alike = [fact for fact in found if _word_before(instruction, fact, lexicon) == before]
            found = alike if before and alike else found
        if not found or (len(found) > 1 and new.kind in ("number", "name")):
            return None
        edits[found[0]] = new.text
    if not edits:
        return None
    for old, text in sorted(edits.items(), key=lambda edit: -edit[0].start):
        instruction = instruction[: old.start] + text + instruction[old.end :]
    return instruction


def _with_new_word(instruction: str, change: str, lexicon: Lexicon) -> str | None:
    """Put a word before the one that both have: "the green pot" for "the blue pot"."""
    short = without_lead_in(change.rstrip(".!"), lexicon)
    new = list(lexicon.match_words(short))
    old = list(lexicon.match_words(instruction))
    stems = [lexicon.stem(word[0]) for word in old]
    told = [bool(content_stems([word[0]], lexicon)) for word in new]
    known = [n for n, word in enumerate(new) if told[n] and lexicon.stem(word[0]) in stems]
    answers = lexicon.words("answers.yes") | lexicon.words("answers.no")
    if len(new) > _LONGEST_EXCHANGE or len(known) != 1 or sum(told) != 2:
        return None
    if any(word[0].lower() in answers for word in new):
        return None
    place = known[0]
    stem = lexicon.stem(new[place][0])
    if place == 0 or not told[place - 1] or stems.count(stem) != 1:
        return None
    word, at = new[place - 1][0], stems.index(stem)
    before = old[at - 1] if at > 1 else None
    if before and content_stems([before[0]], lexicon) and instruction[before.end()] == " ":
        return instruction[: before.start()] + word + instruction[before.end() :]
    return f"{instruction[: old[at].start()]}{word} {instruction[old[at].start() :]}"


def _is_exchangeable(fact: Fact) -> bool:
    return fact.kind in _SORTS and (fact.firm or sort_of(fact) == "day")


def _can_be(old: Fact, new: Fact) -> bool:
    """Whether a fact may take another one's place; "8" may be an hour or an amount."""
    return sort_of(old) == sort_of(new) or (
        new.kind == "number" and sort_of(old) in ("time", "amount")
    )


def _says_more(rest: list[str], instruction: str, lexicon: Lexicon) -> bool:
    """Whether words besides the facts of a change say something that the instruction does not.

    A few function words do not.
    """
    cues = {word for entry in lexicon.words("follow_ups.lead_ins") for word in entry.split()}
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


def _word_before(text: str, fact: Fact, lexicon: Lexicon) -> str:
    """Return the stem of the word before a fact, '' at the beginning."""
    before = lexicon.find_words(text[: fact.start])
    return lexicon.stem(before[-1]) if before else ""


def _places(words: list[re.Match[str]], key: str, lexicon: Lexicon) -> list[int]:
    """Return the places of the words that are in a list."""
    listed = lexicon.words(key)
    return [place for place, word in enumerate(words) if straight(word[0]).lower() in listed]
