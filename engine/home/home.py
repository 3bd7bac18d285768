"""The paths of the home folder, which only the user can read.

$PANZA_HOME/            0700; default: the platform's user data folder
    key.toml            of an encrypted home: its key, locked with the passphrase
    panza.db            mails, indexes, instructions, chats, drafts
    panza.db.schema-*   a copy of it from before a migration
    before-*/           what a restored backup or a repair replaced
    cache/              files that can be rebuilt: converted base models, checked checksums, the
                        drafts of an evaluation that is not finished, and what models hold after
                        the beginning of their prompts
    models/<name>/      a trained model: its card, events, checkpoints, adapter, GGUF
    jobs/<work>/        the app's background jobs: lock, events, log
    working/            texts that other programs work on now, such as a draft in $EDITOR
    serve.key           the key that clients of panza-tui serve must send
    write.lock          file lock, held by the process that writes to panza.db
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from engine.disk import durable
from engine.errors import NotReadyError, PanzaError, UsageError
from engine.home import abandoned
from engine.home.access import close_to_others
from engine.home.names import HOME, WORKING

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
    def evaluation(self) -> Path:
        """The file of an evaluation's finished work."""
        return self.cache / "evaluation.jsonl"

    @property
    def write_lock(self) -> Path:
        return self.root / "write.lock"

    @property
    def migration_copies(self) -> list[Path]:
        return sorted(self.root.glob("panza.db.schema-*"))

    @property
    def kept_aside(self) -> list[Path]:
        """What restored backups and repairs replaced, which only the user removes."""
        return sorted(self.root.glob("before-re*-*"))

    @property
    def working(self) -> Path:
        """The folder of `engine.encryption.stored.temporary_folder`."""
        return self.root / WORKING

    @property
    def left_over(self) -> list[Path]:
        """What a killed process left half-written, until the next one starts.

        Also the unfinished copies of a restore, repair or conversion that works: it holds the write
        lock.
        """
        copies = (path for name in abandoned.COPIES for path in self.root.glob(name))
        return sorted([*copies, *abandoned.abandoned(self.root)])

    def model(self, name: str) -> Path:
        """Return the folder of a model. Raises UsageError for an invalid name."""
        return self.models / model_name(name)

    def check(self) -> Home:
        """Close the home to other users, and return it; creates nothing.

        What a killed process left half-written is removed.

        Raises UsageError for a path that is no UTF-8 text, which SQLite can't open, and PanzaError
        for a folder that is not the user's own.
        """
        os.umask(0o077)
        try:
            str(self.root).encode()
        except UnicodeEncodeError as error:
            shown = os.fsencode(self.root).decode("utf-8", "replace")
            raise UsageError(
                f"The home folder's name {shown} is no UTF-8 text, so its database can't be "
                "opened; nothing was changed. Choose another one with --home or PANZA_HOME."
            ) from error
        if close_to_others(self.root, HOME) and os.access(self.root, os.W_OK):
            abandoned.sweep(self.root)
        return self

    def prepare(self) -> Home:
        """Check the home, create its folders with mode 0700, and let files be created with 0600.

        A home that can't be written, such as one on a read-only disk, stays as it is.
        """
        self.check()
        if self.is_read_only:
            return self
        try:
            for folder in (self.root, self.cache, self.models):
                durable.make_folder(folder)
        except OSError as error:
            raise PanzaError(
                f"The home folder {self.root} can't be created ({error.strerror}). "
                "Choose another one with --home or PANZA_HOME."
            ) from error
        # SQLite reads it when it starts, in this process and its children.
        os.environ["SQLITE_TMPDIR"] = str(self.root)
        return self

    def require(self) -> Home:
        """Prepare the home if it exists; a mistyped one is not created.

        Raises NotReadyError if it does not exist, and what `prepare` raises.
        """
        if not self.check().root.exists():
            raise NotReadyError(
                f"There is no mail yet, as {self.root} does not exist; run 'panza-tui import PATH' "
                "first."
            )
        return self.prepare()

    @property
    def is_read_only(self) -> bool:
        """Whether the home exists and can only be read."""
        return self.database.is_file() and not os.access(self.root, os.W_OK)


def model_name(name: str) -> str:
    """Return the name of a model. Raises UsageError if it can't be one."""
    if not MODEL_NAME.fullmatch(name):
        raise UsageError(
            f"'{name}' is not a model name: use letters, digits, '.', '_' and '-' (at most 64)."
        )
    return name


def default_home() -> Home:
    """Return the home at `$PANZA_HOME`, or in the platform's user data folder."""
    path = os.environ.get("PANZA_HOME")
    if path:
        return Home(Path(path).expanduser().absolute())
    from platformdirs import user_data_path

    return Home(user_data_path("panza-tui", appauthor=False))
