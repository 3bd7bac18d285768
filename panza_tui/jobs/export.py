"""Export: a trained model merged and written as a quantised GGUF."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from engine import database
from engine.errors import Interrupted, NotReadyError
from engine.events import Emit
from engine.home import Home
from engine.models import default_model, read_card
from engine.settings import Settings
from panza_tui.jobs.steps import export_of


@dataclass(frozen=True)
class Exported:
    """The file that was written, and whether its model drafts by default."""

    path: Path
    model: str
    is_default: bool


def export(
    home: Home,
    settings: Settings,
    emit: Emit,
    *,
    name: str | None = None,
    quantize: str | None = None,
) -> Exported:
    """Export model `name`, or the default one. quantize: default: the setting.

    Raises Interrupted on Ctrl-C, NotReadyError when there is no trained model, PanzaError as
    export_model does.
    """
    with closing(database.connect(home.database)) as connection:
        default = default_model(home, connection)
    card = read_card(home, name) if name else default
    if card is None:
        raise NotReadyError("There is no trained model yet; run 'panza-tui train' first.")
    if card.state != "finished":
        raise NotReadyError(
            f"The training of '{card.name}' is not finished; "
            f"go on with 'panza-tui train --resume {card.name}'."
        )
    from training.export.run import export_model

    try:
        path = export_model(home, card.name, quantize, settings, emit)
    except KeyboardInterrupt as interrupt:
        raise Interrupted(
            "Interrupted; the model is kept, and so is an older file of it. "
            f"Begin again with: {export_of(home, card.name)}"
        ) from interrupt
    return Exported(path, card.name, default is not None and default.name == card.name)
