"""How many past mails a prompt shows at most."""

from __future__ import annotations

from engine.settings import Settings

USUAL_SOURCES = 1
"""For models without a number of their own."""


def shown_sources(settings: Settings, chosen: int | None = None) -> int:
    """Return the number in the settings, or for "auto" the one that was chosen for the model.

    chosen: of the model's card; None if it has none.
    """
    wanted = settings.retrieval.sources
    if wanted != "auto":
        return wanted
    return USUAL_SOURCES if chosen is None else chosen
