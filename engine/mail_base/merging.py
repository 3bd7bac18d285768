"""Merge an adapter that is part of the package into its base, such as the mail base's."""

from __future__ import annotations

import functools
import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.disk import durable
from engine.disk.files import discard
from engine.errors import PanzaError
from engine.home.home import Home
from engine.home.locks import hold
from engine.mail_base import MAIL_BASE
from engine.models.packaged import embedded_base_gguf
from engine.sizes import format_size

if TYPE_CHECKING:
    import numpy as np

    from engine.gguf_files.patching import Change
    from engine.gguf_files.stored import StoredGguf

ADAPTER = Path(__file__).with_name("adapter.safetensors")
ADAPTER_SHA256 = "b0818c3a90fc718d3efc7277b8e2306731d3911ab23da9d06daa3caf8675365a"

_STORED = "F16"
"""Of the merged weights. With 8 bits a small model writes measurably worse, and hardly faster."""

_SECONDS_TO_WAIT = 120
"""For another process that merges; that takes some seconds, on a busy machine a minute."""


@dataclass(frozen=True)
class PackagedAdapter:
    """An adapter that is part of the package. name: of the model that it makes, and of its file."""

    name: str
    path: Path
    sha256: str


def mail_base_gguf(home: Home) -> Path:
    """Return the mail base's GGUF in the home's cache; see `merged_gguf`."""
    adapter = PackagedAdapter(MAIL_BASE, ADAPTER, ADAPTER_SHA256)
    return merged_gguf(home, adapter, embedded_base_gguf)


def merged_gguf(home: Home, adapter: PackagedAdapter, base: Callable[[Home], Path]) -> Path:
    """Return the GGUF of an adapter and its base in the home's cache; merged first if it is new.

    Takes five seconds the first time. A kill or a full disk leaves a partial file, which the next
    call removes. Raises PanzaError.
    """
    path = home.cache / f"{adapter.name}.gguf"
    if path.is_file():
        return path
    source = base(home)
    home.cache.mkdir(parents=True, exist_ok=True)
    with hold(home.cache / "mail-base.lock", f"preparing {adapter.name}", wait=_SECONDS_TO_WAIT):
        if not path.is_file():  # Another process may have made it meanwhile.
            _merge(home, adapter, source, path)
    return path


def _merge(home: Home, adapter: PackagedAdapter, source: Path, path: Path) -> None:
    if hashlib.sha256(adapter.path.read_bytes()).hexdigest() != adapter.sha256:
        raise PanzaError(
            f"The adapter of {adapter.name} is not the expected one (sha256 differs); nothing was "
            "loaded. Reinstall panza-tui."
        )
    partial = path.with_suffix(".partial")
    try:
        partial.unlink(missing_ok=True)
        _patch(adapter, source, partial)
        durable.replace(partial, path)
    except OSError as error:
        discard(partial)
        needed, free = 2 * source.stat().st_size, shutil.disk_usage(home.cache).free
        raise PanzaError(
            f"The model {adapter.name} can't be written to {home.cache} "
            f"({error.strerror or error}); nothing else was changed. It takes "
            f"{format_size(needed)} there, and {format_size(free)} are free: make room, then try "
            "again."
        ) from error


def _patch(adapter: PackagedAdapter, source: Path, target: Path) -> None:
    from engine.gguf_files.patching import patch_gguf
    from engine.gguf_files.stored import open_stored

    base = open_stored(source)
    changes = read_changes(adapter.path, base)
    kinds = dict.fromkeys(changes, _STORED)
    patch_gguf(base, target, changes, kinds, fields={"general.name": adapter.name})


def read_changes(adapter: Path, base: StoredGguf) -> dict[str, Change]:
    """Return for each weight of a GGUF that an adapter changes the function that changes it.

    adapter: safetensors with `NAME.a` [rank, in] and `NAME.b` [out, rank], both int8, and their
    scales in float32: `NAME.a.scale` [rank, 1] and `NAME.b.scale` [1, rank]. NAME is the tensor's
    in the GGUF, and `b` has its order of rows. The change is b @ a.
    """
    from safetensors.numpy import load_file

    tensors = load_file(adapter)
    names = {name.removesuffix(".a") for name in tensors if name.endswith(".a")}

    def factor(name: str) -> np.ndarray:
        return tensors[name].astype("float32") * tensors[f"{name}.scale"]

    def change(name: str, start: int, stop: int) -> np.ndarray:
        rows = base.tensors[name].values(start, stop)
        return rows + factor(f"{name}.b")[start:stop] @ factor(f"{name}.a")

    return {name: functools.partial(change, name) for name in names}
