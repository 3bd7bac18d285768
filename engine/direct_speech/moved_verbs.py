"""Move a helping verb from the end of a clause: "dass ich nicht kommen kann" -> "ich kann …".

Only where a pronoun is the subject and a helping verb is the last word; nothing else is moved.
"""

from __future__ import annotations

import re

from engine.checking.lexicon import Lexicon, alternatives
from engine.direct_speech.clauses import Parsed


def as_question(text: str, is_formal: bool, words: Lexicon) -> str | None:
    """Return "du kommen kannst" as "kannst du kommen?", with the clauses behind it."""
    found = _apart(text, words)
    if found is None or _asks_more(text, words):
        return None
    subject, between, verb, rest = found
    if subject in ("je", "jij", "u"):
        forms = words.pairs("direct.helpers_before_you").get(verb, f"{verb} / {verb}").split(" / ")
        verb = forms[is_formal]
    return f"{verb} {subject} {between}{rest}".rstrip(" .?!") + "?"


def as_statements(text: str, words: Lexicon) -> list[str] | None:
    """Return clauses behind "that" as sentences; None where one can't be moved."""
    that = alternatives(words.words("direct.that"))
    made = []
    for part in re.split(rf",?\s+(?:(?:und|en)\s+){that}\s+|,\s+{that}\s+", text):
        found = _apart(part, words)
        if found is None:
            return None
        subject, between, verb, rest = found
        made.append(f"{subject} {verb} {between}{rest}")
    return made


def _apart(text: str, words: Lexicon) -> tuple[str, str, str, str] | None:
    """Return a clause's subject, what is between it and its verb, the verb, and what is behind."""
    parsed = Parsed(text, words)
    if not parsed.tokens or parsed.lower[0] not in words.words("direct.pronouns"):
        return None
    end = parsed.clauses[0].end
    clause = parsed.lower[:end]
    if end < 3 or clause[-1] not in words.words("direct.helpers"):
        return None
    joining = words.words("direct.coordinators", "direct.joining")
    joining |= words.words("direct.before_infinitives")
    if not joining.isdisjoint(clause):
        return None
    inner = words.words("instructions.interrogatives") | (
        words.words("direct.subjects") - words.words("direct.pronouns_of_things")
    )
    if not inner.isdisjoint(clause[1:]):
        return None
    if clause[0] in words.words("direct.pronouns_of_things") and _may_own(clause[1], words):
        return None
    last = parsed.tokens[end - 1]
    start = parsed.tokens[1].start()
    between = text[start : last.start()].strip()
    rest = text[last.end() :]
    joined = parsed.lower[end : end + 2]
    if joined and joined[0] in words.words("direct.joining"):
        again = words.words("direct.subordinators", "direct.that", "direct.pronouns")
        return None if joined[-1] in again else (parsed.tokens[0][0], between, last[0], rest)
    if not words.words("direct.joining").isdisjoint(parsed.lower[end:]):
        return None  # "And give it back" would need another verb's place.
    if joined and parsed.clauses[1].is_dependent and rest[0] == " ":
        rest = f",{rest}"
    return parsed.tokens[0][0], between, last[0], rest


def _asks_more(text: str, words: Lexicon) -> bool:
    asking = alternatives(words.words("instructions.interrogatives"))
    joiners = alternatives(words.words("direct.coordinators", "direct.joining"))
    return re.search(rf"(?<!\w){joiners}\s+{asking}(?!\w)", text, re.IGNORECASE) is not None


def _may_own(following: str, words: Lexicon) -> bool:
    """Whether "je" before a word may be your, not you."""
    times = words.words_before("calendar.weekdays") | words.words_before("calendar.relative")
    return following.isalpha() and following not in words.words("function_words.list") | times
