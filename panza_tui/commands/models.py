"""`panza-tui models`: list the models on this disk, and what each base model can do here."""

from __future__ import annotations

import dataclasses
from typing import Any

from panza_tui.commands.session import Session
from panza_tui.jobs.bases import BaseChoice, base_choices
from panza_tui.jobs.status import read_status
from panza_tui.terminal.base_words import base_facts, cost_words, short_path, yes_or_why
from panza_tui.terminal.json_output import print_json
from panza_tui.terminal.narration import say, show
from panza_tui.terminal.sanitise import safe_line


def models(session: Session, as_json: bool) -> None:
    """Print the trained models, then the base models as they are estimated."""
    home = session.home.check()
    status = read_status(home)
    if as_json:
        trained = [m | {"default": m["name"] == status.default_model} for m in status.models]
        print_json(
            {
                "trained": trained,
                "bases": [_record(choice) for choice in base_choices(home, session.config)],
            }
        )
        return
    show("Trained on your mail" if status.models else "Trained on your mail: none yet")
    for model in status.models:
        mark = "*" if model["name"] == status.default_model else " "
        about = f"{model['method']} of {short_path(model['base'])}, {model['state']}"
        show(f"  {mark} {safe_line(model['name'])}: {safe_line(about)}")
    say("Measuring what training takes on this machine ...")
    show("\nBase models on this disk")
    for choice in base_choices(home, session.config):
        show("\n".join(_lines(choice)))
    show("\nTrain one with: panza-tui train --base NAME")


def _record(choice: BaseChoice) -> dict[str, Any]:
    return dataclasses.asdict(choice) | {"training": choice.training}


def _lines(choice: BaseChoice) -> list[str]:
    """A base model in a few lines: its name, what it is, what it can do."""
    lines = [short_path(choice.base), "  " + ", ".join(base_facts(choice))]
    if choice.cant_draft and choice.cant_draft == choice.cant_train:
        lines.append(f"  can't be used: {choice.cant_draft}")
    else:
        lines.append(f"  drafts: {yes_or_why(choice.cant_draft)}")
        cost = cost_words(choice.minutes or 0, choice.memory_gib, choice.free_gib)
        lines.append(f"  trains: {choice.training}: {choice.why or cost}")
        if not choice.cant_train:
            lines.append(f"  exports: {yes_or_why(choice.cant_export)}")
    return [f"  {safe_line(line)}" for line in lines if line.strip()]
