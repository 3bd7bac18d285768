"""Whose mailbox an archive is: the first look at it, headers alone."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import apsw

from engine.errors import PanzaError
from engine.events import Emit, Progress
from engine.mail.archives.archives import RawMessage, archive_size, read_archive
from engine.mail.archives.folder_names import standard_labels
from engine.mail.importing.staging import StagedParents, is_wanted, want
from engine.mail.message.addresses import canonical, parse_addresses
from engine.mail.message.message import Envelope, read_envelope
from engine.mail.message.threads import Threads

_STEP = 2 * 1024 * 1024  # bytes between two progress events
_MAX_ADDRESSES = 50_000  # remembered; a list archive may hold any number
_MAX_SPELLINGS = 100  # remembered of an address; a list's has a name for each of its writers

Read = tuple[RawMessage, Envelope | None, int]
"""A message, its header where it can be read, and the bytes of all paths read so far."""


@dataclass
class Survey:
    """What the headers of an archive tell before anything is read closely.

    sent: mails of the user. answers: mails of others that a sent one answers, as far as its id
    was known before they came. first_date: of the first dated message.
    """

    staging: apsw.Connection
    threads: Threads = field(init=False)
    sent: int = 0
    answers: int = 0
    first_date: int | None = None
    _written: Counter[str] = field(default_factory=Counter)
    _as_owner: Counter[str] = field(default_factory=Counter)
    _spellings: dict[str, Counter[tuple[str, str]]] = field(
        default_factory=lambda: defaultdict(Counter)
    )

    def __post_init__(self) -> None:
        self.threads = Threads(StagedParents(self.staging))

    def look_at(self, raw: RawMessage, envelope: Envelope, owners: Collection[str]) -> None:
        """Take in one message; owners: the user's canonical addresses, as far as known."""
        self.threads.add_parent(envelope)
        if self.first_date is None:
            self.first_date = envelope.date
        for owner in _delivered_to(envelope):
            if owner in self._as_owner or len(self._as_owner) < _MAX_ADDRESSES:
                self._as_owner[owner] += 1
        name, address = envelope.sender
        if not address:
            return
        writer = canonical(address)
        is_owner = writer in owners
        if is_owner:
            self.sent += 1
            if envelope.in_reply_to:
                want(self.staging, [envelope.in_reply_to])
        elif envelope.message_id:
            self.answers += is_wanted(self.staging, envelope.message_id)
        if is_owner or writer in self._written or len(self._written) < _MAX_ADDRESSES:
            self._written[writer] += 1
            spellings = self._spellings[writer]
            if len(spellings) < _MAX_SPELLINGS or (name, address) in spellings:
                spellings[name, address] += 1
        if "sent" in standard_labels(envelope, raw.labels):
            self._as_owner[writer] += 2

    def written_by(self, address: str) -> int:
        """How many mails an address wrote."""
        return self._written[canonical(address)]

    def is_recipient(self, address: str) -> bool:
        """Whether a mail was delivered to an address, as far as its header says so."""
        return self._as_owner[canonical(address)] > 0

    def candidates(self) -> list[tuple[str, str, int]]:
        """(name, address, number of mails from it), the likeliest owner of the archive first."""

        def likelihood(writer: str) -> tuple[int, int, str]:
            return -self._as_owner[writer], -self._written[writer], writer

        found = []
        for writer in sorted(self._written, key=likelihood)[:20]:
            spellings = self._spellings[writer]
            address = Counter(
                {own: sum(n for (_, a), n in spellings.items() if a == own) for _, own in spellings}
            ).most_common(1)[0][0]
            name = next((name for (name, _), _ in spellings.most_common() if name), "")
            found.append((name, address, self._written[writer]))
        return found


def survey(paths: Sequence[Path], emit: Emit, staging: apsw.Connection) -> Survey:
    """Look through all headers once; what would not fit into memory goes into `staging`."""
    seen = Survey(staging)
    for raw, envelope, _ in with_progress(read_all(paths), paths, emit, "scan"):
        if envelope is not None:
            seen.look_at(raw, envelope, ())
    return seen


def read_all(paths: Sequence[Path]) -> Iterator[Read]:
    """Every message of every path."""
    if not paths:
        raise PanzaError("No file or folder was named; nothing was imported.")
    before = 0
    for path in paths:
        for raw in read_archive(path):
            envelope = read_envelope(raw.data) if raw.problem is None else None
            yield raw, envelope, before + raw.position
        before += archive_size(path)


def with_progress(
    reads: Iterable[Read], paths: Sequence[Path], emit: Emit, stage: str
) -> Iterator[Read]:
    """The same, with progress in bytes."""
    total, told, begun = sum(map(archive_size, paths)), 0, time.monotonic()

    def tell(done: int) -> None:
        # An archive may grow while it is read: no more is told than there was.
        rate = done / max(time.monotonic() - begun, 1e-3)
        emit(Progress(stage, min(done, total), total, "bytes", rate or None))

    tell(0)
    for read in reads:
        yield read
        if read[2] - told >= _STEP:
            told = read[2]
            tell(told)
    tell(total)


def _delivered_to(envelope: Envelope) -> set[str]:
    return {
        canonical(address)
        for header in ("delivered-to", "x-original-to", "envelope-to")
        for value in envelope.headers.get(header, [])[:3]
        for _, address in parse_addresses(value)
    }
