"""The checkpoints of a run: which of them are whole, and which one it goes on from.

A kill, a full disk or a lost power supply can leave any file of a checkpoint cut short, so each is
looked at, without loading it, before a run trusts it.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

from engine.errors import PanzaError
from training.bases.base_model import in_one_line
from training.bases.base_shape import tensor_shapes

_FULL = 1 << 20
"""Bytes free below which it was the disk that failed, whatever a library calls it."""


def last_checkpoint(folder: Path) -> Path | None:
    """The newest whole checkpoint of a run's folder."""
    whole = [path for path in _checkpoints(folder) if not damage(path)]
    return max(whole, key=_step, default=None)


def remove_damaged_checkpoints(folder: Path) -> list[str]:
    """Remove those that are not whole: Trainer would count them among the newest.

    Returns a line on each, that says where the run goes on.
    """
    found = {path: damage(path) for path in sorted(_checkpoints(folder), key=_step)}
    damaged = {path.name: wrong for path, wrong in found.items() if wrong}
    for name in damaged:
        shutil.rmtree(folder / "checkpoints" / name, ignore_errors=True)
    checkpoint = last_checkpoint(folder)
    goes_on = f"goes on from {checkpoint.name}" if checkpoint else "begins anew"
    return [
        f"{name} was not whole ({wrong}) and is removed; the run {goes_on}."
        for name, wrong in damaged.items()
    ]


@contextlib.contextmanager
def written(what: str, draft: Path, folder: Path) -> Iterator[None]:
    """While `what` is written to `draft`, in a run's folder: whatever fails is one plain line.

    Raises PanzaError; the draft is removed then, so that there is room to tell of it.
    """
    try:
        yield
    except Exception as error:  # safetensors, torch and the system each have their own.
        full = shutil.disk_usage(folder).free < _FULL
        shutil.rmtree(draft, ignore_errors=True)
        checkpoint = last_checkpoint(folder)
        raise PanzaError(
            f"{what} can't be written ({'the disk is full' if full else in_one_line(error)}). "
            + (f"{checkpoint.name} is kept" if checkpoint else "There is no checkpoint yet")
            + "; make room, then go on with the run."
        ) from error


def damage(checkpoint: Path) -> str:
    """What keeps a run from going on from this checkpoint, in a few words; '' when it is whole."""
    # Trainer writes its state last: without it the other files may be half there.
    try:
        state = json.loads((checkpoint / "trainer_state.json").read_text(encoding="utf-8"))
        if state["global_step"] != _step(checkpoint):
            return "trainer_state.json is of another step"
    except (OSError, ValueError, KeyError, TypeError):
        return "trainer_state.json is missing or cut short"
    files = list(checkpoint.iterdir())
    names = {path.name for path in files}
    # FSDP and DeepSpeed keep weights and optimizer in folders of their own.
    if not any(path.is_dir() for path in files):
        if not any(path.suffix == ".safetensors" for path in files):
            return "its weights are missing"
        if lost := {"optimizer.pt", "scheduler.pt"} - names:
            return f"{min(lost)} is missing"
    cut = [path.name for path in files if not _is_whole(path)]
    return f"{min(cut)} is cut short" if cut else ""


def _is_whole(path: Path) -> bool:
    """Whether a file ends where it says; nothing of it is loaded."""
    try:
        if path.suffix == ".safetensors":
            return bool(tensor_shapes(path))
        # torch.save writes a zip, whose index comes last.
        return path.suffix not in (".pt", ".pth") or zipfile.is_zipfile(path)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def _checkpoints(folder: Path) -> list[Path]:
    return list((folder / "checkpoints").glob("checkpoint-*"))


def _step(checkpoint: Path) -> int:
    """Its optimizer step, as its folder is called; -1 for what is no checkpoint of Trainer's."""
    number = checkpoint.name.partition("-")[2]
    return int(number) if number.isdecimal() else -1
