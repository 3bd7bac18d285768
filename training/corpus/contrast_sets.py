"""Corpus mails -> sets of prompts and answers, where each answer is right for its own prompt alone.

Likelihood alone makes an answer likelier after every prompt that is like its own. These sets are
for a loss that tells them apart (training.mail_base.contrast_loss).
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from engine.mail.types import Received
from engine.prompt.prompt import (
    Message,
    Turn,
    build_change_playback_prompt,
    build_playback_prompt,
    build_prompt,
)
from engine.settings import Prompt
from training.corpus import CorpusMail, Revision
from training.corpus.conversations import (
    drawn_kind,
    past_mails,
    shown_recipient,
    shown_thread,
    thread_of,
    typed,
)

_MOST_PROMPTS = 3
"""In a set: it has the square of that many sequences."""

# Chosen by hand: most prompts are without past mails, which would be most of the tokens.
_SOURCE_COUNTS = (0, 0, 0, 1, 2)
_PLAYED_BACK = 0.3
"""Share of the groups that are also played back in an epoch."""


T = TypeVar("T")

Task = Literal["drafting", "playback", "revision", "playback of revisions"]


@dataclass(frozen=True)
class ContrastSet:
    """Prompts and answers: answer i is that of prompt i, and wrong for the others.

    If there are more of one than of the other, those beyond are wrong for all.
    """

    task: Task
    prompts: tuple[list[Message], ...]
    answers: tuple[str, ...]


def contrast_sets(
    writers: Mapping[str, Sequence[CorpusMail]], prompt: Prompt, seed: str
) -> list[ContrastSet]:
    """Return one epoch's sets: of mails about one matter, and of the changes of one mail; shuffled.

    writers: contrasts by writer, in the corpus' order.
    """
    draw = random.Random(seed)
    sets: list[ContrastSet] = []
    for mails in writers.values():
        for group in _groups(mails):
            others = [mail for mail in mails if mail not in group]
            for part in _parts(group, draw):
                sets.append(_drafting(part, others, prompt, draw))
                if draw.random() < _PLAYED_BACK:
                    sets.append(_playback(part, prompt, draw))
        for mail in mails:
            for changes in _parts(mail.changes, draw):
                sets.append(_revision(mail, changes, prompt, draw))
                if draw.random() < _PLAYED_BACK:
                    sets.append(_change_playback(mail, changes))
    draw.shuffle(sets)
    return sets


def _groups(mails: Sequence[CorpusMail]) -> Iterator[list[CorpusMail]]:
    """Mails about one matter: a writer's neighbours that go to the same recipient."""
    for _, group in itertools.groupby(mails, key=lambda mail: mail.to):
        yield list(group)


def _parts(items: Sequence[T], draw: random.Random) -> Iterator[list[T]]:
    """The items in random order, two or three at a time; nothing of a single one."""
    shuffled = draw.sample(list(items), len(items))
    count = -(-len(items) // _MOST_PROMPTS)
    for index in range(count):
        part = shuffled[index::count]
        if len(part) > 1:
            yield part


def _drafting(
    mails: Sequence[CorpusMail],
    others: Sequence[CorpusMail],
    prompt: Prompt,
    draw: random.Random,
) -> ContrastSet:
    """Instruction -> mail. The kind of instruction, past mails and recipient are one for all."""
    kind = drawn_kind(draw)
    count = draw.choice(_SOURCE_COUNTS)
    sources = [other.mail for other in past_mails(mails[0], others, count, draw)]
    recipient, threads = _shown(mails, draw)
    prompts = [
        build_prompt(
            typed(getattr(mail, kind), draw),
            prompt=prompt,
            user_name=mail.name,
            recipient=recipient,
            thread=thread,
            sources=sources,
        )
        for mail, thread in zip(mails, threads, strict=True)
    ]
    return ContrastSet("drafting", tuple(prompts), tuple(mail.mail for mail in mails))


def _playback(mails: Sequence[CorpusMail], prompt: Prompt, draw: random.Random) -> ContrastSet:
    """Mail -> instruction."""
    kind = drawn_kind(draw)
    recipient, threads = _shown(mails, draw)
    prompts = [
        build_playback_prompt(
            mail.mail,
            kind=kind,
            prompt=prompt,
            user_name=mail.name,
            recipient=recipient,
            thread=thread,
        )
        for mail, thread in zip(mails, threads, strict=True)
    ]
    return ContrastSet("playback", tuple(prompts), tuple(getattr(mail, kind) for mail in mails))


def _shown(mails: Sequence[CorpusMail], draw: random.Random) -> tuple[str, list[list[Received]]]:
    """The recipient's name and each mail's thread, each shown by all prompts of a set or none."""
    recipient = shown_recipient(mails[0], draw)
    with_threads = bool(shown_thread(mails[0], draw))
    return recipient, [thread_of(mail) if with_threads else [] for mail in mails]


def _revision(
    mail: CorpusMail, changes: Sequence[Revision], prompt: Prompt, draw: random.Random
) -> ContrastSet:
    """Mail and change -> revised mail. The mail as it was is wrong for all."""
    turn = Turn(getattr(mail, drawn_kind(draw)), mail.mail)
    recipient, thread = shown_recipient(mail, draw), shown_thread(mail, draw)
    prompts = [
        build_prompt(
            typed(change.ask, draw),
            prompt=prompt,
            user_name=mail.name,
            recipient=recipient,
            thread=thread,
            turns=[turn],
        )
        for change in changes
    ]
    answers = (*(change.mail for change in changes), mail.mail)
    return ContrastSet("revision", tuple(prompts), answers)


def _change_playback(mail: CorpusMail, changes: Sequence[Revision]) -> ContrastSet:
    """Both versions of the mail -> change."""
    prompts = [
        build_change_playback_prompt(mail.mail, change.mail, user_name=mail.name)
        for change in changes
    ]
    asks = tuple(change.ask for change in changes)
    return ContrastSet("playback of revisions", tuple(prompts), asks)
