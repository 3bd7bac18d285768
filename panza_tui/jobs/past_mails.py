"""How many past mails an evaluated model is shown; older models' number is chosen now."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Sequence

from engine.errors import PanzaError
from engine.home.home import Home
from engine.models.models import ModelCard, chosen_sources
from engine.retrieval.shown_sources import shown_sources
from engine.settings import Settings
from panza_tui.jobs.generators import load_transformers
from training.cards import write_card
from training.runs.past_mails import losses_with_past_mails, with_number


def with_choice(home: Home, settings: Settings, card: ModelCard | None) -> ModelCard | None:
    """Return the card with the number of past mails for its model, which is chosen if it has none.

    It is also written to the home, if that can be written.
    """
    if card is None or settings.retrieval.sources != "auto" or chosen_sources(card) is not None:
        return card
    from training.loop.past_mail_losses import losses_by_past_mails

    load = load_transformers(home, settings)
    losses = losses_by_past_mails(home, card, settings, lambda: load(card))
    if not losses:
        return card
    card = with_number(card, losses)
    with contextlib.suppress(PanzaError):
        write_card(home, card)
    return card


def evaluated_ways(settings: Settings, card: ModelCard | None) -> tuple[Settings, Sequence[bool]]:
    """Return the settings with a number of past mails, and whether to show any: the usual first.

    If none is best, one is compared with none; if the settings say 0, none is ever shown.
    """
    count = shown_sources(settings, chosen_sources(card))
    is_auto = settings.retrieval.sources == "auto"
    retrieval = dataclasses.replace(settings.retrieval, sources=max(count, 1) if is_auto else count)
    ways = (True, False) if count else (False, True) if is_auto else (False,)
    return dataclasses.replace(settings, retrieval=retrieval), ways


def past_mails_note(settings: Settings, card: ModelCard | None) -> list[str]:
    """Return a sentence on the number that was chosen for a model, if it is used."""
    count = chosen_sources(card)
    if card is None or count is None or settings.retrieval.sources != "auto":
        return []
    losses = losses_with_past_mails(card)
    tried = ", ".join(f"{loss:.3f} with {number}" for number, loss in losses.items())
    return [
        f"Past mails shown: {count} at most, chosen on the validation mails (loss {tried}); "
        "retrieval.sources sets another number."
    ]
