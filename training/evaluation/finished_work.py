"""Keep each finished draft and loss of an evaluation, so that it can be interrupted and resumed."""

from __future__ import annotations

import hashlib
import json
import os
from io import FileIO
from pathlib import Path
from typing import Any

from engine.disk.regular_files import open_regular
from engine.encryption.lines import encrypted_line, plain_line
from engine.encryption.unlocked import key_of
from engine.errors import PanzaError


class FinishedWork:
    """A file of JSON lines `{key, value}`, one per finished piece; a torn last line is ignored.

    A key is made of everything that the piece depends on, so that no evaluation takes a draft of
    another model, prompt or setting for its own. path: None keeps the work in memory.

    The file is opened once, and only written through that: if it is removed meanwhile, because a
    mail is forgotten, nothing brings its words back. Raises PanzaError if it can't be opened.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._records: dict[str, Any] = {}
        self._used: set[str] = set()
        self._file = _open(path) if path else None
        if path is None or self._file is None:
            return
        for line in self._file.readall().splitlines():
            try:
                record = json.loads(plain_line(path, line))
                self._records[record["key"]] = record["value"]
            except (ValueError, KeyError, TypeError):
                continue

    def find(self, *about: Any) -> Any | None:
        """Return the finished piece of work, or None."""
        key = _key(about)
        self._used.add(key)
        return self._records.get(key)

    def keep(self, value: Any, *about: Any) -> None:
        """Add a finished piece. Raises PanzaError if it can't be written."""
        key = _key(about)
        self._used.add(key)
        self._records[key] = value
        if self._path is None or self._file is None:
            return
        try:
            # An earlier last line may be torn.
            self._file.write(b"\n" + self._as_stored(self._path, key) + b"\n")
        except OSError as error:
            raise _not_saved(self._path, error) from error

    def close(self) -> None:
        """Close the file; its work stays for the next time."""
        if self._file is not None:
            self._file.close()

    def discard(self) -> None:
        """Remove the work of this evaluation, which is finished; that of others stays."""
        if self._path is None or self._file is None:
            return
        others = [
            self._as_stored(self._path, key) for key in self._records if key not in self._used
        ]
        if others:
            self._file.seek(0)
            self._file.write(b"\n".join(others) + b"\n")
            self._file.truncate()
        else:
            self._path.unlink(missing_ok=True)
        self.close()

    def _as_stored(self, path: Path, key: str) -> bytes:
        line = json.dumps({"key": key, "value": self._records[key]})
        return encrypted_line(key_of(path), line.encode())


def _key(about: Any) -> str:
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()


def _open(path: Path) -> FileIO:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return FileIO(open_regular(path, os.O_RDWR | os.O_CREAT), "r+")
    except OSError as error:
        raise _not_saved(path, error) from error


def _not_saved(path: Path, error: OSError) -> PanzaError:
    return PanzaError(
        f"The evaluation's work can't be saved in {path} ({error.strerror}); what was saved is "
        "kept. Make room, then run it again."
    )
