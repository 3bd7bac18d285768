"""A Spanish imperative with the pronouns that are joined to it: "trae" + "me" is "tráeme"."""

from __future__ import annotations

import re
from collections.abc import Sequence

_ACCENTS = str.maketrans("aeiou", "áéíóú")
_VOWELS = "aeiouáéíóú"


def with_pronouns(verb: str, pronouns: Sequence[str]) -> str:
    """Return a verb with its pronouns, and the accent that keeps its stress where it was."""
    if not pronouns or re.search(r"[áéíóú]", verb):
        return verb + "".join(pronouns)
    syllables = len(re.findall(r"(?:(?<=[gq])u(?=[ei])|(?:i|u)?[aeo](?:i|u|y)?|[iu]+)", verb))
    syllables -= len(re.findall(r"[gq]u(?=[ei])", verb))
    if syllables + len(pronouns) < 3:  # "Dime", "hazlo".
        return verb + "".join(pronouns)
    body = verb
    if syllables > 1:  # The last syllable but one has the stress.
        body = re.sub(r"(?:(?<=[gq])u|i|u)?[aeo][sn]?$", "", verb)
    stress = max(
        (place for place, letter in enumerate(body) if letter in "aeo"),
        default=max((place for place, letter in enumerate(body) if letter in _VOWELS), default=-1),
    )
    if stress < 0:
        return verb + "".join(pronouns)
    last_vowel = max(place for place, letter in enumerate(body) if letter in _VOWELS)
    if last_vowel > stress + 1:  # "Escribe": the vowel nearest to the end.
        stress = last_vowel
    return verb[:stress] + verb[stress].translate(_ACCENTS) + verb[stress + 1 :] + "".join(pronouns)
