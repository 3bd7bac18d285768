"""The transformers backend.

The model comes loaded, with its adapter if it has one: `training` knows how that is done. torch is
imported when a generator is used, never with this module.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from engine.generators.base import BaseGenerator
from engine.generators.hugging_face_tokenizer import HuggingFaceTokenizer

_UNKNOWN_CONTEXT_LENGTH = 2048
"""Of a model whose configuration does not say: that of the first Llama."""


class TransformersGenerator(BaseGenerator):
    """A causal language model of transformers or PEFT with its tokenizer.

    context_tokens: longest prompt and draft together; at most what the model was trained for.
    """

    backend = "transformers"

    def __init__(self, model: Any, tokenizer: Any, context_tokens: int) -> None:
        trained = getattr(model.config, "max_position_embeddings", None) or _UNKNOWN_CONTEXT_LENGTH
        super().__init__(HuggingFaceTokenizer(tokenizer), min(context_tokens, trained))
        self._model = model.eval()
        self._decoder = tokenizer.backend_tokenizer
        self._end_tokens = _end_tokens(model, tokenizer)
        self._cache: Any = None
        self._branch_cache: Any = None
        self._branches: list[int] = []

    def close(self) -> None:
        """Free the model's memory; may be called twice."""
        self._model = self._cache = self._branch_cache = self._logits_after_prompt = None

    def _evaluate(self, tokens: Sequence[int]) -> np.ndarray:
        import torch

        with torch.inference_mode():
            output = self._model(
                input_ids=torch.tensor([tokens], device=self._model.device),
                past_key_values=self._cache,
                use_cache=True,
                logits_to_keep=1,
            )
        self._cache = output.past_key_values
        return output.logits[0, -1].float().cpu().numpy()

    def _fork(self, count: int) -> bool:
        cache = copy.deepcopy(self._cache)
        try:
            cache.batch_repeat_interleave(count)
        except (AttributeError, NotImplementedError):
            return False
        self._branch_cache, self._branches = cache, list(range(count))
        return True

    def _evaluate_branches(self, tokens: Mapping[int, int]) -> dict[int, np.ndarray]:
        import torch

        device = self._model.device
        if ended := set(self._branches) - set(tokens):
            kept = [row for row, branch in enumerate(self._branches) if branch not in ended]
            self._branch_cache.batch_select_indices(torch.tensor(kept, device=device))
            self._branches = [branch for branch in self._branches if branch not in ended]
        with torch.inference_mode():
            output = self._model(
                input_ids=torch.tensor([[tokens[b]] for b in self._branches], device=device),
                past_key_values=self._branch_cache,
                use_cache=True,
                logits_to_keep=1,
            )
        self._branch_cache = output.past_key_values
        return dict(zip(self._branches, output.logits[:, -1].float().cpu().numpy(), strict=True))

    def _join(self) -> None:
        self._branch_cache, self._branches = None, []

    def _score(self, prompt: list[int], answer: list[int]) -> np.ndarray:
        import torch

        with torch.inference_mode():
            output = self._model(
                input_ids=torch.tensor([prompt + answer[:-1]], device=self._model.device),
                use_cache=False,
                logits_to_keep=len(answer),
            )
        return output.logits[0].float().cpu().numpy()

    def _truncate_cache(self, length: int) -> bool:
        try:
            # A negative number removes that many; the meaning of a positive one has changed.
            self._cache.crop(length - self._cache.get_seq_length())
            return True
        except (AttributeError, NotImplementedError, RuntimeError, ValueError):
            return False

    def _clear_cache(self) -> None:
        self._cache = None

    def _ends_text(self, token: int) -> bool:
        return token in self._end_tokens

    def _text_decoder(self) -> Callable[[int], str]:
        from tokenizers.decoders import DecodeStream

        characters = DecodeStream(skip_special_tokens=True)
        return lambda token: characters.step(self._decoder, token) or ""


def _end_tokens(model: Any, tokenizer: Any) -> frozenset[int]:
    """The tokenizer's EOS, and what the model's generation configuration adds to it."""
    eos = getattr(model.generation_config, "eos_token_id", None)
    ends = eos if isinstance(eos, list) else [eos]
    return frozenset(end for end in [*ends, tokenizer.eos_token_id] if end is not None)
