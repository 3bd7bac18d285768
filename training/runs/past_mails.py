"""Which past mails a model may be shown, and the number that was chosen for it by its losses."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import apsw

from engine.database.rows import each_row
from engine.home.home import Home
from engine.models.models import SOURCES, ModelCard
from training.runs.run_folder import read_split

MOST_SOURCES = 3

_AS_GOOD = 1.005
"""Losses up to this multiple of the lowest count as equal, and the fewest past mails are taken."""

_LOSS_WITH = "loss_with_{}_past_mails"
"""The figure on a card."""


def fewest_as_good(losses: Sequence[float]) -> int:
    """Return the lowest number of past mails whose loss is about as low as the lowest.

    losses: nats per token with 0, 1, ... past mails at most.
    """
    return next(count for count, loss in enumerate(losses) if loss <= min(losses) * _AS_GOOD)


def with_number(card: ModelCard, losses: Sequence[float]) -> ModelCard:
    """Return the card with the number for these losses; without any, the card as it is."""
    if not losses:
        return card
    return dataclasses.replace(
        card,
        data=card.data | {SOURCES: fewest_as_good(losses)},
        figures=card.figures | {_LOSS_WITH.format(n): loss for n, loss in enumerate(losses)},
    )


def losses_with_past_mails(card: ModelCard) -> dict[int, float]:
    """Return number of past mails -> loss, from a model's card."""
    names = {number: _LOSS_WITH.format(number) for number in range(MOST_SOURCES + 1)}
    return {n: card.figures[name] for n, name in names.items() if name in card.figures}


def hidden_mails(home: Home, connection: apsw.Connection, card: ModelCard | None) -> frozenset[int]:
    """The ids of the mails that no prompt shows: all that the model was not trained on.

    Without a model any mail may be shown.
    """
    if card is None:
        return frozenset()
    learnt = set(read_split(home, card.name).train)
    return frozenset(key for (key,) in each_row(connection, "SELECT id FROM mails")) - learnt
