"""Open the model to draft with: a trained model or a base, by llama.cpp or transformers."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apsw

from engine.base_models.resolve import read_base_gguf
from engine.encryption.stored import is_encrypted, readable
from engine.errors import NotReadyError, PanzaError
from engine.generators import Generator
from engine.generators.llama_cpp_generator import LlamaCppGenerator
from engine.generators.llama_library import thread_count
from engine.generators.transformers_generator import TransformersGenerator
from engine.home.home import Home
from engine.mail.stored.store import counts
from engine.mail_base.line_model import LineModel, line_model_of
from engine.models.models import (
    ModelCard,
    base_gguf,
    chosen_sources,
    default_model,
    gguf_of,
    knows_playback,
    read_card,
    trained_weights,
)
from engine.settings import Settings

LoadTransformers = Callable[[ModelCard | None], tuple[Any, Any]]
"""Loads (model, tokenizer) of a trained model, or of the base in the settings for None."""


@dataclass(frozen=True)
class LoadedGenerator:
    """A generator and its model. model_name: the base's when no personal model is used.

    knows_playback: whether the model was trained to write the instruction of a mail, too. sources:
    the number of past mails that was chosen for it, if any. lines: reads what users type; None for
    that by rules alone.
    """

    generator: Generator
    model_name: str
    base: str
    knows_playback: bool = False
    sources: int | None = None
    lines: LineModel | None = None

    def close(self) -> None:
        """Free the memory of the models."""
        self.generator.close()
        if self.lines:
            self.lines.close()


@dataclass(frozen=True)
class ModelIdentity:
    """What a generator is loaded from. Two that are equal load the same.

    files: (path, size in bytes, time of the last change in ns) of the weights, and for transformers
    of a base model's local folder. context_tokens, threads, gpu_layers: the settings that loading
    depends on.
    """

    model_name: str
    base: str
    backend: str
    files: tuple[tuple[str, int, int], ...]
    context_tokens: int
    threads: int
    gpu_layers: int


def identify_model(
    home: Home,
    connection: apsw.Connection,
    settings: Settings,
    *,
    model: str | None,
    plain_base: bool,
    backend: str,
) -> ModelIdentity:
    """Return what `open_generator` would load, without loading it; the same errors are raised."""
    found = _find_model(home, connection, settings, model, plain_base, backend)
    return ModelIdentity(
        model_name=found.name,
        base=found.base,
        backend="llama-cpp" if found.gguf else "transformers",
        files=tuple(_file_stamps([found.gguf] if found.gguf else _folders(home, found))),
        context_tokens=settings.drafting.context_tokens,
        threads=settings.drafting.threads,
        gpu_layers=settings.drafting.gpu_layers,
    )


def open_generator(
    home: Home,
    connection: apsw.Connection,
    settings: Settings,
    *,
    model: str | None,
    plain_base: bool,
    backend: str,
    load_transformers: LoadTransformers,
) -> LoadedGenerator:
    """Load the named model, the default one for None, or the settings' base for `plain_base`.

    The base is also the default one before the first training.

    backend: llama-cpp, transformers, or auto: the GGUF where there is one.
    load_transformers: from `training`, which knows adapters; called only for transformers.
    Raises NotReadyError when there is no such model, or no GGUF for llama-cpp.
    """
    found = _find_model(home, connection, settings, model, plain_base, backend)
    generator = _open(found.gguf, found.card, home, settings, load_transformers)
    can_play_back = knows_playback(found.card, found.base)
    sources = chosen_sources(found.card)
    lines = line_model_of(home, settings)
    return LoadedGenerator(generator, found.name, found.base, can_play_back, sources, lines)


@dataclass(frozen=True)
class _FoundModel:
    """card: None for a base model. gguf: None for transformers."""

    card: ModelCard | None
    name: str
    base: str
    gguf: Path | None


def _find_model(
    home: Home,
    connection: apsw.Connection,
    settings: Settings,
    model: str | None,
    plain_base: bool,
    backend: str,
) -> _FoundModel:
    card = None if plain_base else _finished_model(home, connection, model)
    base = card.base if card else settings.model.base
    gguf = None
    if backend != "transformers":
        gguf = gguf_of(home, card) if card else base_gguf(home, base)
        if gguf is None and backend == "llama-cpp":
            raise NotReadyError(_no_gguf(card, base))
    return _FoundModel(card, card.name if card else base, base, gguf)


def _folders(home: Home, found: _FoundModel) -> list[Path]:
    """The folders that transformers loads from, as far as they are named by a path."""
    trained = [trained_weights(home, found.card)] if found.card else []
    return [*trained, Path(found.base).expanduser()]


def _file_stamps(paths: Iterable[Path]) -> Iterator[tuple[str, int, int]]:
    """(path, size, time of the last change) of these files and of all in these folders."""
    for path in paths:
        for file in sorted(path.iterdir()) if path.is_dir() else [path]:
            with contextlib.suppress(OSError):  # What is missing is reported when it is loaded.
                status = file.stat()
                yield str(file), status.st_size, status.st_mtime_ns


def _open(
    gguf: Path | None,
    card: ModelCard | None,
    home: Home,
    settings: Settings,
    load_transformers: LoadTransformers,
) -> Generator:
    drafting = settings.drafting
    if gguf is None:
        network, tokenizer = load_transformers(card)
        return TransformersGenerator(network, tokenizer, drafting.context_tokens)
    try:
        # llama.cpp maps the file into its memory, where it stays when it has no name any more.
        with readable(gguf) if card else contextlib.nullcontext(gguf) as file:
            return LlamaCppGenerator(
                file,
                drafting.context_tokens,
                lambda: thread_count(drafting.threads, home),
                drafting.gpu_layers,
                None if is_encrypted(home.cache) else home.cache,
            )
    except PanzaError:
        if card is None:
            read_base_gguf(gguf)  # Says what is wrong with the file, if that is the reason.
        raise


def _finished_model(home: Home, connection: apsw.Connection, name: str | None) -> ModelCard | None:
    """The named model, or the default one; None before the first training."""
    card = read_card(home, name) if name else default_model(home, connection)
    if card is None:
        if not counts(connection).kept:
            raise NotReadyError("There is no mail yet; run 'panza-tui import PATH' first.")
        return None
    if card.state != "finished":
        raise NotReadyError(
            f"The training of model '{card.name}' is not finished: "
            f"run 'panza-tui train --resume {card.name}'."
        )
    return card


def _no_gguf(card: ModelCard | None, base: str) -> str:
    if card:
        return f"Model '{card.name}' has no GGUF yet: run 'panza-tui export {card.name}'."
    return f"The base model '{base}' has no GGUF: use --backend transformers."
