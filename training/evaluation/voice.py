"""How far drafts agree with the true mails in greeting, closing, length and punctuation."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence

import numpy as np

from engine.mail.mail_parts import split_mail
from training.evaluation import bootstrap
from training.evaluation.figures import Figure

_STRAIGHT = str.maketrans("’‘ʼ´`“”„«»–—", "'''''\"\"\"\"\"--")
"""Variants that programs choose, not writers."""


def voice(drafts: Sequence[str], mails: Sequence[str]) -> dict[str, Figure]:
    """Agreement of each draft with its mail, 0..1.

    greeting, closing: the share with the same form. length: the mean share of the shorter in the
    longer. punctuation: over all drafts, see `_shared_marks`.
    """
    pairs = list(zip(drafts, mails, strict=True))
    lengths = [sorted((len(draft.split()), len(mail.split()))) for draft, mail in pairs]
    return {
        "greeting": bootstrap.mean(
            [greeting_form(draft) == greeting_form(mail) for draft, mail in pairs]
        ),
        "closing": bootstrap.mean(
            [closing_form(draft) == closing_form(mail) for draft, mail in pairs]
        ),
        "length": bootstrap.mean([few / many if many else 1.0 for few, many in lengths]),
        "punctuation": _shared_marks(drafts, mails),
    }


def greeting_form(mail: str) -> tuple[str, ...]:
    """How a mail greets, whomever it greets: "Dear Ann," and "Dear Mr Bell," are alike.

    () without a greeting; else its words without names, and the mark at its end.
    """
    greeting = split_mail(mail).greeting.split()
    if not greeting:
        return ()
    first, *rest = (word.strip(",;:!.") for word in greeting)
    words = [first, *(word for word in rest if word and not word[0].isupper())]
    mark = greeting[-1][-1]
    return (*map(str.casefold, words), "" if mark.isalnum() else mark)


def closing_form(mail: str) -> tuple[str, ...]:
    """The words of a mail's closing and signature; () without one."""
    closing = split_mail(mail).closing.casefold()
    return tuple(word for part in closing.split() if (word := part.strip(",;:!.-–—")))


def _shared_marks(drafts: Sequence[str], mails: Sequence[str]) -> Figure:
    """The sum of the smaller over the sum of the larger rates per word, of all marks.

    1 where drafts and mails use each mark equally often. Ends of lines count as marks.
    """
    counted = [_marks(text) for text in (*drafts, *mails)]
    marks = sorted(set().union(*counted))
    counts = np.array([[float(of[mark]) for mark in marks] for of in counted])
    words = np.array([float(max(1, len(text.split()))) for text in (*drafts, *mails)])
    ours, theirs = slice(len(drafts)), slice(len(drafts), None)

    def agreement(times: np.ndarray) -> np.ndarray:
        rates = [(times @ counts[side]) / (times @ words[side])[:, None] for side in (ours, theirs)]
        larger = np.maximum(*rates).sum(axis=1)
        return np.divide(
            np.minimum(*rates).sum(axis=1), larger, out=np.ones(len(times)), where=larger > 0
        )

    return bootstrap.figure(len(drafts), agreement)


def _marks(text: str) -> Counter[str]:
    """How often each mark, symbol and end of line occurs."""
    return Counter(
        letter
        for letter in text.strip().translate(_STRAIGHT)
        if letter == "\n" or unicodedata.category(letter)[0] in "PS"
    )
