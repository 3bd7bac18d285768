"""The paths of the home folder, which only the user can read.

$PANZA_HOME/            0700; default: the platform's user data folder
    panza.db            mails, indexes, instructions, chats, drafts
    panza.db.schema-*   a copy of it from before a migration
    before-restore-*/   what a restored backup replaced
    cache/              files that can be rebuilt: converted base models, checked checksums
    models/<name>/      a trained model: its card, events, checkpoints, adapter, GGUF
    write.lock          file lock, held by the process that writes to panza.db
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
    """The paths of a home folder. Only `prepare` creates folders."""

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

    @property
    def migration_copies(self) -> list[Path]:
        return sorted(self.root.glob("panza.db.schema-*"))

    @property
    def kept_aside(self) -> list[Path]:
        """What restored backups replaced, which only the user removes."""
        return sorted(self.root.glob("before-restore-*"))

    def model(self, name: str) -> Path:
        """Return the folder of a model. Raises UsageError for an invalid name."""
        if not MODEL_NAME.fullmatch(name):
            raise UsageError(
                f"'{name}' is not a model name: use letters, digits, '.', '_' and '-' (at most 64)."
            )
        return self.models / name

    def prepare(self) -> Home:
        """Create the folders with mode 0700, and let this process create files with mode 0600."""
        os.umask(0o077)
        try:
            for folder in (self.root, self.cache, self.models):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise PanzaError(
                f"The home folder {self.root} can't be created ({error.strerror}). "
                "Choose another one with --home or PANZA_HOME."
            ) from error
        return self


def default_home() -> Home:
    """Return the home at `$PANZA_HOME`, or in the platform's user data folder."""
    path = os.environ.get("PANZA_HOME")
    if path:
        return Home(Path(path).expanduser().absolute())
    from platformdirs import user_data_path

    return Home(user_data_path("panza-tui", appauthor=False))
