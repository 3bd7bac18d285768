"""Estimate the most memory that a run will hold, from the shape of its base model."""

from __future__ import annotations

import math
from dataclasses import dataclass

from engine.models.models import Method
from engine.settings import Settings
from training.bases.base_shape import BaseShape
from training.bases.sizes import DEQUANTISED_BYTES
from training.cost.sizes import LOGIT_CHUNK, QUANTISED_LOGIT_CHUNK

_LIBRARIES_GIB = 0.42
"""Of a process that has imported the training loop, transformers and PEFT.

Measured (tests/bench/RESULTS.md, "Memory of a step").
"""

# Numbers that a Llama layer saves for the backward pass per token, as multiples of the widths of
# the residual stream and the feed-forward layer, by bytes per number. Counted in
# tests/unit/cost/test_memory_estimate.py.
_ACTIVATIONS: dict[int, dict[Method, tuple[int, int]]] = {
    4: {"lora": (7, 3), "rosa": (7, 3), "full": (7, 3)},
    2: {"lora": (10, 3), "rosa": (7, 3), "full": (9, 3)},
}
_WITH_DROPOUT: dict[Method, tuple[int, int]] = {"lora": (16, 4), "rosa": (19, 5)}

_HEAP_FACTOR: dict[int, dict[Method, float]] = {
    4: {"lora": 2.4, "rosa": 3.2, "full": 1.6},
    2: {"lora": 2.6, "rosa": 3.1, "full": 2.4},
}
"""The heap's growth in a step as a multiple of the activations in use, by bytes per number.

Measured with glibc (tests/bench/RESULTS.md): RoSA in float32 in whole runs, whose rows differ in
length; the others in five steps.
"""

_LOW_RANK_FLOATS = 4
"""Per parameter of the low-rank part: itself, its gradient and AdamW's two moments."""

_MATRICES = 7
"""In a layer: q, k, v, o, gate, up and down."""

_FULL_FLOATS = 3
"""Per weight of full fine-tuning, besides itself: its gradient and AdamW's two moments."""

_SPARSE_FLOATS = 5
"""Per sparse value of RoSA: itself, its index, its gradient and AdamW's two moments."""

MEMORY_TOLERANCE = 0.2
"""How much too high an estimate may be: a run within it is not refused.

Measured: estimates for the embedded base are within 5 % of the peaks in tests/bench/RESULTS.md;
those of five steps rose by up to a quarter in a longer run.
"""


@dataclass(frozen=True)
class Saving:
    """How a run saves memory, which takes time.

    quantised: the base's weights stay as its GGUF has them. recomputed: only each layer's input is
    kept for the backward pass, which computes the rest again (gradient checkpointing).
    """

    quantised: bool = False
    recomputed: bool = False


NO_SAVING = Saving()


def memory_gib(
    shape: BaseShape,
    settings: Settings,
    method: Method,
    bytes_per_number: int,
    saving: Saving = NO_SAVING,
) -> float:
    """The most memory of a run, in GiB. bytes_per_number: of the format that it computes in."""
    training, rosa = settings.training, settings.rosa
    tokens = max(training.micro_batch_tokens, training.max_tokens)
    floats = _trained_floats(shape, settings, method, bytes_per_number)
    activations = tokens * _activations_per_token(shape, settings, method, bytes_per_number, saving)
    if method == "rosa" and rosa.d:
        # Masks are made from single mails, whose activations are small: the larger of both counts.
        activations = max(activations, min(4 * shape.in_layers, rosa.mask_memory_mib << 20))
    chunk = QUANTISED_LOGIT_CHUNK if saving.quantised else LOGIT_CHUNK
    logits = min(tokens, chunk) * (shape.in_head // shape.hidden)
    weights = bytes_per_number * shape.weights
    if saving.quantised:  # With a layer's weight, or a part of the head's, for a product.
        layer, head = (bytes_per_number * n for n in (shape.hidden * shape.inner, shape.in_head))
        weights = shape.stored + max(layer, min(DEQUANTISED_BYTES, head))
    total = weights + bytes_per_number * logits + activations + 4 * floats
    return _LIBRARIES_GIB + total / 2**30


def _trained_floats(
    shape: BaseShape, settings: Settings, method: Method, bytes_per_number: int
) -> int:
    """Numbers in float32 for what is trained: parameters, gradients and the optimizer's."""
    rosa = settings.rosa
    if method == "full":
        # In bfloat16 the weights themselves, too, beside a copy for the products.
        return shape.weights * (_FULL_FLOATS + (bytes_per_number < 4))
    # Rows and columns of matrices of which only the number of weights is known.
    sides = 2 * _MATRICES * math.sqrt(shape.in_layers * shape.layers / _MATRICES)
    floats = _LOW_RANK_FLOATS * rosa.r * sides
    if method == "rosa":
        floats += _SPARSE_FLOATS * rosa.d * shape.in_layers
    return int(floats)


def _activations_per_token(
    shape: BaseShape, settings: Settings, method: Method, bytes_per_number: int, saving: Saving
) -> float:
    """Bytes that the heap grows by for each token of a micro-batch."""
    hidden, inner = _ACTIVATIONS[bytes_per_number][method]
    if settings.rosa.dropout and method != "full":
        hidden, inner = _WITH_DROPOUT[method]
    of_layer = hidden * shape.hidden + inner * shape.inner
    numbers = shape.layers * of_layer
    if saving.recomputed:
        numbers = min(numbers, shape.layers * shape.hidden + of_layer)
    return bytes_per_number * numbers * _HEAP_FACTOR[bytes_per_number][method]


def choose_saving(
    shape: BaseShape, settings: Settings, method: Method, free_gib: float, bytes_per_number: int
) -> Saving:
    """The quickest way to train on a CPU that fits into memory; if none does, the smallest."""
    if method == "full" or not shape.stored:
        return NO_SAVING
    ways = (NO_SAVING, Saving(quantised=True), Saving(quantised=True, recomputed=True))
    needs = {way: memory_gib(shape, settings, method, bytes_per_number, way) for way in ways}
    fitting = (way for way in ways if needs[way] <= free_gib)
    return next(fitting, min(ways, key=lambda way: needs[way]))


def stays_quantised(shape: BaseShape, bytes_per_number: int, free_gib: float) -> bool:
    """Whether the weights of a GGUF stay as they are where a model is only used."""
    whole = bytes_per_number * shape.weights
    return 0 < shape.stored < whole and _LIBRARIES_GIB + whole / 2**30 > free_gib


def largest_fitting(
    shape: BaseShape,
    settings: Settings,
    method: Method,
    free_gib: float,
    bytes_per_number: int,
    saving: Saving = NO_SAVING,
) -> BaseShape | None:
    """The largest model of the same proportions that fits; None when none does."""

    def needed(smaller: BaseShape) -> float:
        return memory_gib(smaller, settings, method, bytes_per_number, saving)

    smaller = (_scaled(shape, percent / 100) for percent in range(99, 0, -1))
    return next((s for s in smaller if needed(s) <= free_gib), None)


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
        stored=int(shape.stored * share),
    )
