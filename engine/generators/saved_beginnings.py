"""The state of a model after the constant beginning of its prompts, in files of the home's cache.

To load it takes a thousandth of the time of evaluating it again. A file has the user's name in it,
as the system text has, so none is written in an encrypted home.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from engine.disk import durable
from engine.disk.regular_files import open_regular
from engine.home.home import Home

_MOST_FILES = 4
_MOST_BYTES = 64 << 20
"""Of a file; the beginning for a 7B takes about 8 MB."""

_DIGEST_BYTES = hashlib.sha256().digest_size


class SavedBeginnings:
    """The files of one model. made_by: all that a state depends on besides the tokens."""

    def __init__(self, folder: Path, made_by: Sequence[object]) -> None:
        self._folder, self._made_by = folder, list(made_by)

    def read(self, tokens: Sequence[int]) -> bytes | None:
        """Return the state after these tokens; None unless it is there, as it was written.

        llama.cpp must not get any other: it does not expect damage.
        """
        key = self._key(tokens)
        try:
            with open(self._path(key), "rb", opener=open_regular) as file:
                content = file.read(_MOST_BYTES + 1)
        except OSError:
            return None
        digest, state = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
        return state if digest == _digest(key, state) else None

    def write(self, tokens: Sequence[int], state: bytes) -> None:
        """Save the state after these tokens, if that can be done, and remove the oldest ones."""
        if len(state) > _MOST_BYTES - _DIGEST_BYTES:
            return
        key = self._key(tokens)
        with contextlib.suppress(OSError):  # The next draft evaluates them again.
            durable.write_file(self._path(key), _digest(key, state) + state)
            files = sorted(_files(self._folder), key=lambda path: path.stat().st_mtime_ns)
            for path in files[:-_MOST_FILES]:
                path.unlink(missing_ok=True)

    def _key(self, tokens: Sequence[int]) -> bytes:
        return hashlib.sha256(json.dumps([self._made_by, list(tokens)]).encode()).digest()

    def _path(self, key: bytes) -> Path:
        return self._folder / f"beginning-{key.hex()[:32]}.state"


def remove_beginnings(home: Home) -> None:
    """Remove the states of all models; they are made again when they are needed."""
    for path in _files(home.cache):
        path.unlink(missing_ok=True)


def _files(folder: Path) -> list[Path]:
    return list(folder.glob("beginning-*.state"))


def _digest(key: bytes, state: bytes) -> bytes:
    return hashlib.sha256(key + state).digest()
