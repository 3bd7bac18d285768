"""All checks of one draft."""

from __future__ import annotations

from dataclasses import dataclass

from engine.checking.answers import asks_wrongly, says_the_opposite
from engine.checking.brief import Brief
from engine.checking.fact import Fact
from engine.checking.roles import role_errors
from engine.checking.support import facts_from_others, missing_facts, unsupported_facts
from engine.checking.telling import coverage


@dataclass(frozen=True)
class Checks:
    """What the checks found in a draft.

    unsupported: its facts that nothing gives. from_others: links, addresses, IBANs, phone numbers
    and amounts that only the answered mail gives, and sentences copied from it. missing: facts of
    the instruction that it lacks. coverage: the share of the instruction's telling words that it
    holds. roles: who does what, wrongly. opposite, asks_wrongly: None where it can't be told.
    """

    unsupported: tuple[Fact, ...]
    from_others: tuple[Fact, ...]
    missing: tuple[Fact, ...]
    coverage: float
    roles: tuple[str, ...]
    opposite: bool | None
    asks_wrongly: bool | None


def check_draft(draft: str, brief: Brief) -> Checks:
    """Check one draft."""
    return Checks(
        unsupported=tuple(unsupported_facts(draft, brief)),
        from_others=tuple(facts_from_others(draft, brief)),
        missing=tuple(missing_facts(draft, brief)),
        coverage=coverage(draft, brief),
        roles=tuple(role_errors(draft, brief)),
        opposite=says_the_opposite(draft, brief),
        asks_wrongly=asks_wrongly(draft, brief),
    )
