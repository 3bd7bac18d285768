"""Whether a text reads like the writer's: a classifier of this writer against others.

Character n-grams with logistic regression, a usual baseline of authorship attribution (Stamatatos
2009; the PAN shared tasks). It learns from training mails only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from training.corpus import read_corpus

FEWEST_MAILS = 10
"""Of the writer. With 10, and 1 % of others' mails taken for the writer's, it knows 97 to 100 % of
the corpus writers' other mails."""

_MOST_MAILS = 4000
"""Of the writer, the newest; more teach it nothing and take minutes."""

_OTHERS_TAKEN = 0.01
"""Share of others' mails that it takes for the writer's; of those that it was not trained on."""

Classifier = Callable[[Sequence[str]], list[bool]]
"""Says of each text whether it is the writer's."""


def train_classifier(own: Sequence[str], others: Sequence[str]) -> Classifier:
    """Train on mails of the writer, oldest first, and on mails of others.

    Every fifth of the others' is kept to choose the score above which a text is the writer's.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    own = own[-_MOST_MAILS:]
    learnt, kept = hold_out(others)
    model = make_pipeline(
        TfidfVectorizer(
            analyzer="char",
            ngram_range=(1, 3),
            lowercase=False,
            sublinear_tf=True,
            min_df=2,
            max_features=60_000,
        ),
        LogisticRegression(C=10, class_weight="balanced", solver="liblinear", random_state=0),
    )
    model.fit([*own, *learnt], [True] * len(own) + [False] * len(learnt))
    limit = np.quantile(model.decision_function(kept), 1 - _OTHERS_TAKEN)

    def is_writers(texts: Sequence[str]) -> list[bool]:
        return [bool(score > limit) for score in model.decision_function(texts)] if texts else []

    return is_writers


def corpus_mails() -> list[str]:
    """The mails of the written corpus, whose writers are fictional."""
    return [row.mail for row in read_corpus()]


def hold_out(mails: Sequence[str]) -> tuple[list[str], list[str]]:
    """Four fifths to learn from, and every fifth to test with."""
    learnt = [mail for number, mail in enumerate(mails) if number % 5]
    return learnt, list(mails[::5])
