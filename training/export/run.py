"""One export: merged model -> GGUF -> quantised -> checked -> in place of the older file."""

from __future__ import annotations

import ctypes
import gc
import os
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine import database
from engine.errors import PanzaError, UsageError
from engine.events import Emit, Finished, Progress, Started, Warn
from engine.generators.llama_library import thread_count
from engine.home import Home
from engine.locks import hold
from engine.models import ModelCard, read_card
from engine.settings import Settings
from engine.sizes import size_words
from training.cards import write_card
from training.export import verify
from training.export.gguf_file import write_gguf
from training.export.quantise import FILE_TYPES, quantise
from training.personal_model import load_merged

_AUTO = "auto"
_SMALL = 1_000_000_000  # Below so many weights 4 bits lose more than the room they save is worth.
_PARTIAL = "export.partial"


def export_model(
    home: Home,
    name: str,
    quantize: str | None,
    settings: Settings,
    emit: Emit,
    texts: Sequence[str] | None = None,
) -> Path:
    """Write models/<name>/<name>-<kind>.gguf, note it in the model's card, and return its path.

    quantize: a key of FILE_TYPES, "auto", or None for the setting. texts: what the file is checked
    on against the PyTorch model; default: the newest kept mails. An older file is replaced only by
    one that passed; whatever goes wrong, it is kept. Raises PanzaError.
    """
    wanted = quantize or settings.export.quantize
    if wanted not in (*FILE_TYPES, _AUTO):
        known = ", ".join(FILE_TYPES)
        raise UsageError(f"There is no quantisation '{wanted}'; choose one of {known}.")
    card = read_card(home, name)
    folder = home.model(name)
    with hold(folder / "export.lock", f"panza-tui export {name}"):
        partial = folder / _PARTIAL
        shutil.rmtree(partial, ignore_errors=True)  # What a killed export left.
        try:
            partial.mkdir()
            return _export(home, card, wanted, settings, emit, texts, partial)
        except OSError as error:
            raise PanzaError(
                f"The export could not be written to {folder} ({error.strerror or error}); what "
                "was there is unharmed. Make room, then export again."
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
    model, tokenizer = load_merged(home, card, settings)
    _give_memory_back()  # Merging leaves holes as large as the weights.
    weights = model.num_parameters()
    kind = _kind(wanted, weights)
    _require_room(partial, weights, kind)
    threads = thread_count(settings.drafting.threads, home)

    whole = partial / "F16.gguf"
    write_gguf(model, tokenizer, whole, name=card.name, progress=_bar(emit, "writing", "tensors"))
    texts = _kept_mails(home) if texts is None else texts
    windows = _windows(tokenizer, texts, emit)
    tokens = verify.predicted_tokens(windows)
    original = verify.pytorch_losses(model, windows, _counter(emit, "reading the original", tokens))
    del model
    _give_memory_back()

    if kind == "F16":
        made = whole
    else:
        made = partial / f"{kind}.gguf"
        quantise(whole, made, kind, threads=threads, progress=_bar(emit, "quantising", "tensors"))
        whole.unlink()
    verify.check_token_ids(made, tokenizer, texts)
    exported = verify.gguf_losses(
        made, windows, threads=threads, progress=_counter(emit, "checking", tokens)
    )
    comparison = verify.compare(original, exported)
    if not comparison.accepts(kind):
        raise PanzaError(
            f"The {kind} file does not match the model (loss {comparison.gguf_loss:.3f} against "
            f"{comparison.pytorch_loss:.3f}, {comparison.distance:.3f} apart on each token); the "
            "older file was kept. Export with --quantize F16, or draft through --backend "
            "transformers."
        )
    path = home.model(card.name) / f"{card.name}-{kind}.gguf"
    os.replace(made, path)
    write_card(home, replace(read_card(home, card.name), gguf=path.name))
    emit(
        Finished(
            {
                "gguf": str(path),
                "bytes": path.stat().st_size,
                "checked_tokens": tokens,
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
    return "Q8_0" if weights < _SMALL else "Q4_K_M"


def _give_memory_back() -> None:
    """Return the freed model's memory to the system, which glibc keeps unless it is asked."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def _require_room(folder: Path, weights: int, kind: str) -> None:
    """The F16 file takes 2 bytes a weight, a quantised one beside it at most 1.1."""
    needed = int(weights * (2 if kind == "F16" else 3.1)) + (32 << 20)
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise PanzaError(
            f"The export needs {size_words(needed)} in {folder.parent}, and {size_words(free)} are "
            "free; nothing was changed. Make room, then export again."
        )


def _kept_mails(home: Home) -> list[str]:
    """Bodies of the newest mails that are learnt from, enough to check a file on."""
    if not home.database.exists():
        return []
    connection = database.connect(home.database)
    try:
        rows = connection.execute(
            "SELECT body FROM mails WHERE left_out IS NULL ORDER BY date DESC, id DESC LIMIT 500"
        )
        return [body for (body,) in rows]
    finally:
        connection.close()


def _windows(tokenizer: Any, texts: Sequence[str], emit: Emit) -> list[list[int]]:
    windows = verify.cut_windows(tokenizer, texts)
    if verify.predicted_tokens(windows) < verify.ENOUGH_TOKENS:
        windows = verify.cut_windows(tokenizer, [*texts, *verify.PROBES])
        emit(Warn("There are few mails to check the exported file on; the check is a rough one."))
    return windows


def _bar(emit: Emit, stage: str, unit: str) -> Callable[[int, int], None]:
    """Progress with its rate, counted from the first call."""
    begun = time.monotonic()

    def report(done: int, total: int) -> None:
        passed = time.monotonic() - begun
        emit(Progress(stage, done, total, unit, done / passed if passed > 0 else None))

    return report


def _counter(emit: Emit, stage: str, total: int) -> Callable[[int], None]:
    bar = _bar(emit, stage, "tokens")
    return lambda done: bar(done, total)
