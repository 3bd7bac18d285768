"""Turn the answer of an instruction round: "say no" for "say yes", "I can't" for "I can"."""

from __future__ import annotations

import re

from engine.checking.lexicon import Lexicon, straight
from engine.follow_ups.cues import clause, content_stems, joined, without_lead_in
from engine.follow_ups.people import people


def with_opposites(instruction: str, change: str, lexicon: Lexicon) -> str | None:
    """Put each opposite that a change says in the place of its word; None if it says more."""
    said, rest = clause(change)
    if not content_stems(lexicon.find_words(rest), lexicon):
        said, rest = change, ""
    turned = _turned(instruction, without_lead_in(said, lexicon), lexicon)
    return None if turned is None else joined(turned, rest)


def _turned(instruction: str, said: str, lexicon: Lexicon) -> str | None:
    opposites = _opposites(lexicon)
    old = list(lexicon.match_words(instruction))
    held = [straight(word[0]).lower() for word in old]
    news: dict[int, str] = {}
    for word in lexicon.match_words(said):
        plain = word[0].lower()
        places = [
            at
            for at, one in enumerate(held)
            if one in opposites.get(plain, ()) and not _is_of_next(instruction, old, at, lexicon)
        ]
        if len(places) == 1 and plain not in held:
            who = people(said[: word.start()], lexicon)[-1:]
            if who and who != people(instruction[: old[places[0]].start()], lexicon)[-1:]:
                return None  # "She can't" says nothing of "I can".
            news[places[0]] = word[0]
        elif not _adds_nothing(plain, held, lexicon):
            return None
    for at in sorted(news, reverse=True):
        instruction = instruction[: old[at].start()] + news[at] + instruction[old[at].end() :]
    return instruction if news else None


def _is_of_next(text: str, words: list[re.Match[str]], at: int, lexicon: Lexicon) -> bool:
    """Whether a word is no answer but belongs to the next: "no knife"."""
    if at + 1 == len(words) or words[at][0].lower() not in lexicon.words("instructions.negations"):
        return False
    is_near = text[words[at].end() : words[at + 1].start()].isspace()
    return is_near and bool(content_stems([words[at + 1][0]], lexicon))


def _opposites(lexicon: Lexicon) -> dict[str, set[str]]:
    """Return the opposites of each word."""
    found: dict[str, set[str]] = {}
    for one, other in lexicon.pairs("follow_ups.opposites").items():
        found.setdefault(one, set()).add(other)
        found.setdefault(other, set()).add(one)
    return found


def _adds_nothing(word: str, held: list[str], lexicon: Lexicon) -> bool:
    little = lexicon.words("function_words.list") | lexicon.words("instructions.verbs")
    return word in held or word in little
