"""Export a model: copy its base's GGUF with the trained weights, check, replace the older file."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import gguf

from engine.damage.model_sums import replacing
from engine.database import database
from engine.database.stored_rows import read_rows
from engine.encryption.stored import place, readable, working_folder
from engine.errors import PanzaError, UsageError
from engine.events import Emit, Finished, Progress, Started, Warn
from engine.generators.llama_library import thread_count
from engine.gguf_files.patching import patch_gguf
from engine.gguf_files.stored import StoredGguf, open_stored, row_bytes
from engine.home.home import Home
from engine.home.locks import hold
from engine.models.models import ModelCard, read_card, trained_weights
from engine.settings import Settings
from training.bases.base_model import load_tokenizer, may_download, resolve_base_of
from training.bases.tokenizer_probes import PROBES
from training.cards import write_card
from training.cost.machine import free_gib
from training.export import verify
from training.export.base_file import base_gguf, prompt_fields, require_room
from training.export.importance import importance_matrix
from training.export.placing import place_weights
from training.export.quantise import FILE_TYPES, tensor_kinds
from training.export.streaming import StreamedModel
from training.export.trained import load_trained

_AUTO = "auto"

_TINY_WEIGHTS, _SMALL_WEIGHTS = 300_000_000, 1_000_000_000
"""Below them "auto" is F16 and Q8_0, above Q4_K_M: the smaller a model, the more it loses, and the
less room is saved. 8 bits, to which llama.cpp then also rounds what it multiplies with, raise the
loss of mails with a trained model of 135M weights from 1.39 to 1.52 nats; 16 bits don't.
"""

_PARTIAL = "export.partial"

_CONTEXT_BYTES = 512 << 20
"""Of what llama.cpp takes beside the file, at most."""

_MAX_CHECKED_MAILS = 500
"""More than enough: of mails of five words they have verify.ENOUGH_TOKENS."""

_IMPORTANCE = "importance_tokens"
"""The card's number of tokens that the importance matrix was computed from, if one was used."""


def export_model(
    home: Home,
    name: str,
    quantize: str | None,
    settings: Settings,
    emit: Emit,
    texts: Sequence[str] | None = None,
) -> Path:
    """Write models/<name>/<name>-<kind>.gguf, enter it in the model's card, and return its path.

    quantize: a key of FILE_TYPES, "auto", or None for the setting. texts: what the file is compared
    with the PyTorch model on; default: the newest kept mails. An older file is replaced only by one
    that passes. Raises PanzaError.
    """
    wanted = quantize or settings.export.quantize
    if wanted not in (*FILE_TYPES, _AUTO):
        known = ", ".join(FILE_TYPES)
        raise UsageError(f"There is no quantisation '{wanted}'; choose one of {known}.")
    card = read_card(home, name)
    folder = home.model(name)
    with hold(folder / "export.lock", f"panza-tui export {name}"):
        try:
            with (
                working_folder(folder / _PARTIAL) as partial,
                readable(trained_weights(home, card)) as trained,
            ):
                return _export(home, card, wanted, settings, emit, texts, partial, trained)
        except OSError as error:
            raise PanzaError(
                f"The export could not be written to {folder} ({error.strerror or error}); "
                "nothing there was changed. Make room, then export again."
            ) from error


def _export(
    home: Home,
    card: ModelCard,
    wanted: str,
    settings: Settings,
    emit: Emit,
    texts: Sequence[str] | None,
    partial: Path,
    trained: Path,
) -> Path:
    emit(Started("export", {"model": card.name, "quantize": wanted}))
    texts = _newest_mails(home) if texts is None else texts
    threads = thread_count(settings.drafting.threads, home)
    allow_download = may_download(settings, card.base)
    base = resolve_base_of(home, card, allow_download=allow_download, unpacked=False)
    tokenizer = load_tokenizer(base)
    weights = load_trained(card, trained, base)
    source = open_stored(
        base_gguf(
            home,
            card,
            base,
            weights,
            tokenizer,
            partial,
            _bar(emit, "converting the base", "tensors"),
        )
    )
    places = place_weights(weights, source)
    kind = _kind(wanted, sum(tensor.rows * tensor.width for tensor in source.tensors.values()))
    kinds = tensor_kinds(source, set(places), kind, partial)
    require_room(partial.parent, _size(source, kinds))

    windows, enough = _windows(tokenizer, texts, emit)
    tokens = verify.predicted_tokens(windows)
    model = StreamedModel(base, weights)
    original = model.losses(windows, _counter(emit, "reading the original", tokens))
    importance = importance_matrix(model.column_squares, source, kinds) if enough else {}
    file = partial / f"{kind}.gguf"
    changes = {name: place.change(weights.rows) for name, place in places.items()}
    patch_gguf(
        source,
        file,
        changes,
        kinds,
        fields={
            "general.name": card.name,
            "general.file_type": FILE_TYPES[kind],
            **prompt_fields(tokenizer, source.path),
        },
        importance=importance,
        threads=threads,
        progress=_bar(emit, "writing", "tensors"),
    )
    verify.check_token_ids(file, tokenizer, texts)
    if _fits_into_memory(file):
        checking = _counter(emit, "checking", tokens)
        exported = verify.gguf_losses(file, windows, threads=threads, progress=checking)
        comparison = verify.compare(original, exported)
        bits = verify.coarsest_bits(file)
        _require_match(comparison, kind, bits)
        if not comparison.is_close(bits):
            emit(
                Warn(
                    f"The {kind} file's loss is {comparison.gguf_loss:.3f}, that of the trained "
                    f"model {comparison.pytorch_loss:.3f}: the rounding costs more than usual. "
                    "--quantize F16 loses nothing."
                )
            )
    else:
        emit(
            Warn(
                "llama.cpp can't hold the exported file in the memory that is free, so its weights "
                "were compared, but not its loss."
            )
        )
        verify.check_weights(file, changes, _bar(emit, "checking", "tensors"))
        comparison = None
    figures = comparison.figures() if comparison else {}
    if importance:
        figures[_IMPORTANCE] = tokens
    return _install(home, card, file, kind, figures, emit)


def _require_match(comparison: verify.Comparison, kind: str, bits: float) -> None:
    if not comparison.accepts(bits):
        raise PanzaError(
            f"The {kind} file does not match the model (loss {comparison.gguf_loss:.3f} against "
            f"{comparison.pytorch_loss:.3f}, {comparison.distance:.3f} apart on each token); the "
            "older file was kept. Export with --quantize F16, or draft with --backend "
            "transformers."
        )


def _install(
    home: Home,
    card: ModelCard,
    file: Path,
    kind: str,
    figures: dict[str, float],
    emit: Emit,
) -> Path:
    """Move the checked file to its final name and write that and its figures to the card."""
    path = home.model(card.name) / f"{card.name}-{kind}.gguf"
    with replacing(path, file):
        place(file, path)
    card = read_card(home, card.name)
    older = (*verify.FIGURES, _IMPORTANCE)
    kept = {key: value for key, value in card.figures.items() if key not in older}
    write_card(home, replace(card, gguf=path.name, figures=kept | figures))
    emit(Finished({"gguf": str(path), "bytes": path.stat().st_size, **figures}))
    return path


def _kind(wanted: str, weights: int) -> str:
    if wanted != _AUTO:
        return wanted
    if weights < _TINY_WEIGHTS:
        return "F16"
    return "Q8_0" if weights < _SMALL_WEIGHTS else "Q4_K_M"


def _size(source: StoredGguf, kinds: dict[str, str]) -> int:
    """The bytes of the exported file's tensors."""
    return sum(
        tensor.rows * row_bytes(gguf.GGMLQuantizationType[kinds[name]], tensor.width)
        if name in kinds
        else tensor.nbytes
        for name, tensor in source.tensors.items()
    )


def _fits_into_memory(file: Path) -> bool:
    return file.stat().st_size + _CONTEXT_BYTES < free_gib("cpu") * 2**30


def _newest_mails(home: Home) -> list[str]:
    """Bodies of the newest kept mails to check a file on."""
    if not home.database.exists():
        return []
    with closing(database.connect(home.database)) as connection:
        rows: Iterable[Any] = read_rows(
            connection,
            "mails",
            "SELECT body FROM mails WHERE left_out IS NULL ORDER BY date DESC, id DESC LIMIT ?",
            (_MAX_CHECKED_MAILS,),
        )
        return [body for (body,) in rows]


def _windows(tokenizer: Any, texts: Sequence[str], emit: Emit) -> tuple[list[verify.Window], bool]:
    """The windows to check a file on, and whether the mails had enough tokens for them."""
    windows = verify.cut_windows(tokenizer, texts)
    if verify.predicted_tokens(windows) >= verify.ENOUGH_TOKENS:
        return windows, True
    emit(Warn("There are few mails to check the exported file on; the check is a rough one."))
    return verify.cut_windows(tokenizer, [*texts, *PROBES]), False


def _bar(emit: Emit, stage: str, unit: str) -> Callable[[int, int], None]:
    """A function that emits progress and its rate since now."""
    begun = time.monotonic()

    def report(done: int, total: int) -> None:
        seconds = time.monotonic() - begun
        emit(Progress(stage, done, total, unit, done / seconds if seconds > 0 else None))

    return report


def _counter(emit: Emit, stage: str, total: int) -> Callable[[int], None]:
    bar = _bar(emit, stage, "tokens")
    return lambda done: bar(done, total)
