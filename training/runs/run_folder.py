"""The folder of one run: what is in it, how it is made, and whether it can be resumed.

models/<name>/
    card.toml       what the model is (engine.models.models.ModelCard)
    split.json      the ids of the mails and accepted drafts to train on, validate on and hold out
    events.jsonl    the run's events (engine.events)
    log.txt         what libraries wrote to stderr
    run.lock        held while the run's process is alive
    checkpoints/    of transformers.Trainer; removed when the run is finished
    adapter/        the trained adapter (rosa, lora), or full/ the trained weights (full)
    <name>-*.gguf   the exported model
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import apsw

from engine.base_models.ollama import PREFIX as OLLAMA
from engine.base_models.resolve import absolute_base
from engine.disk import durable
from engine.drafting.accepted_drafts import AcceptedDraft, accepted_drafts
from engine.encryption.stored import read_file, write_file
from engine.errors import NotReadyError, PanzaError, UsageError
from engine.home.home import Home
from engine.mail.stored.store import FEWEST_USABLE, kept_mails
from engine.models import model_names
from engine.models.models import (
    BASE_FINGERPRINT,
    PLAYBACK,
    Method,
    ModelCard,
    list_models,
    read_card,
)
from engine.settings import Settings, as_toml_values
from training.bases.base_model import base_fingerprint
from training.cards import write_card
from training.examples.draft_split import find_copies, split_drafts
from training.examples.split import Split, split_by_date
from training.examples.training_pairs import TrainingPair, fingerprint, training_pairs
from training.runs.checkpoints import damage
from training.runs.process import PAUSE, PAUSED


class NotResumableError(PanzaError):
    """The run can't be resumed, whatever checkpoints it has."""


def check_new_run(
    home: Home,
    connection: apsw.Connection,
    settings: Settings,
    *,
    method: Method,
    name: str | None = None,
) -> tuple[list[TrainingPair], Split]:
    """Return what a new run would train on, and its split. Raises as create_run does."""
    pairs = training_pairs(connection)
    if len(pairs) < FEWEST_USABLE:
        raise NotReadyError(_too_few(connection, len(pairs)))
    _check_method(method, settings)
    if name and (home.model(name) / "card.toml").exists():
        raise UsageError(
            f"There is a model '{name}' already; choose another --name, or resume it with --resume."
        )
    mails = [pair.mail for pair in pairs]
    training = settings.training
    split = split_by_date(mails, training.held_out, training.validation)
    if not split.train:
        raise UsageError(
            "No mail is left to train on; lower training.held_out or training.validation."
        )
    drafts = accepted_drafts(connection)
    return pairs, split_drafts(split, drafts, find_copies(drafts, mails), training.validation)


def create_run(
    home: Home,
    connection: apsw.Connection,
    settings: Settings,
    *,
    method: Method,
    name: str | None = None,
    max_steps: int | None = None,
) -> ModelCard:
    """Make the folder of a new run, with its card and split.

    name: default `<base>-<method>`, numbered when taken. max_steps: optimizer steps, instead of
    epochs. Raises NotReadyError with fewer than 20 usable mails, and UsageError for a name that is
    taken or settings that leave nothing to train.
    """
    pairs, split = check_new_run(home, connection, settings, method=method, name=name)
    base = absolute_base(settings.model.base)
    card = ModelCard(
        name=name or free_name(home, f"{base_word(base)}-{method}"),
        base=base,
        method=method,
        created=int(time.time()),
        state="started",
        data=data_of(connection, pairs, split)
        | {
            "max_steps": max_steps or 0,
            # The written corpus holds playback's direction, too.
            PLAYBACK: settings.training.replay_share > 0,
            BASE_FINGERPRINT: base_fingerprint(home, base),
        },
        settings=as_toml_values(settings),
    )
    model_names.free(home, connection, card.name)
    make_folder(home, card, split)
    return card


def data_of(
    connection: apsw.Connection, pairs: Sequence[TrainingPair], split: Split
) -> dict[str, Any]:
    """Return what a card says about the data of a run."""
    return {
        "train": len(split.train),
        "validation": len(split.validation),
        "held_out": len(split.held_out),
        "drafts": len(split.drafts),
        "fingerprint": fingerprint(pairs, _drafts_of(connection, split)),
    }


def make_folder(home: Home, card: ModelCard, split: Split) -> None:
    """Make the folder of a new run. Raises UsageError for a link in its place."""
    folder = home.model(card.name)
    if folder.is_symlink():
        raise UsageError(f"{folder} is a link, which is not followed; choose another --name.")
    durable.make_folder(folder)
    shutil.rmtree(folder / "checkpoints", ignore_errors=True)  # From a run that lost its card.
    write_file(folder / "split.json", json.dumps(dataclasses.asdict(split)).encode())
    write_card(home, card)


def read_split(home: Home, name: str) -> Split:
    """Read the split that a run was made with. Raises NotResumableError when it is lost."""
    path = home.model(name) / "split.json"
    try:
        record = json.loads(read_file(path))
        split = Split(**{side: tuple(ids) for side, ids in record.items()})
        if not all(type(key) is int for ids in dataclasses.astuple(split) for key in ids):
            raise TypeError
        return split
    except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise NotResumableError(f"{path} is lost or damaged; train '{name}' again.") from error


def files_to_keep(folder: Path) -> list[Path]:
    """List the files of a run's folder that a backup needs, also while the run or an export works.

    Without locks, pause requests, drafts of files, and checkpoints that are not complete.
    """
    kept = []
    for root, folders, names in os.walk(folder):
        at = Path(root)
        folders[:] = sorted(name for name in folders if not _is_passing(at / name))
        kept += [at / name for name in sorted(names) if not _is_passing(at / name)]
        kept += [at / name for name in folders if (at / name).is_symlink()]
    return kept


def _is_passing(path: Path) -> bool:
    return (
        path.name.startswith(".")
        or path.suffix in (".lock", ".partial")
        or path.name in (PAUSE, PAUSED)
        or (path.parent.name == "checkpoints" and damage(path) != "")
    )


def check_resumable(home: Home, connection: apsw.Connection, name: str) -> ModelCard:
    """Return the card of a run that can be started or resumed.

    Raises NotResumableError when it is finished, or when its mails have changed.
    """
    card = read_card(home, name)
    if card.state == "finished":
        raise NotResumableError(f"The run '{name}' is finished; there is nothing to resume.")
    drafts: list[AcceptedDraft] = []
    with contextlib.suppress(NotResumableError):  # Loading the run's data says so.
        drafts = _drafts_of(connection, read_split(home, name))
    if card.data.get("fingerprint") != fingerprint(training_pairs(connection), drafts):
        raise NotResumableError(
            f"The mails or instructions changed since the run '{name}' began, so it can't be "
            "resumed; start a new one with 'panza-tui train'."
        )
    return card


def _check_method(method: Method, settings: Settings) -> None:
    if method == "lora" and settings.rosa.r == 0:
        raise UsageError("LoRA needs a rank; set rosa.r to 1 or more.")
    if method == "rosa" and settings.rosa.r == 0 and settings.rosa.d == 0:
        raise UsageError("rosa.r and rosa.d are both 0: there is nothing to train. Raise one.")


def _drafts_of(connection: apsw.Connection, split: Split) -> list[AcceptedDraft]:
    """The accepted drafts that a run learns from or validates on."""
    wanted = {*split.drafts, *split.validation_drafts}
    return [draft for draft in accepted_drafts(connection) if draft.id in wanted] if wanted else []


def base_word(base: str) -> str:
    """Return a base model's name as it may stand in a model's name."""
    stem = Path(base.removeprefix(OLLAMA)).name.lower().removesuffix(".gguf")
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "-" for c in stem)
    return safe.strip("._-") or "model"


def free_name(home: Home, name: str) -> str:
    """Return a name that no model has: this one, or numbered."""
    name = name[:60]
    taken = {card.name for card in list_models(home)}
    numbered = (f"{name}-{number}" for number in range(2, 10_000))
    return next(n for n in (name, *numbered) if n not in taken and not home.model(n).exists())


def _too_few(connection: apsw.Connection, ready: int) -> str:
    kept = len(kept_mails(connection))
    if kept >= FEWEST_USABLE:
        return (
            f"Only {ready} of {kept} mails have an instruction, and training needs at least "
            f"{FEWEST_USABLE}; run 'panza-tui playback' first."
        )
    return (
        f"There are {kept} usable mails, and training takes at least {FEWEST_USABLE}; "
        "import more with 'panza-tui import PATH'."
    )
