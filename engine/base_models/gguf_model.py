"""Read what a GGUF is: of one file or of several, a whole language model or something else."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path

from engine.base_models.gguf_header import GgufError, GgufHeader, Tensor, read_header

_SHARD = re.compile(r"(?P<stem>.+)-(?P<number>\d{5})-of-(?P<count>\d{5})\.gguf", re.IGNORECASE)
_MAX_SHARDS = 256

_VISION = ("v.", "mm.")
"""Beginnings of the names of tensors that read pictures."""


@dataclass(frozen=True)
class GgufModel:
    """A GGUF with its shards. header: the first file's, which has all metadata of the model.

    tensors: of all files, each with its path.
    """

    header: GgufHeader
    files: tuple[Path, ...]
    tensors: tuple[tuple[Path, Tensor], ...]

    @property
    def path(self) -> Path:
        return self.files[0]

    @property
    def bytes(self) -> int:
        return sum(path.stat().st_size for path in self.files)

    @property
    def parameters(self) -> int:
        return sum(tensor.weights for _, tensor in self.tensors)

    @property
    def quantisation(self) -> str:
        """Such as Q4_K_M: what the file says, or else the type of most of its weights."""
        import gguf

        try:
            name = gguf.LlamaFileType(self.header.values["general.file_type"]).name
            return name.removeprefix("MOSTLY_").removeprefix("ALL_")
        except (KeyError, ValueError):
            sizes: dict[str, int] = {}
            for _, tensor in self.tensors:
                sizes[tensor.kind] = sizes.get(tensor.kind, 0) + tensor.bytes
            return max(sizes, key=lambda kind: sizes[kind], default="")

    @property
    def licence(self) -> str:
        return self.header.text("general.license") or self.header.text("general.license.name")

    @property
    def has_chat_template(self) -> bool:
        return bool(self.header.text("tokenizer.chat_template").strip())


def first_shard(path: Path) -> Path:
    """The first file of the model that `path` is a part of; `path` itself if it is all of it."""
    match = _SHARD.fullmatch(path.name)
    return path.with_name(_shard_name(match, 1)) if match else path


def is_later_shard(path: Path) -> bool:
    """Whether `path` is named as a part of a model, and not as the first one."""
    match = _SHARD.fullmatch(path.name)
    return match is not None and int(match["number"]) != 1


def read_gguf_model(path: Path) -> GgufModel:
    """Read and check the headers of a model's files. Raises GgufError, also for a missing shard."""
    path = first_shard(path)
    files = shards_of(path)
    headers = [_cached_header(file, file.stat().st_mtime_ns) for file in files]
    tensors = tuple((file, t) for file, h in zip(files, headers, strict=True) for t in h.tensors)
    promised = headers[0].values.get("split.count", 1)
    if promised not in (0, 1, len(files)):
        raise GgufError(
            f"{path} is the first of {promised} files of a model, named NAME-00001-of-"
            f"{promised:05}.gguf and so on; the others are not beside it under such names."
        )
    return GgufModel(headers[0], files, tensors)


@functools.lru_cache(maxsize=64)
def _cached_header(path: Path, changed: int) -> GgufHeader:
    return read_header(path)


def shards_of(path: Path) -> tuple[Path, ...]:
    """All files of the model that `path` is a part of, in order. Raises GgufError."""
    match = _SHARD.fullmatch(path.name)
    count = int(match["count"]) if match else 1
    if match is None or not 1 < count <= _MAX_SHARDS:
        if not path.is_file():
            raise GgufError(f"There is no file {path}.")
        return (path,)
    files = tuple(path.with_name(_shard_name(match, number)) for number in range(1, count + 1))
    missing = [file.name for file in files if not file.is_file()]
    if missing:
        raise GgufError(
            f"The model {match['stem']} in {path.parent} is split into {count} files, and "
            f"{missing[0]} is missing; download or copy that, too."
        )
    return files


def _shard_name(match: re.Match[str], number: int) -> str:
    return f"{match['stem']}-{number:05}-of-{match['count']}.gguf"


def why_no_language_model(model: GgufModel) -> str:
    """Why a whole GGUF can't write text, in one line; '' if it can as far as its header says."""
    header = model.header
    kind, architecture = header.text("general.type"), header.architecture
    if kind == "mmproj" or architecture == "clip":
        return "it only reads pictures for another model (an mmproj file); give that model instead"
    if kind == "adapter" or "adapter.type" in header.values:
        return "it is a LoRA adapter of another model; give that model instead"
    if kind == "imatrix" or architecture == "imatrix":
        return "it is an importance matrix for quantising another model; give that model instead"
    if not architecture:
        return "it does not say of which architecture it is"
    if not any(tensor.name == "token_embd.weight" for _, tensor in model.tensors):
        return "it has no weights of a language model"
    if header.own("pooling_type") or "bert" in architecture or architecture.endswith("encoder"):
        return "it makes embeddings, and writes no text"
    if architecture not in _known_architectures():
        return f"its architecture, {architecture!a}, is unknown to this llama.cpp"
    if any(tensor.name.startswith(_VISION) for _, tensor in model.tensors):
        return (
            "its file also has the part that reads pictures, as Ollama packs them, which llama.cpp "
            "does not load; use a GGUF of the text model alone"
        )
    return ""


@functools.cache
def _known_architectures() -> frozenset[str]:
    import gguf

    return frozenset(gguf.MODEL_ARCH_NAMES.values())
