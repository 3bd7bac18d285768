"""Estimate how long a run will take: its operations, divided by the machine's speed.

Counted are the products with the base model's weights, 2 operations per weight and token in the
forward pass, as many for the gradient of the activations, and as many again for that of the weights
where those are trained.
"""

from __future__ import annotations

from engine.models.models import Method
from engine.settings import Settings
from training.bases.base_shape import BaseShape
from training.cost.machine import Machine
from training.cost.memory_estimate import NO_SAVING, Saving
from training.cost.sizes import SAMPLE_DRAFT_TOKENS
from training.cost.token_counts import TokenCounts

SHARE_OF_SPEED = {4: 0.7, 2: 0.4}
"""Of the speed of products alone, by bytes per number: attention, norms, softmax and the adapter
take the rest, which bfloat16 shortens less.

Measured (tests/bench/RESULTS.md, "In bfloat16"): of a step of 4.5 seconds 3.3 are products at full
speed, and 0.7 of one of 1.7 seconds in bfloat16.
"""

_SECONDS_TO_START = 20.0
"""Importing, loading the base and making the examples; measured with the embedded base."""

# Measured: a token of three sample drafts of the embedded base takes 0.09 seconds on two cores.
_BYTES_PER_SECOND = 12e9
"""All weights are read for each generated token, at the memory's speed."""

_SECONDS_PER_DEQUANTISED = 5e-10
"""Of a weight, for each pass of a micro-batch or drafted token; one thread takes 0.3 to 0.9 ns."""

_SECONDS_PER_LAYER = 1.5e-3
"""Of each generated token: what calling a layer's modules takes in Python and torch."""


def seconds(
    shape: BaseShape,
    tokens: TokenCounts,
    settings: Settings,
    method: Method,
    machine: Machine,
    saving: Saving = NO_SAVING,
) -> float:
    """Seconds of a whole run, its evaluations and sample drafts included."""
    flops = run_flops(shape, tokens, settings, method)
    if saving.recomputed:
        again = forward_flops(shape, tokens.train, tokens.train_labelled)
        flops += settings.training.epochs * again
    draft_tokens = (settings.training.epochs + 1) * SAMPLE_DRAFT_TOKENS
    drafting = draft_tokens * _seconds_per_draft_token(shape, machine)
    dequantising = 0.0
    if saving.quantised:
        # Training passes through the weights forward and backward, and perhaps forward again.
        each = 3 if saving.recomputed else 2
        passed = settings.training.epochs * (each * tokens.train + tokens.validation)
        passed += 2 * tokens.held_out
        passes = passed / settings.training.micro_batch_tokens + draft_tokens
        dequantising = passes * shape.weights * _SECONDS_PER_DEQUANTISED
    speed = machine.gflops * 1e9 * SHARE_OF_SPEED[machine.bytes_per_number]
    return _SECONDS_TO_START + flops / speed + drafting + dequantising


def run_flops(shape: BaseShape, tokens: TokenCounts, settings: Settings, method: Method) -> float:
    """Floating-point operations of a whole run in products with the base's weights."""
    backward = 2 if method == "full" else 1
    training = (1 + backward) * forward_flops(shape, tokens.train, tokens.train_labelled)
    validation = forward_flops(shape, tokens.validation, tokens.validation_labelled)
    # Held-out mails are evaluated with the base and with the trained model.
    held_out = 2 * forward_flops(shape, tokens.held_out, tokens.held_out_labelled)
    return settings.training.epochs * (training + validation) + held_out


def forward_flops(shape: BaseShape, tokens: int, labelled: int) -> float:
    """Floating-point operations of one forward pass; logits are of labelled tokens only."""
    return 2.0 * (shape.in_layers * tokens + shape.in_head * labelled)


def _seconds_per_draft_token(shape: BaseShape, machine: Machine) -> float:
    reading = shape.weights * machine.bytes_per_number / _BYTES_PER_SECOND
    return reading + shape.layers * _SECONDS_PER_LAYER
