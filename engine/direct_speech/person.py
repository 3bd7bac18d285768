"""The reader of a mail, whom its instruction calls he, she or they, as you."""

from __future__ import annotations

from engine.checking.brief import Brief
from engine.checking.lexicon import Lexicon, replace_words
from engine.direct_speech.family import FAMILIES, SEX_OF
from engine.direct_speech.meant import readers
from engine.direct_speech.named_reader import with_you
from engine.direct_speech.several import THINGS, is_people, they_are
from engine.direct_speech.text_words import TextWords
from engine.direct_speech.unclear import is_unclear, may_be_an_animals
from engine.direct_speech.wording import auxiliaries, past_forms, second_person

_JOINING = ("and", "or", "then")
_BEFORE_NOUNS = frozenset(("own", "other", "only", "very", "more", "most", "few", "many", "same"))


def to_you(
    text: str,
    family: str,
    brief: Brief,
    before: str = "",
    *,
    asks: bool = False,
    weighs: bool = False,
) -> str | None:
    """Return a text with a family of pronouns as you, verbs included: "she has" -> "you have".

    before: what is told before it, where others may be named. asks: whether it asks the reader, who
    alone is meant by he and she there. weighs: whether some may be somebody else's for certain.
    None if it can't be told whose a pronoun is, or a verb's form is not known.
    """
    words = brief.words
    named = with_you(text, brief)
    if named is None:
        return None
    read = TextWords(named, words)
    forms = words.pairs(f"direct.{family}") if family else {}
    earlier = [word.lower() for word in words.find_words(before)]
    they = {
        place: they_are([*earlier, *read.lower], len(earlier) + place, words)
        for place, word in enumerate(read.lower)
        if family == "they" and word in forms
    }
    things = {place for place, meant in they.items() if meant == THINGS}
    told_before = "" if asks else before
    if family and may_be_an_animals(named, family, brief, told_before):
        return None
    others: set[int] = set()
    if weighs or (family and is_unclear(named, family, brief, told_before, things)):
        mine = readers(named, family, brief, before, asks=asks) if family in SEX_OF else None
        if mine is None:
            return None
        others = {place for place, word in enumerate(read.lower) if word in forms} - mine
    changes: dict[int, str] = {}
    is_done_by_you = False  # In this clause.
    for place, word in enumerate(read.lower):
        if word in words.words("direct.clauses") or (place and read.gap(place).strip()):
            is_done_by_you = False
        if read.lower[place - 1 : place + 1] in (["me", "to"], ["us", "to"]):  # "Wants me to".
            is_done_by_you = False
        if word not in forms or place in things or place in others:
            continue
        you = None if they.get(place, "") is None else _form(place, forms[word], read)
        is_subject = word.partition("'")[0] in FAMILIES
        if you is None or (is_done_by_you and you == "you" and not is_subject):
            return None  # "Can she pick her up?"
        changes[place] = you
        is_done_by_you = is_done_by_you or is_subject
        if word in ("he", "she"):
            verbs = _verbs_of(place, read)
            if verbs is None:
                return None
            changes.update(verbs)
        elif word in ("he's", "she's"):
            changes.update(_second_verbs(place, read))
    return replace_words(named, read.tokens, changes)


def _form(place: int, you: str, read: TextWords) -> str | None:
    """Return what a pronoun becomes, which is `you` unless it depends on the words around it."""
    word = read.lower[place]
    if word in ("her", "his", "their"):
        before = read.lower[place - 1] if place else ""
        return _possessed(word, before, read.behind(place), read.words)
    if word in ("he's", "she's"):
        following = read.past_adverbs(place + 1)
        return _contracted(["", *read.lower[following:][:1]][-1], read.words)
    return you


def _verbs_of(place: int, read: TextWords) -> dict[int, str] | None:
    """Return the verbs of he or she behind you; None where its verb is not known."""
    words, lower = read.words, read.lower
    if place > 1 and lower[place - 2] == "who":  # "Who is he?"
        return None
    before = read.before(place)
    if before in auxiliaries(words):
        is_cleft = place > 1 and lower[place - 2] in ("it", "that")  # "It was he who".
        return {} if is_cleft else {place - 1: second_person(before, words)}
    verb = read.past_adverbs(place + 1)
    if verb == len(lower) or lower[verb] in ("and", "or"):
        return None
    if read.gap(verb) != " ":
        return {}
    form = second_person(lower[verb], words)
    return {verb: form} | (_second_verbs(verb, read) if form != lower[verb] else {})


def _second_verbs(verb: int, read: TextWords) -> dict[int, str]:
    """Return the forms of verbs behind "and" or a comma: "comes back, looks and brings"."""
    bases = read.words.words("reported.imperatives", "reported.verbs")
    changes = {}
    for place in range(verb + 1, len(read.lower)):
        gap = read.gap(place).strip()
        if gap not in ("", ","):
            break
        word = read.lower[place]
        form = second_person(word, read.words)
        is_next = gap == "," or read.lower[place - 1] in _JOINING
        if is_next and form != word and form in bases:
            changes[place] = form
    return changes


def _possessed(word: str, before: str, behind: str, words: Lexicon) -> str:
    """Return you, your or yours for "her" and the like, between two words of its clause."""
    if word != "her":
        owned = behind and behind not in words.words("function_words.list") - _BEFORE_NOUNS
        return "your" if owned else "yours"  # "The mower is his now".
    if not behind or not before or before in words.words("direct.clauses"):
        return "your" if behind else "you"
    if before in words.words("direct.allows") and not (
        is_people(behind, words) or behind in words.words("direct.animals")
    ):
        return "you"  # "Let her carry it".
    functions = words.words("function_words.list")
    times = words.words_before("calendar.weekdays") | words.words_before("calendar.relative")
    little = functions | words.words("direct.between", "direct.behind_her") | times
    is_number = behind in words.pairs("numbers.values") and behind not in ("once", "twice")
    counted = behind[0].isdigit() or is_number
    if before == "of" and behind in times:
        return "your"  # "Both of her Saturday shifts".
    # "Give her two", but "on her first".
    owns = before in functions if counted else behind not in little - {"own", "other"}
    return "your" if owns else "you"


def _contracted(behind: str, words: Lexicon) -> str | None:
    """Return "you're" or "you've" for "he's"; None where it may be either."""
    if behind in past_forms(words) or behind in ("been", "had", "got"):
        return "you've"
    return None if behind.endswith("ed") else "you're"
