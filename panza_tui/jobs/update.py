"""When to offer an update of the default model, and how it turned out."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.drafting.accepted_drafts import accepted_ids
from engine.errors import PanzaError
from engine.home.home import Home
from engine.models.models import IS_BETTER, UPDATED_FROM, ModelCard, default_model, list_models
from panza_tui.jobs.background import start_job
from panza_tui.jobs.runs import running_model
from training.runs.run_folder import NotResumableError, read_split

if TYPE_CHECKING:
    import apsw

OFFERED_AT = 20
"""Accepted drafts since the last training, from which on an update is offered."""

_SECONDS_BETWEEN_LOOKS = 0.2


@dataclass(frozen=True)
class UpdateOffer:
    """The model to update, and how many drafts were accepted since the last training."""

    model: str
    drafts: int


def accepted_since_training(home: Home, connection: apsw.Connection) -> int:
    """Return how many accepted drafts no finished training has seen."""
    unseen = accepted_ids(connection)
    if unseen:
        for card in list_models(home):
            if card.state == "finished":
                seen = _drafts_of(home, card)
                # A draft that is newer than the model has the number of one that was deleted.
                unseen = {
                    key: created
                    for key, created in unseen.items()
                    if key not in seen or created > card.created
                }
    return len(unseen)


def update_offer(home: Home, connection: apsw.Connection) -> UpdateOffer | None:
    """Return the update to offer; None before enough drafts, or while a model is trained."""
    if len(accepted_ids(connection)) < OFFERED_AT:  # Quick; this is asked before each draft.
        return None
    accepted = accepted_since_training(home, connection)
    if accepted < OFFERED_AT or running_model(home) is not None:
        return None
    default = default_model(home, connection)
    return UpdateOffer(default.name, accepted) if default else None


def start_update(home: Home, config: Path | None, model: str) -> None:
    """Start `panza-tui train --update MODEL` in the background, and wait until its run has begun.

    Raises PanzaError with the command's error if it ends before that.
    """
    job = start_job(home, config, "train", ["train", "--update", model])
    while job.is_running and running_model(home) is None:
        time.sleep(_SECONDS_BETWEEN_LOOKS)
    if error := job.error():
        raise PanzaError(error)


def update_line(card: ModelCard, *, is_default: bool) -> str:
    """Say whether a finished update got better than the model that it goes on from."""
    before, figures = card.data[UPDATED_FROM], card.figures
    if IS_BETTER not in card.data:
        return (
            f"No mails were held out, so it can't be told whether '{card.name}' is better than "
            f"'{before}'. Choose it on the models screen (F5) if its drafts are."
        )
    losses = f"loss {figures['judged_loss_before']:.3f} -> {figures['judged_loss']:.3f}"
    if not card.data[IS_BETTER]:
        return (
            f"'{card.name}' is no better than '{before}' on the mails that neither learnt "
            f"({losses}), so the default model stays as it was."
        )
    better = f"'{card.name}' is better than '{before}' on the mails that neither learnt ({losses})"
    if is_default:
        return f"{better}, and is the default model now. '{before}' is kept: F5 has it back."
    return f"{better}. The default model stays as it was; F5 changes it."


def _drafts_of(home: Home, card: ModelCard) -> set[int]:
    """The accepted drafts that a model learnt or set aside."""
    try:
        return set(read_split(home, card.name).sides_of_drafts())
    except NotResumableError:
        return set()
