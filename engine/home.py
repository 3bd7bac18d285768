"""Where the files lie, and that nobody else can read them.

$PANZA_HOME/            0700; default: the platform's user data folder
    panza.db            mails, indexes, instructions, chats, drafts
    cache/              what can be made again: converted base models, checked checksums
    models/<name>/      one trained model: its card, events, checkpoints, adapter, GGUF
    write.lock          held by the one process that writes to panza.db
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from engine.errors import PanzaError, UsageError

MODEL_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class Home:
    """The paths of one home folder. Making one touches nothing; `prepare` does."""

    root: Path

    @property
    def database(self) -> Path:
        return self.root / "panza.db"

    @property
    def cache(self) -> Path:
        return self.root / "cache"

    @property
    def models(self) -> Path:
        return self.root / "models"

    @property
    def write_lock(self) -> Path:
        return self.root / "write.lock"

    def model(self, name: str) -> Path:
        """The folder of model `name`; raises UsageError for a name that could leave the home."""
        if not MODEL_NAME.fullmatch(name):
            raise UsageError(
                f"'{name}' is no model name: use letters, digits, '.', '_' and '-' (at most 64)."
            )
        return self.models / name

    def prepare(self) -> Home:
        """Make the folders, private to the user (0700), and make new files 0600."""
        os.umask(0o077)
        try:
            for folder in (self.root, self.cache, self.models):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise PanzaError(
                f"The home folder {self.root} can't be made ({error.strerror}). "
                "Name another one with --home or PANZA_HOME."
            ) from error
        return self


def default_home() -> Home:
    """`$PANZA_HOME`, or the platform's user data folder."""
    named = os.environ.get("PANZA_HOME")
    if named:
        return Home(Path(named).expanduser().absolute())
    from platformdirs import user_data_path

    return Home(user_data_path("panza-tui", appauthor=False))
