"""Compare a GGUF with its PyTorch model: token ids, and the loss on the same text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gguf
import numpy as np

from engine.errors import PanzaError
from engine.generators.gguf_tokenizer import GgufTokenizer
from engine.generators.hugging_face_tokenizer import HuggingFaceTokenizer
from engine.generators.llama_library import library, open_context, open_vocabulary, opened_model
from engine.gguf_files.patching import Change
from engine.gguf_files.stored import open_stored
from engine.prompt.prompt import Message
from engine.prompt.tokens import ModelTokenizer, prompt_token_ids
from training.bases.tokenizer_probes import PROBES

ENOUGH_TOKENS = 2000
"""On fewer, quantised losses vary by a hundredth and more from text to text."""

FIGURES = ("checked_tokens", "pytorch_loss", "gguf_loss", "distance")
"""Of a Comparison, on a model's card and in an export's last event."""

_LIMITS = ((16.0, 0.01, 0.005), (8.0, 0.35, 0.01), (4.0, 0.7, 0.05), (0.0, 1.5, 0.2))
"""For files whose coarsest matrix has at least so many bits per weight: how far the loss of a token
may be from the PyTorch model's, in nats, on average, and the mean loss, relative to it.

Measured with the embedded model: 0.002 nats at 16 bits, 0.08 at 8, 0.32 at 4; with the mail base
at 8, on texts unlike any mail, 0.23; without the reordering of q and k, 1.46. The mean of the
distances also sees errors that cancel out in the mean loss.
"""

_MAIL_TOKENS = 192
"""Of a mail in one window, after the prompt."""

_PROMPT = (Message("system", "Write as the user."), Message("user", "Instruction: write the mail."))

Window = tuple[list[int], int]
"""Token ids, and how many at the beginning are the prompt's, which have no loss."""

_UNQUANTISED_BITS = 16
_ROUNDING = 0.7
"""Of a block of weights, relative to it: 2 bits lose 0.4, other weights 1.4."""

_COMPARED_ROWS = 256
_SHOWN_CHARACTERS = 30


@dataclass(frozen=True)
class Comparison:
    """Losses in nats on the same tokens: both means, and the mean distance per token."""

    tokens: int
    pytorch_loss: float
    gguf_loss: float
    distance: float

    @property
    def change(self) -> float:
        """Of the mean loss, relative to the PyTorch model's."""
        return abs(self.gguf_loss - self.pytorch_loss) / self.pytorch_loss

    def figures(self) -> dict[str, float]:
        """For a model's card, by the names in FIGURES."""
        values = (self.tokens, self.pytorch_loss, self.gguf_loss, self.distance)
        return {name: round(value, 4) for name, value in zip(FIGURES, values, strict=True)}

    def accepts(self, bits: float) -> bool:
        """Whether the file holds the model, as far as rounding tells; false if a loss is NaN.

        bits: per weight of its coarsest matrix.
        """
        distance, _ = _limits(bits)
        return self.distance <= distance and (bits < _UNQUANTISED_BITS or self.is_close(bits))

    def is_close(self, bits: float) -> bool:
        """Whether rounding cost no more of the loss than it usually does."""
        _, change = _limits(bits)
        return self.change <= change


def _limits(bits: float) -> tuple[float, float]:
    return next((distance, change) for least, distance, change in _LIMITS if bits >= least)


def compare(pytorch: np.ndarray, gguf: np.ndarray) -> Comparison:
    """Compare the losses of the same tokens, from a StreamedModel and `gguf_losses`."""
    distance = float(np.abs(pytorch - gguf).mean())
    return Comparison(len(pytorch), float(pytorch.mean()), float(gguf.mean()), distance)


def cut_windows(tokenizer: Any, texts: Sequence[str]) -> list[Window]:
    """Mails after a prompt, as in training, in windows until they predict ENOUGH_TOKENS."""
    windows: list[Window] = []
    predicted = 0
    model_tokenizer = HuggingFaceTokenizer(tokenizer)
    prompt = prompt_token_ids(model_tokenizer, _PROMPT)
    for text in texts:
        mail = model_tokenizer.encode(text, parse_special=False)
        for start in range(0, len(mail), _MAIL_TOKENS):
            if predicted >= ENOUGH_TOKENS:
                return windows
            part = mail[start : start + _MAIL_TOKENS]
            windows.append((prompt + part, len(prompt)))
            predicted += len(part)
    return windows


def predicted_tokens(windows: Sequence[Window]) -> int:
    """How many tokens of the windows have a loss."""
    return sum(len(ids) - start for ids, start in windows)


def coarsest_bits(path: Path) -> float:
    """Bits per weight of the file's most coarsely quantised matrix."""
    kinds = {t.kind for t in open_stored(path).tensors.values() if len(t.shape) > 1}
    return min(8 * size / block for block, size in (gguf.GGML_QUANT_SIZES[k] for k in kinds))


def check_weights(
    path: Path, changes: Mapping[str, Change], progress: Callable[[int, int], None]
) -> None:
    """Compare the first and last rows of the changed weights with what was to be written.

    For a file that does not fit into the memory. Raises PanzaError for one that differs.
    """
    tensors = open_stored(path).tensors
    for done, (name, change) in enumerate(changes.items(), start=1):
        tensor = tensors[name]
        rows = min(_COMPARED_ROWS, tensor.rows)
        for start in (0, tensor.rows - rows):
            stored = tensor.values(start, start + rows)
            expected = change(start, start + rows)
            if not np.linalg.norm(stored - expected) <= _ROUNDING * np.linalg.norm(expected):
                raise PanzaError(
                    f"'{name}' in the exported file is not what was written; the older file was "
                    "kept. Is the disk damaged? Export again."
                )
        progress(done, len(changes))


def gguf_losses(
    path: Path,
    windows: Sequence[Window],
    *,
    threads: int,
    progress: Callable[[int], None],
) -> np.ndarray:
    """The losses of a GGUF, computed by llama.cpp. Raises PanzaError."""
    llama = library()
    losses: list[float] = []
    with opened_model(path) as model:
        params = llama.llama_context_default_params()
        longest = max(len(ids) for ids, _ in windows)
        params.n_ctx = params.n_batch = params.n_ubatch = longest
        params.n_threads = params.n_threads_batch = threads
        context = open_context(model, params)
        batch = llama.llama_batch_init(longest, 0, 1)
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

    Each is encoded as plain characters, and within a prompt.
    """
    original = HuggingFaceTokenizer(tokenizer)
    with open_vocabulary(path) as model:
        exported = GgufTokenizer(model)
        for text in (*PROBES, *texts):
            if _encodings(exported, text) != _encodings(original, text):
                raise PanzaError(
                    "The exported file reads text differently than the original model "
                    f"(at {text[:_SHOWN_CHARACTERS]!r}); the older file was kept. "
                    "Draft with --backend transformers instead."
                )


def _encodings(tokenizer: ModelTokenizer, text: str) -> list[list[int]]:
    """A text as plain characters, and within prompts with and without a system role."""
    return [
        tokenizer.encode(text, parse_special=False),
        prompt_token_ids(tokenizer, [Message("system", "Be brief."), Message("user", text)]),
        prompt_token_ids(tokenizer, [Message("user", text)]),
    ]


def _window_losses(llama: Any, context: Any, batch: Any, window: Window, size: int) -> list[float]:
    """The losses of one window, evaluated as its own sequence."""
    ids, start = window
    llama.llama_memory_clear(llama.llama_get_memory(context), False)
    batch.n_tokens = len(ids)
    for position, token in enumerate(ids):
        batch.token[position] = token
        batch.pos[position] = position
        batch.n_seq_id[position] = 1
        batch.seq_id[position][0] = 0
        batch.logits[position] = start - 1 <= position < len(ids) - 1
    if llama.llama_decode(context, batch) != 0:
        raise PanzaError("llama.cpp can't evaluate the exported file; the older one was kept.")
    predicted = ids[start:]
    flat = np.ctypeslib.as_array(llama.llama_get_logits(context), shape=(len(predicted) * size,))
    losses = []
    for row, token in zip(flat.reshape(-1, size), predicted, strict=True):
        highest = row.max()
        total = np.exp(row - highest).sum(dtype=np.float64)
        losses.append(float(np.log(total) + highest - row[token]))
    return losses
