"""The reader of a mail in the third person: "you" becomes they, or he or she where that fits.

While a mail is put into reported speech, each word for its reader has a mark, which no mail has, so
that it is told from others that they may be; `without_marks` takes the marks away again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from itertools import pairwise

from engine.checking.lexicon import WORD, Lexicon, capitalised, replace_words
from engine.direct_speech.wording import auxiliaries

_MARK = "\ue000"
THEM = f"{_MARK}them"
"""The reader, to whom something is done."""

_ONE_LETTER = re.compile(r"[A-Z]")


def with_you(text: str, words: Lexicon) -> str:
    """Return a text with "you" for whatever else its reader is called: "you guys"."""
    for phrase, meant in words.pairs("reported.phrases").items():
        text = re.sub(rf"(?<!\w){re.escape(phrase)}(?!\w)", meant, text, flags=re.IGNORECASE)
    return text


def swapped(text: str, words: Lexicon) -> str:
    """Return a text with the reader as they, them, their, each with its mark."""
    swaps = words.pairs("reported.swaps")
    found = list(words.match_words(text))
    changes: dict[int, str] = {}
    for place, word in enumerate(found):
        other = swaps.get(word[0].lower())
        if other and not _ONE_LETTER.fullmatch(word[0]):  # "U" may be of a name: "U of O".
            is_object = other == "they" and _is_object(text, found, place, words)
            changes[place] = THEM if is_object else _MARK + other
    return replace_words(text, found, changes)


def _is_object(text: str, found: list[re.Match[str]], place: int, words: Lexicon) -> bool:
    """Whether something is done to the word: "call you", but not "if you"."""
    if place == 0 or not text[found[place - 1].end() : found[place].start()].isspace():
        return False
    before = found[place - 1][0].lower()
    if words.stem(before) in _object_stems(words):
        return True
    if before in words.words("reported.before_subjects"):
        return False
    is_last = place + 1 == len(found) or not text[found[place].end()].isspace()
    return is_last or found[place + 1][0].lower() in words.words("reported.behind_objects")


@cache
def _object_stems(words: Lexicon) -> frozenset[str]:
    return frozenset(map(words.stem, words.words("reported.before_objects")))


def without_marks(sentences: Sequence[str], pronoun: str, words: Lexicon) -> list[str]:
    """Return sentences with the reader as a pronoun: "he", "she", or "they".

    They are they, too, where a verb's form for he or she is not known.
    """
    if pronoun in ("he", "she"):
        made = [_of_one(sentence, pronoun, words) for sentence in sentences]
        if None not in made:
            return [sentence for sentence in made if sentence is not None]
    return [sentence.replace(_MARK, "") for sentence in sentences]


def _of_one(sentence: str, pronoun: str, words: Lexicon) -> str | None:
    """Return a sentence with he or she for they, None if a verb's form is not known."""
    forms = words.pairs(f"reported.{pronoun}")
    agreement = words.pairs("reported.agreement")
    found = list(WORD.finditer(sentence))
    changes: dict[int, str] = {}
    for place, word in enumerate(found):
        if sentence[word.start() - 1 : word.start()] != _MARK:
            continue
        reader = word[0].lower()
        if reader not in forms:
            return None
        changes[place] = forms[reader]
        if reader != "they":
            continue
        before = found[place - 1] if place else None
        if before and before[0].lower() in auxiliaries(words):
            changes[place - 1] = agreement.get(before[0].lower(), before[0])
            continue
        form = _verb_form(found[place + 1][0], words) if place + 1 < len(found) else None
        if form is None:
            return None
        changes[place + 1] = form
    if any(_has_second_verb(found, place, words) for place in changes):
        return None
    changes = {place: _as_written(word, found[place][0]) for place, word in changes.items()}
    return replace_words(sentence, found, changes).replace(_MARK, "")


def _verb_form(verb: str, words: Lexicon) -> str | None:
    """Return the form behind he or she, None of a word that is no verb for all one knows."""
    agreement, word = words.pairs("reported.agreement"), verb.lower()
    if word in agreement:
        return agreement[word]
    if word in words.words("reported.auxiliaries") or word in words.words("reported.past_helpers"):
        return verb
    if words.pairs("forms.irregular").get(word) == word:  # "You read it" may be past or present.
        return None
    if word in _base_verbs(words):
        return f"{verb}s"
    return verb if word.endswith("ed") or word in words.pairs("forms.irregular") else None


@cache
def _base_verbs(words: Lexicon) -> frozenset[str]:
    past = words.pairs("forms.irregular").values()
    return frozenset({*words.words("reported.imperatives"), *words.words("reported.verbs"), *past})


def _has_second_verb(found: list[re.Match[str]], place: int, words: Lexicon) -> bool:
    """Whether "and bring" stands behind a verb that got its s."""
    verbs = _base_verbs(words)
    if found[place][0].lower() not in verbs:
        return False
    behind = (word[0].lower() for word in found[place + 1 :])
    return any(one in ("and", "or") and other in verbs for one, other in pairwise(behind))


def _as_written(word: str, replaced: str) -> str:
    """Return a word with a capital if the one that it replaces has one."""
    return word if replaced[:1].islower() else capitalised(word)
