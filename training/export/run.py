"""Export a model: merge, write as GGUF, quantise, check, and replace the older file."""

from __future__ import annotations

import ctypes
import gc
import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine import database, durable
from engine.check.model_sums import write_sums
from engine.errors import PanzaError, UsageError
from engine.events import Emit, Finished, Progress, Started, Warn
from engine.files import remove
from engine.generators.llama_library import thread_count
from engine.home import Home
from engine.locks import hold
from engine.models import ModelCard, read_card
from engine.settings import Settings
from engine.sizes import format_size
from training.cards import write_card
from training.export import verify
from training.export.gguf_file import write_gguf
from training.export.quantise import FILE_TYPES, quantise
from training.personal_model import load_merged

_AUTO = "auto"

_SMALL_WEIGHTS = 1_000_000_000
"""Below it "auto" is Q8_0, above Q4_K_M: 4 bits lose more of a small model, and save less room."""

_PARTIAL = "export.partial"

_F16_BYTES, _MAX_QUANTISED_BYTES = 2.0, 1.1
"""Per weight; the second is that of Q8_0, 34 bytes for 32 weights."""

_METADATA_BYTES = 32 << 20
"""Of a GGUF's vocabulary, merges and template, at most."""

_MAX_CHECKED_MAILS = 500
"""More than enough: of mails of five words they have verify.ENOUGH_TOKENS."""


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
        partial = folder / _PARTIAL
        try:
            remove(partial)  # From a killed export.
            partial.mkdir()
            return _export(home, card, wanted, settings, emit, texts, partial)
        except OSError as error:
            raise PanzaError(
                f"The export could not be written to {folder} ({error.strerror or error}); "
                "nothing there was changed. Make room, then export again."
            ) from error
        finally:
            shutil.rmtree(partial, ignore_errors=True)


def _export(
    home: Home,
    card: ModelCard,
    wanted: str,
    settings: Settings,
    emit: Emit,
    texts: Sequence[str] | None,
    partial: Path,
) -> Path:
    emit(Started("export", {"model": card.name, "quantize": wanted}))
    texts = _newest_mails(home) if texts is None else texts
    threads = thread_count(settings.drafting.threads, home)
    model, tokenizer = load_merged(home, card, settings)
    _free_memory()  # Merging leaves as much unused memory as the weights take.
    kind = _kind(wanted, model.num_parameters())
    _require_room(partial, model.num_parameters(), kind)

    file = partial / "F16.gguf"
    write_gguf(model, tokenizer, file, name=card.name, progress=_bar(emit, "writing", "tensors"))
    windows = _windows(tokenizer, texts, emit)
    tokens = verify.predicted_tokens(windows)
    original = verify.pytorch_losses(model, windows, _counter(emit, "reading the original", tokens))
    del model
    _free_memory()
    if kind != "F16":
        file = _quantise(file, kind, threads, emit)

    verify.check_token_ids(file, tokenizer, texts)
    exported = verify.gguf_losses(
        file, windows, threads=threads, progress=_counter(emit, "checking", tokens)
    )
    comparison = verify.compare(original, exported)
    _require_match(comparison, kind)
    return _install(home, card, file, kind, comparison, emit)


def _quantise(whole: Path, kind: str, threads: int, emit: Emit) -> Path:
    """Replace the F16 file by a quantised one."""
    quantised = whole.with_name(f"{kind}.gguf")
    quantise(whole, quantised, kind, threads=threads, progress=_bar(emit, "quantising", "tensors"))
    whole.unlink()
    return quantised


def _require_match(comparison: verify.Comparison, kind: str) -> None:
    if not comparison.accepts(kind):
        raise PanzaError(
            f"The {kind} file does not match the model (loss {comparison.gguf_loss:.3f} against "
            f"{comparison.pytorch_loss:.3f}, {comparison.distance:.3f} apart on each token); the "
            "older file was kept. Export with --quantize F16, or draft with --backend "
            "transformers."
        )


def _install(
    home: Home, card: ModelCard, file: Path, kind: str, comparison: verify.Comparison, emit: Emit
) -> Path:
    """Move the checked file to its final name and write that to the card."""
    path = home.model(card.name) / f"{card.name}-{kind}.gguf"
    write_sums(path.parent, dropped=[path])
    durable.replace(file, path)
    write_sums(path.parent, [path])
    write_card(home, replace(read_card(home, card.name), gguf=path.name))
    emit(
        Finished(
            {
                "gguf": str(path),
                "bytes": path.stat().st_size,
                "checked_tokens": comparison.tokens,
                "pytorch_loss": round(comparison.pytorch_loss, 4),
                "gguf_loss": round(comparison.gguf_loss, 4),
                "distance": round(comparison.distance, 4),
            }
        )
    )
    return path


def _kind(wanted: str, weights: int) -> str:
    if wanted != _AUTO:
        return wanted
    return "Q8_0" if weights < _SMALL_WEIGHTS else "Q4_K_M"


def _free_memory() -> None:
    """Return freed memory to the system, which glibc otherwise keeps."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def _require_room(folder: Path, weights: int, kind: str) -> None:
    """Raise PanzaError unless the F16 file, and a quantised one besides, fit on the disk."""
    bytes_per_weight = _F16_BYTES + (0 if kind == "F16" else _MAX_QUANTISED_BYTES)
    needed = int(weights * bytes_per_weight) + _METADATA_BYTES
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise PanzaError(
            f"The export needs {format_size(needed)} in {folder.parent}, and {format_size(free)} "
            "are free; nothing was changed. Make room, then export again."
        )


def _newest_mails(home: Home) -> list[str]:
    """Bodies of the newest kept mails to check a file on."""
    if not home.database.exists():
        return []
    with closing(database.connect(home.database)) as connection:
        rows = connection.execute(
            "SELECT body FROM mails WHERE left_out IS NULL ORDER BY date DESC, id DESC LIMIT ?",
            (_MAX_CHECKED_MAILS,),
        )
        return [body for (body,) in rows]


def _windows(tokenizer: Any, texts: Sequence[str], emit: Emit) -> list[list[int]]:
    windows = verify.cut_windows(tokenizer, texts)
    if verify.predicted_tokens(windows) < verify.ENOUGH_TOKENS:
        windows = verify.cut_windows(tokenizer, [*texts, *verify.PROBES])
        emit(Warn("There are few mails to check the exported file on; the check is a rough one."))
    return windows


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
