"""Make examples of training pairs, each with the context that its prompt shows."""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import apsw

from engine import events
from engine.drafting.accepted_drafts import AcceptedDraft
from engine.events import Emit
from engine.home.home import Home
from engine.mail.own_words.language import guess_language
from engine.mail.stored.people import own_name
from engine.prompt.prompt import build_prompt, write_this
from engine.retrieval.shown_sources import shown_sources
from engine.settings import Settings
from training.corpus.conversations import replay, said_in
from training.corpus.judged_sets import right_drafts
from training.corpus.roughening import roughened
from training.examples.accepted import accepted_examples
from training.examples.epochs import Epochs
from training.examples.tokens import Example, build_conversation, build_example
from training.examples.training_pairs import TrainingPair

Sources = Mapping[int, Sequence[str]]
"""Mail id -> bodies of similar past mails."""

_DIFFERENT_EPOCHS = 8
"""After so many, a run begins again with the examples of the first."""

_REPLAYED_MAIL = -1
"""The mail id of examples from the written corpus."""

_JUDGED_SHARE = 0.3
"""Share of judged drafts among the examples from the written corpus. Chosen by hand."""

_WRITTEN_OUT, _FROM_INSTRUCTIONS = 0.4, 0.5
"""Share of a mail's examples that write out what it says, and of these from an instruction."""

_FEWEST_REPEATED = 32
"""Of the mails that an updated model learnt before, in each epoch; chosen by hand."""


@dataclass(frozen=True)
class Learnt:
    """What a run learns from: mails with their instructions, and accepted drafts.

    earlier: mails that the model which is updated has learnt already; each epoch repeats some.
    """

    pairs: Sequence[TrainingPair]
    earlier: Sequence[TrainingPair] = ()
    drafts: Sequence[AcceptedDraft] = ()

    @property
    def mail_ids(self) -> frozenset[int]:
        """The mails that may be shown as past mails."""
        return frozenset(pair.mail.id for pair in (*self.pairs, *self.earlier))

    def mails_of(self, epoch: int, settings: Settings) -> list[TrainingPair]:
        """The mails of one epoch: all new ones, and of the earlier ones as many as there is new."""
        new = len(self.pairs) + len(self.drafts)
        count = min(len(self.earlier), max(new, _FEWEST_REPEATED))
        draw = random.Random(f"{settings.training.seed}/earlier/{epoch}")
        return [*draw.sample(list(self.earlier), count), *self.pairs]


def training_epochs(
    learnt: Learnt,
    planted: Sequence[Example],
    connection: apsw.Connection,
    home: Home,
    settings: Settings,
    tokenizer: Any,
    emit: Emit,
) -> Epochs:
    """Make the examples of all epochs: planted ones, some of the written corpus, drafts and mails.

    The mails come last, as RoSA's masks are made from the last examples. What an example shows and
    the form of its instruction differ from epoch to epoch.
    """
    training = settings.training
    mails = [
        learnt.mails_of(epoch, settings) for epoch in range(min(training.epochs, _DIFFERENT_EPOCHS))
    ]
    shown = list({pair.mail.id: pair for pairs in mails for pair in pairs}.values())
    sources = find_sources(shown, learnt.mail_ids, connection, home, settings)
    epochs = []
    for epoch, pairs in enumerate(mails):
        warn = emit if epoch == 0 else events.silent
        own = [
            *accepted_examples(
                learnt.drafts, learnt.mail_ids, connection, settings, tokenizer, epoch=epoch
            ),
            *make_examples(pairs, sources, connection, settings, tokenizer, warn, epoch=epoch),
        ]
        replayed = round(len(own) * training.replay_share / (1 - training.replay_share))
        judged, seed = round(replayed * _JUDGED_SHARE), f"{training.seed}/{epoch}"
        conversations = [
            *replay(replayed - judged, settings.prompt, seed),
            *right_drafts(judged, settings.prompt, seed),
        ]
        others = [
            build_conversation(tokenizer, conversation, mail_id=_REPLAYED_MAIL)
            for conversation in conversations
        ]
        fitting = [other for other in others if len(other.token_ids) <= training.max_tokens]
        epochs.append([*planted, *fitting, *own])
    return Epochs(epochs)


def make_examples(
    pairs: Sequence[TrainingPair],
    sources: Sources,
    connection: apsw.Connection,
    settings: Settings,
    tokenizer: Any,
    emit: Emit,
    *,
    epoch: int | None = None,
) -> list[Example]:
    """Make one example per mail, in order, with the prompt that drafting would build.

    sources: of `find_sources`. epoch: None for evaluation, with the mails' first instructions. A
    share of the examples name the recipient and a share show sources, since users do not always
    name one and not every draft has sources. Which ones depends on the seed, the mail and the
    epoch.
    """
    name = own_name(connection, settings.user)
    examples = []
    for pair in pairs:
        mail = pair.mail
        shows = _draw(settings, pair, "sources", epoch).random() < settings.training.retrieval_share
        recipient = _recipient(settings, pair, epoch)
        text = _text_to_write_out(settings, pair, name, recipient, epoch)
        messages = build_prompt(
            write_this(text) if text else _instruction(settings, pair, epoch),
            prompt=settings.prompt,
            user_name=name,
            recipient=recipient,
            thread=[mail.answered] if mail.answered and not text else [],
            sources=sources.get(mail.id, []) if shows else [],
        )
        example = build_example(
            tokenizer,
            messages,
            mail.body,
            max_tokens=settings.training.max_tokens,
            mail_id=mail.id,
        )
        if example is not None:
            examples.append(example)
    if len(examples) < len(pairs):
        emit(
            events.Warn(
                f"{len(pairs) - len(examples)} of {len(pairs)} mails were left out: the context "
                f"alone fills training.max_tokens ({settings.training.max_tokens})."
            )
        )
    return examples


def find_sources(
    pairs: Sequence[TrainingPair],
    learnt: Collection[int],
    connection: apsw.Connection,
    home: Home,
    settings: Settings,
) -> Sources:
    """Find similar past mails for each pair. learnt: the training mails; only those are shown."""
    most = shown_sources(settings)
    if not most or not settings.training.retrieval_share:
        return {}
    from engine.retrieval.neighbours import similar_bodies

    return {
        pair.mail.id: similar_bodies(
            connection,
            home,
            pair.mail.id,
            pair.instruction,
            most,
            allowed=learnt,
            recipient=_recipient(settings, pair, None),
            min_similarity=settings.retrieval.min_similarity,
        )
        for pair in pairs
    }


def _instruction(settings: Settings, pair: TrainingPair, epoch: int | None) -> str:
    if epoch is None:
        return pair.instruction
    return _draw(settings, pair, "instruction", epoch).choice((pair.instruction, *pair.others))


def _text_to_write_out(
    settings: Settings, pair: TrainingPair, name: str, recipient: str, epoch: int | None
) -> str:
    """Return what the mail says, for a share of the examples; '' where it is instructed.

    That is what its instruction says, if it is understood, or the mail as it is typed in a hurry.
    """
    draw = _draw(settings, pair, "written out", epoch)
    if epoch is None or draw.random() >= _WRITTEN_OUT:
        return ""
    body = pair.mail.body
    said = ""
    if draw.random() < _FROM_INSTRUCTIONS:
        said = said_in(_instruction(settings, pair, epoch), to=recipient, name=name)
    return said or roughened(body, guess_language(body), draw)


def _recipient(settings: Settings, pair: TrainingPair, epoch: int | None) -> str:
    """The recipient's name, where the example names it."""
    draw = _draw(settings, pair, "recipient", epoch)
    recipients = pair.mail.recipients
    named = draw.random() < settings.training.recipient_share
    return recipients[0][0] if named and recipients else ""


def _draw(settings: Settings, pair: TrainingPair, what: str, epoch: int | None) -> random.Random:
    return random.Random(f"{settings.training.seed}/{what}/{pair.mail.id}/{epoch}")
