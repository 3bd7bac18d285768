"""How like the drafts are to the mails that their writer wrote: BLEU, ROUGE-L, chrF."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from training.evaluation import bootstrap
from training.evaluation.bootstrap import mean, ratio
from training.evaluation.figures import Figure


def likeness(drafts: Sequence[str], mails: Sequence[str]) -> dict[str, Figure]:
    """BLEU and chrF (0..100) by sacrebleu's defaults; ROUGE-L, mean F (0..1) with stemming."""
    from rouge_score.rouge_scorer import RougeScorer
    from sacrebleu.metrics import BLEU, CHRF

    scorer = RougeScorer(["rougeL"], use_stemmer=True)
    pairs = list(zip(drafts, mails, strict=True))
    return {
        "bleu": _corpus_score(BLEU(), drafts, mails),
        "rougeL": mean([scorer.score(mail, draft)["rougeL"].fmeasure for draft, mail in pairs]),
        "chrf": _corpus_score(CHRF(), drafts, mails),
        "length_ratio": ratio(
            [len(draft.split()) for draft in drafts], [len(mail.split()) for mail in mails]
        ),
    }


def _corpus_score(metric: Any, drafts: Sequence[str], mails: Sequence[str]) -> Figure:
    """A corpus score is not the mean of its mails' scores; it is computed from sums of counts."""
    # Not public, but what sacrebleu's own tests of significance use; its corpus_score(n_bootstrap=)
    # fails for some texts (it mixes kinds of floats), and would give the same.
    counts = np.array(metric._extract_corpus_statistics(drafts, [mails]), float)

    def scores(times: np.ndarray) -> np.ndarray:
        sums = times @ counts
        return np.array([metric._compute_score_from_stats(list(row)).score for row in sums])

    return bootstrap.figure(len(counts), scores)
