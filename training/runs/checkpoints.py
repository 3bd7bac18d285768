"""The checkpoints of a run: which ones are complete, and which one to resume from.

A kill, a full disk or a power failure can cut any file of a checkpoint short, so each file is
checked, without loading it, before a run resumes from it.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

from engine.base_models.hugging_face_folder import read_safetensors_header
from engine.encryption.stored import is_encrypted, is_whole, read_file
from engine.errors import PanzaError, one_line

DRAFT = ".partial"
"""The folder in which a checkpoint is written before it gets its place beside the others."""

_FULL_DISK_BYTES = 1 << 20
"""With less than 1 MiB free, a failed write is put down to the full disk, whatever its error."""


def last_checkpoint(folder: Path) -> Path | None:
    """The newest complete checkpoint in a run's folder."""
    complete = [path for path in _checkpoints(folder) if not damage(path)]
    return max(complete, key=_step, default=None)


def remove_damaged_checkpoints(folder: Path) -> list[str]:
    """Remove incomplete checkpoints, which Trainer would count among the newest.

    Returns a warning for each, which says where the run resumes.
    """
    found = {path: damage(path) for path in sorted(_checkpoints(folder), key=_step)}
    damaged = {path.name: what for path, what in found.items() if what}
    for name in damaged:
        shutil.rmtree(folder / "checkpoints" / name, ignore_errors=True)
    checkpoint = last_checkpoint(folder)
    then = f"resumes from {checkpoint.name}" if checkpoint else "starts over"
    return [
        f"{name} was incomplete ({what}) and has been removed; the run {then}."
        for name, what in damaged.items()
    ]


@contextlib.contextmanager
def reporting_write_errors(what: str, draft: Path, folder: Path) -> Iterator[None]:
    """Turn any error while `what` is written to `draft` into one line.

    folder: the run's. Raises PanzaError, after removing the draft to make room for the report.
    """
    try:
        yield
    except Exception as error:  # safetensors, torch and the system each raise their own.
        full = shutil.disk_usage(folder).free < _FULL_DISK_BYTES
        shutil.rmtree(draft, ignore_errors=True)
        checkpoint = last_checkpoint(folder)
        raise PanzaError(
            f"{what} can't be written ({'the disk is full' if full else one_line(error)}). "
            + (f"{checkpoint.name} is kept" if checkpoint else "There is no checkpoint yet")
            + "; make room, then resume the run."
        ) from error


def damage(checkpoint: Path) -> str:
    """Why a run can't resume from this checkpoint, in a few words; '' when it can."""
    # Trainer writes its state last: without it the other files may be incomplete.
    try:
        state = json.loads(read_file(checkpoint / "trainer_state.json"))
        if state["global_step"] != _step(checkpoint):
            return "trainer_state.json is of another step"
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return "trainer_state.json is missing or cut short"
    files = list(checkpoint.iterdir())
    names = {path.name for path in files}
    # FSDP and DeepSpeed keep weights and optimizer in folders of their own.
    if not any(path.is_dir() for path in files):
        if not any(path.suffix == ".safetensors" for path in files):
            return "its weights are missing"
        if lost := {"optimizer.pt", "scheduler.pt"} - names:
            return f"{min(lost)} is missing"
    cut = [path.name for path in files if not _is_complete(path)]
    return f"{min(cut)} is cut short" if cut else ""


def _is_complete(path: Path) -> bool:
    """Whether a file has its full length, by its format's own index."""
    try:
        if is_encrypted(path):
            return path.is_dir() or is_whole(path)
        if path.suffix == ".safetensors":
            return bool(read_safetensors_header(path))
        # torch.save writes a zip file, whose index is at the end.
        return path.suffix not in (".pt", ".pth") or zipfile.is_zipfile(path)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def _checkpoints(folder: Path) -> list[Path]:
    return list((folder / "checkpoints").glob("checkpoint-*"))


def _step(checkpoint: Path) -> int:
    """The optimizer step in a checkpoint's name; -1 for a folder that Trainer did not name."""
    number = checkpoint.name.partition("-")[2]
    return int(number) if number.isdecimal() else -1
