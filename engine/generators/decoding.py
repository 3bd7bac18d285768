"""Sampling from logits and prefix reuse, the same for every backend."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import numpy as np

from engine.generators import Sampling

PENALTY_WINDOW = 64
"""How many of the last generated tokens the repeat penalty applies to (llama.cpp's default).

Never the prompt's: a draft should use the words of its instruction."""

_LIKELY = 1e-3
"""Share of the likeliest token's weight; the few tokens above it are nearly always the nucleus.

Sorting a whole vocabulary takes as long as a small model.
"""

BLOCK = 128
"""Tokens of a prompt that are evaluated at once, enough for fast matrix products."""


def sample(
    logits_after: Callable[[int | None], np.ndarray | None],
    sampling: Sampling,
    ends_text: Callable[[int], bool],
    room: int,
) -> Iterator[int]:
    """Yield tokens up to one that ends the text, sampling.max_tokens, or `room` in the context.

    logits_after: the next token's logits, float32 [vocabulary], given the token generated last;
    given None, those after the prompt. It returns None when it was stopped. room: tokens left in
    the context.
    """
    chooser = Chooser(sampling, ends_text, room, measures=False)
    token: int | None = None
    while not chooser.is_full:
        logits = logits_after(token)
        token = None if logits is None else chooser.choose(logits)
        if token is None:
            return
        yield token


class Chooser:
    """Chooses the tokens of one answer. The arguments are those of `sample`.

    measures: whether `log_likelihood` is wanted, which takes longer than choosing.
    """

    def __init__(
        self,
        sampling: Sampling,
        ends_text: Callable[[int], bool],
        room: int,
        *,
        measures: bool = True,
    ) -> None:
        self._sampling = sampling
        self._ends_text = ends_text
        self._measures = measures
        self._most = min(sampling.max_tokens, room)
        self._random = np.random.default_rng(sampling.seed)
        self._chosen: list[int] = []
        self._likelihoods: list[float] = []

    @property
    def log_likelihood(self) -> float:
        """The mean log-probability of the tokens that were chosen, in nats; 0 before the first."""
        return float(np.mean(self._likelihoods)) if self._likelihoods else 0.0

    @property
    def is_full(self) -> bool:
        """Whether the answer is as long as it may be."""
        return len(self._chosen) >= self._most

    def choose(self, logits: np.ndarray) -> int | None:
        """Return the next token, or None if the text ends here."""
        recent = self._chosen[-PENALTY_WINDOW:]
        token = choose(logits, recent, self._sampling, self._random)
        if self._measures:
            self._likelihoods.append(mean_log_likelihood(logits[np.newaxis], [token]))
        if self._ends_text(token):
            return None
        self._chosen.append(token)
        return token


def choose(
    logits: np.ndarray, recent: Sequence[int], sampling: Sampling, random: np.random.Generator
) -> int:
    """The next token: the likeliest at temperature 0, else sampled from the top-p nucleus.

    The repeat penalty divides positive and multiplies negative logits of `recent` tokens (Keskar
    et al. 2019, arXiv 1909.05858), then temperature, then the nucleus (Holtzman et al. 2019,
    arXiv 1904.09751).
    """
    repeated = sorted(set(recent)) if sampling.repeat_penalty != 1.0 else []
    old = logits[repeated].astype(np.float64)
    penalised = np.where(old > 0, old / sampling.repeat_penalty, old * sampling.repeat_penalty)
    if sampling.temperature <= 0:
        return _likeliest_token(logits, repeated, penalised)
    weights = logits.astype(np.float64)
    weights[repeated] = penalised
    # In place, since memory for each step takes longer to get than the step.
    weights -= weights.max()
    weights /= sampling.temperature
    np.exp(weights, out=weights)
    total = weights.sum()
    order = _likeliest(weights, sampling.top_p * total)
    shares = np.cumsum(weights[order]) / total
    nucleus = min(int(np.searchsorted(shares, sampling.top_p)) + 1, len(shares))
    return int(order[np.searchsorted(shares[:nucleus], random.random() * shares[nucleus - 1])])


def _likeliest_token(logits: np.ndarray, repeated: list[int], penalised: np.ndarray) -> int:
    """Return the token with the highest logit, where those of `repeated` are `penalised`.

    Only these are computed in float64, since converting all takes as long as a small layer.
    """
    if not repeated:
        return int(np.argmax(logits))
    others = logits.copy()
    others[repeated] = -np.inf
    best = int(np.argmax(others))
    index = int(np.argmax(penalised))
    old, new = (float(logits[best]), -best), (float(penalised[index]), -repeated[index])
    return best if old > new else repeated[index]


def _likeliest(weights: np.ndarray, wanted: float) -> np.ndarray:
    """Return the tokens by falling weight, at least those that weigh `wanted` together.

    weights: that of the likeliest token is 1.
    """
    found = np.flatnonzero(weights > _LIKELY)
    if weights[found].sum() > wanted:
        return found[np.argsort(-weights[found], kind="stable")]
    return np.argsort(-weights, kind="stable")


def mean_log_likelihood(logits: np.ndarray, tokens: Sequence[int]) -> float:
    """Return the mean log-probability of tokens, in nats.

    logits: float32 [tokens, vocabulary]; each row predicts the token of the same index.
    """
    highest = logits.max(axis=1, keepdims=True)
    weights = logits - highest
    np.exp(weights, out=weights)
    sums = weights.sum(axis=1, dtype=np.float64)
    chosen = logits[np.arange(len(tokens)), list(tokens)].astype(np.float64)
    return float((chosen - highest[:, 0] - np.log(sums)).mean())


def blocks(kept: int, beginning: int, length: int) -> Iterator[tuple[int, int]]:
    """Yield (first token, end) of each block in which to evaluate what follows `kept` tokens.

    The first `beginning` tokens of a prompt, the same in others, share no block with the rest.
    """
    starts = [*range(kept, beginning, BLOCK), *range(max(kept, beginning), length, BLOCK)]
    return pairwise([*starts, length])


def reusable(
    evaluated: Sequence[int], prompt: Sequence[int], block: int, beginning: int = 0
) -> int:
    """How many leading tokens of `prompt` can stay in the cache after prompt `evaluated`.

    `beginning` and a multiple of `block`, or 0, and never the last token. Rounding differs with the
    size of a block: with `block` BLOCK a reused prefix gives exactly the draft of a fresh
    evaluation, with 1 most of the cache is reused.
    """
    same = 0
    for old, new in zip(evaluated, prompt[:-1], strict=False):
        if old != new:
            break
        same += 1
    return beginning + (same - beginning) // block * block if same >= beginning else 0
