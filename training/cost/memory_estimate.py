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

# Floats that a Llama layer saves for the backward pass per token, as multiples of the widths of the
# residual stream and of the feed-forward layer. Counted in tests/unit/test_memory_estimate.py.
_ACTIVATIONS: dict[Method, tuple[int, int]] = {"lora": (9, 4), "rosa": (9, 4), "full": (11, 4)}
_WITH_DROPOUT: dict[Method, tuple[int, int]] = {"lora": (18, 5), "rosa": (21, 6), "full": (11, 4)}

_HEAP_FACTOR = 1.8
"""What the heap takes for activations, as a multiple of what is in use: the rest is fragmentation.

Measured with glibc (same place): 1.9 for LoRA, 1.7 for RoSA, 1.3 with all weights.
"""

_LOGIT_COPIES = 3
"""Of a chunk's logits: themselves, their log-softmax, and the gradient."""

_FULL_FLOATS = 3
"""Per weight of full fine-tuning, besides itself: its gradient and AdamW's two moments."""

_SPARSE_FLOATS = 5
"""Per sparse value of RoSA: itself, its index, its gradient and AdamW's two moments."""

MEMORY_TOLERANCE = 0.2
"""How much too high an estimate may be: a run within it is not refused.

Measured: estimates for the embedded base are from 10 % below to 16 % above the peaks in
tests/bench/RESULTS.md, by method.
"""


def memory_gib(
    shape: BaseShape, settings: Settings, method: Method, bytes_per_number: int
) -> float:
    """The most memory of a run, in GiB. bytes_per_number: of the format that it computes in."""
    training, rosa = settings.training, settings.rosa
    tokens = max(training.micro_batch_tokens, training.max_tokens)
    hidden, inner = (_WITH_DROPOUT if rosa.dropout else _ACTIVATIONS)[method]
    per_token = shape.layers * (hidden * shape.hidden + inner * shape.inner)
    activations = bytes_per_number * tokens * per_token * _HEAP_FACTOR
    vocabulary = shape.in_head // shape.hidden
    floats = min(tokens, LOGIT_CHUNK) * _LOGIT_COPIES * vocabulary
    if method == "full":
        floats += _FULL_FLOATS * shape.weights
    elif method == "rosa" and rosa.d:
        # Masks are made from single mails, whose activations are small: the larger of both counts.
        mask_gradients = min(4 * shape.in_layers, rosa.mask_memory_mib << 20)
        activations = max(activations, mask_gradients)
        floats += int(_SPARSE_FLOATS * rosa.d * shape.in_layers)
    total = bytes_per_number * shape.weights + activations + 4 * floats
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
