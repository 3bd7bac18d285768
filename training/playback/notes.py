"""Turn a mail into terse notes of it, without the words that its writer uses everywhere.

"Hi Ann, I'm afraid I can't come on Friday. Would Monday suit you?" becomes "Write to Ann: can't
come Friday; Monday suit?". Notes keep all facts and invent none, in any language. They are the
instruction of a mail for which the model's own instructions were rejected.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from engine.mail.mail_parts import split_mail
from engine.mail.stored.store import StoredMail
from engine.words import words
from training.playback.reader import addressee

_WORD = re.compile(r"[^\W_]+(?:['’.@:/+-]+[^\W_]+)*")

# Chosen by hand on the notes of real mailboxes.
_COMMON_SHARE = 0.08
"""A word is common that is in a larger share of a writer's mails: in more than one of twelve ..."""

_MIN_COMMON_MAILS = 2
"""... and in more mails than this."""

_MAX_WORDS = 45
_MAX_FALLBACK_WORDS = 12
"""Of a mail whose words are all common, how many make up its notes."""

# Notes without a "not" say the opposite, so negations are never common words.
_NEGATIONS = frozenset(words("instructions.negations"))

# Users start instructions in different ways, and a model follows only those it was trained on.
_OPENINGS = (
    ("Answer {}: ", "Answer: "),
    ("Write to {}: ", "Write: "),
    ("Tell {}: ", "Say: "),
    ("{}: ", ""),
)


def common_words(mails: Iterable[StoredMail]) -> frozenset[str]:
    """The words, in lower case, that occur in many of the mails and so distinguish none."""
    documents: Counter[str] = Counter()
    count = 0
    for mail in mails:
        documents.update({word.lower() for word in _WORD.findall(mail.body)})
        count += 1
    return frozenset(
        word
        for word, found in documents.items()
        if found > max(_MIN_COMMON_MAILS, count * _COMMON_SHARE) and not _is_negation(word)
    )


def distinctive_words(text: str, common: frozenset[str]) -> list[str]:
    """The words of a text that are not common, in order."""
    return [word for word in _WORD.findall(text) if word.lower() not in common]


def notes(mail: StoredMail, common: frozenset[str]) -> str:
    """The notes of a mail, as an instruction. common: `common_words` of the writer's mails."""
    parts = []
    room = _MAX_WORDS
    sentences = split_mail(mail.body).sentences
    for sentence in sentences:
        words = distinctive_words(sentence, common)[:room]
        if words:
            room -= len(words)
            parts.append(" ".join(words) + ("?" if sentence.rstrip().endswith("?") else ""))
    text = "; ".join(parts)
    if not text:
        text = " ".join(_WORD.findall(" ".join(sentences))[:_MAX_FALLBACK_WORDS]) or mail.subject
    named, nameless = _OPENINGS[mail.id % len(_OPENINGS)]
    name = addressee(mail)
    opening = named.format(name) if name else nameless
    return f"{opening}{text}{'' if text.endswith('?') else '.'}"


def _is_negation(word: str) -> bool:
    return word in _NEGATIONS or word.endswith(("n't", "n’t"))
