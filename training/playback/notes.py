"""A mail -> terse notes of it, by leaving out the words that its writer uses everywhere.

"Hi Ann, I'm afraid I can't come on Friday. Would Monday suit you?" becomes "Write to Ann: can't
come Friday; Monday suit?". Notes hold all facts and invent none, in any language; they are the
instruction where a small model's own is not true to the mail.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from engine.mail.stored.store import StoredMail
from engine.words import words
from training.playback.mail_parts import split_mail

_WORD = re.compile(r"[^\W_]+(?:['’.@:/+-]+[^\W_]+)*")
_SHARE_OF_COMMON = 0.08
_MOST_WORDS = 45
_NAME = re.compile(r"^(?:\w+\s+)?((?:[^\W\d_a-zß-ÿ][\w.'’-]*\s*){1,3})[,!:.]?$")

# A note without its "not" says the opposite, so these stay however common they are.
_NEGATIONS = frozenset(words("instructions.negations"))
# People begin in different ways, and a model that has seen only one does not take the others.
_BEGINNINGS = (
    ("Answer {}: ", "Answer: "),
    ("Write to {}: ", "Write: "),
    ("Tell {}: ", "Say: "),
    ("{}: ", ""),
)


def common_words(mails: Iterable[StoredMail]) -> frozenset[str]:
    """The words, in lower case, that stand in more than one mail of twelve: they tell nothing."""
    documents: Counter[str] = Counter()
    count = 0
    for mail in mails:
        documents.update({word.lower() for word in _WORD.findall(mail.body)})
        count += 1
    return frozenset(
        word
        for word, found in documents.items()
        if found > max(2, count * _SHARE_OF_COMMON) and not _negates(word)
    )


def telling_words(text: str, common: frozenset[str]) -> list[str]:
    """The words of a text, in order, without those that its writer uses everywhere."""
    return [word for word in _WORD.findall(text) if word.lower() not in common]


def notes(mail: StoredMail, common: frozenset[str]) -> str:
    """The notes of a mail, as an instruction. common: `common_words` of all its writer's mails."""
    parts = []
    room = _MOST_WORDS
    sentences = split_mail(mail.body).sentences
    for sentence in sentences:
        words = telling_words(sentence, common)[:room]
        if words:
            room -= len(words)
            parts.append(" ".join(words) + ("?" if sentence.rstrip().endswith("?") else ""))
    text = "; ".join(parts)
    if not text:
        text = " ".join(_WORD.findall(" ".join(sentences))[:12]) or mail.subject
    named, nameless = _BEGINNINGS[mail.id % len(_BEGINNINGS)]
    name = addressee(mail)
    beginning = named.format(name) if name else nameless
    return f"{beginning}{text}{'' if text.endswith('?') else '.'}"


def lead(name: str) -> str:
    """How an instruction begins: "Write to Ann", or "Write" when the name is ''."""
    return f"Write to {name}" if name else "Write"


def addressee(mail: StoredMail) -> str:
    """The name in the greeting, else the only recipient's first name; '' without either."""
    name = greeted(mail.body)
    if not name and len(mail.recipients) == 1:
        name = next((name.split()[0] for name, _ in mail.recipients if name.split()), "")
    return name


def greeted(body: str) -> str:
    """The name in the first line when that is a greeting, as "Hi Ann,"; else ''."""
    first = body.strip().partition("\n")[0].strip()
    match = _NAME.match(first)
    if match is None or len(first) > 40 or len(first.split()) < 2:
        return ""
    return match[1].strip(" ,!:.") if match[1].strip() != first.strip(" ,!:.") else ""


def _negates(word: str) -> bool:
    return word in _NEGATIONS or word.endswith(("n't", "n’t"))
