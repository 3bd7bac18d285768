"""Import archives into table `mails`: the user's mails, each reply with the mail it answers.

The first pass scans all headers and reads the user's mails, the second reads the mails that these
answer. All of it is collected in a temporary database (staging.py) and then stored in one
transaction (finishing.py), so an interrupted import leaves the database as it was.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import apsw

from engine.database.database import in_transaction, read_fact, write_fact
from engine.errors import PanzaError
from engine.events import Emit, Warn
from engine.forgetting.forget import allow_reimport
from engine.mail.archives.archives import RawMessage, archive_size
from engine.mail.importing import staging
from engine.mail.importing.finishing import Finisher, OnMail, Signatures, all_signatures
from engine.mail.importing.own_addresses import (
    addresses_of_names,
    addresses_without_sent_mail,
    no_mail_error,
)
from engine.mail.importing.owners import Owners, check_address, split_identities
from engine.mail.importing.ownership import (
    HeaderSurvey,
    ScannedMessage,
    scan_messages,
    survey_headers,
    with_progress,
)
from engine.mail.importing.reading_processes import (
    AnyTask,
    FailedRead,
    FoundQuote,
    QuoteTask,
    ReaderPool,
    Result,
    Task,
)
from engine.mail.importing.tally import ImportReport, OnSkipped, Tally
from engine.mail.message.addresses import name_key
from engine.mail.message.message import Envelope, read_envelope
from engine.mail.stored import store
from engine.mail.stored.people import known_addresses, known_names
from engine.mail.types import Received

_MAX_HELD = 32 * 1024 * 1024  # bytes of messages kept in memory for the second pass


def import_archives(
    connection: apsw.Connection,
    paths: Sequence[Path],
    identities: Sequence[str],
    emit: Emit,
    on_skipped: OnSkipped | None = None,
    *,
    configured: Sequence[str] = (),
    name: str = "",
    on_mail: OnMail | None = None,
    restore_forgotten: bool = False,
    dry_run: bool = False,
) -> ImportReport:
    """Import archives into the database. The caller holds the home's write lock.

    A second import adds new mails and updates stored ones: with the mail they answer if an archive
    now has it, and without signatures that were learnt since.

    Args:
        identities: the user's addresses in these archives, or names in their From headers. Those
            of earlier imports and `configured` addresses count too, as do their aliases (case,
            +tags, Gmail's dots).
        name: the user's, for mails whose sender has no address.
        on_skipped: called with one line for each mail that is not kept, and why.
        on_mail: called with each new mail.
        restore_forgotten: import forgotten mails again.
        dry_run: undo all changes at the end.

    Raises:
        UsageError: for an invalid address, one that neither wrote nor received mail in the
            archives, or a name that nobody has there.
        PanzaError: if an archive can't be read or has no mail from the user, or the disk is full.
            Nothing is stored then.
    """
    given, given_names = split_identities(identities)
    known = known_addresses(connection)
    known += [check_address(address) for address in configured]
    names = list(dict.fromkeys([*known_names(connection), *given_names]))
    try:
        with closing(staging.open_staging()) as staged:
            if given_names:
                with closing(staging.open_staging()) as scanned:
                    survey = survey_headers(paths, emit, scanned)
                    given += addresses_of_names(given_names, survey)
            own_addresses = list(dict.fromkeys([*known, *given]))
            staging.add_wanted(staged, store.missing_parents(connection))
            owners = Owners([*given, *own_addresses])
            owners.add_names([name, read_fact(connection, "user.name") or "", *names])
            tally = Tally(on_skipped)
            survey = HeaderSurvey(staged)
            with ReaderPool(sum(map(archive_size, paths))) as readers:
                reader = _Reader(connection, survey, owners, tally, readers)
                reader.read_sent(paths, emit)
                reader.read_sent_without_address(paths, emit)
                only_receiving = addresses_without_sent_mail(given, known, survey)
                if not (survey.sent or survey.answers):
                    raise no_mail_error([*own_addresses, *names], survey)
                reader.read_answered(paths, emit)
            staging.fill_first_dates(staged, survey.first_date)
            signatures, new_signatures = all_signatures(connection, staged)
            finisher = Finisher(
                connection, staged, survey.threads, signatures, new_signatures, tally, on_mail
            )

            def store_all() -> None:
                if restore_forgotten:
                    allow_reimport(connection)
                finisher.finish()
                _write_facts(connection, own_addresses, names, signatures, tally)

            in_transaction(connection, store_all, commit=not dry_run)
    except apsw.FullError as error:
        raise PanzaError(
            "The disk is full (the home's, or that of temporary files); nothing was imported and "
            "stored mails are unchanged. Make room, then import again."
        ) from error
    warnings = _warnings(connection, tally, only_receiving, dry_run)
    for warning in warnings:
        emit(Warn(warning))
    return tally.report(warnings)


def find_addresses(paths: Sequence[Path], emit: Emit) -> list[tuple[str, str, int]]:
    """Return likely owners of the archives as (name, address, mails from it), likeliest first.

    Where mails have no address, the name stands for it. At most 20, by Sent folders and labels, by
    Delivered-To, and by who wrote most. Raises PanzaError as `read_archive` does.
    """
    with closing(staging.open_staging()) as staged:
        return survey_headers(paths, emit, staged).candidates()


@dataclass
class _Reader:
    """Read sent mails and the mails they answer into the staging database.

    received: mails from others, for the second pass; None if they need too much memory.
    """

    connection: apsw.Connection
    survey: HeaderSurvey
    owners: Owners
    tally: Tally
    readers: ReaderPool
    received: list[tuple[RawMessage, int]] | None = field(default_factory=list)

    def read_sent(self, paths: Sequence[Path], emit: Emit) -> None:
        """Scan all headers and read the user's mails: the first pass."""
        previous_date = held_bytes = 0
        for raw, envelope, position in with_progress(scan_messages(paths), paths, emit, "import"):
            if not raw.is_mail:
                self.tally.count_not_mail(raw.source, raw.problem or "")
                continue
            self.tally.read += 1
            if envelope is None or not envelope.headers:
                self.tally.count_broken(raw.source, raw.problem or "a message without a header")
                continue
            is_sent = self.survey.add(raw, envelope, self.owners)
            previous_date = envelope.date if envelope.date is not None else previous_date
            if is_sent:
                self._read_one_sent(raw, envelope, previous_date)
                continue
            self.tally.received += 1
            held_bytes += len(raw.data)
            if held_bytes > _MAX_HELD:
                self.received = None
            if self.received is not None:
                self.received.append((raw, position))

    def read_sent_without_address(self, paths: Sequence[Path], emit: Emit) -> None:
        """Read mails that have only a name, which turned out to be the user's in other mails."""
        names = set(map(name_key, self.survey.names_of(self.owners))) - self.owners.names
        if not self.survey.has_mail_without_address(names):
            return
        for raw, envelope, _ in with_progress(self._received(paths), paths, emit, "import"):
            if (
                envelope is not None
                and name_key(envelope.sender[0]) in names
                and not envelope.sender[1]
                and not self.owners.wrote(envelope, raw)
            ):
                self.survey.add_sent(envelope)
                self.tally.received -= 1
                self._read_one_sent(raw, envelope, envelope.date or 0)
        self.owners.names |= names

    def _received(self, paths: Sequence[Path]) -> Iterable[ScannedMessage]:
        if self.received is None:
            return scan_messages(paths)
        # Read again, as the fields of a header need several times its memory.
        return ((raw, read_envelope(raw.data), position) for raw, position in self.received)

    def _read_one_sent(self, raw: RawMessage, envelope: Envelope, fallback_date: int) -> None:
        self.tally.sent += 1
        envelope = self.owners.with_address(envelope)
        if not self._is_stored(envelope, raw.source):
            task = Task(raw, envelope, fallback_date, is_sent=True)
            self._stage(self.readers.read(task))

    def read_answered(self, paths: Sequence[Path], emit: Emit) -> None:
        """Read the mails that the user answered: the second pass."""
        for raw, envelope, _ in with_progress(self._received(paths), paths, emit, "answered"):
            own_id = envelope.message_id if envelope is not None else None
            if (
                envelope is not None
                and own_id is not None
                and staging.is_wanted(self.survey.staging, own_id)
                and not self.owners.wrote(envelope, raw)
            ):
                self._stage(self.readers.read(Task(raw, envelope, 0, is_sent=False)))
        self._stage(self.readers.finish())
        # Searching for quotes takes long, so it comes last: where no archive has the answered mail.
        for answer in staging.mails_without_answered(self.survey.staging):
            self._stage(self.readers.read(QuoteTask(*answer)))
        self._stage(self.readers.finish())

    def _stage(self, done: Iterable[tuple[AnyTask, Result]]) -> None:
        for task, result in done:
            if isinstance(result, FoundQuote):
                staging.add_quote(self.survey.staging, result.number, result.text)
            elif isinstance(task, QuoteTask):
                continue  # its quote can't be read
            elif isinstance(result, FailedRead):
                self.tally.count_broken(task.raw.source, result.problem)
            elif isinstance(result, Received):
                staging.add_received(self.survey.staging, task.envelope.message_id or "", result)
            elif not staging.stage(self.survey.staging, result):
                self.tally.count_copy(task.raw.source, task.envelope.subject)

    def _is_stored(self, envelope: Envelope, source: str) -> bool:
        """Return whether a mail is stored in its final form, so that it need not be read again."""
        if envelope.message_id is None or envelope.date is None:
            return False
        stored = store.find_final(self.connection, envelope.message_id, envelope.date)
        if stored is None:
            return False
        mail_id, left_out = stored
        if not staging.add_stored(self.survey.staging, mail_id, envelope.in_reply_to):
            self.tally.count_copy(source, envelope.subject)
        elif left_out:
            self.tally.count_left_out(left_out, source, envelope.subject)
        else:
            self.tally.kept += 1
        return True


def _write_facts(
    connection: apsw.Connection,
    addresses: Sequence[str],
    names: Sequence[str],
    signatures: Signatures,
    tally: Tally,
) -> None:
    write_fact(connection, "user.addresses", json.dumps(list(addresses), ensure_ascii=False))
    if names:
        write_fact(connection, "user.names", json.dumps(list(names), ensure_ascii=False))
    if signatures:
        write_fact(connection, "user.signatures", json.dumps(signatures, ensure_ascii=False))
    if not read_fact(connection, "user.name") and tally.names:
        write_fact(connection, "user.name", tally.names.most_common(1)[0][0])


def _warnings(
    connection: apsw.Connection, tally: Tally, only_receiving: Sequence[str], dry_run: bool
) -> tuple[str, ...]:
    warnings = [
        f"The archive has no mail from {address}; it only receives mail there. It counts as yours "
        "from now on."
        for address in only_receiving
    ]
    warnings += tally.warnings()
    usable = tally.kept if dry_run else store.counts(connection).kept
    if usable < store.FEWEST_USABLE:
        warnings.append(
            f"Only {usable} usable mails so far; training takes at least {store.FEWEST_USABLE}. "
            "Import more of your mail."
        )
    return tuple(warnings)
