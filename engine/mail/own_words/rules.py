"""Named rules, each with an example that the tests check. In a table, one match is enough."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

_Facts = TypeVar("_Facts")


@dataclass(frozen=True)
class Rule(Generic[_Facts]):
    """A named condition.

    name: what it recognises. example: a text that it matches. matches: the condition.
    """

    name: str
    example: str
    matches: Callable[[_Facts], bool]


def any_matches(rules: Iterable[Rule[_Facts]], facts: _Facts) -> bool:
    """Return whether any of the rules matches."""
    # A plain loop, because many lines of each mail are looked at.
    for rule in rules:  # noqa: SIM110
        if rule.matches(facts):
            return True
    return False
