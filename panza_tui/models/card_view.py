"""A model's card in words: what it is, what it learnt from, how good it is, how large."""

from __future__ import annotations

import time
from collections.abc import Callable

from textual.content import Content

from engine.sizes import size_words
from panza_tui.models.service import ModelView
from panza_tui.terminal.duration import duration
from panza_tui.terminal.sanitise import safe_line

_METHODS = {"rosa": "RoSA", "lora": "LoRA", "full": "all weights"}
_STATES = {
    "started": "◌ being trained, or cut short",
    "stopped": "◌ stopped; can go on",
    "finished": "● trained",
    "failed": "! failed",
}
_FIGURES: dict[str, tuple[str, Callable[[float], str]]] = {
    "held_out_loss_base": ("held-out loss before", "{:.2f} nats a token".format),
    "held_out_loss": ("held-out loss after", "{:.2f} nats a token".format),
    "validation_loss": ("validation loss", "{:.2f} nats a token".format),
    "steps": ("steps", "{:.0f}".format),
    "seconds": ("time", lambda seconds: duration(seconds / 60)),
    "peak_memory_gib": ("memory", "{:.1f} GiB at most".format),
}


def state_words(view: ModelView) -> str:
    """How far the model is, with its glyph."""
    return _STATES[view.card.state]


def card_content(view: ModelView) -> Content:
    """The whole card."""
    card = view.card
    facts = [
        ("base", safe_line(card.base)),
        ("method", _METHODS[card.method]),
        ("state", state_words(view)),
        ("trained on", time.strftime("%d %B %Y, %H:%M", time.localtime(card.created))),
        ("files", size_words(view.bytes)),
        ("GGUF", _gguf(view)),
    ]
    lines: list[str | tuple[str, str]] = [(safe_line(card.name), "bold $accent")]
    if view.is_default:
        lines.append(("  ✓ drafts by default", "$text-success"))
    lines.append("\n\n")
    lines += _table(facts)
    mails = [
        (words, f"{card.data[key]} mails")
        for key, words in (
            ("train", "learnt from"),
            ("validation", "chose the epoch on"),
            ("held_out", "never seen"),
        )
        if isinstance(card.data.get(key), int)
    ]
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
        return f"{safe_line(kind)}, {size_words(view.gguf_bytes)}"
    return "not exported yet: drafts are slower"


def _table(rows: list[tuple[str, str]]) -> list[str | tuple[str, str]]:
    lines: list[str | tuple[str, str]] = []
    for name, value in rows:
        lines += [(f"{name:<22}", "$foreground-muted"), f"{value}\n"]
    return lines
