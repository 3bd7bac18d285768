"""`panza-tui status`: what is there, what is missing, and the next command to run."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine import database
from engine.home import Home
from engine.locks import is_held
from engine.models import ModelCard, default_model, gguf_of, list_models
from panza_tui.cli import Session
from panza_tui.sanitise import safe_line


@dataclass(frozen=True)
class Status:
    """What `status --json` prints. next: the command that takes the user a step on."""

    home: str
    mails: int
    left_out: dict[str, int]
    from_date: int | None
    to_date: int | None
    instructions: int
    indexed: int
    drafts: int
    models: list[dict[str, Any]]
    default_model: str | None
    next: str


def status(session: Session, as_json: bool) -> None:
    """Print the state of the home."""
    found = look(session.home.prepare())
    if as_json:
        print(json.dumps(dataclasses.asdict(found), ensure_ascii=False))
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
        print(safe_line(f"Model       {mark} {model['name']}: {_describe(model)}"))
    if not found.models:
        print("Models        none yet")
    print(f"Next          {found.next}")


def look(home: Home) -> Status:
    """Read the state of a home; changes nothing in it."""
    from engine.mail.store import counts

    connection = database.connect(home.database)
    mails = counts(connection)
    (instructions,) = connection.execute(
        "SELECT count(*) FROM instructions JOIN mails ON mails.id = mail_id "
        "WHERE mails.left_out IS NULL"
    ).fetchone()
    (indexed,) = connection.execute("SELECT count(*) FROM vectors").fetchone()
    (drafts,) = connection.execute("SELECT count(*) FROM drafts").fetchone()
    default = default_model(home, connection)
    models = [_model(home, card) for card in list_models(home)]
    return Status(
        home=str(home.root),
        mails=mails.kept,
        left_out=mails.left_out,
        from_date=mails.first_date,
        to_date=mails.last_date,
        instructions=instructions,
        indexed=indexed,
        drafts=drafts,
        models=models,
        default_model=default.name if default else None,
        next=_next(home, mails.kept, instructions, default, models),
    )


def _model(home: Home, card: ModelCard) -> dict[str, Any]:
    running = is_held(home.model(card.name) / "run.lock")
    return {
        "name": card.name,
        "base": card.base,
        "method": card.method,
        "state": "running" if running else card.state,
        "created": card.created,
        "gguf": card.gguf if gguf_of(home, card) else None,
        "figures": card.figures,
    }


def _next(
    home: Home,
    mails: int,
    instructions: int,
    default: ModelCard | None,
    models: list[dict[str, Any]],
) -> str:
    if not mails:
        return "panza-tui import PATH"
    if instructions < mails:
        return "panza-tui playback"
    if default is None:
        begun = next((model for model in models if model["state"] != "finished"), None)
        if begun and begun["state"] == "running":
            return f"wait for the run '{begun['name']}'"
        return f"panza-tui train --resume {begun['name']}" if begun else "panza-tui train"
    if gguf_of(home, default) is None:
        return f"panza-tui export {default.name}"
    return 'panza-tui --ask "what the mail shall say"'


def _describe(model: dict[str, Any]) -> str:
    figures = model["figures"]
    parts = [model["method"], "of", model["base"], "-", model["state"]]
    if "held_out_loss" in figures:
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
