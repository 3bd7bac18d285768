"""Notes with their reader as you, otherwise as they were typed.

"joan - bowls off, me ringing ken. her: pauline" becomes "bowls off, me ringing ken. you: pauline".
That is no mail, but says who does what, so that a model has only to write it out.
"""

from __future__ import annotations

import re
from dataclasses import replace

from engine.checking.brief import Brief
from engine.checking.first_names import sex_of
from engine.checking.lexicon import Lexicon, alternatives, capitalised, fold
from engine.direct_speech.evidence import is_typed_english
from engine.direct_speech.family import SEX_OF, family_of, family_of_word
from engine.direct_speech.for_assistant import PIECES, is_for_assistant
from engine.direct_speech.meant import family_to_weigh, sex_of_reader
from engine.direct_speech.notes import has_order
from engine.direct_speech.openings import addressed, name_pattern
from engine.direct_speech.orders import Order, orders
from engine.direct_speech.others import others_in, with_capitals
from engine.direct_speech.person import to_you
from engine.direct_speech.spelling import in_full
from engine.direct_speech.wording import auxiliaries, is_finite, second_person

_ENDS = (".", "!", "?", "…", ")", '"')


def tidied(text: str, brief: Brief) -> str:
    """Return notes as sentences, with capitals and a stop, and no other word."""
    text = re.sub(r"(?<![\w'])i(?=[\s,.!?]|'|$)", "I", text.strip().rstrip(",;:- "))
    sentences = re.split(r"(?<=[.!?])\s+(?=\D)", text)
    whole = with_capitals(" ".join(capitalised(sentence) for sentence in sentences), brief)
    return whole if whole.endswith(_ENDS) else f"{whole}."


def turned(brief: Brief) -> str:
    """Return notes with their reader as you; '' where an assistant may be asked for something.

    '' too where he, she or they may be somebody else's. For English notes.
    """
    if not is_typed_english(brief) or orders(brief):
        return ""
    brief = _with_reader_alone(brief)
    words = brief.words
    whom, text = addressed(in_full(brief.line, words), brief)
    if has_order(brief.line, brief) or is_for_assistant(text, whom, brief):
        return ""
    second = words.words("roles.second", "roles.second_possessive", "roles.second_objects")
    is_you = not second.isdisjoint(word.lower() for word in words.find_words(text))
    text = _with_doing_reader(text, brief)
    if is_you:  # Then he and she are mostly others.
        family = _first_family(text, brief)
        is_reader = family and not any(
            _is_both(piece, family, words) for piece in PIECES.split(text)
        )
        return (to_you(text, family or "", brief) if is_reader else None) or text
    told = [Order("tell", whom, text)]
    family = family_of(told, brief)
    first = _first_family(text, brief)
    if first == "" or (family is None and "'s " not in whom):  # "Ann's teacher - fetch her".
        family = first
    weighs = family is None
    if family is None:
        family = family_to_weigh(told, brief)
    if family is None or not _may_be(family, brief):
        return ""
    said = to_you(text, family, brief, weighs=weighs)
    if said is None:  # Who is spoken to by name may stay so: "ben, the draft is good".
        nobody = Brief(text, "", brief.user_name, brief.thread)
        said = to_you(text, family, nobody, weighs=weighs)
    return said or ""


def _with_doing_reader(text: str, brief: Brief) -> str:
    """Return notes with you where the reader's name is the subject: "deb shows" -> "you show".

    Where somebody is spoken to by name ("deb, i'm late", "deb can you come"), the name stays.
    """
    if not brief.addressee:
        return text
    words = brief.words
    verb = rf"(?P<between>\s(?:{alternatives(words.words('direct.between'))}\s)?)(?P<verb>[\w']+)"
    before = r"(?:^|[.,;:!?]\s|\s[-/]\s|(?<!\w)(?:and|but|if|so|that|when|because|unless)\s)"
    pattern = rf"(?P<before>{before}){name_pattern(brief).rstrip('+')}{verb}"

    def spoken_to(match: re.Match[str]) -> str:
        verb = match["verb"].lower()
        behind = words.find_words(match.string[match.end() :].lower())[:1]
        asks = verb in auxiliaries(words) and behind and behind[0] in words.words("direct.subjects")
        is_short = "'" in verb and not verb.endswith("n't")
        if not is_finite(verb, words) or is_short or asks:
            return match[0]
        return f"{match['before']}you{match['between']}{second_person(verb, words)}"

    return re.sub(pattern, spoken_to, text, flags=re.IGNORECASE)


def _first_family(text: str, brief: Brief) -> str | None:
    """Return the first family of pronouns that may be the reader's; '' for none.

    None where somebody else, who may be of that sex as well, is named before. Who is of that sex by
    name is who is meant, and the reader is not.
    """
    words = brief.words.find_words(text)
    others = others_in(words, brief)
    named: set[str] = set()
    for place, word in enumerate(words):
        if word.isupper() and len(word) > 1:  # "MOT" is nobody.
            continue
        bare = word.removesuffix("'s")
        if place in others or (bare.istitle() and fold(bare) not in brief.addressee):
            named.add(sex_of(bare) or ("" if place in others else "nobody"))
        family = family_of_word(word.lower(), brief.words)
        if family in SEX_OF and _may_be(family, brief):
            if SEX_OF[family] in named:
                return "" if brief.recipient else None
            return None if "" in named else family
    return ""


def _is_both(piece: str, family: str, words: Lexicon) -> bool:
    """Whether a part of notes speaks to the reader, and of somebody: "u let him in?"."""
    found = {word.lower() for word in words.find_words(piece)}
    families = {family_of_word(word, words) for word in found}
    return family in families and not found.isdisjoint(words.words("roles.second"))


def _may_be(family: str, brief: Brief) -> bool:
    """Whether a reader of such a name or title is called so: Jim is not "she"."""
    sex = sex_of_reader(brief)
    return family not in SEX_OF or not sex or SEX_OF[family] == sex


def called(brief: Brief) -> str:
    """Return the first name with which notes to nobody known begin: "anna - slides done"; or ''."""
    head = re.match(r"([^\W\d_][\w'-]+)(?:\s?[:-]|,)\s", brief.line)
    known = head is not None and not brief.recipient and bool(sex_of(head[1]))
    return capitalised(head[1]) if head and known else ""


def _with_reader_alone(brief: Brief) -> Brief:
    """Return a brief in which only the reader stands before a colon: "subs - me paid"."""
    topic = re.match(r"([^\W\d_][\w'-]*(?:\s[\w'-]+){0,3}):\s", brief.line)
    if not topic:
        return brief
    known = brief.words.find_words(brief.recipient.lower())
    named = brief.words.find_words(topic[1].lower())
    if any(one.startswith(word) for word in named for one in known):
        return brief
    return replace(brief, instruction=f"{topic[1]} - {brief.line[topic.end() :]}")
