"""The data key in the system's keyring, so that no passphrase is asked for.

The package keyring is optional; it is imported only when a home's key.toml says that its key is
there, or when it is to be put there.
"""

from __future__ import annotations

from typing import Any

from engine.encryption.key_record import SECRET_BYTES
from engine.encryption.unlocked import DataKey
from engine.errors import PanzaError, one_line

_SERVICE = "panza-tui"


def keep(key: DataKey) -> None:
    """Put a key into the keyring. Raises PanzaError if there is none."""
    keyring = _keyring()
    try:
        keyring.set_password(_SERVICE, key.id.hex(), key.secret.hex())
        if keyring.get_password(_SERVICE, key.id.hex()) == key.secret.hex():
            return
        why = "it does not keep it"
    except Exception as error:  # Each system's keyring raises its own.
        why = one_line(error)
    raise PanzaError(f"The key can't be put into the system's keyring ({why}).")


def find(key_id: bytes) -> DataKey | None:
    """Return a key from the keyring; None if it is not there, or the keyring can't be opened."""
    try:
        stored = _keyring().get_password(_SERVICE, key_id.hex())
        secret = bytes.fromhex(stored or "")
    except Exception:  # Each system's keyring raises its own; the passphrase is asked for then.
        return None
    return DataKey(key_id, secret) if len(secret) == SECRET_BYTES else None


def drop(key_id: bytes) -> bool:
    """Remove a key from the keyring; False if that can't be done."""
    try:
        _keyring().delete_password(_SERVICE, key_id.hex())
    except Exception:
        return False
    return True


def _keyring() -> Any:
    try:
        import keyring
    except ImportError as error:
        raise PanzaError(
            "The system's keyring needs the package keyring: pip install 'panza-tui[keyring]'. "
            "Nothing was changed."
        ) from error
    return keyring
