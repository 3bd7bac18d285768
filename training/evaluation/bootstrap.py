"""Bootstrap intervals (Efron 1979): how much a figure varies with the choice of mails.

An interval holds the middle 95 % of the figure over RESAMPLES samples of the items with
replacement. The samples are the same each time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from training.evaluation.figures import Figure

RESAMPLES = 1000
_SEED = 0


def mean(values: Sequence[float]) -> Figure:
    """The mean of one value per item, such as 1 for a right draft and 0 for a wrong one."""
    return ratio(values, [1.0] * len(values))


def ratio(numerators: Sequence[float], denominators: Sequence[float]) -> Figure:
    """The sum of the numerators per sum of the denominators, one of each per item."""
    above, below = np.asarray(numerators, float), np.asarray(denominators, float)
    return figure(len(above), lambda times: _divide(times @ above, times @ below))


def figure(items: int, compute: Callable[[np.ndarray], np.ndarray]) -> Figure:
    """A figure and its interval.

    compute: the figure for each row of an array [samples, items], which says how often each item is
    in the sample.
    """
    if not items:
        return Figure(float("nan"))
    value = float(compute(np.ones((1, items)))[0])
    random = np.random.default_rng(_SEED)
    times = random.multinomial(items, np.full(items, 1 / items), size=RESAMPLES).astype(float)
    values = compute(times)
    if np.isnan(values).all():
        return Figure(value)
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return Figure(value, float(low), float(high))


def _divide(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.divide(above, below, out=np.full(len(above), np.nan), where=below != 0)
