"""Read the state of a home: what exists, what is missing, and the next command to run."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from engine.database import database
from engine.drafting.drafts import count_drafts
from engine.home.home import Home
from engine.mail.stored.instructions import count_instructed
from engine.mail.stored.store import counts
from engine.models.models import ModelCard, default_model, gguf_of, list_models
from panza_tui.jobs.steps import next_step
from panza_tui.jobs.update import accepted_since_training
from training.runs.process import is_running


@dataclass(frozen=True)
class Status:
    """The state of a home. `status --json` prints it, so fields may be added but never renamed.

    accepted_drafts: those that the user accepted since the last training. damaged: names of model
    folders without a readable card. next: the next command to run, or '' to
    wait. next_why: what it is for.
    """

    home: str
    mails: int
    left_out: dict[str, int]
    from_date: int | None
    to_date: int | None
    instructions: int
    indexed: int
    drafts: int
    models: list[dict[str, Any]]
    damaged: list[str]
    default_model: str | None
    next: str
    next_why: str
    accepted_drafts: int


def read_status(home: Home) -> Status:
    """Read the state of a home, without changing anything in it."""
    from engine.retrieval.index import embedding_state

    with closing(database.connect_to_read(home.database)) as connection:
        mails = counts(connection)
        default = default_model(home, connection)
        models = [_model(home, card) for card in list_models(home)]
        step = next_step(home, connection)
        return Status(
            home=str(home.root),
            mails=mails.kept,
            left_out=mails.left_out,
            from_date=mails.first_date,
            to_date=mails.last_date,
            instructions=count_instructed(connection),
            indexed=embedding_state(connection).done,
            drafts=count_drafts(connection),
            models=models,
            damaged=_damaged(home, [model["name"] for model in models]),
            default_model=default.name if default else None,
            next=step.command,
            next_why=step.title,
            accepted_drafts=accepted_since_training(home, connection),
        )


def _model(home: Home, card: ModelCard) -> dict[str, Any]:
    return {
        "name": card.name,
        "base": card.base,
        "method": card.method,
        "state": "running" if is_running(home, card.name) else card.state,
        "created": card.created,
        "gguf": card.gguf if gguf_of(home, card) else None,
        "figures": card.figures,
    }


def _damaged(home: Home, known: Sequence[str]) -> list[str]:
    if not home.models.is_dir():
        return []
    folders = [path.name for path in home.models.iterdir() if path.is_dir()]
    return sorted(set(folders) - set(known))
