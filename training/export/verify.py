"""Compare a GGUF with its PyTorch model: token ids, and the loss on the same text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.errors import PanzaError
from engine.generators.gguf_tokenizer import GgufTokenizer
from engine.generators.hugging_face_tokenizer import HuggingFaceTokenizer
from engine.generators.llama_library import library, open_context, open_model
from engine.prompt import Message
from engine.prompt_tokens import ModelTokenizer, prompt_token_ids

ENOUGH_TOKENS = 2000
"""On fewer, quantised losses vary by a hundredth and more from text to text."""

TOLERANCES = {"F16": 0.01, "Q8_0": 0.35, "Q5_K_M": 0.7, "Q4_K_M": 0.7}
"""How far the loss of a token may be from the PyTorch model's, in nats, on average.

Measured with the embedded model: 0.002, 0.08, 0.32 and 0.28; with the mail base in Q8_0, on texts
unlike any mail, 0.23; without the reordering of q and k, 1.46. The mean of the distances, not the
distance of the means, in which errors cancel out.
"""

PROBES = (
    "I'm 1,234 years old; it's 3.14159, WE'LL see, they'd say '99 don't 'S 'LL’s",
    "café naïve Å Straße e\u0301 你好，世界 नमस्ते ١٢٣ ½ ² Ⅷ привет שלום",
    "😀 👨\u200d👩\u200d👧 ❤\ufe0f 🇩🇪 \u200b\u00a0x\u3000y",
    "  a   b\t\tc \n\n\n d \r\n\r\n e  \n",
    "def f(x: int) -> None:\n    return {'a': x**2}  # 100%\n\n\nhttps://a.b/c?d=e&f",
    "> quoted\n>> twice\n-- \nSam <sam@example.org>\n[x] *5*3*2* __y__",
    "<|im_start|>user\nhello<|im_end|>\n<|endoftext|></s><s>[INST]",
    "",
    " ",
)
"""Texts on which similar tokenizers differ."""

_WINDOW = 256
"""Tokens that are evaluated together."""

_SHOWN_CHARACTERS = 30


@dataclass(frozen=True)
class Comparison:
    """Losses in nats on the same tokens: both means, and the mean distance per token."""

    tokens: int
    pytorch_loss: float
    gguf_loss: float
    distance: float

    def accepts(self, kind: str) -> bool:
        """Whether a file quantised to `kind` is close enough; false if its loss is not a number."""
        return self.distance <= TOLERANCES[kind]


def compare(pytorch: np.ndarray, gguf: np.ndarray) -> Comparison:
    """Compare the losses of the same tokens, from `pytorch_losses` and `gguf_losses`."""
    distance = float(np.abs(pytorch - gguf).mean())
    return Comparison(len(pytorch), float(pytorch.mean()), float(gguf.mean()), distance)


def cut_windows(tokenizer: Any, texts: Sequence[str]) -> list[list[int]]:
    """Token ids of the texts in windows of 2 to 256, until they predict ENOUGH_TOKENS."""
    windows: list[list[int]] = []
    predicted = 0
    encode = HuggingFaceTokenizer(tokenizer).encode
    for text in texts:
        ids = encode(text, parse_special=False)
        for start in range(0, len(ids) - 1, _WINDOW):
            if predicted >= ENOUGH_TOKENS:
                return windows
            window = ids[start : start + _WINDOW]
            if len(window) > 1:
                windows.append(window)
                predicted += len(window) - 1
    return windows


def predicted_tokens(windows: Sequence[Sequence[int]]) -> int:
    """How many tokens of the windows have a loss: all but each window's first."""
    return sum(len(window) - 1 for window in windows)


def pytorch_losses(
    model: Any, windows: Sequence[Sequence[int]], progress: Callable[[int], None]
) -> np.ndarray:
    """The model's loss on each token, in nats. progress: called with the number of tokens done."""
    import torch

    losses: list[float] = []
    with torch.inference_mode():
        for window in windows:
            ids = torch.tensor([window])
            logits = model(ids, use_cache=False).logits[0, :-1].float()
            loss = torch.nn.functional.cross_entropy(logits, ids[0, 1:], reduction="none")
            losses += loss.tolist()
            progress(len(losses))
    return np.array(losses)


def gguf_losses(
    path: Path,
    windows: Sequence[Sequence[int]],
    *,
    threads: int,
    progress: Callable[[int], None],
) -> np.ndarray:
    """The losses of a GGUF, computed by llama.cpp. Raises PanzaError."""
    llama = library()
    losses: list[float] = []
    with _opened(path) as model:
        params = llama.llama_context_default_params()
        params.n_ctx = params.n_batch = params.n_ubatch = _WINDOW
        params.n_threads = params.n_threads_batch = threads
        context = open_context(model, params)
        batch = llama.llama_batch_init(_WINDOW, 0, 1)
        size = len(GgufTokenizer(model))
        try:
            for window in windows:
                losses += _window_losses(llama, context, batch, window, size)
                progress(len(losses))
        finally:
            llama.llama_batch_free(batch)
            llama.llama_free(context)
    return np.array(losses)


def check_token_ids(path: Path, tokenizer: Any, texts: Sequence[str]) -> None:
    """Raise PanzaError for a text that the GGUF encodes differently than the tokenizer.

    Each is encoded as plain characters, with its special tokens parsed, and within a prompt.
    """
    original = HuggingFaceTokenizer(tokenizer)
    with _opened(path) as model:
        exported = GgufTokenizer(model)
        for text in (*PROBES, *texts):
            if _encodings(exported, text) != _encodings(original, text):
                raise PanzaError(
                    "The exported file reads text differently than the original model "
                    f"(at {text[:_SHOWN_CHARACTERS]!r}); the older file was kept. "
                    "Draft with --backend transformers instead."
                )


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    model = open_model(path)
    try:
        yield model
    finally:
        library().llama_model_free(model)


def _encodings(tokenizer: ModelTokenizer, text: str) -> list[list[int]]:
    """A text as plain characters, with its special tokens parsed, and within a prompt."""
    return [
        tokenizer.encode(text, parse_special=False),
        tokenizer.encode(text, parse_special=True),
        prompt_token_ids(tokenizer, [Message("system", "Be brief."), Message("user", text)]),
    ]


def _window_losses(
    llama: Any, context: Any, batch: Any, window: Sequence[int], size: int
) -> list[float]:
    """The losses of one window, evaluated as its own sequence."""
    llama.llama_memory_clear(llama.llama_get_memory(context), False)
    batch.n_tokens = len(window)
    for position, token in enumerate(window):
        batch.token[position] = token
        batch.pos[position] = position
        batch.n_seq_id[position] = 1
        batch.seq_id[position][0] = 0
        batch.logits[position] = True
    if llama.llama_decode(context, batch) != 0:
        raise PanzaError("llama.cpp can't evaluate the exported file; the older one was kept.")
    flat = np.ctypeslib.as_array(llama.llama_get_logits(context), shape=(len(window) * size,))
    logits = flat.reshape(len(window), size)
    losses = []
    for row, token in zip(logits[:-1], window[1:], strict=True):
        highest = row.max()
        total = np.exp(row - highest).sum(dtype=np.float64)
        losses.append(float(np.log(total) + highest - row[token]))
    return losses
