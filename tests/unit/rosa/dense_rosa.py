"""RoSA as in arXiv 2401.04679, in dense tensors and plain autograd, as a reference."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor
from torch.func import functional_call
from transformers import LlamaConfig, LlamaForCausalLM

from training.rosa import rosa_layers

Batch = dict[str, Tensor]


def tiny_llama(**config):
    """Two layers with random weights, always the same."""
    torch.manual_seed(0)
    chosen = {
        "vocab_size": 64,
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "tie_word_embeddings": True,
    } | config
    return LlamaForCausalLM(LlamaConfig(**chosen))


class DenseRosa:
    """W + alpha/r·B·A + S for each weight that `adapted`, a PEFT model, adapts in such a base.

    A and B start as they are there, S at zero; `masks` holds True where S may be otherwise.
    """

    def __init__(self, base, adapted, alpha: float) -> None:
        self.base = base.requires_grad_(False)
        weights = dict(base.named_parameters())
        self.low_rank: dict[str, tuple[Tensor, Tensor, float]] = {}
        self.weights: dict[str, Tensor] = {}
        for name, layer in rosa_layers(adapted):
            name = name.removeprefix("base_model.model.") + ".weight"
            self.weights[name] = weights[name]
            if "default" in layer.rosa_A:
                a, b = layer.rosa_A["default"], layer.rosa_B["default"]
                leaves = (t.detach().clone().requires_grad_() for t in (a, b))
                self.low_rank[name] = (*leaves, alpha / len(a))
        self.sparse = {n: torch.zeros_like(w).requires_grad_() for n, w in self.weights.items()}
        self.masks = {n: torch.zeros_like(w, dtype=torch.bool) for n, w in self.weights.items()}

    def effective(self) -> dict[str, Tensor]:
        weights = {n: w + self.sparse[n] * self.masks[n] for n, w in self.weights.items()}
        for name, (a, b, scale) in self.low_rank.items():
            weights[name] = weights[name] + scale * b @ a
        return weights

    def __call__(self, **batch: Tensor):
        return functional_call(self.base, self.effective(), kwargs=batch)

    def example_gradients(self, example: Batch) -> dict[str, Tensor]:
        """The loss's gradient with respect to each effective weight."""
        weights = {n: w.detach().requires_grad_() for n, w in self.effective().items()}
        loss = functional_call(self.base, weights, kwargs=example).loss
        return dict(zip(weights, torch.autograd.grad(loss, list(weights.values())), strict=True))

    def choose_masks(self, batches: Iterable[Batch], d: float, squared: bool) -> None:
        """The top d·numel of each weight by mean gradient, or mean square of it, an example."""
        totals = {n: torch.zeros_like(w, dtype=torch.float64) for n, w in self.weights.items()}
        for batch in batches:
            for number in range(len(batch["input_ids"])):
                example = {key: value[number : number + 1] for key, value in batch.items()}
                for name, gradient in self.example_gradients(example).items():
                    gradient = gradient.double()
                    totals[name] += gradient**2 if squared else gradient
        for name, total in totals.items():
            places = total.abs().flatten().topk(int(d * total.numel())).indices
            self.masks[name].view(-1)[places] = True

    def places(self) -> dict[str, list[int]]:
        return {n: mask.flatten().nonzero().flatten().tolist() for n, mask in self.masks.items()}


def places(adapted) -> dict[str, list[int]]:
    """The same for a PEFT model."""
    return {
        name.removeprefix("base_model.model.") + ".weight": layer.rosa_indices["default"].tolist()
        for name, layer in rosa_layers(adapted)
    }


def draw_batches(count: int, examples: int = 1, tokens: int = 8) -> list[Batch]:
    """Batches of random tokens, each a little longer than the one before."""
    torch.manual_seed(1)
    drawn = [torch.randint(0, 64, (examples, tokens + number)) for number in range(count)]
    return [{"input_ids": ids, "labels": ids} for ids in drawn]
