"""Corpus mails -> conversations to learn from: drafting, revision and playback.

The prompts are those of drafting (`engine.prompt.prompt`). What they show besides the instruction
is drawn at random for each mail and epoch, so that the model learns to do with and without.
"""

from __future__ import annotations

import dataclasses
import functools
import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from engine.checking.brief import Brief
from engine.checking.lexicon import lexicon_of
from engine.direct_speech.understood import understood
from engine.follow_ups.taken_back import without_taken_back
from engine.mail.types import Received
from engine.prompt.prompt import (
    INSTRUCTION_KINDS,
    InstructionKind,
    Message,
    Turn,
    ask_for_instruction,
    build_change_playback_prompt,
    build_playback_prompt,
    build_prompt,
    write_this,
)
from engine.settings import Prompt
from training.corpus import CorpusMail, JudgedDrafts, held_out_writers, read_contrasts, read_corpus
from training.corpus.foreign_orders import FOREIGN_ORDERS
from training.corpus.roughening import roughened

T = TypeVar("T")

# Shares of conversations, all chosen by hand.
_SOURCE_COUNTS = (0, 0, 0, 1, 1, 1, 1, 2, 2, 3)
_WITH_RECIPIENT = 0.8
_WITH_THREAD = 0.9
_WITH_FOREIGN_ORDER = 0.1
_TYPED_CARELESSLY = 0.2
_SIMILAR_SOURCES = 0.6
_CHANGES_PLAYED_BACK = 0.4
_CONTRASTS_REPLAYED = 0.5
_ORDINARY_BESIDE_CONTRASTS = 0.5  # For each conversation of contrasts.
_FROM_INSTRUCTIONS = 0.75
_KIND_SHARES: dict[InstructionKind, float] = {"plain": 0.2, "terse": 0.4, "spoken": 0.4}
"""Full sentences least: rules put most of those into direct speech."""


@functools.cache
def learnt_writers() -> dict[str, list[CorpusMail]]:
    """Return the mails of the writers that models are trained on, by writer."""
    return _without_held_out(read_corpus())


@functools.cache
def learnt_contrasts() -> dict[str, list[CorpusMail]]:
    """Return the contrasts of the writers that models are trained on, by writer."""
    return _without_held_out(read_contrasts())


def by_writer(mails: Iterable[CorpusMail]) -> dict[str, list[CorpusMail]]:
    """Group mails by writer."""
    groups: dict[str, list[CorpusMail]] = defaultdict(list)
    for mail in mails:
        groups[mail.writer].append(mail)
    return dict(groups)


def drafting(
    mail: CorpusMail,
    kind: InstructionKind,
    others: Sequence[CorpusMail],
    prompt: Prompt,
    draw: random.Random,
) -> list[Message]:
    """Return a conversation that drafts the mail and then, where the corpus has one, revises it.

    others: the writer's other mails, from which past mails are taken. Their content is another
    than the mail's, so the model learns not to copy it.
    """
    instruction = typed(getattr(mail, kind), draw)
    count = draw.choice(_SOURCE_COUNTS)
    sources = [other.mail for other in past_mails(mail, others, count, draw)]
    thread = shown_thread(mail, draw)
    if draw.random() < _WITH_FOREIGN_ORDER and (sources or thread) and others:
        order = _foreign_order(draw.choice(others), draw)
        place = draw.randrange(len(sources) + bool(thread))
        if place < len(sources):
            sources[place] = _insert_line(sources[place], order, draw)
        else:
            thread = [received(_insert_line(thread[0].body, order, draw), thread[0].sender)]
    messages = build_prompt(
        instruction,
        prompt=prompt,
        user_name=mail.name,
        recipient=shown_recipient(mail, draw),
        thread=thread,
        sources=sources,
    )
    messages.append(Message("assistant", mail.mail))
    if mail.changes:
        change = draw.choice(mail.changes)
        # The last two messages of a prompt with this turn: the earlier mail, and the change.
        revision = build_prompt(change.ask, prompt=prompt, turns=[Turn(instruction, mail.mail)])
        messages += [revision[-1], Message("assistant", change.mail)]
    return messages


def playback(mail: CorpusMail, prompt: Prompt, draw: random.Random) -> list[Message]:
    """Return a conversation that writes the mail's instruction in each kind, in a random order."""
    kinds = draw.sample(INSTRUCTION_KINDS, len(INSTRUCTION_KINDS))
    messages = build_playback_prompt(
        mail.mail,
        kind=kinds[0],
        prompt=prompt,
        user_name=mail.name,
        recipient=shown_recipient(mail, draw),
        thread=shown_thread(mail, draw),
    )
    for index, kind in enumerate(kinds):
        if index:
            messages.append(Message("user", ask_for_instruction(kind)))
        messages.append(Message("assistant", getattr(mail, kind)))
    return messages


def writing_out(
    mail: CorpusMail, others: Sequence[CorpusMail], prompt: Prompt, draw: random.Random
) -> list[Message]:
    """Return a conversation that writes the mail out from what it says, in its own words.

    That is what one of its instructions says, most times and where it is understood, or the mail's
    own text as it is typed in a hurry.
    """
    kind = drawn_kind(draw)
    said = ""
    if draw.random() < _FROM_INSTRUCTIONS:
        said = said_in(getattr(mail, kind), to=mail.to, name=mail.name, thread=mail.thread)
    count = draw.choice(_SOURCE_COUNTS)
    messages = build_prompt(
        write_this(said or roughened(mail.mail, mail.language, draw) or mail.mail),
        prompt=prompt,
        user_name=mail.name,
        recipient=shown_recipient(mail, draw),
        sources=[other.mail for other in past_mails(mail, others, count, draw)],
    )
    return [*messages, Message("assistant", mail.mail)]


def said_in(instruction: str, *, to: str, name: str, thread: str = "") -> str:
    """Return what an instruction says, as far as drafting understands it.

    to: the recipient's name. name: the writer's. thread: the mail to answer. '' for unknown.
    """
    meant = without_taken_back(instruction, lexicon_of(instruction))
    brief = Brief(meant, recipient=to, user_name=name, thread=(thread,) if thread else ())
    return understood(brief).said


def change_playback(mail: CorpusMail, draw: random.Random) -> list[Message]:
    """Return a conversation that writes one of the mail's follow-ups from both of its versions."""
    change = draw.choice(mail.changes)
    messages = build_change_playback_prompt(mail.mail, change.mail, user_name=mail.name)
    return [*messages, Message("assistant", change.ask)]


def replay(count: int, prompt: Prompt, seed: str) -> list[list[Message]]:
    """Return `count` conversations of the writers that are not held out.

    A third each drafts, writes out and plays back.
    """
    draw = random.Random(seed)
    both = learnt_writers(), learnt_contrasts()
    ordinary, contrasts = ([mail for mails in one.values() for mail in mails] for one in both)
    writers = {**both[0], **both[1]}
    conversations = []
    for index in range(count):
        mail = draw.choice(contrasts if draw.random() < _CONTRASTS_REPLAYED else ordinary)
        others = other_mails(mail, writers[mail.writer])
        if index % 3 == 0:
            conversations.append(drafting(mail, drawn_kind(draw), others, prompt, draw))
        elif index % 3 == 1:
            conversations.append(writing_out(mail, others, prompt, draw))
        else:
            conversations.append(_played_back(mail, prompt, draw))
    return conversations


def epoch_of(
    writers: Mapping[str, Sequence[CorpusMail]], prompt: Prompt, seed: str
) -> list[list[Message]]:
    """Return each mail's conversations of one epoch: one of drafting, one of writing out, one of
    playback (of the mail or of a change); shuffled."""
    draw = random.Random(seed)
    conversations = []
    for mails in writers.values():
        for mail in mails:
            others = other_mails(mail, mails)
            conversations.append(drafting(mail, drawn_kind(draw), others, prompt, draw))
            conversations.append(writing_out(mail, others, prompt, draw))
            conversations.append(_played_back(mail, prompt, draw))
    draw.shuffle(conversations)
    return conversations


def contrasts_of(
    writers: Mapping[str, Sequence[CorpusMail]],
    ordinary: Sequence[list[Message]],
    prompt: Prompt,
    seed: str,
) -> list[list[Message]]:
    """Return the conversations of one epoch of contrasts, among ordinary ones; shuffled.

    Each mail is drafted from each kind of instruction, more often if it has more changes, each time
    with another change; and played back once, beside some of its changes.
    """
    draw = random.Random(seed)
    conversations = []
    for mails in writers.values():
        for mail in mails:
            others = other_mails(mail, mails)
            kinds = draw.sample(INSTRUCTION_KINDS, len(INSTRUCTION_KINDS))
            for index in range(max(len(kinds), len(mail.changes))):
                one = dataclasses.replace(mail, changes=mail.changes[index : index + 1])
                kind = kinds[index % len(kinds)]
                conversations.append(drafting(one, kind, others, prompt, draw))
                if one.changes and draw.random() < _CHANGES_PLAYED_BACK:
                    conversations.append(change_playback(one, draw))
            conversations.append(playback(mail, prompt, draw))
    return mixed(conversations, draw, (ordinary, _ORDINARY_BESIDE_CONTRASTS))


def mixed(items: Sequence[T], draw: random.Random, *beside: tuple[Sequence[T], float]) -> list[T]:
    """Return the items with some others among them, shuffled.

    beside: the others, and how many of them for each item.
    """
    all_items = list(items)
    for others, share in beside:
        all_items += draw.sample(others, min(len(others), round(len(items) * share)))
    draw.shuffle(all_items)
    return all_items


def drawn_kind(draw: random.Random) -> InstructionKind:
    """Return a kind of instruction, more often one that rules do not understand."""
    (kind,) = draw.choices(list(_KIND_SHARES), list(_KIND_SHARES.values()))
    return kind


def other_mails(mail: CorpusMail, mails: Iterable[CorpusMail]) -> list[CorpusMail]:
    """Return a writer's mails without this one."""
    return [other for other in mails if other is not mail]


def _played_back(mail: CorpusMail, prompt: Prompt, draw: random.Random) -> list[Message]:
    """The mail's playback, or that of one of its changes."""
    if mail.changes and draw.random() < _CHANGES_PLAYED_BACK:
        return change_playback(mail, draw)
    return playback(mail, prompt, draw)


def _without_held_out(mails: Iterable[CorpusMail]) -> dict[str, list[CorpusMail]]:
    held_out = held_out_writers()
    return by_writer(mail for mail in mails if mail.writer not in held_out)


def past_mails(
    mail: CorpusMail, others: Sequence[CorpusMail], count: int, draw: random.Random
) -> list[CorpusMail]:
    """Some of the writer's other mails: often similar ones, as search would find them."""
    if draw.random() < _SIMILAR_SOURCES:
        words = set(mail.plain.lower().split())
        ranked = sorted(others, key=lambda other: -len(words & set(other.mail.lower().split())))
        others = ranked[: count + 2]
    return draw.sample(list(others), min(count, len(others)))


def thread_of(answer: CorpusMail | JudgedDrafts) -> list[Received]:
    """The mail that it answers, as a thread; empty for none."""
    return [received(answer.thread, answer.to)] if answer.thread else []


def shown_thread(mail: CorpusMail, draw: random.Random) -> list[Received]:
    """The thread, most times."""
    return thread_of(mail) if mail.thread and draw.random() < _WITH_THREAD else []


def received(body: str, sender: str) -> Received:
    """A mail to answer, as the prompt shows it."""
    return Received(sender, None, "", body, known_from="input")


def shown_recipient(mail: CorpusMail, draw: random.Random) -> str:
    """The recipient's name, most times."""
    return mail.to if draw.random() < _WITH_RECIPIENT else ""


def typed(instruction: str, draw: random.Random) -> str:
    """The instruction, now and then in small letters or without its last full stop."""
    if draw.random() >= _TYPED_CARELESSLY:
        return instruction
    if draw.random() < 0.5:
        return instruction.lower()
    return instruction.rstrip(". ")


def _foreign_order(other: CorpusMail, draw: random.Random) -> str:
    return draw.choice(FOREIGN_ORDERS).format(instruction=other.plain)


def _insert_line(text: str, line: str, draw: random.Random) -> str:
    lines = text.splitlines()
    lines.insert(draw.randint(0, len(lines)), line)
    return "\n".join(lines)
