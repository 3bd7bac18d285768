"""How far a draft says what is to be said, and nothing else."""

from __future__ import annotations

import re
from collections import Counter
from difflib import SequenceMatcher

from engine.checking.brief import Brief
from engine.checking.lexicon import Lexicon, fold, straight
from engine.direct_speech.spelling import in_full
from engine.mail.mail_parts import split_mail

_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")  # "7pm" and "£25" without what is around them.
_NOT, _ASKS, _FIRST, _SECOND, _THIRD = "<not>", "<?>", "<I>", "<you>", "<she>"
_PERSONS = (_FIRST, _SECOND, _THIRD)

# What is lost or added, for each telling word. Chosen by hand.
_LOST = {_NOT: 1.5, _ASKS: 0.7, _SECOND: 0.5, _THIRD: 0.4}
"""An order may be to nobody: "you bring the cups" is "please bring the cups"."""
_ADDED = {_NOT: 1.5, _ASKS: 0.6, _FIRST: 0.15, _SECOND: 0.15, _THIRD: 0.15}
"""Notes leave out who does something, and a mail has to say it."""


FAITHFUL = 0.5
"""What a draft may lack and add and still say the same: who does something."""


def agreement(text: str, draft: str, brief: Brief) -> tuple[float, float]:
    """Return 1 for a draft that says a text, less the share of what it lacks and adds, and how much
    that is; 0 if that is as much as the text says.

    Compared are the telling words, who is I, you and she, "not", and questions, each in its order,
    so that "you owe me" is not "I owe you", and "her knee" not "your knee". Greeting, closing and
    names of writer and reader are not.
    """
    words = brief.words
    names = brief.addressee | {fold(word) for word in words.find_words(brief.user_name)}
    wanted = _told(text, names, words)
    total = sum(_LOST.get(one, 1.0) for one in wanted)
    if not total:
        return 0.0, 0.0
    found = _told(" ".join(split_mail(draft).sentences), names, words)
    matcher = SequenceMatcher(None, wanted, found, autojunk=False)
    blocks = matcher.get_matching_blocks()
    shared = [wanted[block.a + n] for block in blocks for n in range(block.size)]
    both = sum(_LOST.get(one, 1.0) for one in shared)
    added = sum(_ADDED.get(one, 1.0) for one in found) - sum(_ADDED.get(one, 1.0) for one in shared)
    apart = total - both + added
    return max(0.0, 1.0 - apart / total), apart


def persons_apart(text: str, other: str, brief: Brief) -> int:
    """Return how many more times one of two texts has I, you or she than the other, all together.

    Possessives and objects count with them.
    """
    names = brief.addressee
    one, two = (
        Counter(sign for sign in _told(side, names, brief.words) if sign in _PERSONS)
        for side in (text, other)
    )
    return (one - two).total() + (two - one).total()


def negations_apart(text: str, other: str, brief: Brief) -> int:
    """Return how many more times one of two texts says "not" than the other."""
    one, two = (_told(side, brief.addressee, brief.words).count(_NOT) for side in (text, other))
    return abs(one - two)


def _told(text: str, names: frozenset[str], words: Lexicon) -> list[str]:
    """Return what counts in a text: stems of its telling words, and signs for the rest."""
    first = words.words("roles.first", "roles.first_possessive", "reported.first_objects")
    second = words.words("roles.second", "roles.second_possessive", "roles.second_objects")
    third = words.words("roles.third", "roles.third_possessive", "direct.objects")
    third -= words.words_before("direct.they")  # Mostly things.
    never = words.words("instructions.negations")
    little = words.words("function_words.list") | words.words("greetings.words")
    numbers = words.pairs("numbers.values")
    told = []
    for found in words.match_words(f"{in_full(straight(text), words)} "):
        word = found[0].lower()
        bare = word.removesuffix("'s")
        if word in first or word in second:
            told.append(_FIRST if word in first else _SECOND)
        elif word in third:
            told.append(_THIRD)
        elif word in never or word.endswith("n't"):
            told.append(_NOT)
        elif number := _NUMBER.search(word):
            told.append(number[0])
        elif word in numbers:
            told.append(numbers[word])
        elif word not in little and fold(bare) not in names and len(word) > 1:
            told.append(words.stem(bare))
        if found.string[found.end()] == "?":
            told.append(_ASKS)
    return told
