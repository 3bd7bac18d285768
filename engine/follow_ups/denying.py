"""Deny what an instruction says of a verb: "haven't paid it yet" for "I've paid the bill"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.checking.lexicon import Lexicon, straight
from engine.follow_ups.cues import clause, helping_verbs, joined, without_lead_in
from engine.follow_ups.parts import head_end, parts
from engine.follow_ups.people import doer_of, is_person

Words = Sequence[re.Match[str]]


def with_denial(instruction: str, change: str, lexicon: Lexicon) -> str | None:
    """Return an instruction in which a part is denied; None unless a change does just that.

    The change says the part's verb behind a "not" ("haven't paid"), and of its other words nothing
    but "it", "them", "yet": the part keeps what it tells of the verb.
    """
    said, rest = clause(without_lead_in(change, lexicon))
    new = list(lexicon.match_words(said.rstrip(".!")))
    denied = next((n for n, word in enumerate(new) if _denies(word[0], lexicon)), None)
    if denied is None or denied + 1 >= len(new) or denied > 1:
        return None
    if denied == 1 and not (_is_short(new[1][0]) and is_person(new[0][0], lexicon)):
        return None
    verb, *behind = new[denied + 1 :]
    stem = lexicon.stem(verb[0])
    yet = lexicon.words("follow_ups.yet")
    little = lexicon.words("follow_ups.objects", "follow_ups.its", "function_words.list") | yet
    if not all(word[0].lower() in little for word in behind):
        return None
    start = head_end(instruction, lexicon)
    found = [part for part in parts(instruction, lexicon) if part.start >= start]
    doer = doer_of(said, lexicon)
    for part in found:
        text = instruction[part.start : part.end]
        old = list(lexicon.match_words(text))
        at = next((n for n, word in enumerate(old) if lexicon.stem(word[0]) == stem), 0)
        if not at or any(_denies(word[0], lexicon) for word in old):
            continue
        if doer and doer_of(text, lexicon) not in (doer, ""):
            continue
        if made := _denied(text, old, at, new[denied][0], verb[0], lexicon):
            last = behind[-1][0] if behind and behind[-1][0].lower() in yet else ""
            made = f"{made} {last}".rstrip()
            return joined(instruction[: part.start] + made, rest) + instruction[part.end :]
    return None


def _denied(text: str, old: Words, at: int, denial: str, verb: str, lexicon: Lexicon) -> str | None:
    """Return a part with "haven't paid" in the place of "'ve paid", "have paid" or "paid"."""
    before = old[at - 1]
    subject, mark, _ = straight(before[0]).rpartition("'")
    if before[0].lower() in helping_verbs(lexicon):
        start = before.start()
    elif mark:  # "I've paid".
        start = before.start() + len(subject)
    elif _is_short(denial):
        start = before.end()
    else:
        return None
    return f"{text[:start].rstrip()} {denial} {verb}{text[old[at].end() :]}"


def _denies(word: str, lexicon: Lexicon) -> bool:
    return word.lower() in lexicon.words("instructions.negations") or _is_short(word)


def _is_short(word: str) -> bool:
    """Whether a word is a verb with its "not": "haven't"."""
    return straight(word).lower().endswith("n't")
