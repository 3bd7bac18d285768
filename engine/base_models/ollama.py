"""Find models in Ollama's store by its manifests. Nothing is started.

A manifest `manifests/<registry>/<namespace>/<name>/<tag>` is JSON that lists layers by digest; a
layer's content is the file `blobs/sha256-<digest>`.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import PanzaError

PREFIX = "ollama:"

_REGISTRY, _NAMESPACE, _TAG = "registry.ollama.ai", "library", "latest"
_NAME = re.compile(r"(?:[\w.-]+/){0,2}[\w.-]+(?::[\w.-]+)?", re.ASCII)
_DIGEST = re.compile(r"sha256[:-]([0-9a-f]{64})")
_LAYER = "application/vnd.ollama.image."
_MAX_MANIFEST_BYTES = 1 << 20
_MAX_LICENCE_BYTES = 1 << 16
_MAX_MANIFESTS = 2000


@dataclass(frozen=True)
class OllamaModel:
    """name: as Ollama shows it, with its tag. gguf: the blob of its weights.

    licence: the first line of its text. adapter: whether a LoRA adapter is laid over the weights.
    """

    name: str
    gguf: Path
    licence: str = ""
    adapter: bool = False


def stores() -> list[Path]:
    """The folders where Ollama may keep models: the user's own, and those of its service."""
    own = os.environ.get("OLLAMA_MODELS")
    folders = [
        *([Path(own).expanduser()] if own else []),
        Path.home() / ".ollama" / "models",
        Path("/usr/share/ollama/.ollama/models"),
        Path("/var/lib/ollama/.ollama/models"),
    ]
    return [folder.absolute() for folder in dict.fromkeys(folders)]


def find(base: str) -> OllamaModel:
    """The model named by `ollama:NAME[:TAG]`. Raises PanzaError if it isn't there."""
    name = base.removeprefix(PREFIX)
    if not _NAME.fullmatch(name) or ".." in name:
        raise PanzaError(
            f"'{base}' names no model of Ollama; write ollama:NAME or ollama:NAME:TAG."
        )
    unreadable = ""
    for store in stores():
        path = store / "manifests" / _manifest(name)
        try:
            return _read(store, name, path)
        except FileNotFoundError:
            continue
        except PermissionError:
            unreadable = str(store)
    if unreadable:
        raise PanzaError(
            f"Ollama's models in {unreadable} may not be read by you; copy the model's GGUF, or "
            "let your user read that folder."
        )
    known = ", ".join(f"{PREFIX}{model.name}" for model in list_models()) or "no model"
    raise PanzaError(f"Ollama has no model '{name}' on this disk; it has: {known}.")


def list_models() -> list[OllamaModel]:
    """All models in Ollama's stores whose manifests can be read, by name."""
    found: dict[str, OllamaModel] = {}
    for store in stores():
        for path in _manifests(store / "manifests"):
            name = _shown(path.relative_to(store / "manifests"))
            try:
                found.setdefault(name, _read(store, name, path))
            except (OSError, PanzaError):
                continue
    return [found[name] for name in sorted(found)]


def _manifests(folder: Path) -> Iterator[Path]:
    seen = 0
    for root, folders, names in os.walk(folder):  # It follows no links.
        folders.sort()
        for name in sorted(names):
            path = Path(root, name)
            if len(path.relative_to(folder).parts) == 4 and not name.startswith("."):
                yield path
            seen += 1
            if seen >= _MAX_MANIFESTS:
                return


def _manifest(name: str) -> Path:
    """The manifest's path below `manifests`."""
    name, _, tag = name.partition(":")
    parts = name.split("/")
    defaults = {1: (_REGISTRY, _NAMESPACE), 2: (_REGISTRY,)}
    return Path(*defaults.get(len(parts), ()), *parts, tag or _TAG)


def _shown(manifest: Path) -> str:
    *parts, tag = manifest.parts
    if parts[0] == _REGISTRY:
        parts = parts[1:]
        if parts[0] == _NAMESPACE:
            parts = parts[1:]
    return f"{'/'.join(parts)}:{tag}"


def _read(store: Path, name: str, path: Path) -> OllamaModel:
    """Raises OSError if a file can't be read, PanzaError if the manifest makes no sense."""
    try:
        layers = json.loads(_beginning(path, _MAX_MANIFEST_BYTES))["layers"]
        blobs = {layer["mediaType"]: _blob(store, layer["digest"]) for layer in reversed(layers)}
        gguf = blobs[f"{_LAYER}model"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise PanzaError(
            f"Ollama's manifest of '{name}' is damaged, or names no weights ({path}); pull the "
            "model again."
        ) from error
    if not gguf.is_file():
        raise PanzaError(
            f"The weights of '{name}' are missing in Ollama's store ({gguf}); pull the model again."
        )
    licence = _first_line(blobs.get(f"{_LAYER}license"))
    return OllamaModel(name, gguf, licence, f"{_LAYER}adapter" in blobs)


def _blob(store: Path, digest: Any) -> Path:
    match = _DIGEST.fullmatch(digest)
    if match is None:
        raise ValueError("not a digest")
    return store / "blobs" / f"sha256-{match[1]}"


def _first_line(path: Path | None) -> str:
    try:
        text = _beginning(path, _MAX_LICENCE_BYTES).decode("utf-8", "replace") if path else ""
    except OSError:
        return ""
    return next((line.strip() for line in text.splitlines() if line.strip()), "")[:80]


def _beginning(path: Path, limit: int) -> bytes:
    """The first bytes of a regular file. Raises OSError."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise FileNotFoundError(path)
        return file.read(limit)
