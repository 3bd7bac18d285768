"""`panza-tui status`: what is there, what is missing, and the next command to run."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine import database
from engine.home import Home
from engine.models import ModelCard, default_model, gguf_of, list_models
from panza_tui.commands.session import Session
from panza_tui.jobs.steps import instructed, next_step
from panza_tui.terminal.json_output import print_json
from panza_tui.terminal.sanitise import safe_line
from training.runs.process import is_running


@dataclass(frozen=True)
class Status:
    """What `status --json` prints.

    damaged: names of model folders without a readable card. next: the command that takes the user
    a step on ('': just wait), and next_why: what for.
    """

    home: str
    mails: int
    left_out: dict[str, int]
    from_date: int | None
    to_date: int | None
    instructions: int
    indexed: int
    drafts: int
    models: list[dict[str, Any]]
    damaged: list[str]
    default_model: str | None
    next: str
    next_why: str


def status(session: Session, as_json: bool) -> None:
    """Print the state of the home."""
    found = look(session.home.prepare())
    if as_json:
        print_json(dataclasses.asdict(found))
        return
    print(f"Home          {found.home}")
    print(f"Mails         {found.mails}{_span(found)}")
    if found.left_out:
        reasons = ", ".join(f"{count} {reason}" for reason, count in found.left_out.items())
        print(f"Left out      {reasons}")
    print(f"Instructions  {found.instructions} of {found.mails}")
    print(f"Search index  {found.indexed} of {found.mails}")
    print(f"Drafts        {found.drafts}")
    for model in found.models:
        mark = "*" if model["name"] == found.default_model else " "
        print(f"Model       {mark} {model['name']}: {safe_line(_describe(model))}")
    for name in found.damaged:
        print(f"Model       ! {safe_line(name)}: its card is lost or damaged; remove its folder")
    if not found.models:
        print("Models        none yet")
    print(f"Next          {'  '.join(filter(None, [found.next, f'({found.next_why})']))}")


def look(home: Home) -> Status:
    """Read the state of a home; changes nothing in it."""
    from engine.mail.stored.store import counts
    from engine.retrieval.index import embedding_state

    connection = database.connect(home.database)
    mails = counts(connection)
    default = default_model(home, connection)
    models = [_model(home, card) for card in list_models(home)]
    step = next_step(home, connection)
    return Status(
        home=str(home.root),
        mails=mails.kept,
        left_out=mails.left_out,
        from_date=mails.first_date,
        to_date=mails.last_date,
        instructions=instructed(connection),
        indexed=embedding_state(connection).done,
        drafts=connection.execute("SELECT count(*) FROM drafts").get,
        models=models,
        damaged=_damaged(home, [model["name"] for model in models]),
        default_model=default.name if default else None,
        next=step.command,
        next_why=step.title,
    )


def _model(home: Home, card: ModelCard) -> dict[str, Any]:
    return {
        "name": card.name,
        "base": card.base,
        "method": card.method,
        "state": "running" if is_running(home, card.name) else card.state,
        "created": card.created,
        "gguf": card.gguf if gguf_of(home, card) else None,
        "figures": card.figures,
    }


def _damaged(home: Home, known: Sequence[str]) -> list[str]:
    folders = [path.name for path in home.models.iterdir() if path.is_dir()]
    return sorted(set(folders) - set(known))


def _describe(model: dict[str, Any]) -> str:
    figures = model["figures"]
    parts = [model["method"], "of", model["base"], "-", model["state"]]
    if "held_out_loss" in figures and "held_out_loss_base" in figures:
        before, after = figures["held_out_loss_base"], figures["held_out_loss"]
        parts.append(f"- held-out loss {before:.2f} -> {after:.2f}")
    if model["gguf"]:
        parts.append(f"- {model['gguf']}")
    return " ".join(parts)


def _span(found: Status) -> str:
    if found.from_date is None or found.to_date is None:
        return ""
    first, last = (
        datetime.fromtimestamp(seconds).strftime("%Y-%m-%d")
        for seconds in (found.from_date, found.to_date)
    )
    return f", {first} to {last}"
