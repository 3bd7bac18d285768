"""Where programs keep models: LM Studio, GPT4All, llama.cpp, Jan, and the Hugging Face cache."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from engine.base_models import ollama
from engine.base_models.gguf_model import is_later_shard
from engine.base_models.hugging_face_folder import is_model_folder

_MAX_DEPTH = 6
_MAX_ENTRIES = 20_000
"""In one program's folder."""

_FOLDERS = (
    ".lmstudio/models",
    ".cache/lm-studio/models",
    ".local/share/nomic.ai/GPT4All",
    "Library/Application Support/nomic.ai/GPT4All",
    "Library/Caches/llama.cpp",
    "jan/models",
    ".config/Jan/data/llamacpp/models",
    ".local/share/Jan/data/llamacpp/models",
    ".local/share/Jan/data/models",
    "Library/Application Support/Jan/data/llamacpp/models",
)
"""Below the user's home folder: LM Studio, GPT4All, llama.cpp and Jan, on Linux and macOS."""


def gguf_files() -> list[Path]:
    """The GGUFs in the folders of these programs; of a split one the first file."""
    found: dict[Path, None] = {}
    for folder in _folders():
        found.update(dict.fromkeys(_ggufs_below(folder)))
    for snapshot in _snapshots():
        found.update(dict.fromkeys(_ggufs_of_snapshot(snapshot)))
    return list(found)


def all_ggufs() -> list[Path]:
    """All GGUFs that `gguf_files` finds, and those of Ollama."""
    return [*gguf_files(), *(model.gguf for model in ollama.list_models())]


def hub_ids() -> dict[str, Path]:
    """Id -> folder of the models in the Hugging Face cache that are there in safetensors."""
    found: dict[str, Path] = {}
    for snapshot in _snapshots():
        if is_model_folder(snapshot):
            repository = snapshot.parent.parent.name.removeprefix("models--")
            found.setdefault(repository.replace("--", "/"), snapshot)
    return dict(sorted(found.items()))


def _folders() -> list[Path]:
    cache = os.environ.get("LLAMA_CACHE")
    general = os.environ.get("XDG_CACHE_HOME")
    llama_cpp = Path(general) if general else Path.home() / ".cache"
    return [
        *([Path(cache).expanduser()] if cache else []),
        llama_cpp / "llama.cpp",
        *(Path.home() / folder for folder in _FOLDERS),
    ]


def _hub_cache() -> Path:
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE)


def _snapshots() -> Iterator[Path]:
    """The newest snapshot of each model in the Hugging Face cache."""
    for repository in _sorted(_hub_cache()):
        if not repository.name.startswith("models--") or repository.is_symlink():
            continue
        snapshots = [path for path in _sorted(repository / "snapshots") if path.is_dir()]
        if snapshots:
            yield max(snapshots, key=lambda path: path.stat().st_mtime)


def _ggufs_of_snapshot(snapshot: Path) -> Iterator[Path]:
    """A snapshot's files are links to the repository's blobs; other links are not followed."""
    blobs = snapshot.parent.parent / "blobs"
    for path in _sorted(snapshot):
        inside = path.resolve().parent in (blobs.resolve(), snapshot.resolve())
        if _is_gguf(path.name) and inside and path.is_file() and not is_later_shard(path):
            yield path


def _ggufs_below(folder: Path) -> Iterator[Path]:
    seen = 0
    for root, folders, names in os.walk(folder):  # It follows no links.
        depth = len(Path(root).relative_to(folder).parts)
        folders[:] = [] if depth >= _MAX_DEPTH else sorted(folders)
        for name in sorted(names):
            path = Path(root, name)
            whole = _is_gguf(name) and not is_later_shard(path)
            if whole and path.is_file() and not path.is_symlink():
                yield path
            seen += 1
            if seen >= _MAX_ENTRIES:
                return


def _is_gguf(name: str) -> bool:
    return name.lower().endswith(".gguf")


def _sorted(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []
