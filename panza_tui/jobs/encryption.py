"""Encrypt a home, decrypt it, change its passphrase, and unlock it for this process."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import apsw

from engine.backup.read import key_file_in
from engine.database.database import open_database, schema_version
from engine.encryption import keyring
from engine.encryption.conversion import decrypt_home, encrypt_home
from engine.encryption.key_file import (
    KeyFile,
    check_key_file,
    key_file,
    new_key,
    unwrap,
    wrap,
    write_key_file,
)
from engine.encryption.key_record import KEY_FILE, State
from engine.encryption.unlocked import DataKey, key_of, known_key, unlock
from engine.errors import PanzaError, UsageError
from engine.events import Emit, Progress
from engine.home.home import Home
from engine.home.locks import hold_write, is_held

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
    home that is half encrypted, or whose key.toml was changed by somebody without its key.
    """
    file = key_file(home)
    if file is None:
        return
    home.check()  # Somebody else's home must not ask for a passphrase.
    key = known_key(file.id)
    if file.state == "on" and key is None:
        key = _key_in(file, ask, "Passphrase", home.root / KEY_FILE)
        unlock(key)
    key_of(home.database)
    if key is not None and file.is_older:
        _add_tag(home, file, key)


def unlock_backup(path: Path, ask: Ask) -> None:
    """Let this process read a backup, with the passphrase of when it was made. Raises as above."""
    file = key_file_in(path)
    if file is None:
        return
    key = known_key(file.id) or _key_in(file, ask, "Passphrase of the backup", path)
    check_key_file(file, key, path)
    unlock(key)


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
        key = _key_in(file, ask, "Passphrase", home.root / KEY_FILE)
    if in_keyring:
        keyring.keep(key)
        file = replace(file, in_keyring=True)
    encrypt_home(home, file, key, _reported(emit, "encrypting"))


def turn_off(home: Home, ask: Ask, emit: Emit) -> None:
    """Decrypt a home, or finish that. Raises UsageError if it is plain."""
    file = _required(home)
    key = _key_in(file, ask, "Passphrase", home.root / KEY_FILE)
    decrypt_home(home, file, key, _reported(emit, "decrypting"))


def change_passphrase(home: Home, ask: Ask, ask_new: Ask, *, in_keyring: bool) -> None:
    """Lock the home's key with another passphrase; what it encrypts stays as it is.

    The older passphrase works until the new one does. A key.toml that somebody without its key
    changed says again that the home is encrypted. in_keyring: whether the key is to be in the
    keyring from now on. Raises UsageError if the home is plain, or key.toml changed meanwhile, and
    LockedError for a wrong passphrase.
    """
    file = _required(home)
    key = unwrap(file, ask("Present passphrase"))
    new = wrap(key, ask_new("New passphrase"), _right_state(home, file, key))
    if in_keyring:
        keyring.keep(key)
    with hold_write(home, "panza-tui encrypt rekey"):
        if key_file(home) != file:
            raise UsageError(
                "Another panza-tui changed the home's key.toml meanwhile; the passphrase was not "
                "changed. Try again."
            )
        write_key_file(home, replace(new, in_keyring=in_keyring), key)
    if file.in_keyring and not in_keyring:
        keyring.drop(key.id)


def _key_in(file: KeyFile, ask: Ask, what: str, path: Path) -> DataKey:
    """Return the key in a key.toml, which is at `path`, if nobody changed that."""
    key = keyring.find(file.id) if file.in_keyring else None
    key = key or unwrap(file, ask(what))
    check_key_file(file, key, path)
    return key


def _add_tag(home: Home, file: KeyFile, key: DataKey) -> None:
    """Give a key.toml that an older panza-tui wrote its tag, now or at the next unlocking."""
    if home.is_read_only or is_held(home.write_lock):
        return
    with (
        contextlib.suppress(PanzaError, OSError),
        hold_write(home, "panza-tui encrypt rekey"),
    ):
        if key_file(home) == file:
            write_key_file(home, file, key)


def _right_state(home: Home, file: KeyFile, key: DataKey) -> State:
    """Return the state of a home; "on" where key.toml was changed, if its database is encrypted.

    With "on", nothing in plain is read or written, so no change of somebody's can make use of it.
    Raises PanzaError if the database is plain.
    """
    path = home.root / KEY_FILE
    try:
        check_key_file(file, key, path)
    except PanzaError:
        if not home.database.exists():
            return "on"
        try:
            # For writing, as a journal that a power cut left is played back first.
            reading = open_database(home.database, key=key, flags=apsw.SQLITE_OPEN_READWRITE)
            with closing(reading) as connection:
                schema_version(connection)
        except apsw.NotADBError as error:
            raise PanzaError(
                f"{path} was changed by somebody without its key, and {home.database} is not "
                f"encrypted with that key; nothing was changed. Copy {KEY_FILE} back from a backup "
                "(a zip file)."
            ) from error
        return "on"
    return file.state


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
