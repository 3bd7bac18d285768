"""Find the GGUF of a trained model's base, or write it from the base's Hugging Face folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.errors import PanzaError
from engine.files import read_small
from engine.generators.gguf_tokenizer import GgufTokenizer
from engine.generators.hugging_face_tokenizer import HuggingFaceTokenizer
from engine.generators.llama_library import library, open_model
from engine.home import Home
from engine.models import ModelCard
from engine.models import base_gguf as gguf_of_base
from training.export.gguf_file import write_gguf
from training.export.same_model import find_gguf
from training.export.trained import TrainedWeights

_SOURCE = "source.json"
"""In a Hugging Face folder that was made of a GGUF: where that is."""


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
    if made_of := _made_of(folder):
        return made_of
    if found := find_gguf(folder, weights, ()):
        return found
    path = partial / "base.gguf"
    write_gguf(folder, tokenizer, path, name=Path(card.base).name, progress=progress)
    return path


def _made_of(folder: Path) -> Path | None:
    """The GGUF that a folder in the home's cache was converted from; None for other folders."""
    path = folder / _SOURCE
    if not path.is_file():
        return None
    try:
        return Path(json.loads(read_small(path))["gguf"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PanzaError(
            f"{path}, which says where the base model came from, is damaged; nothing was changed. "
            f"Remove {folder}: the next training makes it again."
        ) from error


def prompt_fields(tokenizer: Any, gguf: Path) -> dict[str, str | int | bool]:
    """The fields of a base's GGUF without which a prompt would be another one than in training.

    tokenizer: that of training.
    """
    trained = HuggingFaceTokenizer(tokenizer)
    model = open_model(gguf, vocabulary_only=True)
    try:
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
    finally:
        library().llama_model_free(model)
