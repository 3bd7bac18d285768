"""A PyTorch model behind the generator protocol.

The model comes loaded, with its adapter if it has one: how that is done is known to `training`.
torch is imported when a generator is made, never with this module.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from engine.errors import PanzaError
from engine.generators import Sampling, decoding
from engine.generators.hugging_face_tokenizer import HuggingFaceTokenizer
from engine.prompt import Message
from engine.prompt_tokens import prompt_token_ids, text_token_ids


class TransformersGenerator:
    """A causal language model of transformers or PEFT with its tokenizer.

    context_tokens: longest prompt and draft together; None: as long as the model was trained for.
    """

    backend = "transformers"

    def __init__(self, model: Any, tokenizer: Any, context_tokens: int | None = None) -> None:
        self._model = model.eval()
        self._tokenizer = HuggingFaceTokenizer(tokenizer)
        self._decoder = tokenizer.backend_tokenizer
        trained = getattr(model.config, "max_position_embeddings", None) or 2048
        self._room = min(context_tokens or trained, trained)
        self._ends = _end_tokens(model, tokenizer)
        self._cache: Any = None
        self._prompt: list[int] = []
        self._after_prompt: np.ndarray | None = None

    def stream(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        stopped: Callable[[], bool] = lambda: False,
    ) -> Iterator[str]:
        """Yield the answer to a chat; see engine.generators.Generator."""
        return self._write(self._chat_tokens(messages), sampling, decoding.BLOCK, stopped)

    def complete(self, text: str, sampling: Sampling) -> Iterator[str]:
        """Yield the continuation of plain text; see engine.generators.Generator."""
        tokens = text_token_ids(self._tokenizer, text)
        return self._write(tokens, sampling, 1, lambda: False)

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """How many tokens the rendered prompt has."""
        return len(self._chat_tokens(messages))

    def close(self) -> None:
        """Give the memory back; twice does no harm."""
        self._model = self._cache = self._after_prompt = None

    def _chat_tokens(self, messages: Sequence[Message]) -> list[int]:
        return prompt_token_ids(self._tokenizer, messages)

    def _write(
        self, prompt: list[int], sampling: Sampling, block: int, stopped: Callable[[], bool]
    ) -> Iterator[str]:
        if len(prompt) >= self._room:
            raise PanzaError(
                f"The prompt has {len(prompt)} tokens and the context only {self._room}; "
                "shorten the text, or raise drafting.context_tokens."
            )
        return decoding.until_stop(self._pieces(prompt, sampling, block, stopped), sampling.stop)

    def _pieces(
        self, prompt: list[int], sampling: Sampling, block: int, stopped: Callable[[], bool]
    ) -> Iterator[str]:
        """Whole characters: those of one character may be spread over several tokens."""
        from tokenizers.decoders import DecodeStream

        def logits_after(token: int | None) -> np.ndarray | None:
            if token is None:
                return self._read_prompt(prompt, block, stopped)
            return self._evaluate([token])

        characters = DecodeStream(skip_special_tokens=True)
        room = self._room - len(prompt)
        for token in decoding.sample(logits_after, sampling, self._ends.__contains__, room):
            text = characters.step(self._decoder, token)
            if text:
                yield text

    def _read_prompt(
        self, prompt: list[int], block: int, stopped: Callable[[], bool]
    ) -> np.ndarray | None:
        """The logits after a prompt, of which only what differs from the last one is evaluated.

        A beginning in common is reused in steps of `block` tokens. None when it was stopped.
        """
        again = prompt == self._prompt and self._after_prompt is not None
        kept = len(prompt) if again else decoding.reusable(self._prompt, prompt, block)
        if not (kept and self._forget_after(kept)):
            kept, self._cache = 0, None
        elif again:
            return self._after_prompt
        self._prompt, self._after_prompt = [], None
        for start in range(kept, len(prompt), decoding.BLOCK):
            if stopped():
                self._prompt = prompt[:start]
                return None
            logits = self._evaluate(prompt[start : start + decoding.BLOCK])
        self._prompt, self._after_prompt = prompt, logits
        return logits

    def _forget_after(self, kept: int) -> bool:
        """Cut the cache to its first `kept` tokens, where this kind of model can."""
        try:
            # A negative number removes that many; what a positive one means has changed.
            self._cache.crop(kept - self._cache.get_seq_length())
            return True
        except (AttributeError, NotImplementedError, RuntimeError, ValueError):
            return False

    def _evaluate(self, tokens: list[int]) -> np.ndarray:
        """The logits after `tokens`, float32 [vocabulary]."""
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


def _end_tokens(model: Any, tokenizer: Any) -> frozenset[int]:
    """The tokenizer's end token and those that the model's makers added to it."""
    named = getattr(model.generation_config, "eos_token_id", None)
    ends = named if isinstance(named, list) else [named]
    return frozenset(end for end in [*ends, tokenizer.eos_token_id] if end is not None)
