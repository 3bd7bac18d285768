"""The RoSA tuner of PEFT: which layers it replaces, and their trainable parameters."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any, ClassVar

from peft.tuners.tuners_utils import BaseTuner
from torch import nn

from training.rosa.config import RosaConfig
from training.rosa.layer import RosaLinear


class RosaModel(BaseTuner):
    """A model whose targeted `nn.Linear` layers have a low-rank and a sparse part."""

    prefix = "rosa_"
    tuner_layer_cls = RosaLinear
    target_module_mapping: ClassVar[dict[str, list[str]]] = {}

    def _create_and_replace(
        self,
        config: RosaConfig,
        adapter_name: str,
        target: nn.Module,
        target_name: str,
        parent: nn.Module,
        current_key: str,
        **_: Any,
    ) -> None:
        config = config.of_layer(current_key)
        if isinstance(target, RosaLinear):
            target.update_layer(adapter_name, config)
            return
        if not isinstance(target, nn.Linear):
            raise TypeError(
                f"{current_key} is a {type(target).__name__}; RoSA adapts torch.nn.Linear only"
            )
        layer = RosaLinear(target, adapter_name, config)
        if adapter_name not in self.active_adapters:
            layer.requires_grad_(False)
        self._replace_module(parent, target_name, layer, target)

    def _enable_peft_forward_hooks(
        self, *_: Any, adapter_names: Any = None, **__: Any
    ) -> AbstractContextManager[None]:
        """Called by PEFT before each forward pass; its own silently ignores `adapter_names`."""
        if adapter_names is not None:
            raise ValueError(
                "RoSA does not support batches of several adapters (adapter_names): "
                "use set_adapter and one batch for each"
            )
        return nullcontext()


def rosa_layers(model: nn.Module) -> Iterator[tuple[str, RosaLinear]]:
    """(name, layer) of each adapted layer, in the model's order."""
    for name, module in model.named_modules():
        if isinstance(module, RosaLinear):
            yield name, module


def low_rank_parameters(model: nn.Module) -> list[nn.Parameter]:
    """A and B of the active adapters."""
    return _active_parameters(model, "rosa_A", "rosa_B")


def reset_low_rank(model: nn.Module) -> None:
    """Re-initialise the low-rank part of the active adapters, such as after the masks' warm-up.

    The caller drops the optimizer's moments of these parameters.
    """
    for _, layer in rosa_layers(model):
        for adapter_name in layer.active_adapters:
            if adapter_name in layer.rosa_A:
                layer.reset_low_rank(adapter_name)


def sparse_parameters(model: nn.Module) -> list[nn.Parameter]:
    """The sparse values of the active adapters. They get no gradient before the masks are made."""
    return _active_parameters(model, "rosa_values")


def _active_parameters(model: nn.Module, *part_names: str) -> list[nn.Parameter]:
    return [
        parts[adapter_name]
        for _, layer in rosa_layers(model)
        for parts in (getattr(layer, part_name) for part_name in part_names)
        for adapter_name in layer.active_adapters
        if adapter_name in parts
    ]
