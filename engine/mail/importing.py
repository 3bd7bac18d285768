"""Archives -> table `mails`: what the user wrote, and beside each reply the mail it answers.

Two passes: the first looks at the headers (who wrote what, which mails are answered), the second
reads what matters. What was read is finished when all of it is there (engine.mail.staging) and
then stored in one transaction, so a kill or an error leaves the database as it was.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

import apsw

from engine.database import in_transaction, read_fact, write_fact
from engine.errors import PanzaError, UsageError
from engine.events import Emit, Warn
from engine.mail import store
from engine.mail.addresses import canonical, is_one_of
from engine.mail.message import read_envelope
from engine.mail.own_words import own_words
from engine.mail.ownership import Survey, read_all, survey
from engine.mail.reading import LONGEST_ANSWERED, read_received, read_sent
from engine.mail.repetition import Block, learn_signatures, signature_of
from engine.mail.staging import (
    Staged,
    find_received,
    open_staging,
    put_received,
    stage,
    staged_mails,
)
from engine.mail.threads import people_of
from engine.mail.types import Kind, Mail, Received

Tell = Callable[[str], None]


@dataclass(frozen=True)
class ImportReport:
    """What became of the messages of an import.

    read: messages seen. sent: from the user, copies included. kept: different sent mails that
    are learnt from; `new` of them were not stored before. duplicates: further copies of sent
    mails within the archives. left_out: reason -> mails (engine.mail.reasons). received: messages
    from others. broken: messages that can't be read. warnings: what was said on the way.
    """

    read: int
    sent: int
    kept: int
    new: int
    duplicates: int
    left_out: dict[str, int]
    received: int
    broken: int
    warnings: tuple[str, ...]


@dataclass
class _Tally:
    """The counts while they grow."""

    read: int = 0
    sent: int = 0
    duplicates: int = 0
    received: int = 0
    broken: int = 0
    kept: int = 0
    new: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)
    names: Counter[str] = field(default_factory=Counter)


def import_archives(
    connection: apsw.Connection,
    paths: Sequence[Path],
    addresses: Sequence[str],
    emit: Emit,
    tell: Tell | None = None,
) -> ImportReport:
    """Read archives into the database. The caller holds the home's write lock.

    addresses: the user's; those of earlier imports count too, and all aliases of them (case,
    +tags, Gmail's dots). tell: is given one line for each mail that is not kept, and why.
    The same archives again add nothing. Raises UsageError for what is no address, PanzaError for
    what is no mail, for archives without a mail of the user (naming who wrote most), and when
    the disk is full; nothing is stored then.
    """
    given = [_checked_address(address) for address in addresses]
    known = json.loads(read_fact(connection, "user.addresses") or "[]")
    everyone = list(dict.fromkeys([*known, *given]))
    owners = frozenset(canonical(address) for address in everyone)
    try:
        seen = survey(paths, owners, emit)
        if not seen.sent:
            raise _no_mail_of(everyone, seen)
        with closing(open_staging()) as staging:
            tally = _read_messages(staging, paths, owners, seen, emit, tell)
            signatures = _signatures(connection, staging)

            def store_all() -> None:
                _store(connection, staging, seen, signatures, tally, tell)
                _write_facts(connection, everyone, signatures, tally)

            in_transaction(connection, store_all)
    except apsw.FullError as error:
        raise PanzaError(
            "The disk is full; nothing was imported and nothing stored was changed. "
            "Make room, then import again."
        ) from error
    warnings = _warnings(connection, tally)
    for warning in warnings:
        emit(Warn(warning))
    return ImportReport(
        read=tally.read,
        sent=tally.sent,
        kept=tally.kept,
        new=tally.new,
        duplicates=tally.duplicates,
        left_out=dict(sorted(tally.left_out.items())),
        received=tally.received,
        broken=tally.broken,
        warnings=warnings,
    )


def find_addresses(paths: Sequence[Path], emit: Emit) -> list[tuple[str, str, int]]:
    """Who may own the archives: (name, address, mails from it), the likeliest first; at most 20.

    Told by Sent folders and labels, by Delivered-To, and by who wrote most. Raises PanzaError for
    what is no mail, as `read_archive` does.
    """
    return survey(paths, (), emit).candidates()


def _read_messages(
    staging: apsw.Connection,
    paths: Sequence[Path],
    owners: Collection[str],
    seen: Survey,
    emit: Emit,
    tell: Tell | None,
) -> _Tally:
    """The second pass: sent mails and the mails they answer go into the staging database."""
    tally = _Tally()
    neighbour = seen.first_date or 0
    staging.execute("BEGIN")
    for raw in read_all(paths, emit, "import"):
        tally.read += 1
        try:
            if raw.problem is not None:
                raise ValueError(raw.problem)
            envelope = read_envelope(raw.data)
            if not envelope.headers:
                raise ValueError("a message without a header")
            neighbour = envelope.date if envelope.date is not None else neighbour
            if not is_one_of(envelope.sender[1], owners):
                tally.received += 1
                if envelope.message_id in seen.answered:
                    put_received(staging, envelope.message_id or "", read_received(raw))
                continue
            tally.sent += 1
            if not stage(staging, read_sent(raw, envelope, seen.threads, neighbour)):
                tally.duplicates += 1
                _tell(tell, "copy", raw.source, envelope.subject)
            elif envelope.message_id in seen.answered:
                put_received(staging, envelope.message_id or "", read_received(raw))
        except (apsw.Error, OSError, MemoryError, NameError):
            raise
        except Exception as error:  # mail is hostile: one that breaks a reader loses only itself
            tally.broken += 1
            tally.problems[str(error) or type(error).__name__] += 1
            _tell(tell, "broken", raw.source, str(error))
    staging.execute("COMMIT")
    return tally


def _signatures(connection: apsw.Connection, staging: apsw.Connection) -> dict[str, list[Block]]:
    """Learnt from this import, and from earlier ones: a small newer export shows none."""
    endings = (
        (staged.mail.sender, staged.name, staged.mail.subject, staged.mail.body)
        for staged in staged_mails(staging)
        if staged.mail.left_out is None
    )
    learned = learn_signatures(endings)
    for address, blocks in json.loads(read_fact(connection, "user.signatures") or "{}").items():
        known = {tuple(block) for block in blocks} | set(learned.get(address, []))
        learned[address] = sorted(known, key=lambda block: (-len(block), block))
    return learned


def _store(
    connection: apsw.Connection,
    staging: apsw.Connection,
    seen: Survey,
    signatures: dict[str, list[Block]],
    tally: _Tally,
    tell: Tell | None,
) -> None:
    for staged in staged_mails(staging):
        mail = _finished(staging, staged, seen, signatures.get(staged.mail.sender, []))
        is_new = store.insert_mail(connection, mail)
        if mail.left_out:
            tally.left_out[mail.left_out] += 1
            _tell(tell, mail.left_out, mail.source, mail.subject)
        else:
            tally.kept += 1
            tally.new += is_new
            if staged.name:
                tally.names[staged.name] += 1


def _finished(
    staging: apsw.Connection, staged: Staged, seen: Survey, signatures: Sequence[Block]
) -> Mail:
    """The mail with what only the whole archive could tell."""
    mail = staged.mail
    own = mail.message_id or mail.fingerprint
    people = people_of(mail.sender, mail.recipients)
    thread = mail.thread or seen.threads.by_subject(mail.subject, mail.date, people, own)
    body = mail.body
    if signature := signature_of(body, signatures):
        kind: Kind = "plain" if staged.html is None else "html"
        body = own_words(staged.html or mail.original, kind, signature=signature)
    answered = find_received(staging, staged.parent) if staged.parent else None
    if answered is None and staged.quoted:
        sender = next((name or address for name, address in mail.recipients), "")
        quoted = staged.quoted[:LONGEST_ANSWERED]
        answered = Received(sender, None, mail.subject, quoted, "quote")
    left_out = mail.left_out or (None if body.strip() else "empty")
    return replace(mail, thread=thread, body=body, answered=answered, left_out=left_out)


def _write_facts(
    connection: apsw.Connection,
    addresses: Sequence[str],
    signatures: dict[str, list[Block]],
    tally: _Tally,
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


def _no_mail_of(addresses: Sequence[str], seen: Survey) -> PanzaError:
    writers = sorted(seen.candidates(), key=lambda candidate: -candidate[2])[:5]
    most = ", ".join(f"{address} ({count})" for _, address, count in writers)
    who = " or ".join(addresses) or "you"
    there = f"it has most from {most}" if most else "it names no senders at all"
    return PanzaError(
        f"No mail from {who} in the archive; {there}. Nothing was imported; "
        "name your address with --me."
    )


def _warnings(connection: apsw.Connection, tally: _Tally) -> tuple[str, ...]:
    warnings = []
    if tally.broken:
        problem, _ = tally.problems.most_common(1)[0]
        warnings.append(f"{tally.broken} messages can't be read and were skipped, as {problem}.")
    usable = store.counts(connection).kept
    if usable < store.FEWEST_USABLE:
        warnings.append(
            f"Only {usable} usable mails so far; training needs at least {store.FEWEST_USABLE}. "
            "Import more of your mail."
        )
    return tuple(warnings)


def _tell(tell: Tell | None, reason: str, source: str, subject: str) -> None:
    if tell is not None:
        tell(f"{reason}: {source}: {subject}")
