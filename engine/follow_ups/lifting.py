"""Take a "not" out of an instruction whose follow-up says the contrary: "we do come"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.checking.lexicon import Lexicon, straight
from engine.follow_ups.cues import denies, helping_verbs
from engine.follow_ups.parts import parts
from engine.follow_ups.people import doer_of, doing, is_person

_NEAR = 4
"""Words before a verb, in which its "not" stands: "will not be renewing"."""

Words = Sequence[re.Match[str]]


def with_denial_lifted(instruction: str, change: str, lexicon: Lexicon) -> str | None:
    """Return an instruction that says what a change does, where it denied that of the same verb."""
    new = list(lexicon.match_words(change))
    if new and new[0][0].lower() in lexicon.words("answers.yes"):
        new = new[1:]
    verb = _verb(new, lexicon)
    if verb is None or any(denies(word[0], lexicon) for word in new):
        return None
    doer = doer_of(change[new[0].start() :], lexicon)
    for part in parts(instruction, lexicon):
        text = instruction[part.start : part.end]
        old = list(lexicon.match_words(text))
        stem = lexicon.stem(new[verb][0])
        at = next((n for n, word in enumerate(old) if lexicon.stem(word[0]) == stem), None)
        if at is None or doer_of(text, lexicon) not in (doer, ""):
            continue
        lifted = _lifted(text, old, at, lexicon)
        rest = _rest(change, new, verb, text, lexicon)
        if lifted is not None and rest is not None:
            return instruction[: part.start] + lifted + rest + instruction[part.end :]
    return None


def _verb(new: Words, lexicon: Lexicon) -> int | None:
    """Return the place of the verb behind who does it and a helping verb: "we do want"."""
    if not new[1:] or not is_person(new[0][0], lexicon):
        return None
    helping = helping_verbs(lexicon) | lexicon.words("reported.helpers", "reported.contracted")
    ignored = helping | lexicon.words("direct.between") | doing(lexicon)
    verb = next((n for n, word in enumerate(new) if word[0].lower() not in ignored), None)
    is_stressed = "'" in straight(new[0][0]) or new[1][0].lower() in helping
    return verb if is_stressed else None


def _lifted(text: str, old: Words, verb: int, lexicon: Lexicon) -> str | None:
    """Return a text without the denial of a verb, nor "no" before who does it."""
    positive = lexicon.pairs("follow_ups.opposites")
    helping = helping_verbs(lexicon) | lexicon.words("reported.helpers")
    for n in range(verb - 1, max(-1, verb - 1 - _NEAR), -1):
        word = straight(old[n][0]).lower()
        is_helped = n > 0 and straight(old[n - 1][0]).lower().rpartition("'")[2] in helping
        if word in lexicon.words("instructions.negations") and is_helped:
            made = text[: old[n].start()].rstrip() + text[old[n].end() :]
        elif positive.get(word, "") in helping:
            made = text[: old[n].start()] + positive[word] + text[old[n].end() :]
        else:
            continue
        first = old[0][0].lower()
        opens = n > 1 and first in positive and is_person(old[1][0], lexicon)
        return positive[first] + made[len(first) :] if opens else made
    return None


def _rest(change: str, new: Words, verb: int, text: str, lexicon: Lexicon) -> str | None:
    """Return what a change adds behind its verb and what that is done to; None if unclear."""
    known = {lexicon.stem(word) for word in lexicon.find_words(text)}
    little = lexicon.words("follow_ups.objects", "follow_ups.lead_ins", "function_words.list")
    joiners = lexicon.words("follow_ups.joiners")
    for n in range(verb + 1, len(new)):
        word = new[n][0].lower()
        gap = change[new[n - 1].end() : new[n].start()]
        if word in joiners or gap.strip():
            return gap.rstrip() + " " + change[new[n].start() :].rstrip(" .!")
        if word not in little and lexicon.stem(word) not in known:
            return None
    return ""
