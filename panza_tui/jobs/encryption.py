"""Encrypt a home, decrypt it, change its passphrase, and unlock it for this process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from engine.backup.read import key_file_in
from engine.encryption import keyring
from engine.encryption.conversion import decrypt_home, encrypt_home
from engine.encryption.key_file import KeyFile, key_file, new_key, unwrap, wrap, write_key_file
from engine.encryption.unlocked import DataKey, key_of, known_key, unlock
from engine.errors import UsageError
from engine.events import Emit, Progress
from engine.home import Home
from engine.locks import hold_write

Ask = Callable[[str], str]
"""Returns the passphrase that a prompt asks for; raises LockedError where nobody can be asked."""


@dataclass(frozen=True)
class Encryption:
    """Whether a home is encrypted. state: off, on, or encrypting or decrypting if interrupted."""

    state: str
    in_keyring: bool = False


def read_encryption(home: Home) -> Encryption:
    """Say whether a home is encrypted; needs no key."""
    file = key_file(home)
    return Encryption(file.state, file.in_keyring) if file else Encryption("off")


def unlock_home(home: Home, ask: Ask) -> None:
    """Let this process use a home, with its key from the keyring or the passphrase.

    Raises LockedError for a wrong passphrase, or where none can be asked for, and PanzaError for a
    home that is half encrypted.
    """
    file = key_file(home)
    if file is None:
        return
    if file.state == "on" and known_key(file.id) is None:
        unlock(_key_in(file, ask, "Passphrase"))
    key_of(home.database)


def unlock_backup(path: Path, ask: Ask) -> None:
    """Let this process read a backup, with the passphrase of when it was made. Raises as above."""
    file = key_file_in(path)
    if file is not None and known_key(file.id) is None:
        unlock(_key_in(file, ask, "Passphrase of the backup"))


def turn_on(home: Home, ask: Ask, ask_new: Ask, emit: Emit, *, in_keyring: bool) -> None:
    """Encrypt a home, also one that is still empty, or finish that.

    in_keyring: whether to keep its key there, too. ask: for the passphrase of work that was begun.
    ask_new: for a new one. Raises UsageError if the home is encrypted, and what encrypt_home
    raises.
    """
    file = key_file(home)
    if file is None:
        key = new_key()
        file = wrap(key, ask_new("New passphrase"), "encrypting")
    elif file.state == "on":
        raise UsageError(f"{home.root} is encrypted already; nothing was changed.")
    else:
        key = _key_in(file, ask, "Passphrase")
    if in_keyring:
        keyring.keep(key)
        file = replace(file, in_keyring=True)
    encrypt_home(home, file, key, _reported(emit, "encrypting"))


def turn_off(home: Home, ask: Ask, emit: Emit) -> None:
    """Decrypt a home, or finish that. Raises UsageError if it is plain."""
    file = _required(home)
    decrypt_home(home, file, _key_in(file, ask, "Passphrase"), _reported(emit, "decrypting"))


def change_passphrase(home: Home, ask: Ask, ask_new: Ask, *, in_keyring: bool) -> None:
    """Lock the home's key with another passphrase; what it encrypts stays as it is.

    The older passphrase works until the new one does. in_keyring: whether the key is to be in the
    keyring from now on. Raises UsageError if the home is plain, or key.toml changed meanwhile, and
    LockedError for a wrong passphrase.
    """
    file = _required(home)
    key = unwrap(file, ask("Present passphrase"))
    new = wrap(key, ask_new("New passphrase"), file.state)
    if in_keyring:
        keyring.keep(key)
    with hold_write(home, "panza-tui encrypt rekey"):
        if key_file(home) != file:
            raise UsageError(
                "Another panza-tui changed the home's key.toml meanwhile; the passphrase was not "
                "changed. Try again."
            )
        write_key_file(home, replace(new, in_keyring=in_keyring))
    if file.in_keyring and not in_keyring:
        keyring.drop(key.id)


def _key_in(file: KeyFile, ask: Ask, what: str) -> DataKey:
    if file.in_keyring and (key := keyring.find(file.id)):
        return key
    return unwrap(file, ask(what))


def _required(home: Home) -> KeyFile:
    file = key_file(home)
    if file is None:
        raise UsageError(f"{home.root} is not encrypted; nothing was changed.")
    return file


def _reported(emit: Emit, stage: str) -> Callable[[str], None]:
    done = 0

    def report(what: str) -> None:
        nonlocal done
        done += 1
        emit(Progress(stage, done, None, "files"))

    return report
