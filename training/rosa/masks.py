"""Where the sparse part of each layer goes: the top entries of the accumulated weight gradient."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Literal, TypeVar

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from training.rosa.layer import RosaLinear
from training.rosa.model import rosa_layers

Batch = TypeVar("Batch")
Gradient = Literal["mean_squared", "mean"]

# topk copies what it chooses from at 16 bytes an entry, four times what a gradient takes.
_SELECTED_AT_ONCE = 1 << 22


def masks_made(model: nn.Module) -> bool:
    """Whether no sparse part of an active adapter still waits for its mask."""
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
        held = sum(
            layer.rosa_indices[name].numel()
            for name in layer.active_adapters
            if layer.has_mask(name)
        )
        density[layer_name] = held / (layer.in_features * layer.out_features)
    return density


def make_masks(
    model: nn.Module,
    batches: Iterable[Batch],
    loss: Callable[[nn.Module, Batch], torch.Tensor],
    *,
    gradient: Gradient = "mean_squared",
    memory_budget: int | None = None,
) -> None:
    """Place each layer's sparse part at the top d·numel entries of its weight gradient.

    The gradient of `loss(model, batch)` in the whole effective weight is accumulated over
    `batches`, as its mean or as the mean of each example's squared gradient, the diagonal of the
    empirical Fisher information (arXiv 2401.04679). The first dimension of the input counts the
    examples of a batch, so that a loss summed over them gives the same masks however they are
    batched; several texts packed into one row are one example. Made for the active adapter.

    `memory_budget`, in bytes, bounds the accumulators, float32 and of the weight's size; None means
    that of the largest layer. Layers that don't fit together are taken in groups, with all batches
    run again for each group (see `count_passes`), from the same random state, so that the masks
    don't depend on the budget. All masks are set at the end, or none when anything is raised.

    In a torch.distributed group every process gives its share of the batches (it may be none) and
    calls this at the same time; the gradients are summed over all, so each gets the mask that one
    process with all the batches would get. `loss` is given the model without its DDP wrapper, which
    needs `find_unused_parameters` for as long as no mask is made.

    `loss` runs the model once. Dropout and gradient checkpointing follow the model's own mode.

    Raises ValueError when there is no batch or no sparse part, when masks are made already or the
    adapter can't get a gradient, when the budget is below the largest layer's need, when a layer
    gets no gradient or one that isn't finite, when it is used twice in a forward pass, or when its
    rows can't be shared out among the examples.
    """
    if gradient not in ("mean_squared", "mean"):
        raise ValueError(f"gradient must be 'mean_squared' or 'mean', not {gradient!r}")
    if isinstance(model, DistributedDataParallel):
        model = model.module
    adapter_name, layers = _sparse_layers(model)
    kept = list(batches)
    device = next(iter(layers.values())).rosa_values[adapter_name].device
    count = _summed(torch.tensor(len(kept), device=device)).item()
    if not count:
        raise ValueError("masks need at least one batch")
    if any(layer.merged or layer.disable_adapters for layer in layers.values()):
        raise ValueError(f"adapter {adapter_name!r} is merged or disabled, so it gets no gradient")
    if any(layer.has_mask(adapter_name) for layer in layers.values()):
        raise ValueError(f"the masks of adapter {adapter_name!r} are made already")
    groups = _groups(layers, int(count), memory_budget)
    values = [layer.rosa_values[adapter_name] for layer in layers.values()]
    if not all(value.requires_grad for value in values):
        raise ValueError(f"adapter {adapter_name!r} is frozen: load it as trainable")

    indices: dict[str, torch.Tensor] = {}
    for group in groups:
        with _only_trainable(model, [group[name].rosa_values[adapter_name] for name in group]):
            indices |= _collect(model, group, adapter_name, kept, loss, gradient == "mean_squared")
    for name, layer in layers.items():
        layer.set_mask(adapter_name, indices[name])


def count_passes(model: nn.Module, batches: int, *, memory_budget: int | None = None) -> int:
    """How often `make_masks` runs all of that number of batches through the model."""
    _, layers = _sparse_layers(model)
    return len(_groups(layers, batches, memory_budget))


def _sparse_layers(model: nn.Module) -> tuple[str, dict[str, RosaLinear]]:
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
    if batches == 1 and not _is_shared():
        # Each layer's top entries are chosen as soon as its gradient is there, so nothing piles up.
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
    """Only `chosen` require a gradient: no other is computed, and none is left behind."""
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


def _collect(
    model: nn.Module,
    layers: dict[str, RosaLinear],
    adapter_name: str,
    batches: list[Any],
    loss: Callable[[nn.Module, Any], torch.Tensor],
    squared: bool,
) -> dict[str, torch.Tensor]:
    """One pass over the batches: the chosen indices of each layer, the same on all processes."""
    totals: dict[str, torch.Tensor] = {}
    indices: dict[str, torch.Tensor] = {}
    seen: set[str] = set()
    examples: list[int] = []
    last = False
    shared = _is_shared()

    def choose(name: str) -> None:
        nnz = layers[name].rosa_indices[adapter_name].numel()
        try:
            indices[name] = _top_entries(totals.pop(name), nnz)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None

    def observe(name: str, grad_output: torch.Tensor, x: torch.Tensor) -> None:
        if name in seen:
            raise ValueError(f"{name} is used twice in one forward pass")
        seen.add(name)
        if squared:
            if len(x) % examples[0]:
                raise ValueError(
                    f"{name} has {len(x)} rows of {examples[0]} examples; give them one by one"
                )
            weight_gradient = _sum_of_squares(grad_output, x, examples[0])
        else:
            weight_gradient = (grad_output.t() @ x).float()
        if name in totals:
            totals[name].add_(weight_gradient)
        else:
            totals[name] = weight_gradient
        if last and not shared:
            choose(name)

    def count_examples(layer: nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        # The first layer of a pass tells; later ones may see the rows of all examples in one.
        if not examples:
            examples.append(inputs[0].shape[0] if inputs[0].dim() > 1 else 1)

    hooks = [layer.register_forward_pre_hook(count_examples) for _, layer in rosa_layers(model)]
    try:
        for name, layer in layers.items():
            layer.gradient_observer = partial(observe, name)
        with _forked_random_state(model), torch.enable_grad():
            for number, batch in enumerate(batches, start=1):
                seen.clear()
                examples.clear()
                last = number == len(batches)
                loss(model, batch).backward()
    finally:
        for layer in layers.values():
            layer.gradient_observer = None
        for hook in hooks:
            hook.remove()

    if shared:
        totals = _summed_over_processes(totals, layers)
    for name in list(totals):
        choose(name)
    without = [name for name in layers if name not in indices]
    if without:
        raise ValueError(f"no gradient reached {without[0]}, so it gets no mask")
    return indices


def _sum_of_squares(grad_output: torch.Tensor, x: torch.Tensor, examples: int) -> torch.Tensor:
    """Sum over the examples of their squared weight gradients, float32 [out, in].

    `grad_output` is [rows, out], `x` [rows, in]; each example has as many rows, one behind another.
    """
    if len(x) == examples:  # One row each: the square of an outer product is that of its factors.
        return grad_output.float().square().t() @ x.float().square()
    parts = zip(grad_output.chunk(examples), x.chunk(examples), strict=True)
    squares = ((g.t() @ rows).float().square_() for g, rows in parts)
    total = next(squares)
    for square in squares:
        total.add_(square)
    return total


def _is_shared() -> bool:
    return dist.is_available() and dist.is_initialized() and dist.get_world_size() > 1


def _summed(tensor: torch.Tensor) -> torch.Tensor:
    """The sum of a tensor over all processes, in place."""
    if _is_shared():
        dist.all_reduce(tensor)
    return tensor


def _summed_over_processes(
    totals: dict[str, torch.Tensor], layers: dict[str, RosaLinear]
) -> dict[str, torch.Tensor]:
    """Every process must ask for the same sums in the same order, whatever it has seen itself."""
    weights = {name: layer.get_base_layer().weight for name, layer in layers.items()}
    device = next(iter(weights.values())).device
    reached = _summed(torch.tensor([name in totals for name in layers], device=device).int())
    summed = {}
    for name, count in zip(layers, reached.tolist(), strict=True):
        if count:
            shape = (layers[name].out_features, layers[name].in_features)
            mine = totals.pop(name, None)
            if mine is None:
                mine = torch.zeros(shape, device=weights[name].device)
            summed[name] = _summed(mine)
    return summed


def _top_entries(total: torch.Tensor, nnz: int) -> torch.Tensor:
    """Places of the `nnz` entries largest in absolute value, int32 and sorted."""
    if not torch.isfinite(total.sum()):
        raise ValueError("the gradient holds NaN or infinity")
    entries = total.abs_().view(-1)
    values, places = entries.new_empty(0), torch.empty(0, dtype=torch.int64, device=total.device)
    for piece in entries.split(max(nnz, _SELECTED_AT_ONCE)):
        begin = piece.storage_offset() - entries.storage_offset()
        top = piece.topk(min(nnz, piece.numel()), sorted=False)
        values = torch.cat([values, top.values])
        places = torch.cat([places, top.indices + begin])
        kept = values.topk(min(nnz, values.numel()), sorted=False).indices
        values, places = values[kept], places[kept]
    return places.sort().values.int()


@contextmanager
def _forked_random_state(model: nn.Module) -> Iterator[None]:
    """Random numbers drawn within leave no trace, so that each pass draws the same ones."""
    devices = {parameter.device for parameter in model.parameters()} - {torch.device("cpu")}
    kind = next((device.type for device in devices), "cuda")
    with torch.random.fork_rng([device.index for device in devices], device_type=kind):
        yield
