"""An attribute that is computed when it is first asked for, and only then."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.lazy import lazy


@dataclass(frozen=True)
class Swing:
    asked: list[str] = field(default_factory=list)

    @lazy
    def height(self) -> int:
        """How high it goes."""
        self.asked.append("height")
        return 3


def test_a_lazy_attribute_is_computed_once_also_in_a_frozen_record():
    swing = Swing()
    assert swing.asked == []
    assert (swing.height, swing.height) == (3, 3)
    assert swing.asked == ["height"]
    assert Swing.height.__doc__ == "How high it goes."
