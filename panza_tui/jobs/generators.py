"""Load a model to draft with; connects the engine with `training`, which needs torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.home.home import Home
from engine.models.models import ModelCard
from engine.settings import Settings

if TYPE_CHECKING:
    import apsw

    from engine.generators.loading import LoadedGenerator, LoadTransformers


def load_transformers(home: Home, settings: Settings) -> LoadTransformers:
    """Return the loader for the transformers backend; it imports torch when it is called."""

    def load(card: ModelCard | None) -> tuple[Any, Any]:
        from training.personal_model import load_for_drafting

        return load_for_drafting(home, settings, card)

    return load


def open_model(
    home: Home,
    connection: apsw.Connection,
    settings: Settings,
    *,
    model: str | None = None,
    plain_base: bool = False,
    backend: str = "",
) -> LoadedGenerator:
    """Load a trained model (None: the default one), or with `plain_base` the settings' base model.

    backend: '' for drafting.backend. Raises NotReadyError if there is no such model.
    """
    from engine.generators.loading import open_generator

    return open_generator(
        home,
        connection,
        settings,
        model=model,
        plain_base=plain_base,
        backend=backend or settings.drafting.backend,
        load_transformers=load_transformers(home, settings),
    )
