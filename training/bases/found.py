"""The base models on this disk: what each is, and what it can do here. Reads only headers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.base_models import ollama, places
from engine.base_models.gguf_model import read_gguf_model, why_no_language_model
from engine.base_models.hugging_face_folder import is_model_folder, read_folder_model
from engine.base_models.resolve import BUNDLED_BASES
from engine.errors import PanzaError
from engine.home.home import Home
from training.bases.base_model import path_to_measure
from training.bases.from_gguf.folder import why_not_trainable

Kind = Literal["bundled", "Ollama", "GGUF", "Hugging Face", "unknown"]


@dataclass(frozen=True)
class FoundBase:
    """A base model. base: its name for model.base. files: of its weights, and bytes: their size.

    architecture: as its files name it. quantisation: such as Q4_K_M, or the type of its numbers.
    cant_draft, cant_train: why it can't, or ''.
    """

    base: str
    kind: Kind = "unknown"
    path: str = ""
    bytes: int = 0
    files: int = 0
    architecture: str = ""
    parameters: int = 0
    quantisation: str = ""
    licence: str = ""
    chat_template: bool = False
    cant_draft: str = ""
    cant_train: str = ""


def found_bases(home: Home, wanted: str) -> Iterator[FoundBase]:
    """All base models on this disk: `wanted` and the bundled ones first, then the smallest first.

    wanted: the one in the settings, which is described even if it is not there.
    """
    first = list(dict.fromkeys([wanted, *BUNDLED_BASES]))
    described = [describe_base(home, base) for base in first]
    yield from described
    seen = {found.path for found in described if found.path}
    others: list[FoundBase] = []
    for base in _names():
        found = describe_base(home, base)
        if found.path not in seen:
            seen.add(found.path)
            others.append(found)
    yield from sorted(others, key=lambda found: (found.bytes, found.base))


def describe_base(home: Home, base: str) -> FoundBase:
    """What a base model is; one that can't be found or read is described as far as it can be."""
    kind = _kind(base)
    try:
        path = path_to_measure(home, base, allow_download=False)
        return _of_gguf(base, kind, path) if path.is_file() else _of_folder(base, path)
    except PanzaError as error:
        return FoundBase(base, kind, cant_draft=str(error), cant_train=str(error))
    except (OSError, ValueError) as error:
        why = f"its files are damaged or incomplete ({error})"
        return FoundBase(base, kind, str(path), cant_draft=why, cant_train=why)


def _names() -> Iterator[str]:
    for model in ollama.list_models():
        yield f"{ollama.PREFIX}{model.name}"
    yield from map(str, places.gguf_files())
    yield from places.hub_ids()


def _kind(base: str) -> Kind:
    if base in BUNDLED_BASES:
        return "bundled"
    if base.startswith(ollama.PREFIX):
        return "Ollama"
    path = Path(base).expanduser()
    if path.is_file():
        return "GGUF"
    return "Hugging Face" if path.is_dir() else "unknown"


def _of_gguf(base: str, kind: Kind, path: Path) -> FoundBase:
    model = read_gguf_model(path)
    cant_draft = why_no_language_model(model)
    cant_train = cant_draft or why_not_trainable(model)
    if not cant_draft and not model.has_chat_template:
        cant_draft = cant_train
    licence = model.licence
    if not licence and kind == "Ollama":
        licence = ollama.find(base).licence
    return FoundBase(
        base,
        "GGUF" if kind in ("unknown", "Hugging Face") else kind,
        str(path),
        model.bytes,
        len(model.files),
        model.header.architecture,
        model.parameters,
        model.quantisation,
        licence,
        model.has_chat_template,
        cant_draft,
        cant_train,
    )


def _of_folder(base: str, folder: Path) -> FoundBase:
    if not is_model_folder(folder):
        why = f"the folder {folder} has no config.json with safetensors"
        return FoundBase(base, "Hugging Face", str(folder), cant_draft=why, cant_train=why)
    model = read_folder_model(folder)
    why = ""
    if model.quantiser:
        why = f"its weights are stored quantised ({model.quantiser})"
    elif not model.has_chat_template:
        why = "it has no chat template; take an instruction-tuned model"
    return FoundBase(
        base,
        "Hugging Face",
        str(folder),
        model.bytes,
        model.files,
        model.architecture,
        model.parameters,
        model.quantisation,
        model.licence,
        model.has_chat_template,
        why,
        why,
    )
