"""Where the command line joins drafting with `training`, which knows adapters and needs torch."""

from __future__ import annotations

from typing import Any

from engine.generators.loading import LoadTransformers
from engine.home import Home
from engine.models import ModelCard
from engine.settings import Settings


def load_transformers(home: Home, settings: Settings) -> LoadTransformers:
    """The loader that the generators take; torch is imported when it is called, not before."""

    def load(card: ModelCard | None) -> tuple[Any, Any]:
        from training.personal_model import load_for_drafting

        return load_for_drafting(home, settings, card)

    return load
