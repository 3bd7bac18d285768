"""A linear layer with a low-rank and a sparse part for each of its adapters."""

from __future__ import annotations

import math
import warnings
from typing import Any

import torch
import torch.nn.functional as F
from peft.tuners._buffer_dict import BufferDict
from peft.tuners.tuners_utils import BaseTunerLayer, check_adapters_to_merge
from peft.utils import resolve_quantization_backend
from torch import nn

from training.rosa.config import RosaConfig
from training.rosa.sparse import (
    GradientObserver,
    Weight,
    add_low_rank,
    check_indices,
    combine,
    sparse_linear,
    to_dense,
)

NO_MASK = -1
"""All indices until the mask is made, so that a saved adapter shows whether it is."""


class RosaLinear(nn.Module, BaseTunerLayer):
    """Replaces the W of an `nn.Linear` by the effective weight W + (alpha / r)·B·A + S.

    Per adapter: `rosa_A` [r, in], `rosa_B` [out, r], `rosa_values` [nnz], all float32, and
    `rosa_indices` [nnz], int32. nnz = max(1, int(d·out·in)) is known before the mask is. Until the
    mask is made, S is zero and its values get no gradient.

    W may be quantised; it is dequantised for each product. Only merging changes the stored bits of
    bitsandbytes (4 or 8). A layer that brings its own PEFT `quantization_backend` can't be merged
    into.

    PEFT's "all-linear" recognises an adapted layer by the "Linear" in its class's name.
    """

    adapter_layer_names = ("rosa_A", "rosa_B", "rosa_values")
    other_param_names = ("scaling", "dropout", "rosa_indices", "mask_made")

    def __init__(self, base_layer: nn.Linear, adapter_name: str, config: RosaConfig) -> None:
        super().__init__()
        self.base_layer = base_layer
        own = getattr(base_layer, "quantization_backend", None)
        self.quantization_backend = own or resolve_quantization_backend(base_layer)
        self.in_features = base_layer.in_features
        self.out_features = base_layer.out_features
        self.scaling: dict[str, float] = {}
        self.dropout: dict[str, float] = {}
        self.mask_made: dict[str, bool] = {}
        self.rosa_A = nn.ParameterDict()
        self.rosa_B = nn.ParameterDict()
        self.rosa_values = nn.ParameterDict()
        self.rosa_indices = BufferDict(persistent=True)
        # Called with the output gradient and the input in each backward pass (weight_gradients.py).
        self.gradient_observer: GradientObserver | None = None
        self._disable_adapters = False
        self.merged_adapters: list[str] = []
        self._active_adapter = adapter_name
        # In a tuple, so that it is not registered as a parameter of this module.
        self._before_merging: tuple[nn.Parameter, ...] = ()
        self.register_load_state_dict_pre_hook(_check_stored)
        self.register_load_state_dict_post_hook(_recognise_masks)
        self.update_layer(adapter_name, config)

    def update_layer(self, adapter_name: str, config: RosaConfig) -> None:
        """Add an adapter that changes nothing yet: B and the sparse values are zero.

        Raises ValueError for a base weight that can't have a sparse part.
        """
        weight = self.get_base_layer().weight
        self.scaling[adapter_name] = config.alpha / max(1, config.r)
        self.dropout[adapter_name] = config.dropout
        if config.r > 0:
            factors = {"dtype": torch.float32, "device": weight.device}
            self.rosa_A[adapter_name] = nn.Parameter(
                torch.empty(config.r, self.in_features, **factors)
            )
            self.rosa_B[adapter_name] = nn.Parameter(
                torch.empty(self.out_features, config.r, **factors)
            )
            self.reset_low_rank(adapter_name)
        if config.d > 0:
            numel = self.out_features * self.in_features
            if numel >= 2**31:
                raise ValueError(f"a weight of {numel} entries is too large for 32-bit indices")
            if not weight.is_contiguous():
                raise ValueError("the sparse part needs a contiguous base weight")
            nnz = max(1, int(config.d * numel))
            self.rosa_values[adapter_name] = nn.Parameter(
                torch.zeros(nnz, dtype=torch.float32, device=weight.device)
            )
            self.rosa_indices[adapter_name] = torch.full(
                (nnz,), NO_MASK, dtype=torch.int32, device=weight.device
            )
            self.mask_made[adapter_name] = False
        self.set_adapter(self.active_adapters, inference_mode=config.inference_mode)

    def reset_low_rank(self, adapter_name: str) -> None:
        """Initialise A randomly and B to zero, as LoRA does."""
        nn.init.kaiming_uniform_(self.rosa_A[adapter_name], a=math.sqrt(5))
        nn.init.zeros_(self.rosa_B[adapter_name])

    def set_mask(self, adapter_name: str, indices: torch.Tensor) -> None:
        """Put the sparse part at `indices` (nnz, strictly increasing); its values become zero.

        Raises ValueError for other indices.
        """
        held = self.rosa_indices[adapter_name]
        if indices.shape != held.shape:
            raise ValueError(f"the mask needs {held.numel()} indices, not {indices.numel()}")
        check_indices(indices, self.out_features * self.in_features)
        held.copy_(indices)
        with torch.no_grad():
            self.rosa_values[adapter_name].zero_()
        self.mask_made[adapter_name] = True

    def has_mask(self, adapter_name: str) -> bool:
        """Whether the mask of the adapter's sparse part is made.

        The indices are checked until it is, since not every loader calls `load_state_dict`. Raises
        ValueError when they are not strictly increasing indices of the weight.
        """
        if not self.mask_made.get(adapter_name, True):
            indices = self.rosa_indices[adapter_name]
            if not indices.is_meta and bool((indices != NO_MASK).any()):
                check_indices(indices, self.out_features * self.in_features)
                self.mask_made[adapter_name] = True
        return self.mask_made.get(adapter_name, False)

    def _move_adapter_to_device_of_base_layer(
        self, adapter_name: str, device: torch.device | None = None
    ) -> None:
        """Unlike PEFT's, keep float32: in low precision small updates would be lost."""
        device = device or self.get_base_layer().weight.device
        for parts in (self.rosa_A, self.rosa_B, self.rosa_values, self.rosa_indices):
            if adapter_name in parts and not parts[adapter_name].is_meta:
                parts[adapter_name] = parts[adapter_name].to(device)

    def get_delta_weight(self, adapter_name: str) -> torch.Tensor:
        """What the adapter adds to W: dense float32 [out, in]."""
        shape = torch.Size((self.out_features, self.in_features))
        if self.has_mask(adapter_name):
            delta = to_dense(
                self.rosa_indices[adapter_name], self.rosa_values[adapter_name].detach(), shape
            )
        else:
            delta = torch.zeros(shape, device=self._adapter_device(adapter_name))
        if adapter_name in self.rosa_A:
            b, a = self.rosa_B[adapter_name].detach(), self.rosa_A[adapter_name].detach()
            delta.addmm_(b, a, alpha=self.scaling[adapter_name])
        return delta

    def _adapter_device(self, adapter_name: str) -> torch.device:
        parts = (self.rosa_A, self.rosa_values)
        return next(part[adapter_name].device for part in parts if adapter_name in part)

    def merge(self, safe_merge: bool = False, adapter_names: list[str] | None = None) -> None:
        """Add the given or active adapters to W, in float32 and rounded once to W's dtype.

        While merged, an unquantised W is a new parameter, even if it was tied to another layer's.
        The old one is kept so that `unmerge` restores it bit by bit. With `safe_merge`, raises
        ValueError when the result is not finite; W is then unchanged.
        """
        for adapter_name in check_adapters_to_merge(self, adapter_names):
            if adapter_name in self.scaling:
                before = self.get_base_layer().weight
                self._add_to_base(self.get_delta_weight(adapter_name), only_finite=safe_merge)
                if self.quantization_backend is None and not self.merged_adapters:
                    self._before_merging = (before,)
                self.merged_adapters.append(adapter_name)

    def unmerge(self) -> None:
        """Remove the merged adapters from W; a quantised W is restored up to rounding."""
        if not self.merged:
            warnings.warn("Already unmerged. Nothing to do.", stacklevel=2)
        if self._before_merging:
            (before,), weight = self._before_merging, self.get_base_layer().weight
            before.data = before.data.to(weight.device, weight.dtype)
            self.get_base_layer().weight = before
            self._before_merging = ()
            self.merged_adapters.clear()
        while self.merged_adapters:
            self._add_to_base(self.get_delta_weight(self.merged_adapters[-1]).neg_())
            self.merged_adapters.pop()

    def _add_to_base(self, delta: torch.Tensor, only_finite: bool = False) -> None:
        weight = self.get_base_weight()
        changed = (weight + delta).to(weight.dtype)
        if only_finite and not torch.isfinite(changed).all():
            raise ValueError("the merged weight has NaN or infinity: the adapter is broken")
        if self.quantization_backend is None:
            self.get_base_layer().weight = nn.Parameter(changed, weight.requires_grad)
        else:
            self.set_base_weight(changed)

    def forward(self, x: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
        if self.disable_adapters and self.merged:
            self.unmerge()
        names = [name for name in self.active_adapters if name in self.scaling]
        if self.disable_adapters or self.merged or not names:
            return self.base_layer(x, *args, **kwargs)
        device = x.device.type
        if torch.amp.is_autocast_available(device) and torch.is_autocast_enabled(device):
            dtype = torch.get_autocast_dtype(device)
        elif self.quantization_backend is not None:
            dtype = x.dtype  # Quantised weights have no dtype to compute in.
        else:
            dtype = self.get_base_layer().weight.dtype
        rows = x.reshape(-1, self.in_features).to(dtype)
        result = self._base_and_sparse(rows, names)
        for name in names:
            if name in self.rosa_A:
                dropped = F.dropout(rows, self.dropout[name], self.training)
                factors = self.rosa_A[name].to(dtype), self.rosa_B[name].to(dtype)
                result = add_low_rank(result, dropped, *factors, self.scaling[name])
        return result.view(*x.shape[:-1], self.out_features)

    def _base_and_sparse(self, rows: torch.Tensor, names: list[str]) -> torch.Tensor:
        base = self.get_base_layer()
        weight: Weight = base.weight if self.quantization_backend is None else self.get_base_weight
        parts = [
            (self.rosa_indices[name], self.rosa_values[name])
            for name in names
            if self.has_mask(name)
        ]
        if parts:
            indices, values = combine(parts)
            return sparse_linear(rows, weight, base.bias, indices, values, self.gradient_observer)
        if self.gradient_observer is not None:
            values = self.rosa_values[names[0]]
            return sparse_linear(rows, weight, base.bias, None, values, self.gradient_observer)
        return self.base_layer(rows)

    def __repr__(self) -> str:
        return "rosa." + super().__repr__()


def _check_stored(layer: RosaLinear, tensors: dict[str, Any], prefix: str, *_: Any) -> None:
    """Before loading: explain mismatches by the configuration, and find damaged indices."""
    for part, setting in {"rosa_A": "r", "rosa_B": "r", "rosa_values": "d"}.items():
        for name, held in getattr(layer, part).items():
            stored = tensors.get(f"{prefix}{part}.{name}")
            if stored is not None and stored.shape != held.shape:
                raise ValueError(
                    f"{prefix}{part} is {list(stored.shape)} in the file but {list(held.shape)} by "
                    f"the configuration's {setting} and this base: the adapter was trained with "
                    f"another {setting}, or for another base model"
                )
    for name in layer.rosa_indices:
        indices = tensors.get(f"{prefix}rosa_indices.{name}")
        if indices is not None and bool((indices != NO_MASK).any()):
            try:
                check_indices(indices, layer.out_features * layer.in_features)
            except ValueError as error:
                raise ValueError(
                    f"{prefix}rosa_indices in the file is damaged or for another base: {error}"
                ) from None


def _recognise_masks(layer: RosaLinear, _incompatible_keys: Any) -> None:
    """After loading: determine from the indices whether each adapter's mask is made."""
    for name in layer.rosa_indices:
        layer.mask_made[name] = False
        layer.has_mask(name)
