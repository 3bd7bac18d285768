"""What the checks found in a draft, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from panza_tui.terminal.sanitise import safe_line

if TYPE_CHECKING:
    from engine.checking.check import Checks


def facts_of(
    checks: Checks | None, kind: Literal["unsupported", "from_others", "missing"]
) -> list[str] | None:
    """Return the facts of a kind as they are written, each once; None for an unchecked draft."""
    if checks is None:
        return None
    return list(dict.fromkeys(fact.text for fact in getattr(checks, kind)))


def check_parts(checks: Checks | None, *, is_doubtful: bool) -> list[str]:
    """Return what to look at in a draft, a few words each; [] if there is nothing.

    is_doubtful: whether the instruction may have been misread.
    """
    kinds: tuple[tuple[Literal["unsupported", "from_others", "missing"], str], ...] = (
        ("unsupported", "not in your text or mails"),
        ("from_others", "only in the mail you answer"),
        ("missing", "missing"),
    )
    facts = [
        f"{label}: {', '.join(map(safe_line, found))}"
        for kind, label in kinds
        if (found := facts_of(checks, kind))
    ]
    return [*facts, "it may not say what you asked"] if is_doubtful else facts


def check_line(checks: Checks | None, *, is_doubtful: bool) -> str:
    """Return what to look at in a draft as one line; '' if there is nothing."""
    parts = check_parts(checks, is_doubtful=is_doubtful)
    return f"Check the draft: {'; '.join(parts)}." if parts else ""
