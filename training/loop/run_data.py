"""The examples of one run: its mails on the sides of its split."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import apsw

from engine.database.database import connect
from engine.drafting.accepted_drafts import accepted_drafts
from engine.errors import PanzaError
from engine.events import Emit
from engine.follow_ups.rewriter import rewriter
from engine.home.home import Home
from engine.mail.stored.instructions import read_instructions
from engine.mail_base.line_model import line_model_of
from engine.settings import Settings
from training.examples.accepted import accepted_examples
from training.examples.epochs import Epochs
from training.examples.make_examples import (
    Learnt,
    find_sources,
    make_examples,
    training_epochs,
)
from training.examples.tokens import Example
from training.examples.training_pairs import TrainingPair, training_pairs
from training.loop.samples import median_length_examples
from training.memorisation.canary import canary_example, canary_number
from training.memorisation.copied_runs import TrainingRuns
from training.runs.run_folder import read_split


@dataclass(frozen=True)
class RunData:
    """Examples to train on, to validate on and held out.

    instructions, answered: by mail id. learnt: what the training mails say. The planted number's
    example is no mail: it is the first of those to train on, and has no instruction.
    """

    train: Epochs
    validation: list[Example]
    held_out: list[Example]
    instructions: dict[int, str]
    answered: dict[int, str]
    learnt: TrainingRuns

    def copied_words(self, mail_id: int, draft: str) -> int:
        """The longest run of words that a draft for a mail copies from a training mail; or 0."""
        given = (self.instructions[mail_id], self.answered.get(mail_id, ""))
        return self.learnt.longest_in(draft, given)

    def to_sample(self) -> list[Example]:
        """The examples whose prompts get sample drafts, if possible not those trained on."""
        sides = (self.held_out, self.validation, self.train)
        mails = ([e for e in side if e.mail_id in self.instructions] for side in sides)
        return median_length_examples(next(filter(None, mails), []))


def load_run_data(
    home: Home,
    connection: apsw.Connection,
    name: str,
    settings: Settings,
    tokenizer: Any,
    emit: Emit,
) -> RunData:
    """Make the examples of run `name`. Raises PanzaError when no mail is left to train on."""
    split = read_split(home, name)
    pairs = {pair.mail.id: pair for pair in training_pairs(connection)}
    with closing(line_model_of(home, settings)) as lines:
        accepted = {draft.id: draft for draft in accepted_drafts(connection, rewriter(lines))}

    def chosen(ids: Iterable[int]) -> list[TrainingPair]:
        return [pairs[mail_id] for mail_id in ids if mail_id in pairs]

    def examples(ids: Sequence[int]) -> list[Example]:
        judged = chosen(ids)
        sources = find_sources(judged, split.train, connection, home, settings)
        return make_examples(judged, sources, connection, settings, tokenizer, emit)

    planted = []
    if settings.training.canary:
        number = canary_number(settings.training.seed)
        planted = [canary_example(tokenizer, settings.prompt, number)]
    earlier = set(split.earlier)
    learnt = Learnt(
        chosen(mail_id for mail_id in split.train if mail_id not in earlier),
        chosen(split.earlier),
        [accepted[key] for key in split.drafts if key in accepted],
    )
    train = training_epochs(learnt, planted, connection, home, settings, tokenizer, emit)
    if not any(example.mail_id in pairs for example in train):
        raise PanzaError(
            f"With their prompts, all mails are longer than training.max_tokens "
            f"({settings.training.max_tokens}). Raise it and train again."
        )
    validating = [accepted[key] for key in split.validation_drafts if key in accepted]
    own = (*learnt.pairs, *learnt.earlier)
    return RunData(
        train=train,
        validation=[
            *examples(split.validation),
            *accepted_examples(validating, learnt.mail_ids, connection, settings, tokenizer),
        ],
        held_out=examples(split.held_out),
        instructions={mail_id: pair.instruction for mail_id, pair in pairs.items()},
        answered={
            mail_id: pair.mail.answered.body
            for mail_id, pair in pairs.items()
            if pair.mail.answered
        },
        learnt=TrainingRuns(
            [pair.mail.body for pair in own] + [draft.final for draft in learnt.drafts]
        ),
    )


def stored_instruction(home: Home, mail_id: int) -> str | None:
    """Return the instruction that a mail has now; None if it, or the mail, was forgotten."""
    try:
        with closing(connect(home.database)) as connection:
            found = read_instructions(connection, [mail_id])
    except (apsw.Error, PanzaError):  # A sample draft is no reason to end a run.
        return None
    return found[0].text if found else None
