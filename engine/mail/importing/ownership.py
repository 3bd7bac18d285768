"""Find out whose mailbox an archive is, from the headers alone."""

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
from engine.mail.archives.proton import mail_name
from engine.mail.importing.owners import Owners
from engine.mail.importing.staging import StagedParents, add_wanted, is_wanted
from engine.mail.message.addresses import canonical, name_key, parse_addresses
from engine.mail.message.message import Envelope, read_envelope
from engine.mail.message.threads import Threads

_PROGRESS_STEP = 2 * 1024 * 1024  # bytes between two progress events
_MAX_ADDRESSES = 50_000  # counted; a mailing list's archive may have any number
_MAX_SPELLINGS = 100  # counted per address; a mailing list's has a name for each of its writers
_MAX_CANDIDATES = 20
_MAX_DELIVERY_FIELDS = 3  # of one name
_SENT_FOLDER_WEIGHT = 2  # a mail in a Sent folder is stronger evidence than a delivered one

ScannedMessage = tuple[RawMessage, Envelope | None, int]
"""A message, its header if it can be read, and the bytes of all paths read so far."""


@dataclass
class HeaderSurvey:
    """What the headers of archives show.

    sent: number of mails from the user; sent_without_address: of those, the ones whose sender has
    no address. answers: number of mails from others that a sent mail
    answers, if the reply came first. first_date: of the first message with a date.
    """

    staging: apsw.Connection
    threads: Threads = field(init=False)
    sent: int = 0
    sent_without_address: int = 0
    answers: int = 0
    first_date: int | None = None
    _written: Counter[str] = field(default_factory=Counter)
    _owner_evidence: Counter[str] = field(default_factory=Counter)
    _spellings: dict[str, Counter[tuple[str, str]]] = field(
        default_factory=lambda: defaultdict(Counter)
    )

    def __post_init__(self) -> None:
        self.threads = Threads(StagedParents(self.staging))

    def add(self, raw: RawMessage, envelope: Envelope, owners: Owners) -> bool:
        """Add one message; return whether the user wrote it."""
        self.threads.add_parent(envelope)
        if self.first_date is None:
            self.first_date = envelope.date
        for owner in _delivered_to(envelope):
            if owner in self._owner_evidence or len(self._owner_evidence) < _MAX_ADDRESSES:
                self._owner_evidence[owner] += 1
        is_owner = owners.wrote(envelope, raw)
        if is_owner:
            self.add_sent(envelope)
        elif envelope.message_id and envelope.sender[1]:
            self.answers += is_wanted(self.staging, envelope.message_id)
        name, address = envelope.sender
        writer = _writer_key(name, address)
        if not writer:
            return is_owner
        if is_owner or writer in self._written or len(self._written) < _MAX_ADDRESSES:
            self._written[writer] += 1
            spellings = self._spellings[writer]
            if len(spellings) < _MAX_SPELLINGS or (name, address) in spellings:
                spellings[name, address] += 1
        if "sent" in standard_labels(envelope, raw.labels):
            self._owner_evidence[writer] += _SENT_FOLDER_WEIGHT
        return is_owner

    def add_sent(self, envelope: Envelope) -> None:
        """Add a mail of the user, and the mail that it answers."""
        self.sent += 1
        self.sent_without_address += not envelope.sender[1]
        if envelope.in_reply_to:
            add_wanted(self.staging, [envelope.in_reply_to])

    def has_writer(self, name: str) -> bool:
        """Return whether a mail is from somebody of that name."""
        return name_key(name) in self._written or bool(self.addresses_of(name))

    def addresses_of(self, name: str) -> list[str]:
        """Return the addresses that a person of that name writes from.

        Of several, those that look like the owner's, else the most frequent one: a forged mail has
        the name of the person it is sent to.
        """
        key = name_key(name)
        found: Counter[str] = Counter()
        for writer, spellings in self._spellings.items():
            for (spelt, address), count in spellings.items():
                if address and name_key(spelt) == key:
                    found[writer] += count
        likely = [writer for writer in found if self._owner_evidence[writer]]
        return likely or [writer for writer, _ in found.most_common(1)]

    def names_of(self, owners: Owners) -> list[str]:
        """Return the names that mails of the user have: the usual one of each address.

        A name of one word, such as "Ida", may be somebody else's.
        """
        writers = [canonical(address) for address in owners.addresses]
        writers += [key for key in self._written if "@" not in key and self._owner_evidence[key]]
        names = [self._usual_name(writer) for writer in writers]
        return [name for name in names if " " in name_key(name) or not name.isascii()]

    def has_mail_without_address(self, names: Collection[str]) -> bool:
        """Return whether a mail without an address has one of these names (name_key)."""
        return any(name in self._written for name in names)

    def count_written_by(self, address: str) -> int:
        """Return how many mails are from an address."""
        return self._written[canonical(address)]

    def is_recipient(self, address: str) -> bool:
        """Return whether a header says that a mail was delivered to an address."""
        return self._owner_evidence[canonical(address)] > 0

    def candidates(self) -> list[tuple[str, str, int]]:
        """Return likely owners as (name, address, number of mails from it), likeliest first.

        The address is the name again where the mails have none.
        """

        def likeliest_first(writer: str) -> tuple[int, int, str]:
            return -self._owner_evidence[writer], -self._written[writer], writer

        candidates = []
        for writer in sorted(self._written, key=likeliest_first)[:_MAX_CANDIDATES]:
            mails_by_address: Counter[str] = Counter()
            for (_, address), count in self._spellings[writer].items():
                mails_by_address[address] += count
            name = self._usual_name(writer)
            address = mails_by_address.most_common(1)[0][0] or name
            candidates.append((name, address, self._written[writer]))
        return candidates

    def _usual_name(self, writer: str) -> str:
        spellings = self._spellings[writer].most_common() if writer in self._spellings else []
        return next((name for (name, _), _ in spellings if name), "")


def survey_headers(paths: Sequence[Path], emit: Emit, staging: apsw.Connection) -> HeaderSurvey:
    """Scan all headers once; what may not fit into memory goes into `staging`."""
    survey, nobody = HeaderSurvey(staging), Owners(())
    for raw, envelope, _ in with_progress(scan_messages(paths), paths, emit, "scan"):
        if envelope is not None:
            survey.add(raw, envelope, nobody)
    return survey


def scan_messages(paths: Sequence[Path]) -> Iterator[ScannedMessage]:
    """Yield every message of every path with its header."""
    if not paths:
        raise PanzaError("No file or folder was given; nothing was imported.")
    before = 0
    given = frozenset(paths)
    for path in paths:
        mail = mail_name(path.name)
        if mail is not None and path.with_name(mail) in given:
            continue  # read with its mail
        for raw in read_archive(path):
            envelope = read_envelope(raw.data) if raw.problem is None else None
            yield raw, envelope, before + raw.position
        before += archive_size(path)


def with_progress(
    messages: Iterable[ScannedMessage], paths: Sequence[Path], emit: Emit, stage: str
) -> Iterator[ScannedMessage]:
    """Yield the messages, and emit progress in bytes."""
    total, reported, start = sum(map(archive_size, paths)), 0, time.monotonic()

    def report(done: int) -> None:
        rate = done / max(time.monotonic() - start, 1e-3)
        # An archive may grow while it is read, so `done` may exceed `total`.
        emit(Progress(stage, min(done, total), total, "bytes", rate or None))

    report(0)
    for message in messages:
        yield message
        if message[2] - reported >= _PROGRESS_STEP:
            reported = message[2]
            report(reported)
    report(total)


def _writer_key(name: str, address: str) -> str:
    """Return a mailbox, or a name for mails without an address; the latter has no "@"."""
    return canonical(address) if address else name_key(name)


def _delivered_to(envelope: Envelope) -> set[str]:
    return {
        canonical(address)
        for header in ("delivered-to", "x-original-to", "envelope-to")
        for value in envelope.headers.get(header, [])[:_MAX_DELIVERY_FIELDS]
        for _, address in parse_addresses(value)
    }
