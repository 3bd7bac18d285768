"""Which pronouns an instruction has for the reader: he, she or they."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.checking.brief import Brief
from engine.checking.first_names import sex_of
from engine.checking.lexicon import Lexicon
from engine.direct_speech.orders import Order
from engine.direct_speech.others import is_somebody, others_in, reader_sex
from engine.direct_speech.several import READER, is_body, is_people, they_are
from engine.direct_speech.wording import auxiliaries, has_finite, is_finite

FAMILIES = ("he", "she", "they")
SEX_OF = {"he": "male", "she": "female"}
"""The sex of the reader, by the pronouns that an instruction has for them."""


def family_of(found: Sequence[Order], brief: Brief) -> str | None:
    """Return which pronouns are the reader's: "he", "she" or "they"; '' if none are used.

    Told by whom the orders are for ("ask her"), by a title or a word such as "dad", or by the first
    pronoun, before anybody else is mentioned. None if it can't be told.
    """
    words = brief.words
    if any("'s " in f"{order.whom} " for order in found) and _is_anybody_spoken_of(found, words):
        return None  # "Tell Ann's teacher that I fetch her".
    named = [word for order in found for word in words.find_words(order.whom.lower())]
    for family in FAMILIES:
        if not words.words_before(f"direct.{family}").isdisjoint(named):
            # "Ask Greg to ring the caterer and tell her": she is the caterer.
            sexes = {sex_of(word) for word in named} - {""}
            are_several = "and" in named or brief.has_several_addressees
            is_other = sexes != {SEX_OF.get(family, "")} and not (family == "they" and are_several)
            return None if sexes and is_other else family
    if "and" in named:
        return "they"
    for family, sex in SEX_OF.items():
        if not words.words(f"direct.{sex}").isdisjoint(named):
            return family
    heads = [_head_noun(order.whom, words) for order in found if order.whom]
    if not words.words("direct.groups", "direct.bodies").isdisjoint(heads):
        return "they"
    if is_body(brief) or (not named and brief.recipient and brief.has_several_addressees):
        return "they"
    if named[:1] == ["the"] and named[-1].endswith("s"):  # "The Jensens".
        return "they"
    known = _family_by_name(found, brief)
    for order in found:
        first = _first_family(order, brief, known)
        if first != "":
            return first if first is None or _explains_others(first, brief) else None
    contents = " ".join(order.content for order in found)
    used = {family_of_word(word.lower(), words) for word in words.find_words(contents)}
    of_reader = used & ({known} if known else set(SEX_OF))
    if not used & set(SEX_OF) and _may_be_body(heads, found, contents, words):
        return "they"
    return None if of_reader or _are_they_readers(found, words) else ""


def _head_noun(whom: str, words: Lexicon) -> str:
    """Return the noun of whom an order is for: "officer" of "the press officer"."""
    named = re.split(r"\s(?:of|at|from|in|on)\s", whom.lower(), maxsplit=1)[0]
    return ["", *words.find_words(named)][-1]


def _may_be_body(
    heads: Sequence[str], found: Sequence[Order], contents: str, words: Lexicon
) -> bool:
    """Whether the reader is a firm or a group that no list has, such as "the estate".

    heads: the nouns of whom the orders are for. No person is known by its name, which may be
    somebody's if it is a single one: then it is a firm if something is theirs.
    """
    if not heads or any(is_people(head, words) or sex_of(head) for head in heads):
        return False
    owned = not {"their", "theirs"}.isdisjoint(words.find_words(contents.lower()))
    first = next(order.whom for order in found if order.whom)
    return (owned or " " in first.strip()) and _are_they_all(contents, words)


def _are_they_all(contents: str, words: Lexicon) -> bool:
    """Whether each "they" is the reader or things, at least one is the reader, and no other firm or
    group is named that it may be.
    """
    lower = [word.lower() for word in words.find_words(contents)]
    places = [
        place for place, word in enumerate(lower) if word in words.words_before("direct.they")
    ]
    meant = {they_are(lower, place, words) for place in places}
    others = words.words("direct.groups", "direct.bodies")
    return READER in meant and None not in meant and others.isdisjoint(lower)


def _is_anybody_spoken_of(found: Sequence[Order], words: Lexicon) -> bool:
    spoken = (word.lower() for order in found for word in words.find_words(order.content))
    return any(family_of_word(word, words) in SEX_OF for word in spoken)


def _is_relative(pronoun: str, clause: list[str], words: Lexicon) -> bool:
    """Whether a pronoun is the subject behind a noun: "the parcel he waits for"."""
    return pronoun in FAMILIES and not has_finite(clause, words)


def _is_object(pronoun: str, behind: str, words: Lexicon) -> bool:
    """Whether something is done to somebody, who is not whom the clause's verb is of."""
    if pronoun == "her":
        return behind in words.words("function_words.list", "direct.behind_her") or not behind
    return pronoun == "him"


def _is_owned(pronoun: str, clause: list[str], behind: str, words: Lexicon) -> bool:
    """Whether something is somebody's: "the mower's his", "the cup is hers if she wants it"."""
    is_owner = pronoun == "hers" or (
        pronoun == "his" and (not behind or behind in words.words("function_words.list"))
    )
    verb = ["", *clause][-1]
    return is_owner and (verb.endswith("'s") or verb in ("is", "are", "was", "were"))


def _has_no_noun(clause: list[str], words: Lexicon) -> bool:
    """Whether a clause names nothing that a pronoun may be for before its verb."""
    verbs = words.words("reported.imperatives", "reported.verbs")
    return all(word in verbs or is_finite(word, words) for word in clause)


def _family_by_name(found: Sequence[Order], brief: Brief) -> str:
    """Return the family that the reader's name tells, '' if it may be wrong.

    It may where only the other sex is spoken of and nobody else is named.
    """
    words = brief.words
    spoken = words.find_words(" ".join(order.content for order in found))
    used = {family_of_word(word.lower(), words) for word in spoken} & set(SEX_OF)
    # Typed without a capital: "tell ann he comes if she rings".
    whom = next((word for order in found for word in words.find_words(order.whom)), "")
    told = reader_sex(brief) or sex_of(whom)
    family = next((one for one, sex in SEX_OF.items() if sex == told), "")
    return family if family in used or not used or others_in(spoken, brief) else ""


def _explains_others(family: str, brief: Brief) -> bool:
    """Whether pronouns of the other sex, if any, have somebody else whom they may be for."""
    words = brief.words
    found = words.find_words(brief.instruction)
    used = {family_of_word(word.lower(), words) for word in found}
    return not (used & set(SEX_OF)) - {family} or any(is_somebody(word, brief) for word in found)


def _are_they_readers(found: Sequence[Order], words: Lexicon) -> bool:
    """Whether "they" comes before anything that there are several of, and may be the reader."""
    for word in (word.lower() for order in found for word in words.find_words(order.content)):
        if word in words.words("direct.several") or re.search(r"[^s']s$|\d", word):
            return False
        if family_of_word(word, words) == "they":
            return True
    return False


def _first_family(order: Order, brief: Brief, known: str) -> str | None:
    """Return the family of an order's first pronoun, '' if it is behind somebody else.

    None where it may be its own clause's subject's: "the drummer broke his wrist". known: the
    reader's family, if their name tells it; then pronouns and people of the other sex are others.
    """
    words, content = brief.words, order.content
    others = others_in(words.find_words(content), brief)
    tells = re.match(r"(?:to|for|on)\s", content) is None
    asking = auxiliaries(words)  # "Does she mean it?"
    clause: list[str] = []
    has_animal = not words.words("direct.animals").isdisjoint(words.find_words(content.lower()))
    end = 0
    for place, match in enumerate(words.match_words(content)):
        word = match[0].lower()
        if re.search(r"[,.;:!?]", content[end : match.start()]):
            clause = []
        end = match.end()
        family = family_of_word(word, words)
        if family in SEX_OF and family == (known or family):
            own = words.words("roles.first") | words.words("roles.first_possessive")
            is_clear = not tells or not clause or not own.isdisjoint(clause)
            is_clear = is_clear or _is_relative(word, clause, words)
            behind = next(iter(words.find_words(content[match.end() :].lower())), "")
            is_apart = not re.match(r"\s\w", content[match.end() :])
            is_clear = is_clear or _is_owned(word, clause, "" if is_apart else behind, words)
            is_object = _is_object(word, "" if is_apart else behind, words)
            is_clear = is_clear or (known != "" and is_object and not has_animal)
            return family if is_clear or _has_no_noun(clause, words) else None
        if place in others:
            if others[place] in ("", SEX_OF.get(known, others[place])):
                return ""
            continue
        if word in words.words("direct.clauses"):
            clause = []
        elif word not in words.words("direct.between") and (clause or word not in asking):
            clause.append(word)
    return ""


def family_of_word(word: str, words: Lexicon) -> str:
    return next((one for one in FAMILIES if word in words.words_before(f"direct.{one}")), "")
