"""Export a trained model: merge it, and write it as a quantised GGUF."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from engine.database import database
from engine.encryption.stored import is_encrypted
from engine.errors import Interrupted, NotReadyError, UsageError
from engine.events import Emit
from engine.home.home import Home
from engine.mail.stored.people import own_name
from engine.models.models import default_model, read_card
from engine.prompt.prompt import system_text
from engine.settings import Settings
from panza_tui.jobs.steps import export_command


@dataclass(frozen=True)
class Exported:
    """What was written. is_default: whether its model is the default one. modelfile: for Ollama."""

    path: Path
    model: str
    is_default: bool
    modelfile: Path | None = None


def export(
    home: Home,
    settings: Settings,
    emit: Emit,
    *,
    name: str | None = None,
    quantize: str | None = None,
    for_ollama: bool = False,
) -> Exported:
    """Export model `name`, or the default one.

    quantize: None for that in the settings. for_ollama: write a Modelfile, too. Raises Interrupted
    on Ctrl-C, NotReadyError if there is no trained model, and what export_model and write_modelfile
    raise.
    """
    if for_ollama and is_encrypted(home.database):
        raise UsageError(
            "Ollama can't read a model in an encrypted home, so --ollama writes no Modelfile "
            "there; nothing was written. Let other programs ask panza-tui serve instead."
        )
    with closing(database.connect_to_read(home.database)) as connection:
        default = default_model(home, connection)
        user_name = own_name(connection, settings.user)
    card = read_card(home, name) if name else default
    if card is None:
        raise NotReadyError("There is no trained model yet; run 'panza-tui train' first.")
    if card.state != "finished":
        raise NotReadyError(
            f"The training of '{card.name}' is not finished; "
            f"resume it with 'panza-tui train --resume {card.name}'."
        )
    from training.export.run import export_model

    try:
        path = export_model(home, card.name, quantize, settings, emit)
    except KeyboardInterrupt as interrupt:
        raise Interrupted(
            "Interrupted; the model is kept, and so is an older GGUF of it. "
            f"Start again with: {export_command(home, card.name)}"
        ) from interrupt
    modelfile = None
    if for_ollama:
        from training.export.ollama import write_modelfile

        system = system_text(settings.prompt.preamble, user_name)
        modelfile = write_modelfile(path, name=card.name, system=system, drafting=settings.drafting)
    is_default = default is not None and default.name == card.name
    return Exported(path, card.name, is_default, modelfile)
