"""Put where or how something is in the place of another: "by train" for "by car"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.checking.facts import find_facts
from engine.checking.lexicon import Lexicon
from engine.follow_ups.cues import content_stems, helping_verbs, without_lead_in
from engine.follow_ups.fact_sorts import has_time

_LONGEST = 4  # words
_MOST_NOUNS = 2  # in a row, without capitals


def with_new_place(instruction: str, change: str, lexicon: Lexicon) -> str | None:
    """Put a change that is only "by train" in the place of what stands behind "by".

    "The party is at ours now" says of what: then it is what stands behind "party".
    """
    told, named = _told(instruction, without_lead_in(change.rstrip(".!"), lexicon), lexicon)
    new, old = list(lexicon.match_words(told)), list(lexicon.match_words(instruction))
    if not 1 < len(new) <= _LONGEST or has_time(told, lexicon):
        return None
    if lexicon.phrases("follow_ups.too").search(told):
        return None
    word = new[0][0].lower()
    places = [n for n, one in enumerate(old) if n >= named and one[0].lower() == word]
    possessives = lexicon.words("follow_ups.possessives")
    if new[1][0].lower() in possessives and not named:
        places = [n for n in places if old[n + 1 :] and old[n + 1][0].lower() in possessives]
    ends = {n: _end(instruction, old[n + 1 :], lexicon) for n in places}
    found = [
        (n, end)
        for n, end in ends.items()
        if end is not None and not has_time(instruction[old[n].start() : end], lexicon)
    ]
    if word not in lexicon.words("follow_ups.prepositions") or not found:
        return None
    place, end = found[0]
    if len(found) > 1 and not named:
        return None
    return instruction[: old[place].start()] + told + instruction[end:]


def _told(instruction: str, told: str, lexicon: Lexicon) -> tuple[str, int]:
    """Return where something is now, and the place of the word behind what it is; 0 if unnamed."""
    facts = find_facts(told, lexicon.language)
    known = {word.lower() for word in lexicon.find_words(instruction)}
    if facts and facts[-1].end == len(told.rstrip()) and facts[-1].text.lower() in known:
        told = told[: facts[-1].start].rstrip(" ,")
    for word in lexicon.words("follow_ups.from_now"):
        told = re.sub(rf",?\s+{re.escape(word)}$", "", told, flags=re.IGNORECASE)
    words = list(lexicon.match_words(told))
    verb = next((n for n, one in enumerate(words) if one[0].lower() in helping_verbs(lexicon)), 0)
    if not 0 < verb <= _LONGEST or verb + 1 == len(words):
        return told, 0
    what = words[verb - 1][0].lower()
    held = [word.lower().removesuffix("'s") for word in lexicon.find_words(instruction)]
    if held.count(what) != 1:
        return told, 0
    return told[words[verb + 1].start() :], held.index(what) + 1


def _end(instruction: str, behind: Sequence[re.Match[str]], lexicon: Lexicon) -> int | None:
    """Return where a place ends: "the Lund office", "the leisure centre" before "at eight"."""
    if behind and behind[0][0].lower() in lexicon.words("follow_ups.possessives"):
        return behind[0].end()  # "At mine".
    told = [bool(content_stems([one[0]], lexicon)) for one in behind]
    if True not in told:
        return None
    first = last = told.index(True)
    starts = {fact.start for fact in find_facts(instruction, lexicon.language)}
    while (
        last + 1 < len(behind)
        and told[last + 1]
        and instruction[behind[last].end() : behind[last + 1].start()] == " "
        and (behind[last][0][:1].isupper() or behind[last + 1].start() not in starts)
    ):
        last += 1
    is_name = all(one[0][:1].isupper() for one in behind[first:last])
    return behind[last if is_name or last - first < _MOST_NOUNS else first].end()
