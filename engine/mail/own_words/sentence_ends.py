"""What a sentence ends with."""

from __future__ import annotations

STOPS = (".", "!", "?", "…", "。", "！", "？")
