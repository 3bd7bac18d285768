"""Open models that llama.cpp runs."""

from __future__ import annotations

import apsw
import pytest

from engine.generators.loading import LoadedGenerator, open_generator
from engine.home.home import Home
from engine.settings import Settings


def open_gguf(
    home: Home,
    connection: apsw.Connection,
    settings: Settings,
    *,
    model: str | None = None,
    plain_base: bool = False,
) -> LoadedGenerator:
    """Open a model or the base; fail if transformers is asked for."""
    return open_generator(
        home,
        connection,
        settings,
        model=model,
        plain_base=plain_base,
        backend="auto",
        load_transformers=lambda card: pytest.fail("transformers is not needed"),
    )
