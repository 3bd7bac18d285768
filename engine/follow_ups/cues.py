"""The words by which a follow-up says what it changes, in the language of its instruction."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache

from engine.checking.fact import Fact
from engine.checking.facts import find_facts
from engine.checking.lexicon import Lexicon, alternatives, lexicon, straight

_STOP = re.compile(r"[,;.!?](?!\w)")
_LONGEST_REMARK, _LONGEST_NOTHING = 6, 3  # words


def content_stems(words: Iterable[str], lexicon: Lexicon) -> list[str]:
    """Return the stems of the words that are no function words."""
    ignored = lexicon.words("function_words.list")
    return [lexicon.stem(word) for word in words if word.lower() not in ignored]


def without_interjections(change: str, lexicon: Lexicon) -> str:
    """Return a change without "no wait" before it and "pls" behind it, unless that is all."""
    text, found = change.strip(), True
    while found:
        text, found = without_first(text, "follow_ups.interjections", lexicon)
    text = _no_before_clause(lexicon.language).sub("", text)
    return without_thanks(text, lexicon)


def without_thanks(change: str, lexicon: Lexicon) -> str:
    """Return a change without "pls" or ", my mistake" behind it."""
    end = _behind(lexicon.language).search(change)
    said = change[: end.start()] if end else ""
    last = ["", *lexicon.find_words(said.lower())][-1]
    return change if last in ("", *lexicon.words("instructions.verbs")) else said


def is_remark(change: str, lexicon: Lexicon) -> bool:
    """Whether a change only says how the draft is: "that sounds bossy", "a bit long"."""
    match = _before(lexicon.language, "follow_ups.remarks").match(straight(change))
    return match is not None and len(change.split()) <= _LONGEST_REMARK


def says_nothing(change: str, lexicon: Lexicon) -> bool:
    """Whether a change has no words of its own, such as "say that"."""
    words = [word.lower() for word in lexicon.find_words(change)]
    done = lexicon.words("direct.thank", "direct.apologise", "direct.congratulate", "direct.remind")
    verbs = lexicon.words("instructions.verbs") - done - lexicon.words_before("direct.acts")
    answers = lexicon.words("answers.yes") | lexicon.words("answers.no")
    return (
        len(words) <= _LONGEST_NOTHING
        and any(word in verbs for word in words)
        and not any(word in answers for word in words)
        and not content_stems((word for word in words if word not in verbs), lexicon)
    )


def without_lead_in(text: str, lexicon: Lexicon) -> str:
    """Return a text without the words at its beginning that only lead to a new fact."""
    lead_in = _before(lexicon.language, "follow_ups.lead_ins")
    while (match := lead_in.match(text)) and match.end() < len(text):
        text = text[match.end() :]
    return text.strip()


def is_fact(text: str, lexicon: Lexicon) -> bool:
    """Whether a text is a fact and nothing else but what leads to it: "make it Friday"."""
    told = without_lead_in(without_interjections(text, lexicon), lexicon)
    facts = find_facts(told, lexicon.language)
    rest = lexicon.find_words(without_facts(told, facts))
    return bool(facts) and not content_stems(rest, lexicon)


def without_facts(text: str, facts: Sequence[Fact]) -> str:
    """Return what a text says besides its facts."""
    return "".join(c for n, c in enumerate(text) if not any(f.start <= n < f.end for f in facts))


def without_joiner(text: str, lexicon: Lexicon) -> str:
    """Return a text without "and" at its beginning."""
    return without_first(text, "follow_ups.joiners", lexicon)[0]


def without_last_joiner(text: str, lexicon: Lexicon) -> str:
    """Return a text without "and" at its end."""
    kept, _, last = text.rstrip().rpartition(" ")
    return kept if last.lower() in lexicon.words("follow_ups.joiners") else text


def addition(follow_up: str, lexicon: Lexicon) -> tuple[str, bool]:
    """Return what a follow-up adds, without "add that", and whether it said so."""
    text = follow_up.strip()
    text, joins = without_first(text, "follow_ups.joiners", lexicon)
    text, adds = without_first(text, "follow_ups.adding", lexicon)
    return text, joins or adds


def uncapitalised(text: str, lexicon: Lexicon) -> str:
    """Return a text without the capital that only the beginning of a sentence has."""
    first = next(lexicon.match_words(text), None)
    if first is None or first.start() or first[0].split("'")[0] == "I":
        return text
    known = lexicon.words("function_words.list") | lexicon.words("instructions.verbs")
    return text[0].lower() + text[1:] if first[0].lower() in known else text


def corrects(follow_up: str, lexicon: Lexicon) -> bool:
    """Whether a follow-up has words that go against what was asked before."""
    return lexicon.phrases("follow_ups.corrections").search(straight(follow_up)) is not None


def helping_verbs(lexicon: Lexicon) -> frozenset[str]:
    """Return verbs such as "can" and "did", which stand before their subject in a question."""
    return lexicon.words("reported.auxiliaries", "reported.past_helpers")


def denies(word: str, lexicon: Lexicon) -> bool:
    """Whether a word says that something is not so."""
    return word.lower() in lexicon.words("instructions.negations") | lexicon.words("answers.no")


def clause(change: str) -> tuple[str, str]:
    """Return a change up to its first comma or stop, and the rest if that has words."""
    end = _STOP.search(change)
    said, rest = (change[: end.start()], change[end.start() :]) if end else (change, "")
    return said, rest if re.search(r"\w", rest) else ""


def joined(text: str, rest: str) -> str:
    """Return a text with the rest of a change behind it, in place of its full stop."""
    if not rest:
        return text
    if text.rstrip().endswith("?"):
        return f"{text.rstrip()} {rest.strip(' ,;.!?')}"
    return text.rstrip(" .!") + rest.rstrip()


def exchange(follow_up: str, lexicon: Lexicon) -> tuple[str, str] | None:
    """Return what a follow-up puts, and what for: "Friday, not Monday", "change A to B"."""
    text = straight(follow_up).rstrip(".!")
    for pattern in _exchanges(lexicon.language):
        if match := pattern.fullmatch(text):
            return without_lead_in(match["new"], lexicon), match["old"]
    return None


def without_first(text: str, key: str, lexicon: Lexicon) -> tuple[str, bool]:
    """Return a text without an entry of a list at its beginning, and whether there was one."""
    match = _before(lexicon.language, key).match(text)
    return (text[match.end() :], True) if match and match.end() < len(text) else (text, False)


@cache
def _no_before_clause(language: str) -> re.Pattern[str]:
    """Match "no" before who does something: "no he pays"."""
    words = lexicon(language)
    doers = words.words("roles.first", "roles.third", "follow_ups.its", "follow_ups.people")
    no = alternatives(words.words("follow_ups.no"))
    return re.compile(rf"^{no}\s+(?={alternatives(doers)}(?:'\w+)?s?\s)", re.IGNORECASE)


@cache
def _behind(language: str) -> re.Pattern[str]:
    words = alternatives(lexicon(language).words("follow_ups.behind"))
    joined = "".join(
        rf"(?<!\s{re.escape(word)})" for word in lexicon(language).words("follow_ups.joiners")
    )
    return re.compile(rf"{joined}(?:,?\s+{words})+[.!]?$", re.IGNORECASE)


@cache
def _before(language: str, key: str) -> re.Pattern[str]:
    words = alternatives(lexicon(language).words(key))
    return re.compile(rf"{words}(?!\w)[,:]?\s*(?:-\s+)?", re.IGNORECASE)


@cache
def _exchanges(language: str) -> tuple[re.Pattern[str], ...]:
    words = lexicon(language)
    instead = alternatives(words.words("instructions.instead"))
    negations = alternatives(words.words("instructions.negations"))
    joiners = alternatives(words.words("follow_ups.joiners") | words.words("follow_ups.lead_ins"))
    verbs = alternatives(words.words("follow_ups.exchanging"))
    to = alternatives(words.words("follow_ups.exchanged"))
    word = r"[^\W_][\w'-]*"
    forms = (
        rf"(?P<new>.+?),?\s+{instead}\s+(?P<old>.+)",
        rf"{negations}\s+(?P<old>.+?),?\s+{joiners}\s+(?P<new>.+)",
        rf"{negations}\s+(?P<old>{word}),\s+(?P<new>{word})",
        rf"{verbs}\s+(?P<old>.+?)\s+{to}\s+(?P<new>.+)",
        r"(?P<old>.+?)\s*(?:->|→|=>)\s*(?P<new>.+)",
    )
    return tuple(re.compile(form, re.IGNORECASE) for form in forms)
