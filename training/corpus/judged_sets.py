"""Judged drafts as training items: sets that prefer the right draft, and conversations."""

from __future__ import annotations

import functools
import random
from collections.abc import Iterable

from engine.checking.lexicon import lexicon_of
from engine.drafting.candidates import instruction_kind
from engine.drafting.closing_lines import ClosingLines, may_be_signed
from engine.follow_ups.cues import content_stems
from engine.follow_ups.standalone import only_tone, standalone
from engine.mail.mail_parts import split_mail
from engine.prompt.prompt import (
    Message,
    Turn,
    build_change_playback_prompt,
    build_playback_prompt,
    build_prompt,
    write_this,
)
from engine.settings import Prompt
from training.corpus import JudgedDrafts, read_judged_drafts
from training.corpus.contrast_sets import ContrastSet, Task
from training.corpus.conversations import said_in, thread_of

_WRITTEN_OUT = 0.7
"""Share of the follow-ups that are replayed so. Chosen by hand."""

_PLAYED_BACK = 0.5
"""Share of the comparisons that also play the instruction back. Chosen by hand."""


@functools.cache
def judged_drafts() -> list[JudgedDrafts]:
    """Return the judged drafts of all prompts."""
    return list(read_judged_drafts())


def judged_items(
    judged: Iterable[JudgedDrafts], prompt: Prompt, seed: str
) -> list[ContrastSet | list[Message]]:
    """Return one epoch: a right and a wrong draft of each prompt, or a right one if none is wrong.

    One set prefers the right draft to the wrong one; half of the time a second set plays the
    instruction back from the right one rather than from the wrong one. Where it is understood what
    an instruction says, with its follow-up, a conversation writes that out.
    """
    draw = random.Random(seed)
    items: list[ContrastSet | list[Message]] = []
    for one in judged:
        messages = _asking(one, prompt)
        if one.wrong:
            drafting: Task = "revision" if one.earlier else "drafting"
            answers = (draw.choice(one.right), draw.choice(one.wrong))
            items.append(ContrastSet(drafting, (messages,), answers))
            if draw.random() < _PLAYED_BACK:
                playback: Task = "playback of revisions" if one.earlier else "playback"
                read = tuple(_reading(one, text, prompt) for text in answers)
                items.append(ContrastSet(playback, read, (one.instruction,)))
        elif not one.earlier:
            items.append([*messages, Message("assistant", draw.choice(one.right))])
        if (text := _said(one)) and _can_be_written_out(one):
            items.append([*_writing_out(one, text, prompt), Message("assistant", one.right[0])])
    return items


def _said(one: JudgedDrafts) -> str:
    """What an instruction says, with the follow-up put into it where there is one."""
    instruction = one.instruction
    if one.earlier:
        if only_tone(one.earlier[0], instruction):
            return ""
        instruction = standalone(one.earlier[0], instruction)
    return said_in(instruction, to=one.to, name=one.name, thread=one.thread)


def _can_be_written_out(one: JudgedDrafts) -> bool:
    """Whether the prompt of writing out shows all that the right draft says.

    It shows no mail to answer, and where it has no past mails not how the user signs: a model would
    learn to invent nicknames.
    """
    last = one.right[0].rstrip().rpartition("\n")[2]
    own = frozenset(one.name.casefold().split())
    is_known = not may_be_signed(last, own) or ClosingLines(own, ()).is_name(last)
    return not _is_of_thread(one) and (is_known or bool(one.sources))


def _is_of_thread(one: JudgedDrafts) -> bool:
    """Whether the right draft says what only the mail to answer has."""
    lexicon = lexicon_of(one.right[0])

    def told(text: str) -> set[str]:
        return set(content_stems(lexicon.find_words(text), lexicon))

    said = told(" ".join(split_mail(one.right[0]).sentences))
    return len((said & told(one.thread)) - told(one.instruction)) > 1


def right_drafts(count: int, prompt: Prompt, seed: str) -> list[list[Message]]:
    """Return `count` conversations that end with a right draft; about a third are follow-ups.

    Most follow-ups are put into their instruction and written out, as the product does.
    """
    draw = random.Random(seed)
    conversations = []
    for one in draw.choices(judged_drafts(), k=count):
        is_tried = one.earlier and _can_be_written_out(one) and draw.random() < _WRITTEN_OUT
        text = _said(one) if is_tried else ""
        messages = _writing_out(one, text, prompt) if text else _asking(one, prompt)
        conversations.append([*messages, Message("assistant", draw.choice(one.right))])
    return conversations


def _asking(one: JudgedDrafts, prompt: Prompt) -> list[Message]:
    """The prompt that the drafts answer."""
    return build_prompt(
        one.instruction,
        prompt=prompt,
        user_name=one.name,
        recipient=one.to,
        thread=thread_of(one),
        sources=one.sources,
        turns=[Turn(one.earlier[0], one.earlier[1])] if one.earlier else [],
    )


def _writing_out(one: JudgedDrafts, text: str, prompt: Prompt) -> list[Message]:
    """The prompt for a mail that says a text."""
    return build_prompt(
        write_this(text), prompt=prompt, user_name=one.name, recipient=one.to, sources=one.sources
    )


def _reading(one: JudgedDrafts, text: str, prompt: Prompt) -> list[Message]:
    """The prompt that plays the instruction back from one of the drafts."""
    if one.earlier:
        return build_change_playback_prompt(one.earlier[1], text, user_name=one.name)
    return build_playback_prompt(
        text,
        kind=instruction_kind(one.instruction),
        prompt=prompt,
        user_name=one.name,
        recipient=one.to,
        thread=thread_of(one),
    )
