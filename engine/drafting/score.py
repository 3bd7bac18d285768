"""How good a draft is: what its checks found, and how likely models find it.

The weights are chosen by hand; the channel is weighed most, as it alone chose best among drafts of
80 probes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.checking.check import Checks

CHANNEL = 1.0
"""For each nat of the instruction's mean log-likelihood given the draft."""

COVERAGE_WITH_CHANNEL, COVERAGE_ALONE = 0.2, 1.0
"""For all telling words of the instruction."""

UNSUPPORTED, FROM_OTHERS, MISSING = 0.15, 0.3, 0.15
"""Off for each such fact."""

ROLE, OPPOSITE, ASKS_WRONGLY = 0.2, 0.4, 0.2
"""Off for each wrong role; for a yes instead of a no; for a question instead of a statement."""

LIKELIHOOD = 0.05
"""For each nat of the draft's own mean log-likelihood."""

EMPTY, UNCHANGED = 10.0, 5.0
"""Off for a draft without text, and for one that repeats the draft that it had to change."""

ANEW = 0.3
"""Off for a draft written anew where only another tone is asked for: it hardly has that tone."""

AGREEMENT, OTHERWISE = 1.5, 0.5
"""For a draft that says just what is understood of the instruction; off for one that lacks or adds
a telling word."""

DIRECT, NOTES = 0.3, 0.3
"""Off for what the instruction says, as it is, which has less of the writer's voice; for notes as
they were typed, which are hardly a mail. Both say what was asked, so a draft that says less is no
better. Chosen on 60 lines that no model and no rule had seen."""

DIRECT_ELSEWHERE = 5.0
"""Added for direct speech in other languages than English, which a small model hardly writes: of 18
probes in them its first drafts were right in 5, and direct speech in all 13 that are understood."""

MARGIN = 0.05
"""By how much another draft must be better than the first, which is the model's likeliest."""

LENGTH = 1.0
"""For each part of the earlier draft's length, where a shorter or longer one is wanted."""

_MOST = 3  # Of one kind of fault that count, so that a long draft is not judged by its length.


def score(
    text: str,
    checks: Checks,
    likelihood: float | None,
    channel: float | None,
    earlier: str = "",
    length: int = 0,
) -> float:
    """Return a draft's score; higher is better.

    likelihood: the draft's mean log-likelihood in nats, None if unknown. channel: that of the
    instruction given the draft; None for a model that does not know this direction. earlier: in a
    follow-up, the draft that the instruction changes. length: -1 if a shorter one than that is
    wanted, 1 for a longer one, at most twice as long.
    """
    coverage = COVERAGE_ALONE if channel is None else COVERAGE_WITH_CHANNEL
    found = (
        CHANNEL * (channel or 0.0) + coverage * checks.coverage + LIKELIHOOD * (likelihood or 0.0)
    )
    faults = (
        (UNSUPPORTED, len(checks.unsupported)),
        (FROM_OTHERS, len(checks.from_others)),
        (MISSING, len(checks.missing)),
        (ROLE, len(checks.roles)),
        (OPPOSITE, checks.opposite is True),
        (ASKS_WRONGLY, checks.asks_wrongly is True),
        (EMPTY, not text.strip()),
        (UNCHANGED, bool(earlier) and text.split() == earlier.split()),
    )
    if length and (words := len(earlier.split())):
        found += LENGTH * length * min(2.0, len(text.split()) / words)
    return found - sum(weight * min(count, _MOST) for weight, count in faults)
