"""Evaluation: the base and the personal model judged on the same held-out mails."""

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
from training.evaluate import evaluate as judge
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
    """Judge model `name`, or the default one, and its base.

    pairs: a file of pairs to judge on (training.evaluation_pairs); default: the mails that the
    model's run held out. limit: at most so many of them. Raises NotReadyError when there is no
    finished model, UsageError for a file without pairs, PanzaError when no mails were held out.
    """
    with closing(database.connect(home.database)) as connection:
        card = read_card(home, name) if name else default_model(home, connection)
        if card is None or card.state != "finished":
            raise NotReadyError("There is no finished model yet; run 'panza-tui train' first.")
        # Everything is judged as drafts on this model's base, whatever base the settings name now.
        settings = dataclasses.replace(
            settings, model=dataclasses.replace(settings.model, base=card.base)
        )
        judged = read_pairs(pairs) if pairs else held_out_pairs(home, connection, card)
        judged = judged[:limit]
        base = _contender("base", None, home, connection, settings)
        personal = _contender(card.method, card, home, connection, settings)
        with closing(base.open()) as counter:
            prompts = build_prompts(judged, card, home, connection, settings, counter.count_tokens)
        rows, drafts = judge(judged, prompts, [base, personal], settings, emit)
    split = f"pairs:{pairs.name}" if pairs else "held_out:playback"
    return Report(card.name, card.base, split, len(judged), rows, drafts)


def _contender(
    method: str,
    card: ModelCard | None,
    home: Home,
    connection: apsw.Connection,
    settings: Settings,
) -> Contender:
    """The model of a card, or for None the base of the settings."""
    model = card.name if card else None
    load = load_transformers(home, settings)
    return Contender(
        method,
        lambda: (
            open_model(home, connection, settings, model=model, plain_base=card is None).generator
        ),
        lambda: load(card),
    )
