"""Choose where each layer's sparse part is: the top entries of the accumulated weight gradient."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Literal, TypeVar

import torch
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from training.rosa.layer import RosaLinear
from training.rosa.model import rosa_layers
from training.rosa.weight_gradients import GradientSelection, all_reduce, is_distributed

Batch = TypeVar("Batch")
Gradient = Literal["mean_squared", "mean"]


def masks_made(model: nn.Module) -> bool:
    """Whether all sparse parts of active adapters have their mask."""
    return all(
        layer.has_mask(name)
        for _, layer in rosa_layers(model)
        for name in layer.active_adapters
        if name in layer.mask_made
    )


def mask_density(model: nn.Module) -> dict[str, float]:
    """By layer name: the share of W in the active adapters' masks, 0.0 before they are made."""
    density = {}
    for layer_name, layer in rosa_layers(model):
        entries = sum(
            layer.rosa_indices[name].numel()
            for name in layer.active_adapters
            if layer.has_mask(name)
        )
        density[layer_name] = entries / (layer.in_features * layer.out_features)
    return density


def make_masks(
    model: nn.Module,
    batches: Iterable[Batch],
    loss: Callable[[nn.Module, Batch], torch.Tensor],
    *,
    gradient: Gradient = "mean_squared",
    memory_budget: int | None = None,
) -> None:
    """Put each layer's sparse part at the top d·numel entries of its weight gradient.

    The gradient of `loss(model, batch)` with respect to the effective weight is accumulated over
    `batches`: its mean, or the mean of each example's squared gradient, which is the diagonal of
    the empirical Fisher information (arXiv 2401.04679). The first dimension of the input counts the
    examples of a batch, so that a loss summed over them gives the same masks however they are
    batched; several texts packed into one row are one example. For the active adapter.

    `memory_budget`, in bytes, limits the accumulators, which are float32 and of the weight's size;
    None means that of the largest layer. Layers that do not fit together are processed in groups,
    with all batches run again for each group (see `count_passes`) from the same random state, so
    that the masks do not depend on the budget. All masks are set at the end, or none on an error.

    In a torch.distributed group all processes call this together, each with its share of the
    batches, which may be empty. Gradients are summed over processes, so each gets the masks of one
    process with all batches. `loss` is given the model without its DDP wrapper, which needs
    `find_unused_parameters` until the masks are made.

    `loss` runs the model once. Dropout and gradient checkpointing follow the model's own mode.

    Raises ValueError without a batch or a sparse part, when masks are made already, when the
    adapter can't get a gradient, when the budget is below the largest layer's need, when a layer
    gets no gradient or one that is not finite, when it is used twice in a forward pass, or when its
    rows can't be divided among the examples.
    """
    if gradient not in ("mean_squared", "mean"):
        raise ValueError(f"gradient must be 'mean_squared' or 'mean', not {gradient!r}")
    if isinstance(model, DistributedDataParallel):
        model = model.module
    adapter_name, layers = _sparse_layers(model)
    kept = list(batches)
    device = next(iter(layers.values())).rosa_values[adapter_name].device
    total = int(all_reduce(torch.tensor(len(kept), device=device)).item())
    _check_ready(adapter_name, layers, total)
    groups = _groups(layers, total, memory_budget)

    counts = {name: layer.rosa_indices[adapter_name].numel() for name, layer in layers.items()}
    indices: dict[str, torch.Tensor] = {}
    for group in groups:
        with _only_trainable(model, [group[name].rosa_values[adapter_name] for name in group]):
            selection = GradientSelection(group, counts, squared=gradient == "mean_squared")
            indices |= selection.run(model, kept, loss)
    for name, layer in layers.items():
        layer.set_mask(adapter_name, indices[name])


def count_passes(model: nn.Module, batches: int, *, memory_budget: int | None = None) -> int:
    """How often `make_masks` runs all of so many batches through the model."""
    _, layers = _sparse_layers(model)
    return len(_groups(layers, batches, memory_budget))


def _check_ready(adapter_name: str, layers: dict[str, RosaLinear], batches: int) -> None:
    if not batches:
        raise ValueError("masks need at least one batch")
    if any(layer.merged or layer.disable_adapters for layer in layers.values()):
        raise ValueError(f"adapter {adapter_name!r} is merged or disabled, so it gets no gradient")
    if any(layer.has_mask(adapter_name) for layer in layers.values()):
        raise ValueError(f"the masks of adapter {adapter_name!r} are made already")
    if not all(layer.rosa_values[adapter_name].requires_grad for layer in layers.values()):
        raise ValueError(f"adapter {adapter_name!r} is frozen: load it as trainable")


def _sparse_layers(model: nn.Module) -> tuple[str, dict[str, RosaLinear]]:
    """The active adapter's name, and its layers with a sparse part by name."""
    active = {name for _, layer in rosa_layers(model) for name in layer.active_adapters}
    if len(active) != 1:
        raise ValueError(f"masks are made for one active adapter, but {len(active)} are active")
    (adapter_name,) = active
    layers = {
        name: layer for name, layer in rosa_layers(model) if adapter_name in layer.rosa_values
    }
    if not layers:
        raise ValueError(f"adapter {adapter_name!r} has no sparse part")
    return adapter_name, layers


def _groups(
    layers: dict[str, RosaLinear], batches: int, memory_budget: int | None
) -> list[dict[str, RosaLinear]]:
    """Layers whose accumulators fit the budget together, in the model's order."""
    if batches == 1 and not is_distributed():
        # Each layer's entries are selected as soon as its gradient is there; none accumulates.
        return [layers]
    needs = {name: 4 * layer.in_features * layer.out_features for name, layer in layers.items()}
    budget = max(needs.values()) if memory_budget is None else memory_budget
    if budget < max(needs.values()):
        raise ValueError(
            f"a memory_budget of {budget} bytes is too small: "
            f"the largest layer needs {max(needs.values())}"
        )
    groups: list[dict[str, RosaLinear]] = [{}]
    free = budget
    for name, layer in layers.items():
        if needs[name] > free:
            groups.append({})
            free = budget
        groups[-1][name] = layer
        free -= needs[name]
    return groups


@contextmanager
def _only_trainable(model: nn.Module, chosen: list[nn.Parameter]) -> Iterator[None]:
    """Let only `chosen` require a gradient, so that no other is computed or left behind."""
    required = [parameter for parameter in model.parameters() if parameter.requires_grad]
    try:
        for parameter in required:
            parameter.requires_grad_(False)
        for parameter in chosen:
            parameter.requires_grad_(True)
        yield
    finally:
        for parameter in required:
            parameter.requires_grad_(True)
