"""`panza-tui status`: print what exists, what is missing, and the next command to run."""

from __future__ import annotations

import dataclasses
from typing import Any

from panza_tui.commands.session import Session
from panza_tui.jobs.status import Status, read_status
from panza_tui.terminal.json_output import print_json
from panza_tui.terminal.mail_words import mail_date
from panza_tui.terminal.narration import show
from panza_tui.terminal.sanitise import safe_line


def status(session: Session, as_json: bool) -> None:
    """Print the state of the home."""
    found = read_status(session.home.check())
    if as_json:
        print_json(dataclasses.asdict(found))
        return
    missing = "" if session.home.root.exists() else " (does not exist yet)"
    show(f"Home          {safe_line(found.home)}{missing}")
    show(f"Mails         {found.mails}{_span(found)}")
    if found.left_out:
        reasons = ", ".join(
            f"{count} {safe_line(reason)}" for reason, count in found.left_out.items()
        )
        show(f"Left out      {reasons}")
    show(f"Instructions  {found.instructions} of {found.mails}")
    show(f"Search index  {found.indexed} of {found.mails}")
    accepted = f", {found.accepted_drafts} accepted since the last training"
    show(f"Drafts        {found.drafts}{accepted if found.accepted_drafts else ''}")
    for model in found.models:
        mark = "*" if model["name"] == found.default_model else " "
        show(f"Model       {mark} {safe_line(model['name'])}: {safe_line(_describe(model))}")
    for name in found.damaged:
        show(f"Model       ! {safe_line(name)}: its card is missing or damaged; remove its folder")
    if not found.models:
        show("Models        none yet")
    following = "  ".join(filter(None, [found.next, f"({found.next_why})"]))
    show(f"Next          {safe_line(following)}")


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
    return f", {mail_date(found.from_date)} to {mail_date(found.to_date)}"
