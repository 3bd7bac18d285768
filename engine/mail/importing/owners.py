"""Decide which mails are the user's: by address, or by name and folder where there is no address.

Outlook and Exchange write mail within an organisation without addresses. Such a mail is the user's
if it is in a Sent folder, or has the name that the user's other mails have.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace

from engine.errors import UsageError
from engine.mail.archives.archives import RawMessage
from engine.mail.archives.folder_names import standard_labels
from engine.mail.message.addresses import canonical, name_key, parse_addresses
from engine.mail.message.message import Envelope


@dataclass
class Owners:
    """Who the user is.

    addresses: all of them, the main one first. names: keys (addresses.name_key) of the names that
    mails without an address may have.
    """

    addresses: Sequence[str]
    names: set[str] = field(default_factory=set)
    _mailboxes: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self._mailboxes = frozenset(map(canonical, self.addresses))

    def add_names(self, names: Iterable[str]) -> None:
        """Add names that are the user's."""
        self.names.update(key for key in map(name_key, names) if key)

    def wrote(self, envelope: Envelope, raw: RawMessage) -> bool:
        """Return whether the user wrote a mail."""
        name, address = envelope.sender
        if address:
            return canonical(address) in self._mailboxes
        return name_key(name) in self.names or is_sent_without_address(envelope, raw)

    def with_address(self, envelope: Envelope) -> Envelope:
        """Return the header of a mail of the user with an address as its sender."""
        name, address = envelope.sender
        if address or not self.addresses:
            return envelope
        return replace(envelope, sender=(name, self.addresses[0]))


def is_sent_without_address(envelope: Envelope, raw: RawMessage) -> bool:
    """Return whether a mail whose sender has no address is in a Sent folder."""
    return not envelope.sender[1] and "sent" in standard_labels(envelope, raw.labels)


def split_identities(identities: Collection[str]) -> tuple[list[str], list[str]]:
    """Return (addresses in lower case, names) of what the user gave as `--me`.

    "Ida Moor <ida@example.org>" is an address. Raises UsageError for what is neither.
    """
    addresses, names = [], []
    for identity in identities:
        bracketed = parse_addresses(identity.encode()) if "<" in identity else ()
        if "@" in identity:
            addresses.append(bracketed[0][1] if bracketed else check_address(identity))
        elif name_key(identity):
            names.append(" ".join(identity.split()))
        else:
            raise UsageError(
                f"'{identity}' is neither a mail address nor a name; write it as name@example.org."
            )
    return addresses, names


def check_address(address: str) -> str:
    """Return an address in lower case. Raises UsageError if it is not a mail address."""
    address = address.strip().strip("<>").lower()
    if not re.fullmatch(r"[^\s@<>,]+@[^\s@<>,]+", address):
        raise UsageError(f"'{address}' is not a mail address; write it as name@example.org.")
    return address
