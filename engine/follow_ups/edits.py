"""Edits of an instruction that its follow-up names exactly; each returns None where it does not."""

from __future__ import annotations

from engine.checking.facts import find_facts
from engine.checking.lexicon import Lexicon
from engine.follow_ups.besides import with_fact_beside
from engine.follow_ups.cues import clause, content_stems, exchange, is_fact, without_lead_in
from engine.follow_ups.denying import with_denial
from engine.follow_ups.doers import with_other_doer
from engine.follow_ups.exchanges import (
    narrowed,
    with_capital_of,
    with_swapped,
    without_double_sign,
)
from engine.follow_ups.kinds import with_new_kind
from engine.follow_ups.lifting import with_denial_lifted
from engine.follow_ups.names import with_new_spelling
from engine.follow_ups.needless import with_no_request
from engine.follow_ups.new_facts import with_fact_behind_link, with_new_facts
from engine.follow_ups.omissions import without
from engine.follow_ups.opposites import with_opposites
from engine.follow_ups.orders import with_new_order
from engine.follow_ups.people import is_person
from engine.follow_ups.phrases import with_new_phrase
from engine.follow_ups.places import with_new_place
from engine.follow_ups.predicates import with_new_predicate
from engine.follow_ups.roles import with_new_role

_LONGEST_EXCHANGE = 5  # words

Words = list[str]


def edited(instruction: str, change: str, lexicon: Lexicon) -> tuple[str, str] | None:
    """Return which edit a change names, and the instruction edited so, else None."""
    edits = {
        "beside": with_fact_beside,
        "new_order": with_new_order,
        "new_spelling": with_new_spelling,
        "no_request": with_no_request,
        "without": without,
        "swapped": with_swapped,
        "exchanged": _exchanged,
        "new_role": with_new_role,
        "lifted": with_denial_lifted,
        "denied": with_denial,
        "opposite": with_opposites,
        "same_link": with_fact_behind_link,
        "new_facts": _with_exchanged_facts,
        "new_word": _with_new_word,
        "new_kind": with_new_kind,
        "new_phrase": with_new_phrase,
        "new_predicate": with_new_predicate,
        "new_place": with_new_place,
        "other_doer": with_other_doer,
    }
    for name, edit in edits.items():
        found = edit(instruction, change, lexicon)
        if found is not None and found != instruction:
            return name, found
    return None


def _with_exchanged_facts(instruction: str, change: str, lexicon: Lexicon) -> str | None:
    """Put facts in the place of those of their sorts; "at 2, not at 10" names both."""
    new, old = exchange(change, lexicon) or (change, "")
    named = {fact.kind for fact in find_facts(old, lexicon.language)}
    return with_new_facts(instruction, new if named else change, lexicon)


def _exchanged(instruction: str, change: str, lexicon: Lexicon) -> str | None:
    """Put what the change says in place of what it says it is not."""
    named = exchange(change, lexicon)
    if not named:
        return None
    found = narrowed(instruction, *named, lexicon), named[1]
    new, old = (list(lexicon.match_words(side)) for side in found)
    if not new or not old or max(len(new), len(old)) > _LONGEST_EXCHANGE:
        return None
    begins = [is_person(side[0][0], lexicon) for side in (new, old)]
    if begins[0] != begins[1] or clause(found[0])[1]:
        return None
    told, wanted = ([word[0] for word in side] for side in (new, old))
    # "She pays, not me" does not put "she pays" in place of "me".
    if bool(content_stems(told, lexicon)) != bool(content_stems(wanted, lexicon)):
        return None
    words = list(lexicon.match_words(instruction))
    stems = [lexicon.stem(word[0]) for word in words]
    known = not set(content_stems(told, lexicon)).isdisjoint(stems)
    # Nor does "Ann pays, not Bo" where "pays" stands already; a time is several words, too.
    if known and len(told) > 1 and not is_fact(found[0], lexicon):
        return None
    first = 0
    if (at := _find(stems, [lexicon.stem(word) for word in wanted])) is None:
        wanted, first = _without_little(wanted, lexicon), len(told)
        at = _find(stems, [lexicon.stem(word) for word in wanted])
        first -= len(_without_little(told, lexicon))
    if at is None:
        return None
    while first + 1 < len(told) and at > 0 and stems[at - 1] == lexicon.stem(told[first]):
        first += 1  # "To the airport" is put behind "to" without its own "to".
    start, end = words[at].start(), words[at + len(wanted) - 1].end()
    made = found[0][new[first].start() if first else 0 :]
    made, before = with_capital_of(instruction[start:end], made, change), instruction[:start]
    return before + without_double_sign(before, made) + instruction[end:]


def _without_little(words: Words, lexicon: Lexicon) -> Words:
    """Return words without the function words before them."""
    little = lexicon.words("function_words.list")
    first = next((n for n, word in enumerate(words) if word.lower() not in little), 0)
    return words[first:]


def _find(stems: Words, wanted: Words) -> int | None:
    """Return where a row of stems begins."""
    for at in range(len(stems) - len(wanted) + 1):
        if stems[at : at + len(wanted)] == wanted:
            return at
    return None


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
    days = [fact for fact in find_facts(short, lexicon.language) if fact.kind != "name"]
    if any(fact.start <= new[place].start() < fact.end for fact in days):
        return None  # "At the pub tonight" is no other sort of night.
    stem = lexicon.stem(new[place][0])
    if place == 0 or not told[place - 1] or stems.count(stem) != 1:
        return None
    at = stems.index(stem)
    start = old[at].start()
    if (
        at > 1
        and instruction[old[at - 1].end()] == " "
        and content_stems([old[at - 1][0]], lexicon)
    ):
        start = old[at - 1].start()
    made = short[new[place - 1].start() : new[place].end()]
    return instruction[:start] + made + instruction[old[at].end() :]
