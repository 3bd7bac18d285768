"""Check generated instructions against their mails: wrong ones teach a model to make things up.

The mail is checked as if it were a draft for the instruction, with the checks of drafting.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from engine.checking.brief import Brief
from engine.checking.check import check_draft
from engine.mail.stored.store import StoredMail
from engine.prompt import InstructionKind
from training.playback.mail_parts import split_mail

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")

_MORE_WORDS_THAN_MAIL, _SHARE_OF_MAIL = 20, 1.2
"""An instruction has at most this many more words than 1.2 times its mail's."""

_MAX_COPIED_WORDS, _MAX_COPIED_SHARE = 14, 0.6
"""In the mail's order, and of the instruction."""

_MIN_COVERAGE: dict[InstructionKind, float] = {"plain": 0.5, "terse": 0.5, "spoken": 0.4}
"""Share of the instruction's telling words and facts in its mail. Chosen by hand: instructions may
use other words than the mail, and abbreviate."""

_MIN_TOLD: dict[InstructionKind, float] = {"plain": 0.3, "terse": 0.2, "spoken": 0.25}
"""Share of the mail's facts and long words in its instruction. Chosen by hand, too."""

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
    instruction. role: somebody else does what is asked. opposite: a yes for a no. question: a
    statement for a question, or the other way round.
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
    if len(long) > _MAX_REPEATS * max(1, len(set(long))):
        return "repetitive"
    answered = (mail.answered.body,) if mail.answered else ()
    names = tuple(name for name, _ in mail.recipients)
    brief = Brief(instruction, ", ".join(names), user_name, answered)
    # The subject may name what the mail calls "it".
    checks = check_draft(f"{mail.body}\n\n{mail.subject}", brief)
    if (
        checks.missing
        or checks.coverage < _MIN_COVERAGE[kind]
        or _speaks_of_a_stranger(brief, mail)
    ):
        return "invented"
    if checks.roles:
        return "role"
    if kind == "plain" and checks.opposite:
        return "opposite"
    if kind == "plain" and checks.asks_wrongly:
        return "question"
    if _told_share(instruction, mail) < _MIN_TOLD[kind]:
        return "vague"
    return None


def _speaks_of_a_stranger(brief: Brief, mail: StoredMail) -> bool:
    """Whether the instruction names a reader, or "my boss", that nothing else mentions."""
    words = brief.words
    given = " ".join((mail.body, mail.subject, brief.recipient, *brief.thread))
    known = {words.stem(word) for word in words.find_words(given.lower())}
    said = [word.lower() for word in words.find_words(brief.instruction)]
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
            return {next((after for after in words[index + 1 :] if after not in nobody), "")}
    return set()


def _told_share(instruction: str, mail: StoredMail) -> float:
    """The share of the mail's long words that are in the instruction; 1.0 without any."""
    sentences = " ".join(split_mail(mail.body).sentences)
    of_mail = _long_stems(sentences)
    return len(of_mail & _long_stems(instruction)) / len(of_mail) if of_mail else 1.0


def _long_stems(text: str) -> set[str]:
    return {
        word[:_STEM_LETTERS]
        for word in _WORD.findall(text.lower())
        if len(word) >= _LONG_WORD or word.isdigit()
    }
