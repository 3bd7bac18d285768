"""Make an updated model the default one, if it got better than the model that it goes on from."""

from __future__ import annotations

from contextlib import closing

import apsw

from engine import events
from engine.database import database
from engine.errors import PanzaError
from engine.events import Emit
from engine.home.home import Home
from engine.models.model_names import name_now
from engine.models.models import (
    IS_BETTER,
    UPDATED_FROM,
    ModelCard,
    choose_default,
    default_model,
    gguf_of,
    read_card,
)
from engine.settings import Settings
from training.export.run import export_model


def adopt(home: Home, card: ModelCard, settings: Settings, emit: Emit) -> None:
    """Let a finished update take the place of its predecessor, where that is the default model.

    If the predecessor is exported, so is the update first, with the same quantisation; if that
    fails, a warning is emitted and the default stays.
    """
    with closing(database.connect(home.database)) as connection:
        default = default_model(home, connection)
        if not card.data.get(IS_BETTER) or not default:
            return
        if default.name != name_now(home, connection, card.data[UPDATED_FROM]):
            return
        if gguf_of(home, default):
            kind = default.gguf.removesuffix(".gguf").rpartition("-")[2]
            try:
                export_model(home, card.name, kind, settings, events.silent)
            except PanzaError as error:
                emit(
                    events.Warn(
                        f"'{default.name}' stays the default model, as '{card.name}' could not be "
                        f"exported: {error}"
                    )
                )
                return
        choose_default(home, connection, card.name)


def predecessor(home: Home, connection: apsw.Connection, card: ModelCard) -> ModelCard | None:
    """Return the model that a run updates, by whatever name; None if it updates none.

    Raises PanzaError if that model is gone, also if another one has its name now.
    """
    name = card.data.get(UPDATED_FROM)
    if not name:
        return None
    now = name_now(home, connection, name)
    before = read_card(home, now) if home.model(now).is_dir() else None
    if before is None or before.created > card.created:
        raise PanzaError(
            f"The model '{name}', which '{card.name}' goes on from, is gone; train a new model."
        )
    return before
