"""Find the base model that a name stands for.

A name, as in `model.base` and `train --base`, is a bundled model's, the path of a GGUF or of a
folder, `ollama:NAME[:TAG]`, or an id of the Hugging Face hub.
"""

from __future__ import annotations

from pathlib import Path

from engine.base_models import ollama
from engine.base_models.gguf_model import (
    GgufModel,
    first_shard,
    is_later_shard,
    read_gguf_model,
    why_no_language_model,
)
from engine.errors import PanzaError
from engine.home.home import Home
from engine.mail_base import MAIL_BASE
from engine.mail_base.merging import mail_base_gguf
from engine.models.packaged import EMBEDDED_BASE, embedded_base_gguf

BUNDLED_BASES = (MAIL_BASE, EMBEDDED_BASE)


def locate(home: Home, base: str) -> Path | None:
    """Where a base model is: its GGUF (of a split one the first file), or its folder.

    None for what is no path: an id of the Hugging Face hub, or a wrong name. Reads no header.
    Raises PanzaError for a model that Ollama doesn't have, and for a folder of several GGUFs.
    """
    if base == MAIL_BASE:
        return mail_base_gguf(home)
    if base == EMBEDDED_BASE:
        return embedded_base_gguf(home)
    if base.startswith(ollama.PREFIX):
        return _ollama_gguf(base)
    path = _existing(base)
    if path is None:
        return None
    return first_shard(path) if path.is_file() else _in_folder(path)


def absolute_base(base: str) -> str:
    """The name with an absolute path, since later commands have other working folders."""
    return str(_existing(base) or base)


def read_base_gguf(path: Path) -> GgufModel:
    """Read the headers of a base model's GGUF. Raises PanzaError if it is no language model."""
    model = read_gguf_model(path)
    if why := why_no_language_model(model):
        raise PanzaError(f"{path} can't be a base model: {why}.")
    return model


def _existing(base: str) -> Path | None:
    """The absolute path that a name is, if there is anything.

    Raises PanzaError if it is closed, and for "..", which names no model: the folder above a
    working folder may hold one that nobody meant.
    """
    try:
        path = Path(base).expanduser()
        if path.name == "..":
            raise PanzaError(
                f"'{base}' names no base model; give a path of a GGUF, the name of a folder, or an "
                "id of Hugging Face."
            )
        return path.absolute() if base and path.exists() else None
    except PermissionError as error:
        raise PanzaError(f"The base model {base} can't be read ({error.strerror}).") from error
    except (OSError, ValueError, RuntimeError):  # Too long, a null byte, or "~nobody".
        return None


def _ollama_gguf(base: str) -> Path:
    found = ollama.find(base)
    if found.adapter:
        raise PanzaError(
            f"'{base}' is a LoRA adapter over another model, as its Modelfile says; give that "
            "model instead."
        )
    return found.gguf


def _in_folder(folder: Path) -> Path:
    """The folder itself, or the only language model among the GGUFs of one without config.json."""
    if (folder / "config.json").exists():
        return folder
    files = [path for path in sorted(folder.glob("*.gguf")) if not is_later_shard(path)]
    files = [path for path in files if "mmproj" not in path.name.lower()]
    if len(files) > 1:
        names = ", ".join(path.name for path in files[:5])
        raise PanzaError(f"There are several models in {folder}: {names}. Give the file's path.")
    return files[0] if files else folder
