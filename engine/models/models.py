"""Find models on disk: GGUFs of base models, and trained models with their cards.

A trained model is a folder `models/<name>/` in the home. Its `card.toml` describes it:

    name, base, method (rosa, lora, full), created, state, gguf
    [data]      counts, and the fingerprints of the mails and of the base it was trained on
    [figures]   losses in nats per token of the mail
    [settings]  every setting of its run
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

import apsw

from engine.base_models.resolve import locate
from engine.database import database
from engine.disk import durable
from engine.encryption.stored import read_file
from engine.errors import NotReadyError, PanzaError, UsageError
from engine.home.home import Home
from engine.home.locks import is_held
from engine.mail_base import MAIL_BASE
from engine.models import model_names

ADAPTER = "adapter"
"""The folder of a rosa or lora model's adapter, inside models/<name>/."""

FULL = "full"
"""The folder of a fully trained model's weights, inside models/<name>/."""

PLAYBACK = "playback"
"""The key in a card's data that is true if the model was trained in this direction, too."""

BASE_FINGERPRINT = "base_fingerprint"
"""The key in a card's data that tells the base model from others of its name."""

Method = Literal["rosa", "lora", "full"]
State = Literal["started", "stopped", "finished", "failed"]


SOURCES = "sources"
"""The key in a card's data of the number of past mails that was chosen for the model."""

UPDATED_FROM = "updated_from"
"""The key in a card's data that names the model which this one went on from."""

IS_BETTER = "is_better"
"""The key in an update's data: whether it was found better than that model."""

_COUNTS = (
    *("train", "validation", "held_out", "drafts", "new_mails", "new_drafts", "max_steps"),
    SOURCES,
)
"""The keys of the counts in a card's data."""


@dataclass(frozen=True)
class ModelCard:
    """The content of a trained model's `card.toml`. gguf: a file name in its folder, or ''."""

    name: str
    base: str
    method: Method
    created: int
    state: State
    gguf: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    figures: dict[str, float] = field(default_factory=dict)
    settings: dict[str, dict[str, Any]] = field(default_factory=dict)


def base_gguf(home: Home, base: str) -> Path | None:
    """Return a base model's GGUF, of a split one the first file; None if it has none."""
    path = locate(home, base)
    return path if path is not None and path.is_file() else None


def read_card(home: Home, name: str) -> ModelCard:
    """Read the card of a trained model. Raises NotReadyError if there is no such model."""
    import tomli

    path = home.model(name) / "card.toml"
    try:
        if path.parent.is_symlink():
            raise PanzaError(
                f"{path.parent} is a link, which is not followed; put the folder itself there."
            )
        record = tomli.loads(read_file(path))
        card = ModelCard(**record | {"name": name})  # The folder's name is the model's.
        _check_types(card)
        return card
    except FileNotFoundError as error:
        known = ", ".join(card.name for card in list_models(home)) or "none yet"
        raise NotReadyError(f"There is no model '{name}' (there are: {known}).") from error
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise PanzaError(
            f"The card of model '{name}' is damaged ({path}); train it again or remove its folder."
        ) from error


def _check_types(card: ModelCard) -> None:
    tables = (card.data, card.figures, card.settings)
    if not all(isinstance(table, dict) for table in tables):
        raise TypeError
    if not all(isinstance(section, dict) for section in card.settings.values()):
        raise TypeError
    about = [card.data.get(key, "") for key in ("fingerprint", UPDATED_FROM, BASE_FINGERPRINT)]
    texts = (card.base, card.gguf, *about)
    epochs = card.settings.get("training", {}).get("epochs", 0)
    counts = (card.created, epochs, *(card.data.get(name, 0) for name in _COUNTS))
    if (
        not all(isinstance(text, str) for text in texts)
        or not all(type(count) is int and abs(count) < 1 << 53 for count in counts)
        or not all(type(figure) in (int, float) for figure in card.figures.values())
        or not all(type(f) is float or abs(f) < 1 << 53 for f in card.figures.values())
        or card.method not in get_args(Method)
        or card.state not in get_args(State)
        or card.gguf != Path(card.gguf).name
    ):
        raise TypeError


def list_models(home: Home) -> list[ModelCard]:
    """Return the cards of all trained models that can be read, oldest first."""
    cards = []
    for path in home.models.glob("*/card.toml"):
        try:
            cards.append(read_card(home, path.parent.name))
        except (PanzaError, UsageError):
            continue
    return sorted(cards, key=lambda card: (card.created, card.name))


def gguf_of(home: Home, card: ModelCard) -> Path | None:
    """Return the exported GGUF of a trained model, or None if it does not exist."""
    path = home.model(card.name) / card.gguf
    return path if card.gguf and path.is_file() else None


def trained_weights(home: Home, card: ModelCard) -> Path:
    """Return the folder that training saved: the adapter, or a fully trained model's weights.

    Raises PanzaError for a link.
    """
    folder = home.model(card.name) / (FULL if card.method == "full" else ADAPTER)
    if folder.is_symlink():
        raise PanzaError(f"{folder} is a link, which is not followed; put the folder itself there.")
    return folder


def knows_playback(card: ModelCard | None, base: str) -> bool:
    """Return whether a model can also write the instruction of a mail; no card: the base itself.

    The mail base was trained for it; a personal model's card says whether it still can.
    """
    return base == MAIL_BASE if card is None else card.data.get(PLAYBACK) is True


def chosen_sources(card: ModelCard | None) -> int | None:
    """Return the number of past mails that was chosen for a model; None if none was."""
    return card.data.get(SOURCES) if card else None


def default_model(home: Home, connection: apsw.Connection) -> ModelCard | None:
    """Return the model that the user chose, else the first finished one, else None."""
    finished = {card.name: card for card in list_models(home) if card.state == "finished"}
    chosen = database.read_fact(connection, model_names.DEFAULT)
    if chosen and (name := model_names.name_now(home, connection, chosen)) in finished:
        return finished[name]
    return next(iter(finished.values()), None)


def choose_default(home: Home, connection: apsw.Connection, name: str) -> None:
    """Make a trained model the default for drafting. Raises NotReadyError if it is not finished."""
    card = read_card(home, name)
    if card.state != "finished":
        raise NotReadyError(f"The training of '{name}' is not finished; it can't draft yet.")
    database.write_fact(connection, model_names.DEFAULT, name)


def rename_model(home: Home, connection: apsw.Connection, name: str, new_name: str) -> None:
    """Rename a trained model; if it was chosen as the default, it stays the default.

    Raises UsageError if the new name is invalid or taken, PanzaError while the model is in use.
    """
    read_card(home, name)
    old, new = home.model(name), home.model(new_name)
    if new.exists():
        raise UsageError(f"There is a model '{new_name}' already; choose another name.")
    if is_held(old / "run.lock") or is_held(old / "export.lock"):
        raise PanzaError(f"'{name}' is being trained or exported; rename it when that is done.")
    model_names.free(home, connection, new_name)
    model_names.becomes(connection, name, new_name)
    try:
        old.rename(new)
    except OSError as error:
        model_names.settle(home, connection)
        raise PanzaError(
            f"'{name}' can't be renamed ({error.strerror}); nothing changed."
        ) from error
    durable.sync(home.models)
    model_names.settle(home, connection)
