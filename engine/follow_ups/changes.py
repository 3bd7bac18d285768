"""Take a follow-up apart into its changes: "Friday, and ask for the key" is two."""

from __future__ import annotations

import re
from functools import cache

from engine.checking.facts import find_facts
from engine.checking.lexicon import Lexicon, alternatives, lexicon, straight
from engine.follow_ups.cues import (
    addition,
    exchange,
    is_fact,
    is_remark,
    says_nothing,
    without_interjections,
    without_thanks,
)
from engine.follow_ups.leaving_out import left_out, may_be_reason, nothing_asked
from engine.follow_ups.people import begins_anew, doing, is_person


def changes(follow_up: str, lexicon: Lexicon) -> list[str]:
    """Return the changes that a follow-up asks for, one by one: "Friday, and ask for the key".

    Remarks on the draft are left out where something else is said, too.
    """
    found: list[str] = []
    for told in _between_changes(lexicon.language).split(straight(follow_up.strip())):
        change = _without_why(told, lexicon)
        first, _, rest = without_thanks(change, lexicon).partition(",")
        if exchange(without_interjections(change, lexicon), lexicon):  # "Not Carl, Chuck".
            first, rest = change, ""
        if left_out(rest, lexicon).lower() in lexicon.words("follow_ups.its"):
            # "We have the helpers, take that out."
            change, rest = _with_object(rest, first, lexicon), ""
        ends = (
            is_remark(without_interjections(first, lexicon), lexicon)
            or left_out(rest, lexicon)
            or nothing_asked(lexicon).fullmatch(rest.strip(" .!"))
            or (
                left_out(first, lexicon)
                and begins_anew(rest, lexicon)
                and not may_be_reason(rest, lexicon)
            )
            or (is_fact(first, lexicon) and not find_facts(rest, lexicon.language))
        )
        pieces = [first, rest] if rest and ends else [change]
        found += [clause for piece in pieces for clause in _clauses(piece, lexicon)]
    found = _with_their_order([change.strip() for change in found if change.strip()], lexicon)
    return [one for one in found if not _is_remark(one, lexicon)] or found


def _with_their_order(found: list[str], lexicon: Lexicon) -> list[str]:
    """Return changes with "don't ask" and the order that stands behind it as one."""
    verbs = lexicon.words("instructions.verbs") | lexicon.words("follow_ups.orders")
    made: list[str] = []
    for change in found:
        first = lexicon.first_word(change).lower()
        cue = nothing_asked(lexicon).match(made[-1]) if made and first in verbs else None
        if cue:
            made[-1] = f"{cue['cue']}, {change}"
        else:
            made.append(change)
    return made


def _without_why(change: str, lexicon: Lexicon) -> str:
    """Return a change without why it leaves something out: "he's on a diet so skip the cake"."""
    for gap in _therefore(lexicon.language).finditer(change):
        if what := left_out(change[gap.end() :], lexicon):
            why, order = change[: gap.start()], change[gap.end() :]
            is_its = what.lower() in lexicon.words("follow_ups.its")
            return _with_object(order, why, lexicon) if is_its else order
    return change


def _with_object(change: str, what: str, lexicon: Lexicon) -> str:
    """Return a change that leaves something out with what that is in place of "that"."""
    that = left_out(change, lexicon)
    return re.sub(rf"(?<!\w){re.escape(that)}(?!\w)", lambda _: what.strip(), change, count=1)


def _clauses(change: str, lexicon: Lexicon) -> list[str]:
    """Return the clauses of a change, each with who does something: "he pays, I drive"."""
    told = without_interjections(change, lexicon)
    if addition(told, lexicon)[1] or left_out(told, lexicon) or not _tells(told, lexicon):
        return [change]
    found, start = [], 0
    for gap in _between_clauses(lexicon.language).finditer(told):
        found.append(told[start : gap.start()])
        start = gap.end()
    return [*found, told[start:]]


def _tells(text: str, lexicon: Lexicon) -> bool:
    """Whether a text begins with who does something, or with what is so."""
    first = lexicon.first_word(text).lower().partition("'")[0]
    return is_person(first, lexicon) or first in lexicon.words("follow_ups.its")


def _is_remark(change: str, lexicon: Lexicon) -> bool:
    told = without_interjections(change, lexicon)
    return is_remark(told, lexicon) or says_nothing(told, lexicon)


@cache
def _between_clauses(language: str) -> re.Pattern[str]:
    words = lexicon(language)
    joiners = alternatives(words.words("follow_ups.joiners"))
    so = alternatives(words.words("follow_ups.consequences"))
    doers = alternatives(doing(words) | words.words("follow_ups.its"))
    doers = rf"{doers}(?:'\w+)?\s+(?!{joiners}\s)\w"
    return re.compile(
        rf",\s+(?:(?:{joiners}|{so})\s+)?(?={doers})|\s+{joiners}\s+(?={doers})", re.IGNORECASE
    )


@cache
def _therefore(language: str) -> re.Pattern[str]:
    so = alternatives(lexicon(language).words("follow_ups.consequences"))
    return re.compile(rf",?\s+{so}\s+", re.IGNORECASE)


@cache
def _between_changes(language: str) -> re.Pattern[str]:
    words = lexicon(language)
    joiners = alternatives(words.words("follow_ups.joiners"))
    asking = alternatives(words.words("instructions.verbs") | words.words("follow_ups.adding"))
    return re.compile(
        rf"(?<=[.!?;])\s+(?:{joiners}\s+)?|\n+|,\s+{joiners}\s+|\s+[&+]\s+"
        rf"|\s+{joiners}\s+(?={asking}(?!\w))",
        re.IGNORECASE,
    )
