"""Take an instruction apart into its orders: what to tell, to ask, to thank for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from engine.checking.brief import Brief
from engine.checking.lexicon import Lexicon, alternatives, fold
from engine.direct_speech.openings import with_order_first
from engine.direct_speech.others import reader_sex
from engine.direct_speech.spelling import in_full
from engine.direct_speech.wording import auxiliaries, beginnings

KINDS = (
    "apologise", "thank", "congratulate", "suggest", "remind", "wish", "offer", "invite", "tell",
    "ask", "give",
)  # fmt: skip
"""Of orders; each is a list of verbs. Besides: "act", what the writer does by saying so."""

_NAME = r"[^\W\d_][\w'.-]*"
_GAP = r"(?:(?<=[.!?;:])\s+|,\s*(?:(?:and|but|then)\s+)?|\s+(?:and|but)\s+|\s+-\s+)"


_AT_PLACE = re.compile(
    r"^(?:at|in|of|from|on|next door)\s(?:[\w'-]+\s){0,3}?"
    r"(?=(?:if|whether|to|who|what|when|why|how)\s)",
    re.IGNORECASE,
)
"""Where somebody is who is asked: "ask the lads at the yard who did it"."""


@dataclass(frozen=True)
class Order:
    """One order of an instruction.

    kind: one of KINDS, or "act". whom: as it is written, or ''. act: with which the reader is told.
    """

    kind: str
    whom: str
    content: str
    act: str = ""


def orders(brief: Brief) -> list[Order]:
    """Return the orders of an instruction, in order; none if it does not begin with one."""
    words = brief.words
    text = in_full(brief.line, words)
    text = with_order_first(text, brief)
    head, later = _heads(words, tuple(sorted(brief.addressee)))
    first = head.match(text)
    if not first or not _is_complete(first):
        return []
    heads = [first]
    for match in later.finditer(text, first.end()):
        if _is_complete(match) and not _is_for_other(match["whom"] or "", brief):
            heads.append(match)
    found = []
    for here, behind in zip(heads, [*heads[1:], None], strict=True):
        content = text[here.end() : behind.start() if behind else len(text)].strip(" ,:;-")
        content = re.sub(r"[\s,]+(?:oh|um|uh)$", "", content, flags=re.IGNORECASE)
        content = _without_tone(content, words)
        if here["act"] and "," in here[0][len(here["act"]) :]:
            content = f", {content}"
        act = words.pairs("direct.acts").get((here["act"] or "").lower(), "")
        kind = next((kind for kind in KINDS if here[kind]), "act")
        kind, content = _as_meant(kind, content, words)
        found.append(Order(kind, (here["whom"] or "").strip(), content, act))
    return found


def _is_for_other(whom: str, brief: Brief) -> bool:
    """Whether "him" is told something, and the reader is a woman by her name."""
    sex = reader_sex(brief)
    forms = (brief.words.words_before(f"direct.{one}") for one in ("he", "she"))
    he, she = (whom.lower() in words for words in forms)
    return (he and sex == "female") or (she and sex == "male")


def are_for_several(found: Sequence[Order], brief: Brief) -> bool:
    """Whether one of several readers is told something that another is not."""
    if not brief.has_several_addressees:
        return False
    words = brief.words
    named = [{fold(word) for word in words.find_words(order.whom)} for order in found]
    return len({frozenset(one & brief.addressee) for one in named} - {frozenset()}) > 1


def _without_tone(content: str, words: Lexicon) -> str:
    """Return what is told without how: "nicely that she must pay"."""
    keys = ("follow_ups.shorter", "follow_ups.longer", "follow_ups.tones")
    adverbs = alternatives({adverb for key in keys for adverb in words.pairs(key).values()})
    return re.sub(rf"^(?:{adverbs}(?:\s+and)?(?:\s+|:|$))+", "", content, flags=re.IGNORECASE)


def _without_last_tone(content: str, words: Lexicon) -> str:
    """Return what is done without how: "his offer politely. I keep it"."""
    adverbs = alternatives({*words.pairs("follow_ups.tones").values(), "with regret"})
    return re.sub(
        rf"^([^.,;:]*)\s+{adverbs}(?=[.,;:!]|$)", r"\1", content, count=1, flags=re.IGNORECASE
    )


def _as_meant(kind: str, content: str, words: Lexicon) -> tuple[str, str]:
    """Return an order without "saying", and "mail her asking for" and "confirm that" as meant."""
    content = re.sub(r"^(?:my|our|the)\s+[\w-]+(?:\s[\w-]+)?,\s+(?=that\s)", "", content)
    content = re.sub(r"^please(?!\w)[\s,:]*", "", content, flags=re.IGNORECASE)
    saying = re.compile(rf"{alternatives(words.words('direct.saying'))}(?!\w)\s*", re.IGNORECASE)
    if kind == "tell" and (asking := re.match(r"asking\s+", content)):
        return "ask", content[asking.end() :]
    if kind == "ask":
        content = _AT_PLACE.sub("", re.sub(r"^also\s+", "", content))
    if kind == "act":
        content = _without_last_tone(content, words)
    if kind == "act" and re.match(r"that\s", content):
        kind = "tell"
    politely = re.match(r"(\w+ly)(?=,|$)", content)  # "Decline politely, we have no money."
    if kind == "act" and politely and politely[1] not in words.words("direct.between"):
        content = content[politely.end() :]
    if kind == "tell" and (match := saying.match(content)):
        content = f"that {content[match.end() :]}"
    return kind, content


def _is_complete(head: re.Match[str]) -> bool:
    """Whether a head is an order's, and "let" has its "know"."""
    if head["offer"] and not head["whom"] and head[0].rstrip().endswith(":"):
        return False  # "Offer: 200 a month."
    return head["tell"] is None or head["tell"].lower() != "let" or head["know"] is not None


@cache
def _heads(words: Lexicon, addressee: tuple[str, ...]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Match the first head of an instruction, "Tell Ann that", and a later one, "and ask her"."""

    def listed(key: str) -> str:
        return alternatives(words.words(f"direct.{key}"))

    def word(pattern: str) -> str:
        return rf"{pattern}(?![\w'])"

    kinds = "|".join(rf"(?P<{kind}>{listed(kind)})" for kind in KINDS)
    pronouns = alternatives(words.words("direct.objects"))
    subjects = alternatives(words.words("roles.third"))
    subjects_of_clauses = alternatives(words.words("direct.subjects"))
    titles = alternatives(words.words("names.titles"))
    days = alternatives(words.words_before("calendar.weekdays"))
    acts = alternatives(words.pairs("direct.acts"))
    nobody = word(listed("nobody"))
    the = r"(?:(?:all|the|my|our)\s+){1,2}"
    called = rf"(?:(?:the|my|our)\s+(?:{_NAME}\s+){{1,3}}?|(?:my|our)\s+{_NAME},\s+)"
    names = alternatives(addressee)
    name = rf"(?:{titles}\.?\s+)?(?:{names}(?:'s(?=\s+{names}))?\s*)+"
    known = rf"(?:{the}|{called})?{name}(?:(?:and|&)\s+{name})*"
    people = alternatives(words.words("roles.people", "direct.people"))
    # "Tell Mr Finch the caretaker we'll tidy up", but not "tell Ann the plumber comes".
    title = rf"\s+the\s+{word(people)}(?=\s+(?:that|if|whether|{subjects_of_clauses})\b)"
    where = rf"(?:{title}|\s+{word(listed('where_people_are'))})?"
    known = word(known) + where + r"(?:,(?=\s+(?:that|if|to)\b))?" if addressee else "(?!)"
    capital = rf"(?!I\b|{days}\b)(?-i:[A-ZÀ-Þ])[\w.-]*(?:'(?!s\b)[\w.-]+)?"
    capitals = word(capital + r"(?:\s(?:and\s)?" + capital + "){0,3}")
    small = r"(?-i:[a-zß-ÿ])[\w-]*"
    group = word(rf"(?:{the})?{listed('groups')}")
    asking = alternatives(auxiliaries(words))  # "Ask the guitarist does he sing".
    asking = rf"{word(asking)}\s+{word(subjects_of_clauses)}"
    relative = r"(?:who|which)(?=\s[^,.;]*\s(?:if|whether|to)\s)"  # "The girl who reads it if".
    questions = alternatives(words.words("instructions.interrogatives"))
    clause = rf"{word(subjects_of_clauses)}|{asking}|(?!{relative}){word(questions)}"
    behind = rf"(?=\s+(?:that|to|whether|if|for|about|on|know)\b|:|\s+(?:{clause}))"
    owned = rf"(?:the|my|our)\s+{_NAME}'s\s+{_NAME}(?:\s+{_NAME})??{behind}"
    place = rf"(?:\s+(?:at|of|in|from)\s+(?:{_NAME}\s+){{0,2}}?{_NAME})?"
    whom = (
        rf"{owned}|{known}|{word(pronouns)}|(?:the|my|our)\s+(?:{small}\s+)?{word(people)}"
        rf"(?=\s+(?:the|my|our|a|his|her)\s)"
        rf"|{the}{_NAME}(?:\s+{_NAME}){{0,2}}?{place}{behind}"
        rf"|{titles}\.?\s+{_NAME}|(?!{nobody}){capitals}|{group}"
        rf"|(?<!\bto\s)(?!{nobody}){small}(?=\s)"
        rf"|(?!{nobody}){small}(?=[,:]|\s+(?:{nobody}|{word(subjects)}))"
    )
    begins = beginnings(words)
    ends = r"(?P<know>\s+know(?!\w))?"
    to = rf"(?:{listed('to')}\s+)?"
    act = rf"(?P<act>{word(acts)})(?:\s+to\s+{known})?"
    # "Lena's questions", but "tell Mum Dad's ill", and "tell Dr Bo's office".
    own = rf"{known}\s*(?!{names}')[\w.]+'s|(?:{names}\s+)*{names}'s\s+{names}|{owned}"
    of_somebody = rf"(?!{own})(?:[\w.]+\s)?(?!{listed('of_pronouns')}')[\w.]+'s"
    verb = word(f"(?:{kinds})") + rf"(?!\s+(?:to\s+)?{of_somebody}\s)"
    # "Say to Ann", but not "say Ann".
    saying = rf"(?:(?P<says>(?={word(listed('says_to'))}))|)"
    first = rf"(?:(?(says)\s+{listed('to')}\s+|\s+{to})(?P<whom>{whom}))?"
    told = rf"(?=\s+(?:{nobody}|{word(subjects)}|{asking})|:)(?!\s+(?:me|us)\b)"
    # "But suggest Bo": what is no verb's object of somebody's.
    idea = r"(?<=suggest)(?=\s+(?!(?:me|us)\b)\S)|(?<=propose)(?=\s+(?!(?:me|us)\b)\S)"
    later = rf"(?:\s+{to}(?P<whom>{known}|{word(pronouns)})|{told}|{idea})"
    owner = rf"(?:[\w.]+\s+){{0,2}}{alternatives(addressee)}" if addressee else "(?!)"
    whose = rf"(?:{known}|{word(pronouns)})"
    act = rf"(?!say\s+(?:yes|no)\s+to\s+(?!{owner}'s){whose}){act}"
    first = rf"(?:{act}|{saying}{verb}{first}{ends})[\s,]*:?\s*"
    later = rf"(?:{act}|{verb}{later}{ends})[\s,]*:?\s*"
    return (
        re.compile(begins + first, re.IGNORECASE),
        re.compile(_GAP + begins + later, re.IGNORECASE),
    )
