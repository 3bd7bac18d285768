"""A run that goes on from a trained model, with what is new since its training."""

from __future__ import annotations

import dataclasses
import re
import time
from dataclasses import dataclass

import apsw

from engine.drafting.accepted_drafts import accepted_drafts
from engine.errors import NotReadyError, PanzaError, UsageError
from engine.home.home import Home
from engine.models import model_names
from engine.models.models import (
    BASE_FINGERPRINT,
    PLAYBACK,
    UPDATED_FROM,
    ModelCard,
    read_card,
    trained_weights,
)
from engine.settings import Settings, as_toml_values, from_toml_values
from training.examples.draft_split import find_copies, sides_of_copies, split_drafts
from training.examples.split import Split, split_further
from training.examples.training_pairs import TrainingPair, training_pairs
from training.runs.run_folder import data_of, free_name, make_folder, read_split

_RATE_SHARE = 0.5
"""Of the learning rates: the model has learnt most already, and is not to lose it."""


@dataclass(frozen=True)
class Update:
    """What an update of the model `before` learns from. settings: of its run."""

    before: ModelCard
    settings: Settings
    pairs: list[TrainingPair]
    split: Split
    new_mails: int
    new_drafts: int


def check_update(
    home: Home, connection: apsw.Connection, settings: Settings, before: str, name: str | None
) -> Update:
    """Return what an update of the model `before` would learn from.

    name: of the new model; None for one that is free. Raises NotReadyError if there is no such
    finished model, or nothing new, and UsageError for a name that is taken.
    """
    card = read_card(home, before)
    if card.state != "finished":
        raise NotReadyError(
            f"The training of '{before}' is not finished, so there is nothing to update; "
            f"run 'panza-tui train --resume {before}'."
        )
    if not trained_weights(home, card).is_dir():
        raise PanzaError(
            f"What '{before}' learnt is not in {trained_weights(home, card)} any more, so it can't "
            "be updated; train a new model with 'panza-tui train'."
        )
    if name and (home.model(name) / "card.toml").exists():
        raise UsageError(f"There is a model '{name}' already; choose another --name.")
    earlier = read_split(home, before)
    pairs = training_pairs(connection)
    mails = [pair.mail for pair in pairs]
    drafts = accepted_drafts(connection)
    copies = find_copies(drafts, mails)
    training = settings.training
    split = split_further(
        earlier, mails, training.held_out, training.validation, sides_of_copies(earlier, copies)
    )
    split = split_drafts(split, drafts, copies, training.validation)
    new_mails = len(split.train) - len(split.earlier)
    new_drafts = len(split.drafts) - len(earlier.drafts)
    if not new_mails and not new_drafts:
        raise NotReadyError(
            f"There is nothing new to learn since '{before}' was trained: no mail with an "
            "instruction, and no accepted draft. Import newer mails and run 'panza-tui playback', "
            "or accept drafts in the app."
        )
    return Update(card, _settings_of(card, settings), pairs, split, new_mails, new_drafts)


def create_update(
    home: Home,
    connection: apsw.Connection,
    settings: Settings,
    before: str,
    *,
    name: str | None = None,
    max_steps: int | None = None,
) -> ModelCard:
    """Make the folder of a run that updates the model `before`, which is kept as it is.

    name: default: that of `before`, numbered. Raises what check_update raises.
    """
    update = check_update(home, connection, settings, before, name)
    old, split = update.before, update.split
    card = ModelCard(
        name=name or free_name(home, _stem(old)),
        base=old.base,
        method=old.method,
        created=int(time.time()),
        state="started",
        data=data_of(connection, update.pairs, split)
        | {
            UPDATED_FROM: old.name,
            BASE_FINGERPRINT: old.data.get(BASE_FINGERPRINT, ""),
            "new_mails": update.new_mails,
            "new_drafts": update.new_drafts,
            "max_steps": max_steps or 0,
            PLAYBACK: update.settings.training.replay_share > 0,
        },
        settings=as_toml_values(update.settings),
    )
    model_names.free(home, connection, card.name)
    make_folder(home, card, split)
    return card


def _settings_of(before: ModelCard, settings: Settings) -> Settings:
    """The settings of an update: those of now, with the adapter of the model that it goes on from.

    Raises PanzaError if that model's card has settings that are not valid any more.
    """
    training = settings.training
    return dataclasses.replace(
        settings,
        model=dataclasses.replace(settings.model, base=before.base),
        rosa=from_toml_values(before.settings, f"the card of '{before.name}'").rosa,
        training=dataclasses.replace(
            training,
            learning_rate=training.learning_rate * _RATE_SHARE,
            sparse_learning_rate=training.sparse_learning_rate * _RATE_SHARE,
        ),
    )


def _stem(card: ModelCard) -> str:
    """A model's name without the number that an update gave it."""
    return re.sub(r"-\d+$", "", card.name) if card.data.get(UPDATED_FROM) else card.name
