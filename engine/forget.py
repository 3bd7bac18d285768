"""Forget a mail, a model or everything: remove it from tables, indexes, free pages and logs.

A salted digest of a forgotten mail stays, so that a later import does not store it again. Later
mails that quote it keep their own words and lose the quote. What a model learnt from it stays in
that model; panza_tui.jobs.forget tells the user so.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import re
import secrets
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import apsw

from engine.database import delete_fact, in_transaction, read_fact, write_fact
from engine.drafts import UNSENT, read_unsent
from engine.errors import NotReadyError, PanzaError, UsageError
from engine.events import Sample, from_json
from engine.home import Home
from engine.locks import hold_write, holder, is_held, refuse_while_working
from engine.mail.stored.store import StoredMail, load_mail
from engine.mail.types import Mail
from engine.removal import Left, remove_home_files, remove_model_files

_SALT = "forgotten.salt"
_MIN_LETTERS = 30
"""The minimum number of letters and digits of a text that is not a stock phrase.

Chosen by hand.
"""

_MIN_LINE_LETTERS = 40
"""The same for a single line of a mail, which is more often a stock phrase than a whole mail."""


@dataclass(frozen=True)
class Forgotten:
    """What was removed together with a mail.

    quoted_in: the number of later mails that lost their quote of it. drafts: the number of drafts
    removed because they contained its words. unsent: whether the chat's unsent text was removed
    because it contained some of them. also_in: ids of mails in which the user wrote the same words;
    they stay. cleared: whether it is also gone from the database's free pages and write-ahead log.
    """

    quoted_in: int
    drafts: int
    unsent: bool
    also_in: tuple[int, ...]
    cleared: bool


def forget_mail(home: Home, connection: apsw.Connection, mail_id: int) -> Forgotten:
    """Remove a mail everywhere. The caller holds the home's write lock.

    Raises UsageError if there is no such mail.
    """
    mail = load_mail(connection, mail_id)
    if mail is None:
        raise UsageError(f"There is no mail with the number {mail_id}; nothing was forgotten.")
    instruction = connection.execute(
        "SELECT text FROM instructions WHERE mail_id = ?", (mail_id,)
    ).get
    quoting, also_in = _mails_with_its_words(connection, mail)
    drafts = _drafts_with_its_words(connection, mail)
    unsent = _shares_words(read_unsent(connection), mail)

    def remove() -> None:
        if unsent:
            delete_fact(connection, UNSENT)
        connection.executemany("DELETE FROM drafts WHERE id = ?", [(n,) for n in drafts])
        _remove_from_sources(connection, mail_id)
        for number, answers_it in quoting:
            connection.execute("UPDATE mails SET original = body WHERE id = ?", (number,))
            if answers_it:
                connection.execute("UPDATE mails SET answered = NULL WHERE id = ?", (number,))
        connection.execute("DELETE FROM mails WHERE id = ?", (mail_id,))
        digests = [(digest,) for digest in _digests(connection, mail)]
        connection.executemany("INSERT OR IGNORE INTO forgotten VALUES (?)", digests)

    in_transaction(connection, remove)
    for copy in home.migration_copies:
        copy.unlink(missing_ok=True)
    _clear_logs(home, {instruction} - {None})
    home.evaluation.unlink(missing_ok=True)  # Drafts for these mails.
    return Forgotten(len(quoting), len(drafts), unsent, also_in, _clear_pages(connection))


def is_forgotten(connection: apsw.Connection, mail: Mail) -> bool:
    """Return whether this mail, or a copy with the same Message-ID, was forgotten."""
    if read_fact(connection, _SALT) is None:
        return False
    known = "SELECT 1 FROM forgotten WHERE digest = ?"
    return any(connection.execute(known, (d,)).get is not None for d in _digests(connection, mail))


def allow_reimport(connection: apsw.Connection) -> None:
    """Let later imports store forgotten mails again."""
    connection.execute("DELETE FROM forgotten")


def forget_model(home: Home, connection: apsw.Connection | None, name: str) -> Left:
    """Remove a model's files; if it was the default, another one becomes it.

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
    left = remove_model_files(folder)
    home.evaluation.unlink(missing_ok=True)  # The model's drafts.
    if connection is not None:
        with contextlib.suppress(apsw.Error):  # On a full disk the files are gone all the same.
            connection.execute(
                "DELETE FROM facts WHERE key = 'default_model' AND value = ?", (name,)
            )
    return left


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
        return remove_home_files(home)


def _write_lock(home: Home) -> contextlib.AbstractContextManager[None]:
    """Hold the write lock, unless there is none and a full disk has no room for it."""
    try:
        home.write_lock.touch(mode=0o600)
    except OSError:
        if not home.write_lock.exists():
            return contextlib.nullcontext()
    return hold_write(home, "panza-tui forget")


def _mails_with_its_words(
    connection: apsw.Connection, mail: StoredMail
) -> tuple[list[tuple[int, bool]], tuple[int, ...]]:
    """Return (id, whether it answers the mail) of mails that quote it, and ids of repetitions.

    In the same thread, one long line of the mail counts as a quote; elsewhere only its whole text.
    """
    whole = _letters(mail.body)
    if len(whole) < _MIN_LETTERS:
        return [], ()
    lines = [
        line for line in map(_letters, mail.body.splitlines()) if len(line) >= _MIN_LINE_LETTERS
    ]
    longest = sorted(re.findall(r"\w+", mail.body), key=len)[-2:]
    rows = connection.execute(
        "SELECT id, thread, body, original, answered FROM mails WHERE id <> ?1 AND (thread = ?2 "
        "OR (instr(original, ?3) AND instr(original, ?4)) "
        "OR (instr(answered, ?3) AND instr(answered, ?4)))",
        (mail.id, mail.thread, longest[0], longest[-1]),
    )
    quoting, repetitions = [], []
    for number, thread, body, original, answered in rows:
        pieces = [whole, *lines] if thread == mail.thread else [whole]
        if whole in _letters(body):
            repetitions.append(number)
            continue
        answers_it = _contains(answered or "", pieces)
        if answers_it or _contains(original, pieces):
            quoting.append((number, answers_it))
    return quoting, tuple(repetitions)


def _drafts_with_its_words(connection: apsw.Connection, mail: StoredMail) -> list[int]:
    whole = _letters(mail.body)
    if len(whole) < _MIN_LETTERS:
        return []
    return [
        row[0]
        for row in connection.execute("SELECT * FROM drafts")
        if any(_contains(value, [whole]) for value in row[1:] if isinstance(value, str))
    ]


def _shares_words(text: str, mail: StoredMail) -> bool:
    """Return whether a text and a mail share a passage that is longer than a stock phrase.

    It need not be a whole line, as other words may be around it.
    """
    passages = set(_passages(text))
    if not passages:
        return False
    return any(not passages.isdisjoint(_passages(words)) for words in (mail.body, mail.original))


def _passages(text: str) -> Iterator[str]:
    """Return every run of `_MIN_LETTERS` letters in a text."""
    letters = _letters(text)
    return (letters[at : at + _MIN_LETTERS] for at in range(len(letters) - _MIN_LETTERS + 1))


def _remove_from_sources(connection: apsw.Connection, mail_id: int) -> None:
    rows: list[Any] = connection.execute(
        "SELECT id, sources FROM drafts WHERE ? IN (SELECT value FROM json_each(sources))",
        (mail_id,),
    ).fetchall()
    for number, sources in rows:
        left = [source for source in json.loads(sources) if source != mail_id]
        connection.execute("UPDATE drafts SET sources = ? WHERE id = ?", (json.dumps(left), number))


def _contains(value: str, pieces: Collection[str]) -> bool:
    """Return whether a column's text, or a string in its JSON, contains one of the pieces."""
    return any(piece in text for text in map(_letters, _texts(value)) for piece in pieces)


def _texts(value: str) -> Iterator[str]:
    yield value
    if value.startswith(("[", "{")):
        try:
            yield from _strings(json.loads(value))
        except (ValueError, RecursionError):
            return


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _strings(inner)


def _letters(text: str) -> str:
    """Return the letters and digits of a text in lower case, which are the same in its quotes."""
    return re.sub(r"[\W_]+", "", text).lower()


def _digests(connection: apsw.Connection, mail: Mail) -> list[str]:
    salt = read_fact(connection, _SALT)
    if salt is None:
        salt = secrets.token_hex(16)
        write_fact(connection, _SALT, salt)
    names = [f"text {mail.fingerprint}"]
    if mail.message_id:
        names.append(f"id {mail.message_id} {mail.date if mail.date_known else ''}")
    return [
        hmac.new(salt.encode(), name.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
        for name in names
    ]


def _clear_pages(connection: apsw.Connection) -> bool:
    """Clear indexes, free pages and the write-ahead log; False if another connection is open."""
    try:
        connection.execute("INSERT INTO mails_text (mails_text) VALUES ('optimize')")
        connection.execute("VACUUM")
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").get
    except (apsw.FullError, apsw.BusyError, apsw.LockedError):
        return False  # It is gone from the tables, and freed pages are overwritten with zeros.
    return not busy


def _clear_logs(home: Home, instructions: Collection[str]) -> None:
    """Blank the sample drafts made for these instructions, and remove the logs of ended jobs.

    Lines are overwritten in place because a run may be appending to its log.
    """
    for log in (*home.models.glob("*/events.jsonl"), *home.root.glob("jobs/*/events.jsonl")):
        with open(log, "r+b") as file:
            at = 0
            for line in file.readlines():
                event = from_json(line.decode("utf-8", "replace"))
                if isinstance(event, Sample) and event.instruction in instructions:
                    os.pwrite(file.fileno(), b" " * (len(line) - 1), at)
                at += len(line)
    for log in home.root.glob("jobs/*/log.txt"):
        if not is_held(log.parent / "lock"):
            log.unlink(missing_ok=True)
