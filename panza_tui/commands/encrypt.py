"""`panza-tui encrypt`: encrypt the home, decrypt it, change the passphrase, or say how it is."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from engine.errors import Interrupted
from panza_tui.commands.session import Session
from panza_tui.jobs import encryption as job
from panza_tui.terminal.narration import narrated, say, show
from panza_tui.terminal.passphrase import NEW_FILE, ask_new_passphrase, ask_passphrase
from panza_tui.terminal.sanitise import safe_line


def encrypt(session: Session, action: str, keyring: bool) -> None:
    """Do what `action` says: on, off, rekey or status."""
    home = session.home.check()
    where = safe_line(str(home.root))
    match action:
        case "status":
            _print_status(job.read_encryption(home))
        case "rekey":
            job.change_passphrase(
                home,
                ask_passphrase,
                lambda what: ask_new_passphrase(what, NEW_FILE),
                in_keyring=keyring,
            )
            say("The passphrase was changed. Older backups need the one that they were made with.")
        case "on":
            with narrated() as emit, _interruptible("on"):
                job.turn_on(home, ask_passphrase, ask_new_passphrase, emit, in_keyring=keyring)
            say(f"{where} is encrypted. Without the passphrase nobody can read it, nor can you.")
            say(
                "The plain files were removed, but an SSD, snapshots and older backups may still "
                "hold them; panza-tui backup makes an encrypted backup now."
            )
        case "off":
            with narrated() as emit, _interruptible("off"):
                job.turn_off(home, ask_passphrase, emit)
            say(f"{where} is not encrypted any more. Encrypted backups still are.")


@contextlib.contextmanager
def _interruptible(action: str) -> Iterator[None]:
    """Say how to go on after Ctrl-C."""
    try:
        yield
    except KeyboardInterrupt as interrupt:
        raise Interrupted(
            f"Interrupted; nothing was lost. Run 'panza-tui encrypt {action}' again."
        ) from interrupt


def _print_status(found: job.Encryption) -> None:
    lines = {
        "off": "off",
        "on": f"on{', with the key in the keyring' if found.in_keyring else ''}",
        "encrypting": "interrupted; finish it with 'panza-tui encrypt on'",
        "decrypting": "interrupted; finish it with 'panza-tui encrypt off'",
    }
    show(f"Encryption    {lines[found.state]}")
