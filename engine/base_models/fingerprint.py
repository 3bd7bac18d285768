"""Tell whether a base model is the one that a personal model was trained on.

The fingerprint is of the whole header and of the beginning of each tensor, so that it takes a
fraction of a second, and no retrained or requantised copy has the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from engine.base_models.gguf_model import read_gguf_model
from engine.base_models.hugging_face_folder import read_safetensors_header
from engine.errors import PanzaError

_SAMPLE_BYTES = 4096

_SMALL_FILES = ("config.json", "tokenizer.json", "tokenizer.model", "tokenizer_config.json")


def fingerprint(path: Path) -> str:
    """The fingerprint of a GGUF with its shards, or of a Hugging Face folder. Raises PanzaError."""
    try:
        return _of_folder(path) if path.is_dir() else _of_gguf(path)
    except (OSError, ValueError) as error:
        raise PanzaError(f"The base model in {path} can't be read ({error}).") from error


def _of_gguf(path: Path) -> str:
    model = read_gguf_model(path)
    digest = hashlib.sha256()
    for file in model.files:
        tensors = [tensor for of_file, tensor in model.tensors if of_file == file]
        start = min((tensor.offset for tensor in tensors), default=file.stat().st_size)
        samples = [(0, start), *((t.offset, min(t.bytes, _SAMPLE_BYTES)) for t in tensors)]
        _add(digest, file, samples)
    return digest.hexdigest()


def _of_folder(folder: Path) -> str:
    digest = hashlib.sha256()
    for name in _SMALL_FILES:
        if (folder / name).is_file():
            digest.update(name.encode() + b"\0" + (folder / name).read_bytes())
    for file in sorted(folder.glob("*.safetensors")):
        header = read_safetensors_header(file)
        spans = sorted(about["data_offsets"] for about in header.values())
        start = min((begin for begin, _ in spans), default=file.stat().st_size)
        samples = [(begin, min(end - begin, _SAMPLE_BYTES)) for begin, end in spans]
        _add(digest, file, [(0, start), *samples])
    return digest.hexdigest()


def _add(digest: hashlib._Hash, file: Path, samples: Iterable[tuple[int, int]]) -> None:
    """Add the file's size and some of its content. samples: (offset, number of bytes)."""
    digest.update(str(file.stat().st_size).encode())
    with open(file, "rb") as opened:
        for offset, length in samples:
            opened.seek(offset)
            digest.update(opened.read(length))
