"""Find the GGUF of a trained model's base, or write it from the base's Hugging Face folder."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.base_models import places
from engine.errors import PanzaError
from engine.generators.gguf_tokenizer import GgufTokenizer
from engine.generators.hugging_face_tokenizer import HuggingFaceTokenizer
from engine.generators.llama_library import open_vocabulary
from engine.home.home import Home
from engine.models.models import ModelCard
from engine.models.models import base_gguf as gguf_of_base
from engine.sizes import format_size
from training.export.gguf_file import write_gguf
from training.export.same_model import find_gguf
from training.export.trained import TrainedWeights

_METADATA_BYTES = 64 << 20
"""Of a GGUF's vocabulary, merges and template, at most."""

_F16_BYTES = 2


def base_gguf(
    home: Home,
    card: ModelCard,
    folder: Path,
    weights: TrainedWeights,
    tokenizer: Any,
    partial: Path,
    progress: Callable[[int, int], None],
) -> Path:
    """The GGUF of the base of a card's model.

    folder: the base's Hugging Face folder. partial: where a GGUF is written if there is none of
    its weights; progress is called with (tensors written, of all) then. Raises PanzaError, OSError.
    """
    known = gguf_of_base(home, card.base)
    if known is not None:
        return known
    if found := find_gguf(folder, weights, places.all_ggufs()):
        return found
    shapes = (weights.base.shape(name) for name in weights.base.names())
    require_room(partial.parent, _F16_BYTES * sum(math.prod(shape) for shape in shapes))
    path = partial / "base.gguf"
    write_gguf(folder, tokenizer, path, name=Path(card.base).name, progress=progress)
    return path


def require_room(folder: Path, size: int) -> None:
    """Raise PanzaError unless a GGUF whose tensors take `size` bytes fits on the folder's disk."""
    needed, free = size + _METADATA_BYTES, shutil.disk_usage(folder).free
    if free < needed:
        raise PanzaError(
            f"The export needs {format_size(needed)} in {folder}, and {format_size(free)} are "
            "free; nothing was changed. Make room, then export again."
        )


def prompt_fields(tokenizer: Any, gguf: Path) -> dict[str, str | int | bool]:
    """The fields of a base's GGUF without which a prompt would be another one than in training.

    tokenizer: that of training.
    """
    trained = HuggingFaceTokenizer(tokenizer)
    with open_vocabulary(gguf) as model:
        stored = GgufTokenizer(model)
        fields: dict[str, str | int | bool] = {}
        if trained.adds_bos != stored.adds_bos:
            fields["tokenizer.ggml.add_bos_token"] = trained.adds_bos
        if trained.bos_id is not None and trained.bos_id != stored.bos_id:
            fields["tokenizer.ggml.bos_token_id"] = trained.bos_id
        template = str(trained.chat_template)
        for name in ("bos_token", "eos_token"):
            text = getattr(trained, name)
            if name in template and text != getattr(stored, name):
                # The empty expression keeps the newline that a block would swallow.
                template = "{% set " + f"{name} = {text!r} " + "%}{{ '' }}" + template
        if template != stored.chat_template:
            fields["tokenizer.chat_template"] = template
        return fields
