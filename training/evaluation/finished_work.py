"""Keep each finished draft and loss of an evaluation, so that it can be interrupted and resumed."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from engine import durable
from engine.encryption.lines import encrypted_line, plain_line
from engine.encryption.unlocked import key_of
from engine.errors import PanzaError


class FinishedWork:
    """A file of JSON lines `{key, value}`, one per finished piece; a torn last line is ignored.

    A key is made of everything that the piece depends on, so that no evaluation takes a draft of
    another model, prompt or setting for its own. path: None keeps the work in memory.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._records: dict[str, Any] = {}
        self._used: set[str] = set()
        self._file: int | None = None
        for line in _lines(path):
            try:
                record = json.loads(line)
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
        if self._path is None:
            return
        line = self._as_stored(key) + b"\n"
        try:
            if self._file is None:
                self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
                line = b"\n" + line  # An earlier last line may be torn.
            os.write(self._file, line)
        except OSError as error:
            raise PanzaError(
                f"The evaluation's work can't be saved in {self._path} ({error.strerror}); what "
                "was saved is kept. Make room, then run it again."
            ) from error

    def close(self) -> None:
        """Close the file; its work stays for the next time."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def discard(self) -> None:
        """Remove the work of this evaluation, which is finished; that of others stays."""
        self.close()
        if self._path is None:
            return
        others = [key for key in self._records if key not in self._used]
        if not others:
            self._path.unlink(missing_ok=True)
            return
        durable.write_file(self._path, b"\n".join(map(self._as_stored, others)))

    def _as_stored(self, key: str) -> bytes:
        assert self._path is not None
        line = json.dumps({"key": key, "value": self._records[key]})
        return encrypted_line(key_of(self._path), line.encode())


def _key(about: Any) -> str:
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()


def _lines(path: Path | None) -> list[bytes]:
    try:
        stored = [] if path is None else path.read_bytes().splitlines()
    except FileNotFoundError:
        return []
    return [plain_line(path, line) for line in stored] if path else []
