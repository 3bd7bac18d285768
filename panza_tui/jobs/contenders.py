"""The models that an evaluation compares: bases, and the trained models of a home."""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import apsw

from engine.encryption.stored import readable
from engine.generators.loading import identify_model
from engine.home.home import Home
from engine.mail_base import MAIL_BASE
from engine.models.models import ModelCard, list_models, trained_weights
from engine.models.packaged import EMBEDDED_BASE
from engine.settings import Settings
from panza_tui.jobs.generators import load_transformers, open_model
from training.evaluation.contenders import Contender

_ORDER = ("lora", "rosa", "full")


def compared_models(home: Home, card: ModelCard) -> list[ModelCard]:
    """The finished models on the same base as `card`, by method, without `card` itself."""
    others = (
        other
        for other in list_models(home)
        if other.state == "finished" and other.base == card.base and other.name != card.name
    )
    return sorted(others, key=lambda other: _ORDER.index(other.method))


def contenders(
    home: Home,
    connection: apsw.Connection,
    settings: Settings,
    cards: Sequence[ModelCard],
) -> list[Contender]:
    """The settings' base, then the model of each card. Raises NotReadyError if one is missing.

    Before the mail base comes the model that it was made of.
    """
    methods = Counter(card.method for card in cards)
    # A base never saw the planted number: its exposure is what the model's is compared with.
    canary = _canary(cards[-1]) if cards else None
    bases = {"base": settings}
    if settings.model.base == MAIL_BASE:
        plain = dataclasses.replace(settings.model, base=EMBEDDED_BASE)
        bases = {"base": dataclasses.replace(settings, model=plain), "mail base": settings}
    compared = [
        _contender(label, None, home, connection, its_settings, canary)
        for label, its_settings in bases.items()
    ]
    personal = (
        _contender(
            card.method if methods[card.method] == 1 else f"{card.method} {card.name}",
            card,
            home,
            connection,
            settings,
            _canary(card),
        )
        for card in cards
    )
    return [*compared, *personal]


def _contender(
    label: str,
    card: ModelCard | None,
    home: Home,
    connection: apsw.Connection,
    settings: Settings,
    canary: int | None,
) -> Contender:
    """Return how to load the model of a card, or the base model in the settings for None."""
    model = card.name if card else None
    load = load_transformers(home, settings)

    def identity(backend: str) -> dict[str, Any]:
        found = identify_model(
            home, connection, settings, model=model, plain_base=card is None, backend=backend
        )
        return dataclasses.asdict(found)

    return Contender(
        label,
        model or settings.model.base,
        card.method if card else label,
        [identity(settings.drafting.backend), identity("transformers")],
        lambda: open_model(home, connection, settings, model=model, plain_base=card is None),
        lambda: load(card),
        _count_weights(trained_weights(home, card)) if card else 0,
        canary,
    )


def _count_weights(folder: Path) -> int:
    """How many weights a folder's safetensors hold; a mask's indices are not weights."""
    from safetensors import safe_open

    count = 0
    for stored in folder.glob("*.safetensors"):
        with readable(stored) as path, safe_open(path, framework="np") as file:
            tensors = [file.get_slice(name) for name in file.keys()]  # noqa: SIM118
            floats = (part for part in tensors if part.get_dtype() in ("F32", "F16", "BF16"))
            count += sum(math.prod(part.get_shape()) for part in floats)
    return count


def _canary(card: ModelCard) -> int | None:
    training = card.settings.get("training", {})
    return training.get("seed", 0) if training.get("canary") else None
