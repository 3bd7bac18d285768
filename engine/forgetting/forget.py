"""Forget a mail, a model or everything: remove it from tables, indexes, free pages and logs.

A salted digest of a forgotten mail stays, so that a later import does not store it again. Later
mails that quote it keep their own words and lose the quote. What a model learnt from it stays in
that model; panza_tui.jobs.forget tells the user so.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import apsw

from engine.damage.mended_rows import mend_rows
from engine.database.database import delete_fact, in_transaction, read_fact, write_fact
from engine.database.rows import each_row
from engine.database.stored_rows import read_row
from engine.disk.files import remove
from engine.encryption.unlocked import forget_home
from engine.errors import NotReadyError, PanzaError, UsageError
from engine.forgetting.log_traces import clear_logs
from engine.forgetting.mail_traces import find_traces, remove_traces
from engine.forgetting.words_of_mail import WordsOfMail
from engine.generators.saved_beginnings import remove_beginnings
from engine.home.home import Home
from engine.home.locks import hold_write, holder, is_held, refuse_while_working
from engine.home.removal import Left, remove_home_files, remove_model_files
from engine.mail.stored.store import load_mail
from engine.mail.types import Mail
from engine.models import model_names
from engine.models.models import UPDATED_FROM, read_card

SALT = "forgotten.salt"
"""The fact with the salt of the digests of forgotten mails."""


@dataclass(frozen=True)
class Forgotten:
    """What was removed together with a mail.

    quoted_in: the number of other mails that lost their quote of it. drafts: the number of drafts
    that were based on it or contained its words; draft_ids: which ones. instructions: the number of
    other mails that lost their instruction. unsent: whether the chat's unsent text was removed.
    also_in: ids of mails in which the user wrote the same words; they stay. same_subject: the
    number of mails that keep its subject. cleared: whether it is also gone from the database's free
    pages and write-ahead log. mended: by table, the rows that could not be read before.
    """

    quoted_in: int
    drafts: int
    unsent: bool
    also_in: tuple[int, ...]
    cleared: bool
    instructions: int = 0
    same_subject: int = 0
    draft_ids: tuple[int, ...] = ()
    mended: Mapping[str, Sequence[int]] = field(default_factory=dict)


def forget_mail(home: Home, connection: apsw.Connection, mail_id: int) -> Forgotten:
    """Remove a mail everywhere. The caller holds the home's write lock.

    Rows that can't be read are mended first, as they may have its words. Raises UsageError if there
    is no such mail.
    """
    mended = mend_rows(connection)
    mail = load_mail(connection, mail_id)
    if mail is None:
        raise UsageError(f"There is no mail with the number {mail_id}; nothing was forgotten.")
    instruction = connection.execute(
        "SELECT text FROM instructions WHERE mail_id = ?", (mail_id,)
    ).get
    words = WordsOfMail(connection, mail)
    traces = find_traces(connection, mail, words)

    def remove_rows() -> None:
        connection.execute("DELETE FROM mails WHERE id = ?", (mail_id,))
        remove_traces(connection, mail, traces)
        digests = [(digest,) for digest in _digests(connection, mail)]
        connection.executemany("INSERT OR IGNORE INTO forgotten VALUES (?)", digests)
        connection.execute("INSERT INTO mails_text (mails_text) VALUES ('optimize')")

    # The mail goes last: a kill or a full disk must not leave its words where nobody knows any
    # more what to look for.
    for copy in (*home.migration_copies, *home.left_over):
        remove(copy)
    clear_logs(home, words, instruction)
    home.evaluation.unlink(missing_ok=True)  # Drafts for these mails.
    in_transaction(connection, remove_rows)
    # A run may have logged a sample draft since; from here on it finds no instruction for one.
    clear_logs(home, words, instruction)
    return Forgotten(
        quoted_in=len(traces.quotes),
        drafts=len(traces.drafts),
        unsent=traces.unsent,
        also_in=traces.also_in,
        cleared=_clear_pages(connection),
        instructions=len(traces.instructions),
        same_subject=traces.same_subject,
        draft_ids=traces.drafts,
        mended=mended,
    )


def is_forgotten(connection: apsw.Connection, mail: Mail) -> bool:
    """Return whether this mail, or a copy with the same Message-ID, was forgotten."""
    if _salt(connection) is None:
        return False
    known = "SELECT 1 FROM forgotten WHERE digest = ?"
    return any(connection.execute(known, (d,)).get is not None for d in _digests(connection, mail))


def forgotten_in(home: apsw.Connection, other: apsw.Connection) -> list[int]:
    """Return the ids of the mails in another database that were forgotten in this one."""
    salt = _salt(home)
    if salt is None:
        return []
    known = {digest for (digest,) in home.execute("SELECT digest FROM forgotten")}
    rows = each_row(other, "SELECT id, fingerprint, message_id, date, date_known FROM mails")
    return [number for number, *names in rows if not known.isdisjoint(_digests_of(salt, *names))]


def allow_reimport(connection: apsw.Connection) -> None:
    """Let later imports store forgotten mails again."""
    connection.execute("DELETE FROM forgotten")


def forget_model(home: Home, connection: apsw.Connection | None, name: str) -> Left:
    """Remove a model's files; if it was the default, the one it was updated from, or another, is.

    connection: None if the database can't be opened; a default that is gone counts as none. Returns
    what stays. Raises NotReadyError if there is no such model, PanzaError while it is in use.
    """
    folder = home.model(name)
    if not folder.is_dir() and not folder.is_symlink():
        raise NotReadyError(f"There is no model '{name}'; nothing was forgotten.")
    for lock in (folder / "run.lock", folder / "export.lock"):
        if is_held(lock):
            who = holder(lock) or name
            raise PanzaError(f"{who} is running; stop it first. Nothing was forgotten.")
    before = _updated_from(home, name)
    left = remove_model_files(folder)
    home.evaluation.unlink(missing_ok=True)  # The model's drafts.
    remove_beginnings(home)
    if connection is not None:
        with contextlib.suppress(apsw.Error):  # On a full disk the files are gone all the same.
            chosen = read_fact(connection, model_names.DEFAULT)
            if chosen and model_names.name_now(home, connection, chosen) == name:
                delete_fact(connection, model_names.DEFAULT)
                if before:
                    now = model_names.name_now(home, connection, before)
                    write_fact(connection, model_names.DEFAULT, now)
            model_names.gone(connection, name)
    return left


def _updated_from(home: Home, name: str) -> str:
    with contextlib.suppress(PanzaError):
        return read_card(home, name).data.get(UPDATED_FROM, "")
    return ""


def forget_all(home: Home) -> Left:
    """Remove everything of ours in a home, and return what stays.

    It writes no database, so it removes a damaged one and makes room on a full disk. Raises
    PanzaError, before anything is removed, while work in the home is running.
    """
    if not home.root.is_dir():
        return Left()
    refuse_while_working(home, "Nothing was forgotten.")
    if home.write_lock.is_symlink():
        home.write_lock.unlink()
    with _write_lock(home):
        left = remove_home_files(home)
    forget_home(home.root)
    return left


def _write_lock(home: Home) -> contextlib.AbstractContextManager[None]:
    """Hold the write lock, unless there is none and a full disk has no room for it."""
    try:
        home.write_lock.touch(mode=0o600)
    except OSError:
        if not home.write_lock.exists():
            return contextlib.nullcontext()
    return hold_write(home, "panza-tui forget")


def _salt(connection: apsw.Connection) -> str | None:
    """Return the salt. One that can't be read is no reason to store forgotten mails again."""
    query = "SELECT value FROM facts WHERE key = ?"
    return read_row(connection, "facts", query, (SALT,), lambda row: str(row[0]))


def _digests(connection: apsw.Connection, mail: Mail) -> list[str]:
    salt = _salt(connection)
    if salt is None:
        salt = secrets.token_hex(16)
        write_fact(connection, SALT, salt)
    return _digests_of(salt, mail.fingerprint, mail.message_id, mail.date, mail.date_known)


def _digests_of(
    salt: str, fingerprint: str, message_id: str | None, date: int, date_known: bool
) -> list[str]:
    names = [f"text {fingerprint}"]
    if message_id:
        names.append(f"id {message_id} {date if date_known else ''}")
    return [
        hmac.new(salt.encode(), name.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
        for name in names
    ]


def _clear_pages(connection: apsw.Connection) -> bool:
    """Clear free pages and the write-ahead log; False if another connection is open."""
    try:
        connection.execute("VACUUM")
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").get
    except (apsw.FullError, apsw.BusyError, apsw.LockedError):
        return False  # It is gone from the tables, and freed pages are overwritten with zeros.
    return not busy
