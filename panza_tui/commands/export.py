"""`panza-tui export`: merge a model and write it as a quantised GGUF."""

from __future__ import annotations

from engine import database
from engine.errors import NotReadyError
from engine.models import default_model, read_card
from panza_tui.commands.session import Session
from panza_tui.jobs.steps import draft_with, export_of
from panza_tui.terminal.failures import Interrupted
from panza_tui.terminal.narration import narrated, say


def export(session: Session, name: str | None, quantize: str | None) -> None:
    """Export model `name`, or the default one."""
    home = session.home.prepare()
    settings = session.settings()
    default = default_model(home, database.connect(home.database))
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
        with narrated() as emit:
            path = export_model(home, card.name, quantize, settings, emit)
    except KeyboardInterrupt as interrupt:
        raise Interrupted(
            "Interrupted; the model is kept, and so is an older file of it. "
            f"Begin again with: {export_of(home, card.name)}"
        ) from interrupt
    print(path)
    model = "" if default and card.name == default.name else card.name
    say(f"Checked against the trained model. Next: {draft_with(home, model)}")
