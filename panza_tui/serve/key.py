"""The key that clients must send, kept in the home."""

from __future__ import annotations

import secrets
from pathlib import Path

from engine.disk import durable
from engine.disk.files import read_small
from engine.errors import PanzaError
from engine.home.home import Home

_BYTES = 32
_LEAST_LENGTH = 32


def key_file(home: Home) -> Path:
    return home.root / "serve.key"


def load_key(home: Home) -> str:
    """Return the key, made at the first start. Raises PanzaError if the file is no key."""
    path = key_file(home)
    try:
        if not path.exists():
            durable.write_file(path, secrets.token_urlsafe(_BYTES).encode() + b"\n")
        key = read_small(path).strip()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is not text"
        raise PanzaError(
            f"The key {path} can't be read or written ({why}); nothing was started."
        ) from error
    if len(key) < _LEAST_LENGTH or not key.isascii() or key.split() != [key]:
        raise PanzaError(f"{path} has no key in it; remove it, and the next start makes a new one.")
    return key
