"""Logits -> tokens -> text: the part of writing that is the same for every backend."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from engine.generators import Sampling

PENALTY_WINDOW = 64
"""How many of the newest written tokens the repeat penalty looks at. Never the prompt's: the
words of an instruction are there to be used."""

BLOCK = 128
"""Prompts are evaluated in blocks of this many tokens: large enough for quick arithmetic."""


def sample(
    logits_after: Callable[[int | None], np.ndarray | None],
    sampling: Sampling,
    ends_text: Callable[[int], bool],
    room: int,
) -> Iterator[int]:
    """Yield tokens up to one that ends the text, sampling.max_tokens, or `room` in the context.

    logits_after: the next token's logits, float32 [vocabulary], after one more written token;
    None asks for those after the prompt. It gives None when the work was stopped.
    """
    random = np.random.default_rng(sampling.seed)
    written: list[int] = []
    token: int | None = None
    while len(written) < min(sampling.max_tokens, room):
        logits = logits_after(token)
        if logits is None:
            return
        token = choose(logits, written[-PENALTY_WINDOW:], sampling, random)
        if ends_text(token):
            return
        written.append(token)
        yield token


def choose(
    logits: np.ndarray, recent: Sequence[int], sampling: Sampling, random: np.random.Generator
) -> int:
    """The next token: the likeliest at temperature 0, else drawn from the top-p nucleus.

    The repeat penalty divides positive and multiplies negative logits of `recent` tokens (Keskar
    et al. 2019, arXiv 1909.05858), then temperature, then the nucleus (Holtzman et al. 2019,
    arXiv 1904.09751).
    """
    logits = logits.astype(np.float64)
    if recent and sampling.repeat_penalty != 1.0:
        repeated = list(set(recent))
        old = logits[repeated]
        penalty = sampling.repeat_penalty
        logits[repeated] = np.where(old > 0, old / penalty, old * penalty)
    if sampling.temperature <= 0:
        return int(np.argmax(logits))
    weights = np.exp((logits - logits.max()) / sampling.temperature)
    order = np.argsort(-weights, kind="stable")
    shares = np.cumsum(weights[order]) / weights.sum()
    nucleus = min(int(np.searchsorted(shares, sampling.top_p)) + 1, len(shares))
    return int(order[np.searchsorted(shares[:nucleus], random.random() * shares[nucleus - 1])])


def reusable(evaluated: Sequence[int], prompt: Sequence[int], block: int) -> int:
    """How many leading tokens of `prompt` need no work after `evaluated` was the last prompt.

    Only whole blocks count, and never the last token. The last bits of a block's arithmetic depend
    on its size: with `block` BLOCK a reused prefix gives exactly the draft that fresh work gives,
    with 1 all of it is reused.
    """
    same = 0
    for old, new in zip(evaluated, prompt[:-1], strict=False):
        if old != new:
            break
        same += 1
    return same // block * block


def until_stop(pieces: Iterable[str], stops: Sequence[str]) -> Iterator[str]:
    """The text up to the first of `stops`, holding back only what might begin one."""
    held = ""
    for piece in pieces:
        held += piece
        ends = [held.index(stop) for stop in stops if stop and stop in held]
        if ends:
            if held[: min(ends)]:
                yield held[: min(ends)]
            return
        safe = len(held) - _open_stop(held, stops)
        if safe:
            yield held[:safe]
            held = held[safe:]
    if held:
        yield held


def _open_stop(text: str, stops: Sequence[str]) -> int:
    """The length of the longest end of `text` that begins one of `stops`."""
    longest = max((len(stop) for stop in stops), default=0)
    for length in range(min(longest - 1, len(text)), 0, -1):
        if any(stop.startswith(text[-length:]) for stop in stops):
            return length
    return 0
