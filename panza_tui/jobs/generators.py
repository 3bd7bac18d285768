"""Loading a model to draft with: joins the engine with `training`, which needs torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.home import Home
from engine.models import ModelCard
from engine.settings import Settings

if TYPE_CHECKING:
    import apsw

    from engine.generators.loading import LoadedGenerator, LoadTransformers


def load_transformers(home: Home, settings: Settings) -> LoadTransformers:
    """The loader that generators are given; torch is imported when it is called, not before."""

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
    """Load model `model`, the default one for None, or with `plain_base` the settings' base.

    backend: as drafting.backend, which is the default. Raises NotReadyError when there is none.
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
