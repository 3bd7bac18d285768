"""Read what the model in a Hugging Face folder is, from its small files and headers."""

from __future__ import annotations

import contextlib
import json
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_MAX_BYTES = 16 << 20
_MAX_README_BYTES = 1 << 16
_LICENCE = re.compile(r"^license(?:_name)?:\s*['\"]?([^\s'\"#]+)", re.MULTILINE)
_HEADER_LENGTH_BYTES = 8
_TEMPLATES = ("chat_template.jinja", "chat_template.json")


@dataclass(frozen=True)
class FolderModel:
    """A model in safetensors. architecture: transformers' model type. quantisation: of its numbers.

    quantiser: of weights that are stored quantised, such as "gptq"; '' otherwise.
    """

    path: Path
    bytes: int
    files: int
    architecture: str
    parameters: int
    quantisation: str
    quantiser: str
    licence: str
    has_chat_template: bool


def is_model_folder(folder: Path) -> bool:
    """Whether the folder has a configuration and safetensors."""
    return (folder / "config.json").is_file() and any(folder.glob("*.safetensors"))


def read_folder_model(folder: Path) -> FolderModel:
    """Read the model of a folder. Raises OSError or ValueError if its files are damaged."""
    config = _json(folder / "config.json")
    files = sorted(folder.glob("*.safetensors"))
    parameters, kinds = 0, dict[str, int]()
    for path in files:
        for about in read_safetensors_header(path).values():
            weights = math.prod(about["shape"])
            parameters += weights
            kind = str(about.get("dtype", ""))
            kinds[kind] = kinds.get(kind, 0) + weights
    quantiser = config.get("quantization_config")
    method = quantiser.get("quant_method", "unknown") if isinstance(quantiser, dict) else ""
    return FolderModel(
        folder,
        sum(path.stat().st_size for path in files),
        len(files),
        str(config.get("model_type", "")),
        parameters,
        max(kinds, key=lambda kind: kinds[kind], default=""),
        str(method),
        _licence(folder),
        has_chat_template(folder),
    )


def read_safetensors_header(path: Path) -> dict[str, dict[str, Any]]:
    """Name -> {"dtype", "shape", "data_offsets"}: 8 bytes of length, then JSON.

    The offsets are counted from the file's start. Raises ValueError when the file is cut short or
    damaged, OSError when it can't be read.
    """
    if not path.is_file():  # Opening a FIFO would wait for a writer.
        raise ValueError("it is not a file")
    size = path.stat().st_size
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(_HEADER_LENGTH_BYTES), "little")
        if length > size:
            raise ValueError("the header is longer than the file")
        header = json.loads(file.read(length))
    if not isinstance(header, dict):
        raise ValueError("the header is damaged")
    header.pop("__metadata__", None)
    start, ends = _HEADER_LENGTH_BYTES + length, [0]
    try:
        for about in header.values():
            if not all(type(size) is int and size >= 0 for size in about["shape"]):
                raise ValueError("the header is damaged")
            begin, end = (start + int(offset) for offset in about["data_offsets"])
            about["data_offsets"] = begin, end
            ends.append(end)
    except (KeyError, TypeError) as error:
        raise ValueError("the header is damaged") from error
    if size < max(ends):
        raise ValueError(f"{path.name} is cut short")
    return header


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(_beginning(path, _MAX_BYTES))
    except RecursionError as error:
        raise ValueError(f"{path.name} is damaged") from error
    if not isinstance(found, dict):
        raise ValueError(f"{path.name} is damaged")
    return found


def has_chat_template(folder: Path) -> bool:
    """Whether the model in a folder has a chat template."""
    if any((folder / name).is_file() for name in _TEMPLATES):
        return True
    with contextlib.suppress(OSError, ValueError):
        return bool(_json(folder / "tokenizer_config.json").get("chat_template"))
    return False


def _licence(folder: Path) -> str:
    """The licence that the README's front matter names."""
    with contextlib.suppress(OSError):
        text = _beginning(folder / "README.md", _MAX_README_BYTES).decode("utf-8", "replace")
        _, fence, rest = text.partition("---\n")
        if fence and (match := _LICENCE.search(rest.partition("\n---")[0])):
            return match[1][:80]
    return ""


def _beginning(path: Path, limit: int) -> bytes:
    if not path.is_file():
        raise FileNotFoundError(path)
    with open(path, "rb") as file:
        return file.read(limit)
