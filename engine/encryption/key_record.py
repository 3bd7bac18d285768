"""key.toml as a record: read with bounds, and its tag, which shows whether somebody changed it.

The tag is an HMAC-SHA256 of all other values, under a key derived from the data key (HKDF-SHA256).
So who can write to the home, without its passphrase, can't say that it is to be decrypted. A file
of format 1 has no tag yet; it may only say that the home is encrypted, the safest it could say.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, get_args

import tomli

from engine.disk.regular_files import open_regular
from engine.errors import PanzaError

KEY_FILE = "key.toml"

ID_BYTES, SECRET_BYTES = 16, 32

FORMAT = 2
_WITHOUT_TAG = 1

State = Literal["on", "encrypting", "decrypting"]
"""Of a home: encrypted, or on the way there or back."""

MAX_BYTES = 1 << 16
"""A hundred times what a key.toml has."""

_INFO = b"panza-tui key.toml 2"


def read_record(path: Path) -> dict[str, Any]:
    """Return what a key.toml says.

    Raises FileNotFoundError if there is none, and PanzaError for what is not one: a link, a FIFO, a
    large file, or text that is no TOML.
    """
    try:
        with open(path, "rb", opener=open_regular) as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise unreadable(path, error.strerror or "") from error
    return parse_record(content, path)


def parse_record(content: bytes, path: Path) -> dict[str, Any]:
    """Return what the bytes of a key.toml say. path: where it is. Raises PanzaError."""
    try:
        return _parsed(content)
    except (ValueError, RecursionError) as error:
        raise unreadable(path) from error


def id_and_state(record: Mapping[str, Any], path: Path) -> tuple[bytes, State]:
    """Return the id of the key in a key.toml, and the state of its home. Raises PanzaError."""
    try:
        key_id, state = bytes.fromhex(record["id"]), record["state"]
    except (ValueError, KeyError, TypeError) as error:
        raise unreadable(path) from error
    if len(key_id) != ID_BYTES or state not in get_args(State):
        raise unreadable(path)
    return key_id, state


def with_tag(record: Mapping[str, Any], secret: bytes) -> dict[str, Any]:
    """Return a record with its tag. secret: of the data key."""
    return {**record, "tag": _tag(_signed(record), secret)}


def check_tag(record: Mapping[str, Any], secret: bytes, path: Path) -> None:
    """Raise PanzaError if a key.toml was changed by somebody without its key."""
    if record.get("format") == _WITHOUT_TAG:
        is_right = record.get("state") == "on"
    else:
        given = str(record.get("tag")).encode("utf-8", "replace")
        is_right = hmac.compare_digest(given, _tag(_signed(record), secret).encode())
    if not is_right:
        raise PanzaError(
            f"{path} was changed by somebody without its key: it has a wrong tag or none. "
            f"Nothing was changed. Run 'panza-tui encrypt rekey' to make it right, or copy "
            f"{KEY_FILE} back from a backup (a zip file)."
        )


def unreadable(path: Path, why: str = "") -> PanzaError:
    """Return the error for a key.toml that is damaged."""
    return PanzaError(
        f"The key in {path} can't be read{f' ({why})' if why else ', or is of a newer panza-tui'}; "
        f"nothing was changed. The home can't be read without it: copy {KEY_FILE} back from a "
        "backup (a zip file)."
    )


@lru_cache(maxsize=8)
def _parsed(content: bytes) -> dict[str, Any]:
    # Every file and line that is read asks for the key, so this is not done each time.
    if len(content) > MAX_BYTES:
        raise ValueError
    return tomli.loads(content.decode("utf-8"))


def _signed(record: Mapping[str, Any]) -> str:
    """All of a record but its tag, in one way of writing it."""
    rest = {name: value for name, value in record.items() if name != "tag"}
    return json.dumps(rest, sort_keys=True, default=str)


@lru_cache(maxsize=8)
def _tag(signed: str, secret: bytes) -> str:
    # Imported where it is needed, as every command looks for a key.
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    derived = HKDF(hashes.SHA256(), length=32, salt=None, info=_INFO).derive(secret)
    return hmac.new(derived, signed.encode(), hashlib.sha256).hexdigest()
