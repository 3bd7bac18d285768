"""The reader of a mail, whom its instruction calls he, she or they, as you."""

from __future__ import annotations

import re

from engine.checking.brief import Brief
from engine.checking.lexicon import Lexicon, alternatives, fold, replace_words
from engine.direct_speech.family import FAMILIES, SEX_OF
from engine.direct_speech.others import names_opening_sentences, others_in
from engine.direct_speech.several import THINGS, is_body, is_named_in, is_unknown, they_are
from engine.direct_speech.wording import auxiliaries, is_finite, past_forms, second_person

_JOINING = ("and", "or", "then")


def with_you(text: str, brief: Brief) -> str | None:
    """Return a text with you for the reader's name; None where it is the subject of a verb."""
    if not brief.addressee:
        return text
    words = brief.words
    name = alternatives(brief.addressee)
    the = r"(?P<the>(?:the|our|my)\s+)?"
    pattern = re.compile(rf"(?<!\w){the}(?:{name}\s+)*{name}(?P<own>'s)?(?![\w-])", re.IGNORECASE)
    clauses = words.words("direct.clauses")
    has_capitals = any(word[1:].islower() and word[0].isupper() for word in text.split()[1:])
    made, end = "", 0
    for match in pattern.finditer(text):
        is_noun = match[0].split()[-1].removesuffix("'s") in brief.recipient.split()  # "The staff".
        if has_capitals and match[0][:1].islower() and not is_noun:
            continue  # "The second van", for Swift Van Hire.
        before = ["", *words.find_words(text[: match.start()].lower())][-1]
        behind = (word.lower() for word in words.find_words(text[match.end() :]))
        following = next((one for one in behind if not _may_stand_between(one, words)), "")
        is_apart = not re.search(r"\w $", text[: match.start()])
        named = {fold(word) for word in words.find_words(match[0])}
        if named <= set(map(fold, words.words("names.titles"))):
            continue  # "Mrs Abel", for Mrs Bell.
        if is_body(brief) and not is_named_in(match, following, words):
            continue  # "The road", for Ridge Road Neighbours.
        if match["own"]:
            if _is_participle(following, words):  # "Lotte's gone".
                return None
        elif (
            not before
            or before in clauses
            or is_apart
            or before in ("my", "our")
            or (match["the"] is None and _may_be_called(before, words))
        ):
            return None
        start = match.start()
        if before in auxiliaries(words) and not match["own"]:  # "Is Maddy free?"
            start -= len(before) + 1
            made += text[end:start] + second_person(before, words) + " "
        else:
            made += text[end:start]
        made += "your" if match["own"] else "you"
        end = match.end()
    return made + text[end:]


def _may_be_called(before: str, words: Lexicon) -> bool:
    """Whether a word before a name may say who that is: "lady", "neighbour"."""
    return before in words.words("roles.people", "direct.people", "direct.male", "direct.female")


def _is_participle(word: str, words: Lexicon) -> bool:
    irregular = past_forms(words)
    is_doing = word.endswith("ing") and word not in words.words("direct.ing_nouns")
    return word in irregular or word in words.words("reported.articles") or is_doing


def to_you(
    text: str, family: str, brief: Brief, before: str = "", *, asks: bool = False
) -> str | None:
    """Return a text with a family of pronouns as you, verbs included: "she has" -> "you have".

    before: what is told before it, where others may be named. asks: whether it asks the reader, who
    alone is meant by he and she there. None if a pronoun may be somebody
    else's, or a verb's form is not known.
    """
    words = brief.words
    named = with_you(text, brief)
    if named is None:
        return None
    text = named
    forms = words.pairs(f"direct.{family}") if family else {}
    tokens = list(words.match_words(text))
    lower = [token[0].lower() for token in tokens]
    earlier = [word.lower() for word in words.find_words(before)]
    they = {
        place: they_are([*earlier, *lower], len(earlier) + place, words)
        for place, word in enumerate(lower)
        if family == "they" and word in forms
    }
    things = {place for place, meant in they.items() if meant == THINGS}
    if family and _is_unclear(text, family, brief, "" if asks else before, things):
        return None
    changes: dict[int, str] = {}
    is_done_by_you = False  # In this clause.
    for place, word in enumerate(lower):
        does_another = lower[place - 1 : place + 1] in (
            ["me", "to"],
            ["us", "to"],
        )  # "Wants me to".
        if word in words.words("direct.clauses") or (place and not _is_one(text, tokens, place)):
            is_done_by_you = False
        is_done_by_you = is_done_by_you and not does_another
        if word not in forms or place in things:
            continue
        if place in they and they[place] is None:
            return None
        adjacent = place + 1 < len(tokens) and _touch(text, tokens, place)
        behind = lower[place + 1] if adjacent else ""
        if word in ("her", "his", "their"):
            ahead = lower[place - 1] if place else ""
            changes[place] = _possessed(word, ahead, behind, words)
        elif word in ("he's", "she's"):
            following = (one for one in lower[place + 1 :] if not _may_stand_between(one, words))
            form = _contracted(next(following, ""), words)
            if form is None:
                return None
            changes[place] = form
        else:
            changes[place] = forms[word]
        if is_done_by_you and changes.get(place) == "you":
            return None  # "Can she pick her up?"
        is_done_by_you = is_done_by_you or word.partition("'")[0] in FAMILIES
        if word not in ("he", "she"):
            continue
        if place > 1 and lower[place - 2] == "who":  # "Who is he?"
            return None
        ahead = lower[place - 1] if place and _touch(text, tokens, place - 1) else ""
        if ahead in auxiliaries(words):
            is_cleft = place > 1 and lower[place - 2] in ("it", "that")  # "It was he who".
            changes.update({} if is_cleft else {place - 1: second_person(ahead, words)})
            continue
        verb = place + 1
        while verb < len(tokens) and _may_stand_between(lower[verb], words):
            verb += 1
        if verb == len(tokens) or lower[verb] in ("and", "or"):
            return None
        if _touch(text, tokens, verb - 1):
            changes[verb] = second_person(lower[verb], words)
            if changes[verb] != lower[verb]:
                changes.update(_second_verbs(text, tokens, verb, words))
    return replace_words(text, tokens, changes)


def _second_verbs(
    text: str, tokens: list[re.Match[str]], verb: int, words: Lexicon
) -> dict[int, str]:
    """Return the forms of verbs behind "and" or a comma: "comes back, looks and brings"."""
    bases = words.words("reported.imperatives") | words.words("reported.verbs")
    changes = {}
    for place in range(verb + 1, len(tokens)):
        gap = text[tokens[place - 1].end() : tokens[place].start()]
        if gap.strip() not in ("", ","):
            break
        word = tokens[place][0].lower()
        form = second_person(word, words)
        is_next = gap.strip() == "," or tokens[place - 1][0].lower() in _JOINING
        if is_next and form != word and form in bases:
            changes[place] = form
    return changes


def _is_unclear(text: str, family: str, brief: Brief, before: str, things: set[int]) -> bool:
    """Whether a pronoun behind somebody else's name may be theirs.

    It is not where one other person is named and pronouns of the other sex are used. things: the
    places of pronouns that are things.
    """
    words = brief.words
    forms = words.words_before(f"direct.{family}")
    own, other = SEX_OF.get(family, ""), {"he": "she", "she": "he"}.get(family, "")
    found = [word.lower() for word in words.find_words(f"{before} {text}")]
    has_other_sex = bool(other) and not words.words_before(f"direct.{other}").isdisjoint(found)
    others = others_in(words.find_words(f"{before} {text}"), brief)
    opening = names_opening_sentences(f"{before} {text}", brief)
    names = {fold(found[place]) for place in others}
    first = len(words.find_words(before))
    is_seen = False
    animal = -1 if has_other_sex else _animal(found, words)
    for place, word in enumerate(found):
        is_done = word in ("him", "his", "her", "hers") and word in forms
        if is_done and 0 <= animal < place and place >= first:
            return True
        if family == "they":
            may_be_several = place in others and (is_unknown(word, words) or len(names) > 1)
            is_seen = is_seen or may_be_several
        elif place in others:
            is_seen = is_seen or others[place] in ("", own)
        if place in others:
            continue
        if (
            word in SEX_OF
            and word == family
            and place >= first
            and any(
                one < place and sex == own and one not in others for one, sex in opening.items()
            )
        ):
            return True  # "Imogen told me that she wants it."
        if (
            place >= first
            and place - first not in things
            and word in forms
            and is_seen
            and not (has_other_sex and len(names) == 1)
        ):
            return True
    return False


def _animal(found: list[str], words: Lexicon) -> int:
    """Return the place of an animal that he and she may mean, not "her cat"; -1 for none."""
    begins = words.words("reported.articles", "roles.first_possessive")
    for place, word in enumerate(found):
        behind = [*found[place + 1 :], "and"][0]
        is_noun = behind in words.words("function_words.list") or is_finite(behind, words)
        is_any = word in words.words("direct.animals") and is_noun and place > 0
        if is_any and found[place - 1] in begins and "it" not in found[place:]:
            return place
    return -1


def _possessed(word: str, before: str, behind: str, words: Lexicon) -> str:
    """Return you, your or yours for "her" and the like, between two words of its clause."""
    if word != "her":
        return "your" if behind else "yours"
    if not behind or not before or before in words.words("direct.clauses"):
        return "your" if behind else "you"
    functions = words.words("function_words.list")
    times = words.words_before("calendar.weekdays") | words.words_before("calendar.relative")
    little = functions | words.words("direct.between", "direct.behind_her") | times
    is_number = behind in words.pairs("numbers.values") and behind not in ("once", "twice")
    counted = behind[0].isdigit() or is_number
    # "Give her two", but "on her first".
    owns = before in functions if counted else behind not in little - {"own", "other"}
    return "your" if owns else "you"


def _contracted(behind: str, words: Lexicon) -> str | None:
    """Return "you're" or "you've" for "he's"; None where it may be either."""
    if behind in past_forms(words) or behind in ("been", "had", "got"):
        return "you've"
    return None if behind.endswith("ed") else "you're"


def _may_stand_between(word: str, words: Lexicon) -> bool:
    return word in words.words("direct.between") or word.endswith("ly")


def _is_one(text: str, tokens: list[re.Match[str]], place: int) -> bool:
    """Whether no mark stands before a word."""
    return not text[tokens[place - 1].end() : tokens[place].start()].strip()


def _touch(text: str, tokens: list[re.Match[str]], place: int) -> bool:
    return text[tokens[place].end() : tokens[place + 1].start()] == " "
