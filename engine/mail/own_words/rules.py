"""Named rules: each recognises one form of something, and carries an example of it.

A table of them replaces a long condition: any one that matches is enough. The tests hold every
rule to its example.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

_Facts = TypeVar("_Facts")


@dataclass(frozen=True)
class Rule(Generic[_Facts]):
    """name: what it recognises. example: a text that it matches. matches: the condition itself."""

    name: str
    example: str
    matches: Callable[[_Facts], bool]


def any_matches(rules: Iterable[Rule[_Facts]], facts: _Facts) -> bool:
    """Return whether any of the rules matches."""
    return any(rule.matches(facts) for rule in rules)
