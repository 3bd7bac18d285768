"""Leave out of an instruction what its follow-up names."""

from __future__ import annotations

import re

from engine.checking.facts import find_facts
from engine.checking.lexicon import Lexicon, alternatives, straight
from engine.follow_ups.cues import (
    clause,
    content_stems,
    is_remark,
    joined,
    without_interjections,
    without_joiner,
    without_last_joiner,
)
from engine.follow_ups.hanging import without_hanging_clause, without_hanging_verb
from engine.follow_ups.leaving_out import lacking, left_out, may_be_reason, nothing_asked
from engine.follow_ups.parts import head_end
from engine.follow_ups.people import is_person

_LONGEST_WANTED, _LONGEST_LACKING = 5, 3  # words
_FEWEST_LETTERS = 4
_SENTENCE_PART = re.compile(r"[^,.;!?\n]+[,.;!?\n]*\s*")


def without(instruction: str, change: str, lexicon: Lexicon) -> str | None:
    """Leave out the smallest part that holds what the change asks to leave out."""
    what, rest = omitted(instruction, change, lexicon)
    is_unasked = nothing_asked(lexicon).fullmatch(change.strip(" .!")) is not None
    if is_unasked or _names_a_question(what, lexicon):
        return _without_question(instruction, rest, lexicon)
    wanted = _wanted(instruction, what, lexicon)
    spans = [match.span() for match in _SENTENCE_PART.finditer(instruction)]
    held = [len(wanted & _stems(instruction[a:b], wanted, lexicon)) for a, b in spans]
    if not any(held):
        return None
    start, end = spans[place := held.index(max(held))]
    part = instruction[start:end]
    found = list(lexicon.match_words(part))
    hits = [n for n, word in enumerate(found) if lexicon.stem(word[0]) in wanted]
    beginnings = _places(found, "follow_ups.beginnings", lexicon)
    joiners = _places(found, "follow_ups.joiners", lexicon)
    joiners += [
        n
        for n in _places(found, "follow_ups.clauses", lexicon)
        if _begins_clause(found, n, lexicon)
    ]
    first = max((found[n].start() for n in beginnings if n <= hits[0]), default=0)
    last = min((found[n].start() for n in joiners if n > hits[-1]), default=len(part))
    if place == 0 and first == 0:  # Whom it is for stands there.
        first = head_end(instruction, lexicon)
        if not 0 < first <= found[hits[0]].start() or last == len(part):
            return None
        last = next((word.start() for word in found if word.start() > last), len(part))
    before = without_hanging_verb(instruction[:start] + part[:first], lexicon)
    after = without_hanging_clause(part[first:last], part[last:], lexicon) + instruction[end:]
    mark = re.search(r"[.!?\n]\s*$", part)
    if not after.strip():
        before = without_last_joiner(before, lexicon)
    if last == len(part) and mark and not before.rstrip().endswith((".", "!", "?")):
        before = before.rstrip(" ,;") + mark[0]
    elif before.rstrip().endswith((".", "!", "?")):
        after = without_joiner(after, lexicon)
    twice = re.match(r"(\w+)\s", after.lstrip())  # "Tell Bo that" and "that we leave".
    if twice and before.rstrip().lower().endswith(f" {twice[1].lower()}"):
        after = after.lstrip()[twice.end() :]
    return joined(f"{before.rstrip()} {after.lstrip()}".strip(" ,;"), rest)


def _begins_clause(found: list[re.Match[str]], n: int, lexicon: Lexicon) -> bool:
    """Whether a word such as "as" begins a clause: "as we sail", not "as well"."""
    if found[n][0].lower() not in lexicon.words("follow_ups.loose_clauses"):
        return True
    following = found[n + 1][0].lower() if n + 1 < len(found) else ""
    begins = lexicon.words("reported.told_beginnings", "reported.articles")
    return following in begins or is_person(following, lexicon)


def _stems(text: str, wanted: set[str], lexicon: Lexicon) -> set[str]:
    """Return the stems of a text's telling words, and of those that are wanted."""
    words = lexicon.find_words(text)
    return set(content_stems(words, lexicon)) | (wanted & set(map(lexicon.stem, words)))


def _names_a_question(what: str, lexicon: Lexicon) -> bool:
    """Whether what is left out is a question: "the question", "the question about the light"."""
    little = lexicon.words("function_words.list")
    first = next((word for word in lexicon.find_words(what.lower()) if word not in little), "")
    return first in lexicon.words("follow_ups.question")


def _without_question(instruction: str, rest: str, lexicon: Lexicon) -> str | None:
    """Return an instruction without what it asks; None where that is all, or nothing."""
    asking = alternatives(lexicon.words("direct.ask"))
    joiners = alternatives(lexicon.words("follow_ups.joiners"))
    pattern = rf"(?:[,;]?\s+{joiners}|[.,;!])\s+{asking}\s[^.!?]*|(?<=[.,!?])\s+[^.,!?]+\?"
    text = re.sub(pattern, "", instruction, flags=re.IGNORECASE)
    return joined(text.rstrip(" ,;"), rest) if text != instruction else None


def omitted(instruction: str, change: str, lexicon: Lexicon) -> tuple[str, str]:
    """Return what a change asks to leave out, and what else it says behind a comma; ''."""
    what = left_out(change, lexicon)
    if not what:
        what = lacking(change, lexicon)
        return (what, "") if len(what.split()) <= _LONGEST_LACKING else ("", "")
    said, rest = clause(what)
    told = set(content_stems(lexicon.find_words(rest), lexicon))
    known = set(content_stems(lexicon.find_words(instruction), lexicon))
    is_aside = is_remark(rest.strip(" ,;.!"), lexicon)
    if is_aside or (may_be_reason(rest, lexicon) and told.isdisjoint(known)):
        return said, ""
    first = lexicon.first_word(rest).lower()
    is_order = first in lexicon.words("instructions.verbs") | lexicon.words("follow_ups.orders")
    return (said, rest) if is_order or told - known else (what, "")


def is_vain(instruction: str, change: str, lexicon: Lexicon) -> bool:
    """Whether a change only asks to leave out what an instruction does not hold, or repeats it."""
    if _repeats(instruction, change, lexicon) or _keeps(instruction, change, lexicon):
        return True
    what = left_out(change, lexicon)
    wanted = _wanted(instruction, what, lexicon)
    held = _stems(instruction, wanted, lexicon)
    is_all = not clause(what)[1]
    return is_all and 0 < len(wanted) <= _LONGEST_WANTED and wanted.isdisjoint(held)


def _keeps(instruction: str, change: str, lexicon: Lexicon) -> bool:
    """Whether a change only says that something in an instruction stays: "keep the thanks"."""
    cues = alternatives(lexicon.words("follow_ups.keeping"))
    match = re.fullmatch(rf"{cues}\s+(?P<what>\w+)[.!]*", change.strip(), re.IGNORECASE)
    held = set(map(lexicon.stem, lexicon.find_words(instruction)))
    return match is not None and lexicon.stem(match["what"]) in held


def _repeats(instruction: str, change: str, lexicon: Lexicon) -> bool:
    """Whether a change is only a name or a number that an instruction has: "yes, 14"."""
    words = lexicon.find_words(without_interjections(change, lexicon))
    told = [word for word in words if word.lower() not in lexicon.words("answers.yes")]
    held = set(lexicon.find_words(instruction))
    is_short = 0 < len(told) <= _LONGEST_LACKING and not change.rstrip().endswith("?")
    return is_short and all(
        word in held and (word[:1].isupper() or word.isdigit()) for word in told
    )


def _wanted(instruction: str, what: str, lexicon: Lexicon) -> set[str]:
    """Return the stems of what should be left out; "the money" stands for an amount."""
    ignored = lexicon.words("follow_ups.left_out")
    words = [word for word in lexicon.find_words(what) if word.lower() not in ignored]
    kinds = {lexicon.pairs("follow_ups.facts").get(word.lower()) for word in words}
    facts = find_facts(instruction, lexicon.language)
    meant = [fact.text for fact in facts if fact.firm and fact.kind in kinds]
    found = lexicon.find_words(" ".join([*words, *meant]))
    # "My back", of which both words may be little ones.
    last = found[-1:] if len(found) > 1 and len(found[-1]) >= _FEWEST_LETTERS else []
    return set(content_stems(found, lexicon) or map(lexicon.stem, last))


def _places(words: list[re.Match[str]], key: str, lexicon: Lexicon) -> list[int]:
    """Return the places of the words that are in a list."""
    listed = lexicon.words(key)
    return [place for place, word in enumerate(words) if straight(word[0]).lower() in listed]
