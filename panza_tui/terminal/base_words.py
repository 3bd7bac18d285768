"""Base models in words: what one is called and is, and what training it takes."""

from __future__ import annotations

import os
from pathlib import Path

from engine.sizes import counted, format_size
from panza_tui.terminal.duration import duration
from training.bases.found import FoundBase


def base_label(found: FoundBase) -> str:
    """Its name; of a path, the file's or folder's, with its size."""
    name = found.base
    if found.path and os.sep in name and Path(name).expanduser().exists():
        name = Path(name).name
    return f"{name} ({format_size(found.bytes)})" if found.bytes else name


def short_path(base: str) -> str:
    """A path below the user's home folder with '~' for that; other names as they are."""
    home = str(Path.home())
    return "~" + base[len(home) :] if base.startswith(home + os.sep) else base


def base_facts(found: FoundBase) -> list[str]:
    """What a base model is: kind, size, architecture, weights, quantisation, licence."""
    size = format_size(found.bytes) if found.bytes else ""
    weights = found.parameters
    count = f"{weights / 1e9:.1f}B" if weights >= 1e9 else f"{weights / 1e6:.0f}M"
    facts = [
        found.kind if found.kind != "unknown" else "",
        f"{size} in {counted(found.files, 'file')}" if found.files > 1 else size,
        found.architecture,
        f"{count} weights" if weights else "",
        found.quantisation,
        f"licence {found.licence}" if found.licence else "",
        "no chat template" if found.bytes and not found.chat_template else "",
    ]
    return [fact for fact in facts if fact]


def yes_or_why(why_not: str) -> str:
    """Return yes, or no and why."""
    return f"no, {why_not}" if why_not else "yes"


def cost_words(minutes: float, memory_gib: float, free_gib: float) -> str:
    """What training takes: time and memory."""
    return f"about {duration(minutes)}, {memory_gib:.1f} of {free_gib:.1f} GiB free"
