"""Find what the database holds of a mail beside the mail itself, and remove it."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import apsw

from engine.database.database import delete_fact, write_fact
from engine.database.rows import each_row
from engine.database.stored_rows import read_json_fact
from engine.drafting.drafts import UNSENT, read_unsent, sources_of, thread_of
from engine.forgetting.words_of_mail import WordsOfMail
from engine.mail.message.subjects import base_subject
from engine.mail.stored.store import StoredMail

_SIGNATURES = "user.signatures"

_MIN_LETTERS = 30
"""The minimum number of letters and digits of a passage that is not a stock phrase.

Chosen by hand.
"""


@dataclass(frozen=True)
class Quote:
    """A mail that quotes another one: in its original text, or in the mail that it answers."""

    mail: int
    in_original: bool
    in_answered: bool


@dataclass(frozen=True)
class Traces:
    """What has words of a mail, or stands on it.

    drafts, instructions (of these mails), names (of these conversations): ids. unsent: whether the
    chat's unsent text does. also_in: mails in which the user wrote the same words. same_subject:
    how many other mails of its conversation have its subject.
    """

    quotes: tuple[Quote, ...]
    drafts: tuple[int, ...]
    instructions: tuple[int, ...]
    names: tuple[int, ...]
    unsent: bool
    also_in: tuple[int, ...]
    same_subject: int


def find_traces(connection: apsw.Connection, mail: StoredMail, words: WordsOfMail) -> Traces:
    """Find what is left of a mail in other rows; the mail is still stored."""
    quotes, also_in = _find_quotes(connection, mail, words)
    texts = (
        "SELECT mail_id, text || char(10) || terse || char(10) || spoken FROM instructions "
        "WHERE mail_id <> ?"
    )
    names = "SELECT id, name FROM conversations WHERE name <> ''"
    unsent = read_unsent(connection)
    return Traces(
        quotes=tuple(quotes),
        drafts=tuple(_find_drafts(connection, mail, words)),
        instructions=tuple(_with_words(each_row(connection, texts, (mail.id,)), words)),
        names=tuple(_with_words(each_row(connection, names), words)),
        unsent=words.are_in(unsent) or _shares_passage(unsent, mail),
        also_in=tuple(also_in),
        same_subject=_count_same_subject(connection, mail),
    )


def remove_traces(connection: apsw.Connection, mail: StoredMail, traces: Traces) -> None:
    """Remove them, within the transaction that removes the mail; call it after that."""
    for quote in traces.quotes:
        if quote.in_original:
            connection.execute("UPDATE mails SET original = body WHERE id = ?", (quote.mail,))
        if quote.in_answered:
            connection.execute("UPDATE mails SET answered = NULL WHERE id = ?", (quote.mail,))
    for statement, ids in (
        ("DELETE FROM drafts WHERE id = ?", traces.drafts),
        ("DELETE FROM instructions WHERE mail_id = ?", traces.instructions),
        ("UPDATE conversations SET name = '' WHERE id = ?", traces.names),
    ):
        connection.executemany(statement, [(number,) for number in ids])
    if traces.drafts:
        connection.execute(
            "DELETE FROM conversations WHERE id NOT IN "
            "(SELECT conversation_id FROM drafts WHERE conversation_id IS NOT NULL)"
        )
    if traces.unsent:
        delete_fact(connection, UNSENT)
    _rebuild_writer_facts(connection, mail)
    _rebuild_signatures(connection, mail)


def _find_quotes(
    connection: apsw.Connection, mail: StoredMail, words: WordsOfMail
) -> tuple[list[Quote], list[int]]:
    """Return the mails that quote it, and the ids of those whose own words have the same words.

    A mail that answers it quotes it, whatever its text is; others by their words.
    """
    quotes, also_in = [], []
    rows = each_row(
        connection,
        "SELECT id, parent, body, original, answered FROM mails WHERE id <> ?",
        (mail.id,),
    )
    for number, parent, body, original, answered in rows:
        answered = answered or ""
        is_answer = bool(mail.message_id) and parent == mail.message_id
        if not is_answer and not words.may_be_in(f"{original} {answered}"):
            continue
        in_original = is_answer or words.are_in(original, beyond=body)
        in_answered = bool(answered) and (is_answer or words.are_in(answered))
        if in_original or in_answered:
            quotes.append(Quote(number, in_original, in_answered))
        if words.are_in(body):
            also_in.append(number)
    return quotes, also_in


def _find_drafts(
    connection: apsw.Connection, mail: StoredMail, words: WordsOfMail
) -> Iterator[int]:
    """Yield the drafts that were based on the mail, answered it, or have words of it."""
    texts = "thread, instruction, recipient, draft, coalesce(final, '')"
    for row in each_row(connection, f"SELECT id, sources, {texts} FROM drafts"):
        number, sources, thread, *texts = row
        if (
            mail.id in sources_of(sources)
            or (mail.message_id and mail.message_id in _message_ids(thread))
            or any(words.are_in(text) for text in (thread, *texts))
        ):
            yield number


def _message_ids(thread: str) -> set[str]:
    mails = thread_of(thread)
    return {mail.message_id for mail in mails} | {
        known for mail in mails for known in mail.references.split()
    }


def _with_words(rows: Iterable[tuple[int, str]], words: WordsOfMail) -> Iterator[int]:
    return (number for number, text in rows if words.are_in(text))


def _count_same_subject(connection: apsw.Connection, mail: StoredMail) -> int:
    subject = base_subject(mail.subject)
    others = each_row(
        connection, "SELECT subject FROM mails WHERE thread = ? AND id <> ?", (mail.thread, mail.id)
    )
    return sum(base_subject(other) == subject for (other,) in others) if subject else 0


def _rebuild_writer_facts(connection: apsw.Connection, mail: StoredMail) -> None:
    """Drop the facts of its signature that no other mail has; set the newest date of the others."""
    facts: list[Any] = connection.execute(
        "SELECT kind, text FROM writer_facts WHERE address = ?", (mail.sender,)
    ).fetchall()
    for kind, text in facts:
        parts = [_letters(part) for part in text.split(", ")]
        if not _has_all(mail.original, parts):
            continue
        key = (mail.sender, kind, text)
        seen = _newest_mail_with(connection, mail.sender, parts)
        if seen is None:
            where = "WHERE address = ? AND kind = ? AND text = ?"
            connection.execute(f"DELETE FROM writer_facts {where}", key)
        else:
            connection.execute(
                "UPDATE writer_facts SET seen = min(seen, ?) "
                "WHERE address = ? AND kind = ? AND text = ?",
                (seen, *key),
            )


def _rebuild_signatures(connection: apsw.Connection, mail: StoredMail) -> None:
    """Drop the learnt signatures of its address that no other mail has."""
    none: dict[str, list[list[str]]] = {}
    signatures = read_json_fact(connection, _SIGNATURES, none)
    kept = []
    for block in signatures.get(mail.sender, []):
        parts = [_letters(line) for line in block]
        if (
            not _has_all(mail.original, parts)
            or _newest_mail_with(connection, mail.sender, parts) is not None
        ):
            kept.append(block)
    if kept != signatures.get(mail.sender, []):
        signatures[mail.sender] = kept
        write_fact(connection, _SIGNATURES, json.dumps(signatures, ensure_ascii=False))


def _newest_mail_with(
    connection: apsw.Connection, sender: str, parts: Collection[str]
) -> int | None:
    """Return the date of the newest mail of an address that has all of these letters."""
    rows = each_row(
        connection,
        "SELECT date, original FROM mails WHERE sender = ? ORDER BY date DESC",
        (sender,),
    )
    return next((date for date, original in rows if _has_all(original, parts)), None)


def _has_all(text: str, parts: Iterable[str]) -> bool:
    letters = _letters(text)
    return all(part in letters for part in parts)


def _shares_passage(text: str, mail: StoredMail) -> bool:
    """Return whether a text and a mail share a passage that is longer than a stock phrase."""
    passages = set(_passages(text))
    if not passages:
        return False
    return any(not passages.isdisjoint(_passages(own)) for own in (mail.body, mail.original))


def _passages(text: str) -> Iterator[str]:
    """Yield every run of `_MIN_LETTERS` letters in a text."""
    letters = _letters(text)
    return (letters[at : at + _MIN_LETTERS] for at in range(len(letters) - _MIN_LETTERS + 1))


def _letters(text: str) -> str:
    """Return the letters and digits of a text in lower case, which are the same in its quotes."""
    return re.sub(r"[\W_]+", "", text).lower()
