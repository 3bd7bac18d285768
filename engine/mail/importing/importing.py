"""Archives -> table `mails`: what the user wrote, and beside each reply the mail it answers.

Two passes: the first looks at all headers and reads what the user sent, the second reads the mails
of others that those answer. What was read is finished when all of it is there (staging.py) and then
stored in one transaction (finishing.py), so a kill or an error leaves the database as it was.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import apsw

from engine.database import in_transaction, read_fact, write_fact
from engine.errors import PanzaError, UsageError
from engine.events import Emit, Warn
from engine.forget import bring_back
from engine.mail.archives.archives import archive_size
from engine.mail.importing import staging
from engine.mail.importing.finishing import Finisher, Show, Signatures
from engine.mail.importing.ownership import Read, Survey, read_all, survey, with_progress
from engine.mail.importing.reading_processes import Broken, Readers, Result, Task
from engine.mail.importing.repetition import Block, learn_signatures
from engine.mail.importing.tally import ImportReport, Tally, Tell
from engine.mail.message.addresses import belongs_to, canonical
from engine.mail.message.message import Envelope
from engine.mail.stored import store
from engine.mail.types import Received

_MAX_HELD = 32 * 1024 * 1024  # bytes of messages that need not be read from disk again


def import_archives(
    connection: apsw.Connection,
    paths: Sequence[Path],
    addresses: Sequence[str],
    emit: Emit,
    tell: Tell | None = None,
    *,
    settled: Sequence[str] = (),
    show: Show | None = None,
    forgotten: bool = False,
    dry_run: bool = False,
) -> ImportReport:
    """Read archives into the database. The caller holds the home's write lock.

    addresses: the user's, as named for these archives; those of earlier imports and `settled` ones
    count too, and all aliases of them (case, +tags, Gmail's dots). tell: is given one line for each
    mail that is not kept, and why. show: is given each new mail. forgotten: take back what was
    forgotten. dry_run: all is undone at the end.

    A second import adds what is new, and betters stored mails: with the mail they answer where an
    archive now has it, without a signature that was learnt since.

    Raises UsageError for what is no address and for an address that wrote nothing in the archives
    (naming who wrote most), PanzaError for what is no mail, for archives without a mail of the
    user, and when the disk is full; nothing is stored then.
    """
    given = [_checked_address(address) for address in addresses]
    known = json.loads(read_fact(connection, "user.addresses") or "[]")
    known += [_checked_address(address) for address in settled]
    everyone = list(dict.fromkeys([*known, *given]))
    try:
        with closing(staging.open_staging()) as staged:
            staging.want(staged, store.unanswered_parents(connection))
            owners = frozenset(canonical(address) for address in everyone)
            tally = Tally(tell)
            seen = Survey(staged)
            with Readers(sum(map(archive_size, paths))) as readers:
                reader = _Reader(connection, seen, owners, tally, readers)
                reader.read_sent(paths, emit)
                silent = _writers_of_nothing(given, known, seen)
                if not (seen.sent or seen.answers):
                    raise _no_mail_of(everyone, seen)
                reader.read_answered(paths, emit)
            staging.date_first(staged, seen.first_date)
            signatures, late = _signatures(connection, staged)

            def store_all() -> None:
                if forgotten:
                    bring_back(connection)
                Finisher(connection, staged, seen.threads, signatures, late, tally, show).finish()
                _write_facts(connection, everyone, signatures, tally)

            in_transaction(connection, store_all, keep=not dry_run)
    except apsw.FullError as error:
        raise PanzaError(
            "The disk is full (the home's, or that of temporary files); nothing was imported and "
            "nothing stored was changed. Make room, then import again."
        ) from error
    warnings = _warnings(connection, tally, silent, dry_run)
    for warning in warnings:
        emit(Warn(warning))
    return tally.report(warnings)


def find_addresses(paths: Sequence[Path], emit: Emit) -> list[tuple[str, str, int]]:
    """Who may own the archives: (name, address, mails from it), the likeliest first; at most 20.

    Told by Sent folders and labels, by Delivered-To, and by who wrote most. Raises PanzaError for
    what is no mail, as `read_archive` does.
    """
    with closing(staging.open_staging()) as staged:
        return survey(paths, emit, staged).candidates()


@dataclass
class _Reader:
    """Sent mails and the mails they answer go into the staging database.

    received: those of others, for the second pass; None where memory should not hold them all.
    """

    connection: apsw.Connection
    seen: Survey
    owners: Collection[str]
    tally: Tally
    readers: Readers
    received: list[Read] | None = field(default_factory=list)

    def read_sent(self, paths: Sequence[Path], emit: Emit) -> None:
        """The first pass."""
        neighbour = held = 0
        for read in with_progress(read_all(paths), paths, emit, "import"):
            raw, envelope, _ = read
            self.tally.read += 1
            if envelope is None or not envelope.headers:
                self.tally.count_broken(raw.source, raw.problem or "a message without a header")
                continue
            self.seen.look_at(raw, envelope, self.owners)
            neighbour = envelope.date if envelope.date is not None else neighbour
            if belongs_to(envelope.sender[1], self.owners):
                self.tally.sent += 1
                if not self._is_held(envelope, raw.source):
                    self._put_down(self.readers.read(Task(raw, envelope, neighbour, is_sent=True)))
                continue
            self.tally.received += 1
            held += len(raw.data)
            if held > _MAX_HELD:
                self.received = None
            if self.received is not None:
                self.received.append(read)

    def read_answered(self, paths: Sequence[Path], emit: Emit) -> None:
        """The second pass."""
        reads = read_all(paths) if self.received is None else self.received
        for raw, envelope, _ in with_progress(reads, paths, emit, "answered"):
            own_id = envelope.message_id if envelope is not None else None
            if (
                envelope is not None
                and own_id is not None
                and staging.is_wanted(self.seen.staging, own_id)
                and not belongs_to(envelope.sender[1], self.owners)
            ):
                self._put_down(self.readers.read(Task(raw, envelope, 0, is_sent=False)))
        self._put_down(self.readers.finish())

    def _put_down(self, done: Iterable[tuple[Task, Result]]) -> None:
        for task, result in done:
            if isinstance(result, Broken):
                self.tally.count_broken(task.raw.source, result.problem)
            elif isinstance(result, Received):
                staging.put_received(self.seen.staging, task.envelope.message_id or "", result)
            elif not staging.stage(self.seen.staging, result):
                self.tally.count_copy(task.raw.source, task.envelope.subject)

    def _is_held(self, envelope: Envelope, source: str) -> bool:
        """Whether a mail is stored already, as it is; then it need not be read again."""
        if envelope.message_id is None or envelope.date is None:
            return False
        held = store.find_held(self.connection, envelope.message_id, envelope.date)
        if held is None:
            return False
        number, left_out = held
        if not staging.put_held(self.seen.staging, number, envelope.in_reply_to):
            self.tally.count_copy(source, envelope.subject)
        elif left_out:
            self.tally.count_left_out(left_out, source, envelope.subject)
        else:
            self.tally.kept += 1
        return True


def _signatures(
    connection: apsw.Connection, staged: apsw.Connection
) -> tuple[Signatures, Signatures]:
    """All signatures, and those not known before: learnt from the mails of all imports together."""
    known: dict[str, list[Block]] = {
        address: [tuple(block) for block in blocks]
        for address, blocks in json.loads(read_fact(connection, "user.signatures") or "{}").items()
    }
    # Whoever signs with the name says who wrote: that is no signature.
    stored = store.endings(connection, read_fact(connection, "user.name") or "")
    learned = learn_signatures(chain(stored, staging.endings(staged)))
    late = {
        address: new
        for address, blocks in learned.items()
        if (new := [block for block in blocks if block not in known.get(address, ())])
    }
    together = {
        address: sorted({*known.get(address, ()), *late.get(address, ())}, key=_longest_first)
        for address in known | late
    }
    return together, late


def _longest_first(block: Block) -> tuple[int, Block]:
    return -len(block), block


def _write_facts(
    connection: apsw.Connection, addresses: Sequence[str], signatures: Signatures, tally: Tally
) -> None:
    write_fact(connection, "user.addresses", json.dumps(list(addresses), ensure_ascii=False))
    if signatures:
        write_fact(connection, "user.signatures", json.dumps(signatures, ensure_ascii=False))
    if not read_fact(connection, "user.name") and tally.names:
        write_fact(connection, "user.name", tally.names.most_common(1)[0][0])


def _checked_address(address: str) -> str:
    address = address.strip().strip("<>").lower()
    if not re.fullmatch(r"[^\s@<>,]+@[^\s@<>,]+", address):
        raise UsageError(f"'{address}' is no mail address; write it as name@example.org.")
    return address


def _writers_of_nothing(given: Sequence[str], known: Sequence[str], seen: Survey) -> list[str]:
    """Those of the named addresses that only receive; UsageError for one that is not there at all.

    A misspelt address would stay among the user's for good.
    """
    familiar = {canonical(address) for address in known}
    silent = [
        address
        for address in given
        if not seen.written_by(address) and canonical(address) not in familiar
    ]
    for address in silent:
        if not (seen.sent and seen.is_recipient(address)):
            raise UsageError(str(_no_mail_of([address], seen)))
    return silent


def _no_mail_of(addresses: Sequence[str], seen: Survey) -> PanzaError:
    writers = sorted(seen.candidates(), key=lambda candidate: -candidate[2])[:5]
    most = ", ".join(f"{address} ({count})" for _, address, count in writers)
    who = " or ".join(addresses) or "you"
    there = f"it has most from {most}" if most else "it names no senders at all"
    return PanzaError(
        f"No mail from {who} in the archive; {there}. Nothing was imported; "
        "name your address with --me."
    )


def _warnings(
    connection: apsw.Connection, tally: Tally, silent: Sequence[str], dry_run: bool
) -> tuple[str, ...]:
    warnings = [
        f"No mail in there is from {address}; it only receives. It counts as yours from now on."
        for address in silent
    ]
    if broken := tally.problems.total():
        problem, _ = tally.problems.most_common(1)[0]
        warnings.append(f"{broken} messages can't be read and were skipped, as {problem}.")
    usable = tally.kept if dry_run else store.counts(connection).kept
    if usable < store.FEWEST_USABLE:
        warnings.append(
            f"Only {usable} usable mails so far; training needs at least {store.FEWEST_USABLE}. "
            "Import more of your mail."
        )
    return tuple(warnings)
