"""Who does what: find roles that a draft swapped, such as "you can't come" for "I can't come".

Only what pronouns tell is checked: "I", "you", "she" before a verb, "my", "your", "her" before a
noun. What can't be told is no error.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from engine.checking.brief import Brief
from engine.checking.fact import Fact
from engine.checking.facts import find_facts
from engine.checking.lexicon import WORD, Lexicon, fold, lexicon_of, straight

_CLAUSE = re.compile(r"[^.!?;:,\n()–—]+")
_VERB_LAST = frozenset(("de", "nl"))
"""Languages whose verb may stand at the end: there a subject goes with all words of its clause."""

_WORDS_TO_VERB = 5
_WORDS_TO_NOUN = 3
_WRITER, _READER, _OTHER = 1, 2, 3

_NEVER = re.compile(r"(?!)")

Role = tuple[str, str]
"""("subject" or "owner", the stem of the verb or noun)"""


def role_errors(draft: str, brief: Brief) -> list[str]:
    """Return what has the wrong role in a draft, each as a few words for a person to read."""
    words = lexicon_of(draft, brief.words.language)
    if words.language != brief.words.language:
        return []
    return [*_swapped(draft, brief), *_talks_about_reader(draft, brief), *_signed(draft, brief)]


def _swapped(draft: str, brief: Brief) -> Iterator[str]:
    wanted = _roles(brief.instruction, brief.words)
    drafted = _roles(draft, brief.words)
    reader_is_third = _reader_pronouns(brief) is not _NEVER
    for stem in _requested(brief):
        wanted[("subject", stem)].add(_READER)
    for role, persons in wanted.items():
        if reader_is_third:
            persons = {_READER if person == _OTHER else person for person in persons}
        allowed = persons
        if persons == {_OTHER}:
            allowed = {_READER, _OTHER}  # "she" may be either, but not the writer.
        if drafted[role] and len(persons) == 1 and allowed.isdisjoint(drafted[role]):
            who = {_WRITER: "the writer", _READER: "the reader", _OTHER: "somebody else"}
            yield f"{role[1]}: {who[min(drafted[role])]} instead of {who[min(persons)]}"


def _talks_about_reader(draft: str, brief: Brief) -> Iterator[str]:
    """Yield words that speak of the reader as of somebody else: "her", "ask Denise"."""
    text, words = straight(draft), brief.words
    for match in _reader_pronouns(brief).finditer(text):
        if not _names_others(find_facts(text, words.language), brief):
            yield f"{match[0]}: nobody but the reader is meant"
    if brief.has_several_addressees or words.language != "en":
        return
    verbs = words.words("instructions.verbs")
    tokens = list(WORD.finditer(text))
    for before, match in pairwise(tokens):
        if fold(match[0].removesuffix("'s")) not in brief.addressee:
            continue
        if text[before.end() : match.start()] == " " and (
            match[0].endswith("'s") or before[0].lower() in verbs
        ):
            yield f"{before[0]} {match[0]}: the reader is spoken of"


def _signed(draft: str, brief: Brief) -> Iterator[str]:
    """Yield the signature if it is the reader's name."""
    lines = [line for line in draft.splitlines() if line.strip()]
    if len(lines) < 2:
        return
    signature = {fold(word) for word in WORD.findall(lines[-1])}
    user = {fold(word) for word in WORD.findall(brief.user_name)}
    if signature and signature <= brief.addressee and not signature & user:
        yield f"{lines[-1].strip()}: signed with the reader's name"


def _roles(text: str, words: Lexicon) -> dict[Role, set[int]]:
    """Return who is the subject of each verb and the owner of each noun, as far as pronouns say."""
    found: dict[Role, set[int]] = defaultdict(set)
    subjects, owners = _persons(words, "{}"), _persons(words, "{}_possessive")
    for clause in _CLAUSE.findall(straight(text)):
        tokens = [word.lower() for word in words.find_words(clause)]
        for index, token in enumerate(tokens):
            after = tokens[index + 1 :]
            # "je vous écris": the second of two pronouns is an object.
            if token in subjects and not (index and tokens[index - 1] in subjects):
                stems = _told(after[:_WORDS_TO_VERB], subjects, words)
                if words.language not in _VERB_LAST:
                    stems = stems[:1]
                for stem in stems:
                    found["subject", stem].add(subjects[token])
            if token in owners:
                for stem in _told(after[:_WORDS_TO_NOUN], subjects, words)[:1]:
                    found["owner", stem].add(owners[token])
    return found


def _persons(words: Lexicon, key: str) -> dict[str, int]:
    names = {"first": _WRITER, "second": _READER, "third": _OTHER}
    return {
        word: person
        for name, person in names.items()
        for word in words.words(f"roles.{key.format(name)}")
    }


def _told(tokens: Sequence[str], subjects: dict[str, int], words: Lexicon) -> list[str]:
    """Return the stems of the telling words up to the next subject."""
    functions = words.words("function_words.list")
    stems = []
    for index, token in enumerate(tokens):
        if token in subjects:
            if index:
                break
        elif token not in functions and not token.endswith("ly"):
            stems.append(words.stem(token))
    return stems


def _requested(brief: Brief) -> Iterator[str]:
    """Yield the stem of what the reader is asked to do: "ask Ann to bring …"."""
    words = brief.words
    asking = words.phrases("instructions.asking").search(brief.instruction)
    if not asking or words.language != "en":
        return
    tokens = [word.lower() for word in words.find_words(brief.instruction[asking.end() :])]
    if "to" in tokens[:_WORDS_TO_VERB]:
        index = tokens.index("to")
        pronouns = words.words("roles.male") | words.words("roles.female") | {"them"}
        reader = pronouns | brief.addressee
        if index and all(fold(token) in reader for token in tokens[:index]):
            yield from _told(tokens[index + 1 : index + 3], {}, words)[:1]


def _reader_pronouns(brief: Brief) -> re.Pattern[str]:
    """Return a pattern of the pronouns that can only be the reader in the instruction.

    It never matches if they may be somebody else: where another person is named or the reader
    isn't, where both "he" and "she" occur, or where names have no capitals to be told by.
    """
    words, text = brief.words, straight(brief.instruction)
    people = {words.stem(word) for word in words.words("roles.people")}
    used = {words.stem(word) for word in WORD.findall(text)}
    reader = brief.addressee
    used_sexes = [sex for sex in ("roles.male", "roles.female") if words.phrases(sex).search(text)]
    if (
        len(used_sexes) != 1
        or not brief.addressee
        or brief.thread
        or not people.isdisjoint(used)
        or _names_others(brief.facts, brief)
        or not any(word[0].isupper() for word in words.find_words(text) if fold(word) in reader)
    ):
        return _NEVER
    return words.phrases(used_sexes[0])


def _names_others(facts: Sequence[Fact], brief: Brief) -> bool:
    known = brief.addressee | {fold(word) for word in WORD.findall(brief.user_name)}
    return any(fact.kind == "name" and fold(fact.text) not in known for fact in facts)
