"""A verb as it is behind he or she, and behind you: by lists of forms and of endings."""

from __future__ import annotations

import re
from functools import cache

from engine.checking.lexicon import Lexicon, alternatives


def behind_you(verb: str, is_formal: bool, words: Lexicon, *, is_first: bool = False) -> str | None:
    """Return the form of a verb behind you; None if it is no form behind he or she.

    is_first: whether the verb stands before you: "kommt hij" -> "kom je".
    """
    known, endings = _forms(words, is_first)
    prefix, base = _apart(verb, words)
    if base in known:
        return prefix + known[base][is_formal]
    if not is_finite(verb, words):
        return None
    return next(
        (
            verb.removesuffix(ending) + made[is_formal]
            for ending, made in endings
            if verb.endswith(ending)
        ),
        None,
    )


def is_finite(word: str, words: Lexicon) -> bool:
    """Whether a word is a verb as it is behind he or she, as far as lists and endings tell."""
    if _apart(word, words)[1] in _forms(words, False)[0] | _forms(words, True)[0]:
        return True
    if not word.islower() or word in words.words("direct.no_verbs", "direct.subordinators"):
        return False
    return word.endswith(_ends(words)) and not is_participle(word, words)


def may_be_participle(word: str, words: Lexicon) -> bool:
    """Whether a verb may as well be a participle: "bezahlt"."""
    prefix = _apart(word, words)[0]
    begins = alternatives(words.words("direct.fixed_prefixes"))
    return not prefix and re.match(rf"{begins}\w|\w+iert$", word) is not None


def is_participle(word: str, words: Lexicon) -> bool:
    """Whether a word is a participle such as "gesagt" and "abgeholt"."""
    prefixes = alternatives(words.words("direct.prefixes"))
    return re.match(rf"{prefixes}?ge\w{{3,}}(?:t|d|en)$", word) is not None and word not in (
        words.words("direct.no_participles")
    )


@cache
def _forms(
    words: Lexicon, is_first: bool
) -> tuple[dict[str, tuple[str, str]], list[tuple[str, tuple[str, str]]]]:
    """Return verb -> its forms, familiar and formal, and the same for endings, longest first."""
    behind = "_before" if is_first and words.pairs("direct.verbs_before") else ""
    known = _split(words.pairs(f"direct.verbs{behind}"))
    endings = _split(words.pairs(f"direct.endings{behind}"))
    return known, sorted(endings.items(), key=lambda pair: -len(pair[0]))


def _split(pairs: dict[str, str]) -> dict[str, tuple[str, str]]:
    found = {}
    for word, forms in pairs.items():
        familiar, _, formal = forms.replace("…", "").partition(" / ")
        found[word.replace("…", "")] = (familiar.strip(), formal.strip())
    return found


@cache
def _ends(words: Lexicon) -> tuple[str, ...]:
    return tuple(ending for ending, _ in _forms(words, False)[1])


@cache
def _apart(verb: str, words: Lexicon) -> tuple[str, str]:
    """Return a prefix and the verb behind it: "mitgibt" -> "mit", "gibt"."""
    known = _forms(words, False)[0]
    for prefix in words.words("direct.prefixes"):
        if verb.startswith(prefix) and verb[len(prefix) :] in known:
            return prefix, verb[len(prefix) :]
    return "", verb
