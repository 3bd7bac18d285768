"""Mails -> what their writers might have typed in a hurry, with every fact still there.

A model that writes the mail from it learns to complete and punctuate what it is given, and to
change nothing else: a denoising task (BART, arXiv 1910.13461), whose noise is that of typed notes.
"""

from __future__ import annotations

import functools
import random
import re
from collections.abc import Mapping
from pathlib import Path

import tomli

from engine.mail.mail_parts import split_mail

# Chances, all chosen by hand.
_SMALL_LETTERS, _NO_COMMAS, _NO_APOSTROPHES, _SHORTHAND, _TELEGRAM = 0.6, 0.5, 0.4, 0.4, 0.35
_SHORT_WORDS = 0.7
_DROPPED = 0.8
"""Of the words that a telegram leaves out, and of those that have a shorter form."""

_JOINTS = (". ", ", ", " ", "; ", " - ", ". ")
_END = re.compile(r"[.!?…]+$")
_SUBJECT = re.compile(r"\b(?:I'm|I am|I'll|I've|I|We're|We|It's|It is|There's|There is)\b ?")
_LITTLE = re.compile(
    r"\b(?:the|a|an|is|are|am|will|have|has|been|be|(?<!\d )of|on|so|that|just|my)\b ?"
)


def roughened(mail: str, language: str, draw: random.Random) -> str:
    """Return a mail's text as it is typed in a hurry, without greeting and closing.

    language: ISO 639-1; only English gets shorthand and loses words.
    """
    sentences = [" ".join(sentence.split()) for sentence in split_mail(mail).sentences]
    text = _joined([sentence for sentence in sentences if sentence], draw)
    if language == "en":
        if draw.random() < _TELEGRAM:
            text = _without(_LITTLE, _without(_SUBJECT, text, draw), draw)
        if draw.random() < _SHORTHAND:
            text = _shortened(text, draw)
        if draw.random() < _NO_APOSTROPHES:
            text = re.sub(r"(?<=\w)['’](?=\w)", "", text)
    if draw.random() < _NO_COMMAS:
        text = re.sub(r",(?= )", "", text)
    if draw.random() < _SMALL_LETTERS:
        text = text.lower()
    return text.strip()


def _joined(sentences: list[str], draw: random.Random) -> str:
    """The sentences in one line; how they end and are told apart is one way for all, mostly."""
    usual = draw.choice(_JOINTS)
    text = ""
    for sentence in sentences:
        joint = usual if draw.random() < 0.8 else draw.choice(_JOINTS)
        is_question = sentence.endswith("?") and draw.random() < 0.7
        bare = _END.sub("", sentence)
        text += bare + ("? " if is_question else joint)
    return text.rstrip(" \n,;-")


def _without(words: re.Pattern[str], text: str, draw: random.Random) -> str:
    return words.sub(lambda found: "" if draw.random() < _DROPPED else found[0], text)


def _shortened(text: str, draw: random.Random) -> str:
    forms = _shorthand()
    pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, forms))})\b", re.IGNORECASE)

    def shorter(found: re.Match[str]) -> str:
        around = text[max(0, found.start() - 2) : found.end() + 2]
        if re.search(r"\d", around):  # "To" is 2 and "for" is 4, but not beside a number.
            return found[0]
        return draw.choice(forms[found[0].lower()]) if draw.random() < _SHORT_WORDS else found[0]

    return pattern.sub(shorter, text)


@functools.cache
def _shorthand() -> Mapping[str, list[str]]:
    path = Path(__file__).with_name("shorthand.toml")
    table = tomli.loads(path.read_text(encoding="utf-8"))
    longest_first = sorted(table, key=len, reverse=True)
    return {word.lower(): table[word] for word in longest_first}
