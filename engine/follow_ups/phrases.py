"""Put where or with whom something is done in its place: "leave it with Al" for "in the shed"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.checking.lexicon import Lexicon
from engine.follow_ups.cues import content_stems, denies
from engine.follow_ups.fact_sorts import has_time
from engine.follow_ups.people import is_person

_LONGEST = 5  # words of a phrase
_MOST_BEFORE = 3  # words before the verb of a change: "she should just"

Words = Sequence[re.Match[str]]


def with_new_phrase(instruction: str, change: str, lexicon: Lexicon) -> str | None:
    """Put the phrase behind a verb in place of the one behind the same verb and object."""
    told = change.rstrip(".!")
    new, old = list(lexicon.match_words(told)), list(lexicon.match_words(instruction))
    verb = next((n for n, one in enumerate(new) if content_stems([one[0]], lexicon)), None)
    if verb is None or verb > _MOST_BEFORE or lexicon.phrases("follow_ups.too").search(told):
        return None
    stem = lexicon.stem(new[verb][0])
    places = [n for n, one in enumerate(old) if lexicon.stem(one[0]) == stem]
    if len(places) != 1 or _is_denied(old, places[0], lexicon) != _is_denied(new, verb, lexicon):
        return None
    begins = _phrase(told, new, verb, lexicon), _phrase(instruction, old, places[0], lexicon)
    if begins[0] is None or begins[1] is None:
        return None
    objects = [
        [lexicon.stem(one[0]) for one in words[at + 1 : begin]]
        for words, at, begin in ((new, verb, begins[0]), (old, places[0], begins[1]))
    ]
    if objects[0] != objects[1]:
        return None
    start, end = old[begins[1]].start(), _end(instruction, old, begins[1], lexicon)
    made = told[new[begins[0]].start() :]
    phrases = made, instruction[start:end]
    if len(made.split()) > _LONGEST or any(has_time(one, lexicon) for one in phrases):
        return None
    return instruction[:start] + made + instruction[end:]


def _is_denied(words: Words, verb: int, lexicon: Lexicon) -> bool:
    """Whether a verb has a "not" close before it."""
    return any(denies(one[0], lexicon) for one in words[max(0, verb - _MOST_BEFORE) : verb])


def _phrase(text: str, words: Words, verb: int, lexicon: Lexicon) -> int | None:
    """Return the place of the preposition behind a verb and its short object, if nothing parts."""
    links = lexicon.words("follow_ups.prepositions", "follow_ups.with")
    for n in range(verb + 1, min(len(words), verb + _LONGEST)):
        if re.search(r"[,.;!?\n]", text[words[n - 1].end() : words[n].start()]):
            return None
        word = words[n][0].lower()
        if word in links:
            return n
        if is_person(word, lexicon) or word in lexicon.words("follow_ups.joiners"):
            return None
    return None


def _end(text: str, words: Words, begin: int, lexicon: Lexicon) -> int:
    """Return where a phrase ends: before a joiner, another preposition or a stop."""
    stops = lexicon.words("follow_ups.joiners", "follow_ups.clauses", "follow_ups.beginnings")
    stops |= lexicon.words("follow_ups.prepositions", "follow_ups.because")
    last = begin
    for n in range(begin + 1, len(words)):
        gap = text[words[last].end() : words[n].start()]
        word = words[n][0].lower()
        if not gap.isspace() or "\n" in gap or word in stops or is_person(word, lexicon):
            break
        last = n
    return words[last].end()
