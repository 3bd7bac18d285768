"""How much of what was asked the drafts say, and what they say that nothing gives, by rules."""

from __future__ import annotations

from collections.abc import Sequence

from engine.checking.brief import Brief
from engine.checking.check import check_draft
from training.evaluation import bootstrap
from training.evaluation.figures import Figure


def sense(drafts: Sequence[str], briefs: Sequence[Brief]) -> dict[str, Figure]:
    """coverage: the mean share of telling words. missing, invented: facts per draft.

    reversed: the share of drafts in which who does what, yes or no, or a question is wrong.
    """
    checked = [check_draft(draft, brief) for draft, brief in zip(drafts, briefs, strict=True)]
    return {
        "coverage": bootstrap.mean([checks.coverage for checks in checked]),
        "missing": bootstrap.mean([len(checks.missing) for checks in checked]),
        "invented": bootstrap.mean([len(checks.unsupported) for checks in checked]),
        "reversed": bootstrap.mean(
            [bool(checks.roles or checks.opposite or checks.asks_wrongly) for checks in checked]
        ),
    }
