"""Norms and gated feed-forward layers with few passes over memory and few saved tensors.

transformers computes them operation by operation: a norm then keeps its input in float32 for the
backward pass, and a gate its activation beside its input. Here both are computed again.
"""

from __future__ import annotations

from types import MethodType
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from transformers.activations import SiLUActivation

# Classes of transformers that compute the same as Llama's; tests compare them.
_RMS_NORMS = ("LlamaRMSNorm", "MistralRMSNorm", "Qwen2RMSNorm", "Qwen3RMSNorm", "SmolLM3RMSNorm")
_SILU = (SiLUActivation, nn.SiLU)
_GATED = ("LlamaMLP", "MistralMLP", "Qwen2MLP", "Qwen3MLP", "SmolLM3MLP")


def use_fused_layers(model: nn.Module) -> None:
    """Let the layers of known classes compute as here; others, and parameters, stay as they are."""
    for module in model.modules():
        if "forward" in vars(module):
            continue
        name = type(module).__name__
        if name in _RMS_NORMS:
            module.forward = MethodType(_norm_forward, module)
        elif name in _GATED and isinstance(module.act_fn, _SILU):
            module.forward = MethodType(_gated_forward, module)


def _norm_forward(norm: Any, hidden_states: Tensor) -> Tensor:
    return _RMSNorm.apply(hidden_states, norm.weight, norm.variance_epsilon)


def _gated_forward(mlp: Any, x: Tensor) -> Tensor:
    return mlp.down_proj(_GatedSiLU.apply(mlp.gate_proj(x), mlp.up_proj(x)))


class _RMSNorm(torch.autograd.Function):
    """y = weight * x / sqrt(mean(x²) + eps), in float32 up to the product with the weight.

    Under autocast y is in its format: the products that follow would convert it one by one.
    """

    @staticmethod
    def forward(ctx, x, weight, eps):
        wide = x.float()
        scale = torch.linalg.vecdot(wide, wide)[..., None].div_(x.shape[-1]).add_(eps).rsqrt_()
        ctx.save_for_backward(x, weight, scale)
        device = x.device.type
        dtype = torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else x.dtype
        return (wide * scale).to(dtype) * weight.to(dtype)

    @staticmethod
    @once_differentiable
    def backward(ctx, grad_output):
        x, weight, scale = ctx.saved_tensors
        needs_x, needs_weight, _ = ctx.needs_input_grad
        normed = x.float() * scale
        grad_weight = grad_x = None
        if needs_weight:
            grad_weight = (grad_output * normed).flatten(0, -2).sum(0).to(weight.dtype)
        if needs_x:
            grad = grad_output.float() * weight
            along = torch.linalg.vecdot(grad, normed)[..., None].div_(x.shape[-1])
            grad_x = grad.addcmul_(normed, along, value=-1).mul_(scale).to(x.dtype)
        return grad_x, grad_weight, None


class _GatedSiLU(torch.autograd.Function):
    """y = silu(gate) * up."""

    @staticmethod
    def forward(ctx, gate, up):
        ctx.save_for_backward(gate, up)
        return F.silu(gate).mul_(up)

    @staticmethod
    @once_differentiable
    def backward(ctx, grad_output):
        gate, up = ctx.saved_tensors
        grad_up = F.silu(gate).mul_(grad_output)
        return torch.ops.aten.silu_backward(grad_output * up, gate), grad_up
