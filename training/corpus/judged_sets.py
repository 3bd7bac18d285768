"""Judged drafts -> what is learnt from them: sets that prefer the right ones, and conversations."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence

from engine.candidates import instruction_kind
from engine.mail.types import Received
from engine.prompt import (
    Message,
    Turn,
    build_change_playback_prompt,
    build_playback_prompt,
    build_prompt,
)
from engine.settings import Prompt
from training.corpus import JudgedDrafts
from training.corpus.contrast_sets import ContrastSet, Task, judging
from training.corpus.conversations import received

_MOST_WRONG = 1
"""Drafts of a prompt that are compared with a right one in an epoch."""

_PLAYED_BACK = 0.5
"""Share of these comparisons from which the instruction is played back, too. Chosen by hand."""


def judged_items(
    judged: Iterable[JudgedDrafts], prompt: Prompt, seed: str
) -> list[ContrastSet | list[Message]]:
    """Return one epoch's sets of right and wrong drafts, and right ones where none is wrong.

    Of each pair one set prefers the right draft to the wrong one, one tells which of them is right,
    and some play the instruction back from the right one rather than from the wrong one.
    """
    draw = random.Random(seed)
    items: list[ContrastSet | list[Message]] = []
    for one in judged:
        thread = [received(one.thread, one.to)] if one.thread else []
        messages = build_prompt(
            one.instruction,
            prompt=prompt,
            user_name=one.name,
            recipient=one.to,
            thread=thread,
            sources=one.sources,
            turns=[Turn(*one.earlier)] if one.earlier else [],
        )
        drafting: Task = "revision" if one.earlier else "drafting"
        playback: Task = "playback of revisions" if one.earlier else "playback"
        for wrong in draw.sample(one.wrong, min(_MOST_WRONG, len(one.wrong))):
            answers = (draw.choice(one.right), wrong)
            preferred = ContrastSet(drafting, (messages,), answers)
            items += [preferred, judging(preferred, draw)]
            if draw.random() < _PLAYED_BACK:
                read = tuple(_reading(one, text, thread, prompt) for text in answers)
                items.append(ContrastSet(playback, read, (one.instruction,)))
        if not one.wrong and not one.earlier:
            items.append([*messages, Message("assistant", draw.choice(one.right))])
    return items


def _reading(
    one: JudgedDrafts, text: str, thread: Sequence[Received], prompt: Prompt
) -> list[Message]:
    """The prompt that plays the instruction back from one of its drafts."""
    if one.earlier:
        return build_change_playback_prompt(one.earlier[1], text, user_name=one.name)
    return build_playback_prompt(
        text,
        kind=instruction_kind(one.instruction),
        prompt=prompt,
        user_name=one.name,
        recipient=one.to,
        thread=thread,
    )
