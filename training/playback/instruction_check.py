"""Check generated instructions against their mails: wrong ones teach a model to make things up.

The mail is checked as if it were a draft for the instruction, with the checks of drafting.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import pairwise

from engine.checking.brief import Brief
from engine.checking.check import check_draft
from engine.checking.lexicon import Lexicon, alternatives, fold, lexicon_of, straight
from engine.mail.mail_parts import split_mail
from engine.mail.stored.store import StoredMail
from engine.prompt.prompt import InstructionKind
from training.playback.reader import addressee

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")

_MORE_WORDS_THAN_MAIL, _SHARE_OF_MAIL = 20, 1.2
"""An instruction has at most this many more words than 1.2 times its mail's."""

_MAX_COPIED_WORDS, _MAX_COPIED_SHARE = 14, 0.75
"""In the mail's order, and of the instruction."""

_RUN_WORDS = 4
"""Of a run that is not said twice."""

_MIN_COVERAGE: dict[InstructionKind, float] = {"plain": 0.5, "terse": 0.5, "spoken": 0.4}
"""Share of the instruction's telling words and facts in its mail. Chosen by hand: instructions may
use other words than the mail, and abbreviate."""

_MIN_TOLD: dict[InstructionKind, float] = {"plain": 0.3, "terse": 0.2, "spoken": 0.25}
"""Share of the mail's facts and long words in its instruction. Chosen by hand, too."""

_PURPOSES = {
    "purposes.thank": "purposes.thanks",
    "purposes.apologise": "purposes.apologies",
    "purposes.congratulate": "purposes.congratulations",
    "purposes.cancel": "purposes.cancellations",
    "purposes.complain": "purposes.complaints",
}
"""Verbs of an instruction, and the words of which its mail has at least one."""

_OPENING_WORDS = 4
"""In which an instruction names its reader."""

_LONG_WORD = 6
"""Letters from which a word is likely to tell something."""

_STEM_LETTERS = 5

_MAX_REPEATS = 2.5
"""How often an instruction may use a long word on average."""


def rejection_reason(
    instruction: str, mail: StoredMail, kind: InstructionKind, user_name: str = ""
) -> str | None:
    """Why an instruction does not fit its mail, as one word; None when it fits.

    endless: much longer than its mail, or not text. copy: mostly 15 or more words in the mail's
    order. repetitive: the same words again and again. invented: a fact that the mail does not
    state, or too few of its telling words are in the mail. vague: too little of the mail is in the
    instruction. role: somebody else does what is asked, or is asked. purpose: it thanks,
    apologises, cancels or the like where the mail does not. opposite: a yes for a no.
    question: a statement for a question, or the other way round.
    """
    words = _WORD.findall(instruction.lower())
    of_mail = _WORD.findall(mail.body.lower())
    most = _MORE_WORDS_THAN_MAIL + _SHARE_OF_MAIL * len(of_mail)
    if not words or len(words) > most or "\ufffd" in instruction:
        return "endless"
    copied = SequenceMatcher(None, words, of_mail, autojunk=False).find_longest_match().size
    if copied > max(_MAX_COPIED_WORDS, _MAX_COPIED_SHARE * len(words)):
        return "copy"
    long = [word[:_STEM_LETTERS] for word in words if len(word) >= _LONG_WORD]
    if len(long) > _MAX_REPEATS * max(1, len(set(long))) or _repeats_itself(words, of_mail):
        return "repetitive"
    to = ", ".join(name for name, _ in mail.recipients if name) or addressee(mail)
    # The mail is known, too: "he" in it is not its reader.
    known = (mail.body, *([mail.answered.body] if mail.answered else []))
    brief = Brief(instruction, to, user_name, known)
    # The subject may name what the mail calls "it".
    checks = check_draft(f"{mail.body}\n\n{mail.subject}", brief)
    if (
        checks.missing
        or checks.coverage < _MIN_COVERAGE[kind]
        or _speaks_of_a_stranger(brief, mail)
    ):
        return "invented"
    if checks.roles or _is_for_somebody_else(brief, mail) or _tells_what_is_asked(brief, mail):
        return "role"
    if kind == "plain" and (_is_for_nobody(brief) or _speaks_to_reader(brief)):
        return "role"
    if _does_something_else(brief, mail):
        return "purpose"
    if (kind == "plain" and checks.opposite) or _denies_what_is_not_denied(brief, mail):
        return "opposite"
    if kind == "plain" and checks.asks_wrongly:
        return "question"
    if told_share(instruction, mail) < _MIN_TOLD[kind]:
        return "vague"
    return None


def _repeats_itself(words: Sequence[str], of_mail: Sequence[str]) -> bool:
    """Whether a run of words occurs more than once, and more often than in the mail."""
    runs, of_mail_runs = (Counter(_runs(text)) for text in (words, of_mail))
    return any(count > max(1, of_mail_runs[run]) for run, count in runs.items())


def _runs(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    return zip(*(words[start:] for start in range(_RUN_WORDS)), strict=False)


def _said(brief: Brief) -> list[str]:
    """The words of the instruction in lower case."""
    return [word.lower() for word in brief.words.find_words(brief.instruction)]


def _speaks_of_a_stranger(brief: Brief, mail: StoredMail) -> bool:
    """Whether the instruction names a reader, or "my boss", that nothing else mentions.

    "The them" is no reader, either.
    """
    words = brief.words
    given = " ".join((mail.body, mail.subject, brief.recipient, *brief.thread))
    known = {words.stem(word) for word in words.find_words(given.lower())}
    said = _said(brief)
    readers = words.words("instructions.reader")
    if any(before == "the" and word in readers for before, word in pairwise(said)):
        return True
    # "who" and "somebody" are people, too, but may be anybody.
    anybody = words.words("function_words.list") | {"someone", "somebody"}
    people = words.words("roles.people") - anybody
    named = _named_first(brief)
    return any((word in people or word in named) and words.stem(word) not in known for word in said)


def _named_first(brief: Brief) -> set[str]:
    """The words that may name whom the instruction is for: before a colon, or after "tell"."""
    lists = brief.words.words
    nobody = (
        lists("function_words.list")
        | lists("instructions.verbs")
        | lists("instructions.form")
        | lists("answers.yes")
    )
    before_colon, colon, _ = brief.instruction.lower().partition(":")
    words = list(brief.words.find_words(before_colon))
    if colon and len(words) <= _OPENING_WORDS:
        return set(words) - nobody
    for index, word in enumerate(words[:_OPENING_WORDS]):
        if word in lists("instructions.verbs"):
            if set(words[index + 1 : index + 2]) & _pronouns(brief.words):
                return set()
            return {next((after for after in words[index + 1 :] if after not in nobody), "")}
    return set()


def _pronouns(words: Lexicon) -> frozenset[str]:
    """The words for a reader without a name: "him", "them"."""
    keys = ("roles.male", "roles.female", "instructions.reader")
    return words.words(*keys)


def _is_for_nobody(brief: Brief) -> bool:
    """Whether an instruction begins like "let me know", as the mail itself would."""
    words = brief.words
    said = _said(brief)
    if not said or said[0] not in words.words("instructions.verbs"):
        return False
    reader = next((word for word in said[1:] if word not in words.words("instructions.to")), "")
    return reader in words.words("instructions.no_reader")


def _speaks_to_reader(brief: Brief) -> bool:
    """Whether an English instruction says "you", which may be anybody, for the mail's reader."""
    words = brief.words
    reader = words.words("roles.second") | words.words("roles.second_possessive")
    said = set(_said(brief))
    return words.language == "en" and not reader.isdisjoint(said)


def _tells_what_is_asked(brief: Brief, mail: StoredMail) -> bool:
    """Whether "let me know when" became "let them know when"."""
    words = brief.words
    if words.language != "en":
        return False
    question = alternatives(words.words("instructions.interrogatives"))
    telling = r"\b(?:let|tell|inform)\s"
    asked = re.findall(
        rf"{telling}(?:me|us)\s(?:know\s)?({question})\b", straight(mail.body), re.IGNORECASE
    )
    told = re.findall(
        rf"{telling}(?!me\b|us\b)(?:\w+\s){{1,2}}?(?:know\s)?({question})\b",
        straight(brief.instruction),
        re.IGNORECASE,
    )
    return not {word.lower() for word in asked}.isdisjoint(word.lower() for word in told)


def _denies_what_is_not_denied(brief: Brief, mail: StoredMail) -> bool:
    """Whether an instruction has a word such as "not" and neither mail has any."""
    words = brief.words
    negations = words.words("instructions.negations")
    said = set(_said(brief))
    if negations.isdisjoint(said) and not any(word.endswith("n't") for word in said):
        return False
    texts = straight("\n".join((mail.subject, *brief.thread)))
    keys = ("answers.no", "answers.denials", "instructions.negations")
    return not any(words.phrases(key).search(texts) for key in keys) and "n't" not in texts


def _is_for_somebody_else(brief: Brief, mail: StoredMail) -> bool:
    """Whether an instruction begins with "ask Peter" for a mail to another, or to nobody named."""
    words = brief.words
    said = words.find_words(brief.instruction)
    if len(said) < 2 or said[0].lower() not in words.words("instructions.to_person"):
        return False
    name = fold(said[1].removesuffix("'s"))
    # A mail may also begin with the name: "Ann, could you".
    beginning = " ".join(mail.body.split()[:_OPENING_WORDS])
    addresses = (re.sub(r"[@._]", " ", " ".join(person)) for person in mail.recipients)
    sender = mail.answered.sender if mail.answered else ""
    readers = " ".join((beginning, *addresses, sender, addressee(mail)))
    if name in map(fold, words.find_words(readers)):
        return False
    if name in map(fold, words.find_words(brief.user_name)):
        return True
    return said[1][0].isupper() and name in map(fold, words.find_words(mail.body))


def _does_something_else(brief: Brief, mail: StoredMail) -> bool:
    """Whether an instruction begins with "thank" or the like for a mail without such words."""
    words = brief.words
    said = _said(brief)[:1]
    for verbs, signs in _PURPOSES.items():
        if said and said[0] in words.words(verbs):
            return words.phrases(signs).search(straight(mail.body)) is None
    return False


def told_share(instruction: str, mail: StoredMail) -> float:
    """Return the share of a mail's long words that are in an instruction; 1.0 without any."""
    sentences = " ".join(split_mail(mail.body).sentences)
    of_mail = _long_stems(sentences)
    return len(of_mail & _long_stems(instruction)) / len(of_mail) if of_mail else 1.0


def _long_stems(text: str) -> set[str]:
    functions = lexicon_of(text).words("function_words.list")
    return {
        word[:_STEM_LETTERS]
        for word in _WORD.findall(text.lower())
        if (len(word) >= _LONG_WORD and word not in functions) or word.isdigit()
    }
