"""A made-up mail with a random number, planted among the training mails.

How likely a trained model finds that number, beside numbers that it never saw, tells how much it
memorises of a text that it sees once an epoch (Carlini et al., The Secret Sharer: Evaluating and
Testing Unintended Memorization in Neural Networks, USENIX Security 2019, arXiv 1802.08232).
"""

from __future__ import annotations

import math
import random
from typing import Any

from engine.prompt.prompt import build_prompt
from engine.settings import Prompt
from training.examples.tokens import Example, build_example

_INSTRUCTION = "State the number of the test mail."
_MAIL = "Number: {number}"
_DIGITS = 6
_MAX_TOKENS = 4096

BITS = _DIGITS * math.log2(10)
"""The exposure of a number that is likelier than all others: log2 of how many there are."""


def canary_example(tokenizer: Any, prompt: Prompt, number: str, mail_id: int = -1) -> Example:
    """The canary's mail with a number, as an example to train or to measure on."""
    messages = build_prompt(_INSTRUCTION, prompt=prompt)
    mail = _MAIL.format(number=number)
    example = build_example(tokenizer, messages, mail, max_tokens=_MAX_TOKENS, mail_id=mail_id)
    assert example is not None
    return example


def canary_number(seed: int) -> str:
    """The number that a run with this seed plants."""
    return _number(random.Random(f"canary/{seed}"))


def other_numbers(seed: int, count: int) -> list[str]:
    """Numbers of the same form that were not planted, all different."""
    draw = random.Random(f"not planted/{seed}")
    numbers = {canary_number(seed): None}
    while len(numbers) <= count:
        numbers[_number(draw)] = None
    return list(numbers)[1:]


def exposure(planted: float, others: list[float]) -> float:
    """How many bits of the planted number the model gives away, 0 to BITS.

    planted, others: losses in nats. That is -log2 of the share of all numbers with a lower loss,
    estimated from a skew-normal distribution fitted to `others` (section 4.3, "approximation by
    distribution modelling"). A model that never saw the number has 1.4 on average.
    """
    from scipy.stats import skewnorm

    if not all(map(math.isfinite, (planted, *others))):
        return math.nan
    if max(others) == min(others):
        return 0.0  # A model that finds all numbers equally likely.
    bits = -skewnorm.logcdf(planted, *skewnorm.fit(others)) / math.log(2)
    return float(min(max(bits, 0.0), BITS))


def _number(draw: random.Random) -> str:
    return "".join(draw.choices("0123456789", k=_DIGITS))
