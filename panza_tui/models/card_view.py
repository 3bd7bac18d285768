"""Format a model's card: what it is, what it was trained on, how good it is, how large."""

from __future__ import annotations

import time
from collections.abc import Callable

from textual.content import Content

from engine.models.models import SOURCES, UPDATED_FROM
from engine.sizes import counted, format_size
from panza_tui.models.service import ModelView
from panza_tui.terminal.duration import duration
from panza_tui.terminal.sanitise import safe_line

_METHODS = {"rosa": "RoSA", "lora": "LoRA", "full": "all weights"}
_STATES = {
    "started": "◌ in training, or interrupted",
    "stopped": "◌ stopped; can be resumed",
    "finished": "● trained",
    "failed": "! failed",
}
_FIGURES: dict[str, tuple[str, Callable[[float], str]]] = {
    "held_out_loss_base": ("held-out loss before", "{:.2f} nats/token".format),
    "held_out_loss": ("held-out loss after", "{:.2f} nats/token".format),
    "pytorch_loss": ("loss of the trained model", "{:.3f} nats/token".format),
    "gguf_loss": ("loss of its GGUF", "{:.3f} nats/token".format),
    "importance_tokens": ("importance matrix", "{:,.0f} tokens of your mails".format),
    "validation_loss": ("validation loss", "{:.2f} nats/token".format),
    "judged_loss_before": ("loss before the update", "{:.3f} nats/token".format),
    "judged_loss": ("loss after it", "{:.3f} nats/token".format),
    "steps": ("steps", "{:.0f}".format),
    "seconds": ("time", lambda seconds: duration(seconds / 60)),
    "peak_memory_gib": ("memory", "{:.1f} GiB peak".format),
}


def state_text(view: ModelView) -> str:
    """Describe the state of a model."""
    return _STATES[view.card.state]


def card_content(view: ModelView) -> Content:
    """Format the whole card."""
    card = view.card
    facts = [
        ("base", safe_line(card.base)),
        ("method", _METHODS[card.method]),
        ("state", state_text(view)),
        ("date", time.strftime("%d %B %Y, %H:%M", time.localtime(card.created))),
        ("files", format_size(view.bytes)),
        ("GGUF", _gguf(view)),
    ]
    if before := card.data.get(UPDATED_FROM):
        facts.insert(1, ("updated from", safe_line(before)))
    lines: list[str | tuple[str, str]] = [(safe_line(card.name), "bold $accent")]
    if view.is_default:
        lines.append(("  ✓ default model", "$text-success"))
    lines.append("\n\n")
    lines += _table(facts)
    mails = [
        (name, f"{card.data[key]} mails")
        for key, name in (
            ("train", "training"),
            ("validation", "validation"),
            ("held_out", "held out"),
        )
        if isinstance(card.data.get(key), int)
    ]
    if drafts := card.data.get("drafts"):
        mails.append(("accepted", counted(drafts, "draft")))
    if (sources := card.data.get(SOURCES)) is not None:
        mails.append(("shown past mails", f"{sources} at most"))
    lines += [("\nData\n", "bold"), *_table(mails)]
    figures = [
        (name, worded(card.figures[key]))
        for key, (name, worded) in _FIGURES.items()
        if key in card.figures
    ]
    if figures:
        lines += [("\nFigures\n", "bold"), *_table(figures)]
    return Content.assemble(*lines)


def _gguf(view: ModelView) -> str:
    if view.gguf_bytes:
        kind = view.card.gguf.removesuffix(".gguf").rpartition("-")[2]
        return f"{safe_line(kind)}, {format_size(view.gguf_bytes)}"
    return "not exported yet: drafts are slower"


def _table(rows: list[tuple[str, str]]) -> list[str | tuple[str, str]]:
    lines: list[str | tuple[str, str]] = []
    for name, value in rows:
        lines += [(f"{name:<22}", "$foreground-muted"), f"{value}\n"]
    return lines
