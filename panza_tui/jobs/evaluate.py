"""Evaluate a personal model and its base on the same held-out mails."""

from __future__ import annotations

import dataclasses
from contextlib import closing
from pathlib import Path

import apsw

from engine import database
from engine.errors import NotReadyError
from engine.events import Emit
from engine.home import Home
from engine.models import ModelCard, default_model, read_card
from engine.settings import Settings
from panza_tui.jobs.generators import load_transformers, open_model
from training.evaluate import Contender, Report
from training.evaluate import evaluate as compare
from training.evaluation_pairs import build_prompts, held_out_pairs, read_pairs


def evaluate(
    home: Home,
    settings: Settings,
    emit: Emit,
    *,
    name: str | None = None,
    pairs: Path | None = None,
    limit: int | None = None,
) -> Report:
    """Evaluate model `name`, or the default one, and its base.

    pairs: a file of pairs to evaluate on (training.evaluation_pairs); default: the mails that the
    model's run held out. limit: the maximum number of them. Raises NotReadyError if there is no
    finished model, UsageError for a file without pairs, PanzaError if no mails were held out.
    """
    with closing(database.connect_to_read(home.database)) as connection:
        card = read_card(home, name) if name else default_model(home, connection)
        if card is None or card.state != "finished":
            raise NotReadyError("There is no finished model yet; run 'panza-tui train' first.")
        # Both are evaluated on this model's base, even if the settings name another one now.
        settings = dataclasses.replace(
            settings, model=dataclasses.replace(settings.model, base=card.base)
        )
        evaluated = read_pairs(pairs) if pairs else held_out_pairs(home, connection, card)
        evaluated = evaluated[:limit]
        base = _contender("base", None, home, connection, settings)
        personal = _contender(card.method, card, home, connection, settings)
        with closing(base.open()) as counter:
            prompts = build_prompts(
                evaluated, card, home, connection, settings, counter.count_tokens
            )
        rows, drafts = compare(evaluated, prompts, [base, personal], settings, emit)
    split = f"pairs:{pairs.name}" if pairs else "held_out:playback"
    return Report(card.name, card.base, split, len(evaluated), rows, drafts)


def _contender(
    method: str,
    card: ModelCard | None,
    home: Home,
    connection: apsw.Connection,
    settings: Settings,
) -> Contender:
    """Return how to load the model of a card, or the base model in the settings for None."""
    model = card.name if card else None
    load = load_transformers(home, settings)
    return Contender(
        method,
        lambda: (
            open_model(home, connection, settings, model=model, plain_base=card is None).generator
        ),
        lambda: load(card),
    )
