"""`panza-tui export`: merge a model and write it as a quantised GGUF."""

from __future__ import annotations

from engine import database
from engine.errors import NotReadyError
from engine.locks import hold
from engine.models import default_model, read_card
from panza_tui.cli import Session
from panza_tui.narration import narrated, say


def export(session: Session, name: str | None, quantize: str | None) -> None:
    """Export model `name`, or the default one."""
    home = session.home.prepare()
    settings = session.settings()
    connection = database.connect(home.database)
    card = read_card(home, name) if name else default_model(home, connection)
    if card is None:
        raise NotReadyError("There is no trained model yet; run 'panza-tui train' first.")
    if card.state != "finished":
        raise NotReadyError(
            f"The training of '{card.name}' is not finished; "
            f"go on with 'panza-tui train --resume {card.name}'."
        )
    from training.export.run import export_model

    with (
        hold(home.model(card.name) / "run.lock", f"panza-tui export {card.name}"),
        narrated() as emit,
    ):
        path = export_model(home, card.name, quantize, settings, emit)
    print(path)
    say('Checked against the trained model. Next: panza-tui --ask "..."')
