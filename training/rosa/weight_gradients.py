"""Accumulate the weight gradients of adapted layers over batches, and select their top entries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
import torch.distributed as dist
from torch import nn

from training.rosa.layer import RosaLinear
from training.rosa.model import rosa_layers

_SELECTED_AT_ONCE = 1 << 22
"""Entries given to topk at a time: it copies them at 16 bytes each, here 64 MiB."""


class GradientSelection:
    """Selects the largest entries of each layer's weight gradient, accumulated over one pass.

    layers: those to select for, by name. counts: how many entries of each. squared: accumulate the
    squares of each example's gradient instead of the gradient.
    """

    def __init__(
        self, layers: dict[str, RosaLinear], counts: dict[str, int], squared: bool
    ) -> None:
        self._layers = layers
        self._counts = counts
        self._squared = squared
        self._totals: dict[str, torch.Tensor] = {}
        self._selected: dict[str, torch.Tensor] = {}
        self._seen: set[str] = set()  # Layers that were used in the present backward pass.
        self._examples = 0  # Of the present batch; 0 until its forward pass has begun.
        self._is_last_batch = False

    def run(
        self,
        model: nn.Module,
        batches: list[Any],
        loss: Callable[[nn.Module, Any], torch.Tensor],
    ) -> dict[str, torch.Tensor]:
        """Return the selected indices of each layer, the same in all processes.

        Raises ValueError for a layer without a gradient, or with one that is not finite.
        """
        with self._observing(model), _forked_random_state(model), torch.enable_grad():
            for number, batch in enumerate(batches, start=1):
                self._seen.clear()
                self._examples = 0
                self._is_last_batch = number == len(batches)
                loss(model, batch).backward()
        if is_distributed():
            self._sum_over_processes()
        for name in list(self._totals):
            self._select(name)
        missing = [name for name in self._layers if name not in self._selected]
        if missing:
            raise ValueError(f"no gradient reached {missing[0]}, so it gets no mask")
        return self._selected

    @contextmanager
    def _observing(self, model: nn.Module) -> Iterator[None]:
        hooks = [
            layer.register_forward_pre_hook(self._count_examples) for _, layer in rosa_layers(model)
        ]
        try:
            for name, layer in self._layers.items():
                layer.gradient_observer = partial(self._observe, name)
            yield
        finally:
            for layer in self._layers.values():
                layer.gradient_observer = None
            for hook in hooks:
                hook.remove()

    def _count_examples(self, layer: nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        # The first layer's input counts; later layers may get the rows of all examples in one.
        if not self._examples:
            self._examples = inputs[0].shape[0] if inputs[0].dim() > 1 else 1

    def _observe(self, name: str, grad_output: torch.Tensor, x: torch.Tensor) -> None:
        """Add one layer's gradient, given in a backward pass as its two factors."""
        if name in self._seen:
            raise ValueError(f"{name} is used twice in one forward pass")
        self._seen.add(name)
        # A bfloat16 product would round the gradient's entries before they are compared.
        grad_output, x = grad_output.float(), x.float()
        if self._squared:
            if len(x) % self._examples:
                raise ValueError(
                    f"{name} has {len(x)} rows of {self._examples} examples; give them one by one"
                )
            gradient = sum_of_squares(grad_output, x, self._examples)
        else:
            gradient = grad_output.t() @ x
        if name in self._totals:
            self._totals[name].add_(gradient)
        else:
            self._totals[name] = gradient
        if self._is_last_batch and not is_distributed():
            self._select(name)  # Frees the layer's total before the next layer's is made.

    def _select(self, name: str) -> None:
        try:
            self._selected[name] = top_entries(self._totals.pop(name), self._counts[name])
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None

    def _sum_over_processes(self) -> None:
        """Sum over all processes, which must reduce the same layers in the same order."""
        weights = {name: layer.get_base_layer().weight for name, layer in self._layers.items()}
        device = next(iter(weights.values())).device
        reached = torch.tensor([name in self._totals for name in self._layers], device=device).int()
        for name, count in zip(self._layers, all_reduce(reached).tolist(), strict=True):
            if count:
                layer = self._layers[name]
                total = self._totals.get(name)
                if total is None:
                    shape = (layer.out_features, layer.in_features)
                    total = torch.zeros(shape, device=weights[name].device)
                self._totals[name] = all_reduce(total)


def sum_of_squares(grad_output: torch.Tensor, x: torch.Tensor, examples: int) -> torch.Tensor:
    """Sum over the examples of their squared weight gradients, float32 [out, in].

    `grad_output` is [rows, out], `x` [rows, in]; all examples have equally many consecutive rows.
    """
    if len(x) == examples:  # One row each: the square of an outer product is that of its factors.
        return grad_output.float().square().t() @ x.float().square()
    parts = zip(grad_output.chunk(examples), x.chunk(examples), strict=True)
    squares = ((g.t() @ rows).float().square_() for g, rows in parts)
    total = next(squares)
    for square in squares:
        total.add_(square)
    return total


def top_entries(total: torch.Tensor, count: int) -> torch.Tensor:
    """Flat indices of the `count` entries largest in absolute value, int32 and sorted.

    Raises ValueError for a tensor that is not finite. Changes `total`.
    """
    if not torch.isfinite(total.sum()):
        raise ValueError("the gradient holds NaN or infinity")
    entries = total.abs_().view(-1)
    values = entries.new_empty(0)
    indices = torch.empty(0, dtype=torch.int64, device=total.device)
    for chunk in entries.split(max(count, _SELECTED_AT_ONCE)):
        start = chunk.storage_offset() - entries.storage_offset()
        top = chunk.topk(min(count, chunk.numel()), sorted=False)
        values = torch.cat([values, top.values])
        indices = torch.cat([indices, top.indices + start])
        kept = values.topk(min(count, values.numel()), sorted=False).indices
        values, indices = values[kept], indices[kept]
    return indices.sort().values.int()


def is_distributed() -> bool:
    """Whether this is one of several processes of torch.distributed."""
    return dist.is_available() and dist.is_initialized() and dist.get_world_size() > 1


def all_reduce(tensor: torch.Tensor) -> torch.Tensor:
    """Sum a tensor over all processes, in place."""
    if is_distributed():
        dist.all_reduce(tensor)
    return tensor


@contextmanager
def _forked_random_state(model: nn.Module) -> Iterator[None]:
    """Restore the random state afterwards, so that each pass draws the same numbers."""
    devices = {parameter.device for parameter in model.parameters()} - {torch.device("cpu")}
    kind = next((device.type for device in devices), "cuda")
    with torch.random.fork_rng([device.index for device in devices], device_type=kind):
        yield
