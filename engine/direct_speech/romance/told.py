"""What a rule made of a clause about the reader."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Told:
    """A clause to the reader. order: as an order, "trae pan", where something is asked for.

    text: as it stands behind "que" or "de", "traigas pan", where it is an order.
    """

    text: str
    order: str = ""
