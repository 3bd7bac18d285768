"""Write a model's card, `models/<name>/card.toml`, atomically."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomlkit

from engine.disk import durable
from engine.encryption.stored import write_file
from engine.errors import PanzaError
from engine.home.home import Home
from engine.models.models import ModelCard


def write_card(home: Home, card: ModelCard) -> Path:
    """Write the card that `engine.models.models.read_card` reads, and return its path.

    TOML has no null, so keys whose value is None are left out. Raises PanzaError when it can't be
    written; the older card is kept then.
    """
    path = home.model(card.name) / "card.toml"
    text = tomlkit.dumps(_without_none(dataclasses.asdict(card)))
    try:
        durable.make_folder(path.parent)
        write_file(path, text.encode())
    except OSError as error:
        raise PanzaError(
            f"The card of model '{card.name}' can't be written ({error.strerror}); "
            "the older one was kept. Make room, then try again."
        ) from error
    return path


def _without_none(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_without_none(item) for item in value if item is not None]
    return value
