"""The folder of one run: what is in it, how it is made, and where it can go on.

models/<name>/
    card.toml       what the model is (engine.models.ModelCard)
    split.json      the ids of the mails learnt from, validated on and held out
    events.jsonl    all that happened (engine.events)
    log.txt         whatever libraries wrote to stderr
    run.lock        held while the run's process lives
    checkpoints/    of transformers.Trainer; removed when the run is finished
    adapter/        the trained adapter (rosa, lora), or full/ the trained weights (full)
    <name>-*.gguf   the exported model
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

import apsw

from engine.errors import NotReadyError, PanzaError, UsageError
from engine.home import Home
from engine.mail.stored.store import FEWEST_USABLE, StoredMail, kept_mails
from engine.models import Method, ModelCard, list_models, read_card
from engine.settings import Settings, as_toml_values
from training.cards import write_card
from training.examples.split import Split, split_by_date


class NotResumableError(PanzaError):
    """The run can't go on, whatever checkpoints it has."""


@dataclasses.dataclass(frozen=True)
class PlayedMail:
    """A mail and its instruction: what a model learns from."""

    mail: StoredMail
    instruction: str


def played_mails(connection: apsw.Connection) -> list[PlayedMail]:
    """All kept mails that have an instruction, oldest first."""
    instructions = dict(connection.execute("SELECT mail_id, text FROM instructions"))
    return [
        PlayedMail(mail, instructions[mail.id])
        for mail in kept_mails(connection)
        if mail.id in instructions
    ]


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

    name: default `<base>-<method>`, numbered when taken. max_steps: end after so many optimizer
    steps, whatever the epochs. Raises NotReadyError with fewer than 20 usable mails, UsageError
    for a taken name, or settings that leave nothing to train.
    """
    mails = played_mails(connection)
    if len(mails) < FEWEST_USABLE:
        raise NotReadyError(_too_few(connection, len(mails)))
    _check_method(method, settings)
    base = _lasting(settings.model.base)
    name = name or _free_name(home, base, method)
    if (home.model(name) / "card.toml").exists():
        raise UsageError(
            f"There is a model '{name}' already; choose another --name, or go on with --resume."
        )
    split = split_by_date(
        [m.mail for m in mails], settings.training.held_out, settings.training.validation
    )
    if not split.train:
        raise UsageError("No mail is left to learn from; lower training.held_out or validation.")
    card = ModelCard(
        name=name,
        base=base,
        method=method,
        created=int(time.time()),
        state="started",
        data={
            "train": len(split.train),
            "validation": len(split.validation),
            "held_out": len(split.held_out),
            "fingerprint": fingerprint(mails),
            "max_steps": max_steps or 0,
        },
        settings=as_toml_values(settings),
    )
    folder = home.model(name)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.rmtree(folder / "checkpoints", ignore_errors=True)  # Of a run whose card was lost.
    (folder / "split.json").write_text(json.dumps(dataclasses.asdict(split)), encoding="utf-8")
    write_card(home, card)
    return card


def read_split(home: Home, name: str) -> Split:
    """The split that a run was made with. Raises NotResumableError when it is lost."""
    path = home.model(name) / "split.json"
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        return Split(**{side: tuple(ids) for side, ids in record.items()})
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise NotResumableError(f"{path} is lost or damaged; train '{name}' anew.") from error


def check_resumable(home: Home, connection: apsw.Connection, name: str) -> ModelCard:
    """The card of a run that can go on.

    Raises NotResumableError when it is finished, or when its mails changed meanwhile.
    """
    card = read_card(home, name)
    if card.state == "finished":
        raise NotResumableError(f"The run '{name}' is finished; there is nothing to go on with.")
    if card.data.get("fingerprint") != fingerprint(played_mails(connection)):
        raise NotResumableError(
            f"The mails or instructions changed since the run '{name}' began, so it can't go on "
            "as it was; start a new one with 'panza-tui train'."
        )
    return card


def fingerprint(mails: Sequence[PlayedMail]) -> str:
    """A checksum of all that the examples are made of."""
    digest = hashlib.sha256()
    for played in mails:
        record = [played.mail.id, played.mail.date, played.mail.body, played.instruction]
        digest.update(json.dumps(record, ensure_ascii=False).encode("utf-8", "replace"))
    return digest.hexdigest()


def _check_method(method: Method, settings: Settings) -> None:
    if method == "lora" and settings.rosa.r == 0:
        raise UsageError("LoRA takes a rank; set rosa.r to 1 or more.")
    if method == "rosa" and settings.rosa.r == 0 and settings.rosa.d == 0:
        raise UsageError("rosa.r and rosa.d are both 0: there is nothing to train. Raise one.")


def _lasting(base: str) -> str:
    """A folder's absolute path, since the run and later commands work in other folders."""
    path = Path(base).expanduser()
    return str(path.absolute()) if base and path.is_dir() else base


def _free_name(home: Home, base: str, method: Method) -> str:
    stem = Path(base).name.lower().removesuffix(".gguf")
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "-" for c in stem)
    name = f"{safe.strip('._-') or 'model'}-{method}"[:60]
    taken = {card.name for card in list_models(home)}
    numbered = (f"{name}-{number}" for number in range(2, 10_000))
    return next(n for n in (name, *numbered) if n not in taken and not home.model(n).exists())


def _too_few(connection: apsw.Connection, ready: int) -> str:
    kept = len(kept_mails(connection))
    if kept >= FEWEST_USABLE:
        return (
            f"Only {ready} of {kept} mails have an instruction, and training takes at least "
            f"{FEWEST_USABLE}; run 'panza-tui playback' first."
        )
    return (
        f"There are {kept} usable mails, and training takes at least {FEWEST_USABLE}; "
        "import more with 'panza-tui import PATH'."
    )
