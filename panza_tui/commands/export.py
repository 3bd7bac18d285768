"""`panza-tui export`: write a trained model as a quantised GGUF, and print its path."""

from __future__ import annotations

import shlex

from panza_tui.commands.session import Session
from panza_tui.jobs.export import export as run_export
from panza_tui.jobs.steps import draft_command
from panza_tui.terminal.narration import narrated, say, show_path


def export(session: Session, name: str | None, quantize: str | None, ollama: bool) -> None:
    """Export model `name`, or the default one. ollama: print the path of a Modelfile, instead."""
    settings = session.settings()
    home = session.home.check()
    with narrated() as emit:
        exported = run_export(home, settings, emit, name=name, quantize=quantize, for_ollama=ollama)
    if exported.modelfile:
        show_path(exported.modelfile)
        say(f"Next: ollama create {exported.model} -f {shlex.quote(str(exported.modelfile))}")
        return
    show_path(exported.path)
    model = "" if exported.is_default else exported.model
    say(f"Checked against the trained model. Next: {draft_command(home, model)}")
