"""Run a model whose weights are read when they are needed, a block of rows of one at a time.

So a 7B's loss is computed in float32 with less memory than one of its layers takes.
"""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from engine.errors import PanzaError, one_line
from training.export.trained import TrainedWeights, plain_name

_BLOCK_BYTES = 64 << 20
"""Of a block of rows as float32."""

_LOGIT_BYTES = 128 << 20
"""Of the logits that are held at once, at least one window's."""

_M_MMAP_THRESHOLD = -3  # mallopt(3)

_MAX_TOKENS = 2048
"""Of the windows that are evaluated together: their activations take memory, too."""


class StreamedModel:
    """The model of a Hugging Face folder with trained weights, which stay on the disk.

    column_squares: for each linear layer, by its weight's name, the mean square of its inputs'
    columns over all evaluated tokens, float32 [in].
    """

    def __init__(self, folder: Path, weights: TrainedWeights) -> None:
        _give_back_freed_blocks()
        self._weights = weights
        self._model = _without_weights(folder)
        self._linear_layers = 0
        self._layers_done = 0
        self._on_layer: Callable[[float], None] = lambda share: None
        self._squares: dict[str, Tensor] = {}
        self._rows = 0
        self._mask: Tensor | None = None
        for name, module in self._model.named_modules():
            self._stream(plain_name(name), module)

    @property
    def column_squares(self) -> dict[str, np.ndarray]:
        return {name: (s / max(1, self._rows)).numpy() for name, s in self._squares.items()}

    def losses(
        self, windows: Sequence[tuple[Sequence[int], int]], progress: Callable[[int], None]
    ) -> np.ndarray:
        """The loss on each token of windows (token ids, how many of them have none), in nats.

        progress: called with the number of tokens done.
        """
        losses: list[float] = []
        for batch in self._batches(windows):
            begun = len(losses)
            predicted = sum(len(ids) - start for ids, start in batch)

            def report(share: float, begun: int = begun, predicted: int = predicted) -> None:
                progress(begun + int(share * predicted))

            self._on_layer = report
            losses += self._batch_losses(batch)
            progress(len(losses))
        return np.array(losses)

    def _batches(
        self, windows: Sequence[tuple[Sequence[int], int]]
    ) -> list[list[tuple[Sequence[int], int]]]:
        longest = max((len(ids) for ids, _ in windows), default=1)
        vocabulary = self._model.config.get_text_config().vocab_size
        size = max(1, min(_MAX_TOKENS, _LOGIT_BYTES // (4 * vocabulary)) // longest)
        return [list(windows[start : start + size]) for start in range(0, len(windows), size)]

    def _batch_losses(self, batch: Sequence[tuple[Sequence[int], int]]) -> list[float]:
        longest = max(len(ids) for ids, _ in batch)
        ids = torch.zeros(len(batch), longest, dtype=torch.long)
        self._mask = torch.zeros(len(batch), longest, dtype=torch.bool)
        for row, (window, _) in enumerate(batch):
            ids[row, : len(window)] = torch.tensor(window)
            self._mask[row, : len(window)] = True
        self._layers_done = 0
        self._rows += int(self._mask.sum())
        losses: list[float] = []
        with torch.inference_mode():
            logits = self._model(ids, attention_mask=self._mask.long(), use_cache=False).logits
            for row, (window, start) in enumerate(batch):
                targets = ids[row, start : len(window)]
                scores = logits[row, start - 1 : len(window) - 1].float()
                losses += F.cross_entropy(scores, targets, reduction="none").tolist()
        return losses

    def _stream(self, name: str, module: nn.Module) -> None:
        own = [key for key, value in module._parameters.items() if value is not None]
        if type(module) is nn.Linear:
            self._linear_layers += 1
            module.forward = functools.partial(self._linear, name, module)
        elif isinstance(module, nn.Embedding):
            module.padding_idx = None
            module.register_forward_pre_hook(functools.partial(self._embed, name))
        elif own:
            module.register_forward_pre_hook(functools.partial(self._load, name, own))
            module.register_forward_hook(functools.partial(self._unload, own))

    def _linear(self, name: str, module: nn.Linear, x: Tensor) -> Tensor:
        self._observe(f"{name}.weight", x)
        step = max(1, _BLOCK_BYTES // (4 * module.in_features))
        result = x.new_empty(*x.shape[:-1], module.out_features)
        for start in range(0, module.out_features, step):
            rows = self._weights.rows(f"{name}.weight", start, start + step)
            result[..., start : start + step] = F.linear(x, rows)
        if module.bias is not None:
            result += self._weights.rows(f"{name}.bias")[0]
        self._layers_done += 1
        self._on_layer(self._layers_done / self._linear_layers)
        return result

    def _observe(self, name: str, x: Tensor) -> None:
        assert self._mask is not None
        if x.shape[:-1] == self._mask.shape:
            squares = x[self._mask].square().sum(0)
            self._squares[name] = self._squares.get(name, torch.zeros(())) + squares

    def _embed(self, name: str, module: nn.Module, arguments: tuple[Tensor, ...]) -> tuple[Tensor]:
        """Give an embedding layer the rows of its tokens only, and where they are in those."""
        tokens, places = arguments[0].unique(return_inverse=True)
        rows = [self._weights.rows(f"{name}.weight", int(t), int(t) + 1) for t in tokens]
        module._parameters["weight"] = nn.Parameter(torch.cat(rows), requires_grad=False)
        return (places,)

    def _load(self, name: str, own: list[str], module: nn.Module, _: Any) -> None:
        for key in own:
            shape = module._parameters[key].shape
            value = self._weights.rows(f"{name}.{key}").reshape(shape)
            module._parameters[key] = nn.Parameter(value, requires_grad=False)

    def _unload(self, own: list[str], module: nn.Module, *_: Any) -> None:
        for key in own:
            value = module._parameters[key].to("meta")
            module._parameters[key] = nn.Parameter(value, requires_grad=False)


def _give_back_freed_blocks() -> None:
    """Have glibc give blocks of a megabyte and more back to the system when they are freed.

    Otherwise it keeps those of up to 32 MB in a heap that grows by some 50 MB with each layer of a
    7B, since small blocks in use lie between them.
    """
    if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):
        mallopt(_M_MMAP_THRESHOLD, 1 << 20)


class _EmptyOnMeta(TorchFunctionMode):
    """Puts tensors without values on torch's meta device: those that layers make for weights.

    `init_empty_weights` alone moves each there after it was allocated, which takes 800 MB for the
    embeddings of a 7B.
    """

    def __torch_function__(
        self, function: Any, types: Any, arguments: Any = (), options: Any = None
    ) -> Any:
        options = dict(options or {})
        if function is torch.empty:
            options["device"] = "meta"
        return function(*arguments, **options)


def _without_weights(folder: Path) -> Any:
    """The folder's model with its buffers, but no weights."""
    from accelerate import init_empty_weights
    from transformers import AutoConfig, AutoModelForCausalLM

    try:
        config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
        with init_empty_weights(), _EmptyOnMeta():
            model = AutoModelForCausalLM.from_config(
                config, dtype=torch.float32, trust_remote_code=False
            )
    except Exception as error:  # The library raises all kinds for a damaged folder.
        raise PanzaError(
            f"The model in {folder} can't be loaded: {one_line(error)}. Nothing was changed."
        ) from error
    return model.eval()
