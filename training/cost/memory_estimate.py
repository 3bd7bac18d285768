"""Estimate the most memory that a run will hold, from the shape of its base model."""

from __future__ import annotations

from engine.models import Method
from engine.settings import Settings
from training.bases.base_shape import BaseShape
from training.cost.sizes import LOGIT_CHUNK

_LIBRARIES_GIB = 0.42
"""Of a process that has imported the training loop, transformers and PEFT.

Measured (tests/bench/RESULTS.md, "Memory of a step").
"""

# Numbers that a Llama layer saves for the backward pass per token, as multiples of the widths of
# the residual stream and the feed-forward layer, by bytes per number. Counted in
# tests/unit/test_memory_estimate.py.
_ACTIVATIONS: dict[int, dict[Method, tuple[int, int]]] = {
    4: {"lora": (7, 3), "rosa": (7, 3), "full": (7, 3)},
    2: {"lora": (10, 3), "rosa": (7, 3), "full": (9, 3)},
}
_WITH_DROPOUT: dict[Method, tuple[int, int]] = {"lora": (16, 4), "rosa": (19, 5)}

_HEAP_FACTOR: dict[int, dict[Method, float]] = {
    4: {"lora": 2.4, "rosa": 1.7, "full": 1.6},
    2: {"lora": 2.6, "rosa": 3.1, "full": 2.4},
}
"""The heap's growth in a step as a multiple of the activations in use, by bytes per number.

Measured with glibc (tests/bench/RESULTS.md, "In bfloat16").
"""

_FULL_FLOATS = 3
"""Per weight of full fine-tuning, besides itself: its gradient and AdamW's two moments."""

_SPARSE_FLOATS = 5
"""Per sparse value of RoSA: itself, its index, its gradient and AdamW's two moments."""

MEMORY_TOLERANCE = 0.2
"""How much too high an estimate may be: a run within it is not refused.

Measured: estimates for the embedded base are within 5 % of the peaks of five steps in
tests/bench/RESULTS.md, which rise by up to a quarter in a longer run.
"""


def memory_gib(
    shape: BaseShape, settings: Settings, method: Method, bytes_per_number: int
) -> float:
    """The most memory of a run, in GiB. bytes_per_number: of the format that it computes in."""
    training, rosa = settings.training, settings.rosa
    tokens = max(training.micro_batch_tokens, training.max_tokens)
    hidden, inner = _ACTIVATIONS[bytes_per_number][method]
    if rosa.dropout and method != "full":
        hidden, inner = _WITH_DROPOUT[method]
    floats = 0
    if method == "full":
        floats += _FULL_FLOATS * shape.weights
        if bytes_per_number < 4:  # The weights themselves, beside a copy for the products.
            floats += shape.weights
    elif method == "rosa" and rosa.d:
        floats += int(_SPARSE_FLOATS * rosa.d * shape.in_layers)
    per_token = shape.layers * (hidden * shape.hidden + inner * shape.inner)
    factor = _HEAP_FACTOR[bytes_per_number][method]
    activations = bytes_per_number * tokens * per_token * factor
    if method == "rosa" and rosa.d:
        # Masks are made from single mails, whose activations are small: the larger of both counts.
        activations = max(activations, min(4 * shape.in_layers, rosa.mask_memory_mib << 20))
    logits = min(tokens, LOGIT_CHUNK) * (shape.in_head // shape.hidden)
    total = bytes_per_number * (shape.weights + logits) + activations + 4 * floats
    return _LIBRARIES_GIB + total / 2**30


def largest_fitting(
    shape: BaseShape, settings: Settings, method: Method, free_gib: float, bytes_per_number: int
) -> BaseShape | None:
    """The largest model of the same proportions that fits; None when none does."""
    smaller = (_scaled(shape, percent / 100) for percent in range(99, 0, -1))
    return next(
        (s for s in smaller if memory_gib(s, settings, method, bytes_per_number) <= free_gib), None
    )


def _scaled(shape: BaseShape, share: float) -> BaseShape:
    """A model of `share` of the weights: they grow with width, width and depth."""
    width = share ** (1 / 3)
    return BaseShape(
        weights=int(shape.weights * share),
        in_layers=int(shape.in_layers * share),
        in_head=int(shape.in_head * width),
        hidden=int(shape.hidden * width),
        inner=int(shape.inner * width),
        layers=max(1, int(shape.layers * width)),
    )
