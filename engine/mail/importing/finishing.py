"""Finish an import: complete the staged mails with what the whole archive shows, and store them.

All of it happens in one transaction (see importing.py). New mails get their thread and the mail
they answer, and lose the signatures found by repetition. Mails of earlier imports are updated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

import apsw

from engine.database.database import read_fact
from engine.database.stored_rows import read_json_fact
from engine.forgetting.forget import is_forgotten
from engine.mail.importing.reading import LONGEST_ANSWERED, find_quote
from engine.mail.importing.repetition import Block, learn_signatures, remove_signature
from engine.mail.importing.signature_blocks import SignatureBlocks
from engine.mail.importing.staging import (
    Staged,
    find_received,
    kept_texts,
    staged_mails,
    stored_parents,
)
from engine.mail.importing.tally import Tally
from engine.mail.message.threads import Threads, participants
from engine.mail.own_words import own_words
from engine.mail.own_words.language import guess_language
from engine.mail.own_words.named_quotes import answered_quote_start
from engine.mail.own_words.pasted_code import code_lines
from engine.mail.stored import store
from engine.mail.stored.writer_facts import add_signature_facts
from engine.mail.types import Mail, Received

_FEWEST_REDIRECTED_WORDS = 6  # people answer "Thanks, the same to you" in the same words
_SAME_SHARE = 0.8
_WORDS_COMPARED = 200

Signatures = Mapping[str, Sequence[Block]]
"""Address -> the learnt signatures of its mails."""


@dataclass(frozen=True)
class ImportedMail:
    """A mail as it is stored.

    is_html: its own words were read from HTML. signature: the learnt signature that was removed
    from them.
    """

    mail: Mail
    is_html: bool
    signature: str | None


OnMail = Callable[[ImportedMail], None]


@dataclass
class Finisher:
    """The databases of an import, and what was learnt from the archives.

    signatures: all known ones. new_signatures: those that earlier imports did not know. on_mail:
    called with every new mail.
    """

    connection: apsw.Connection
    staging: apsw.Connection
    threads: Threads
    signatures: Signatures
    new_signatures: Signatures
    tally: Tally
    on_mail: OnMail | None = None
    _last_signed: dict[tuple[str, str], int] = field(default_factory=dict)
    _blocks: SignatureBlocks = field(default_factory=SignatureBlocks)

    def finish(self) -> None:
        """Store the new mails and update the stored ones."""
        newest = self.connection.execute("SELECT coalesce(max(id), 0) FROM mails").get
        store.add_parents(self.connection, stored_parents(self.staging))
        with store.bulk_text_index(self.connection):
            self._store_staged(newest)
        self.tally.improved += self._add_answered(newest) + self._remove_new_signatures(newest)
        for (address, signature), date in self._last_signed.items():
            add_signature_facts(self.connection, address, signature, date)

    def _store_staged(self, newest: int) -> None:
        earlier = _EarlierMails(store.mails_without_parent(self.connection, newest))
        for staged in staged_mails(self.staging):
            earlier.add_until(self.threads, staged.mail.date)
            imported = self._complete(staged)
            mail = imported.mail
            if is_forgotten(self.connection, mail):
                self.tally.count_left_out("forgotten", mail.source, mail.subject)
                continue
            is_new = store.insert_mail(self.connection, mail)
            if mail.left_out:
                self.tally.count_left_out(mail.left_out, mail.source, mail.subject)
            else:
                self._find_signature_block(staged.mail)
                self.tally.kept += 1
                self.tally.new += is_new
                self.tally.names[staged.name] += bool(staged.name)
            if self.on_mail is not None:
                self.on_mail(imported)

    def _complete(self, staged: Staged) -> ImportedMail:
        """Return a mail with its thread and the mail it answers, without a learnt signature."""
        mail = staged.mail
        own = mail.message_id or mail.fingerprint
        people = participants(mail.sender, mail.recipients)
        thread = mail.thread and self.threads.find_root(mail.thread)
        if not thread:
            thread = self.threads.find_by_subject(mail.subject, mail.date, people, own)
        found = self._find_answered(mail.parent)
        own = _without_quote(staged, found)
        body, signature = self._remove_signature(mail.sender, own, mail.date, self.signatures)
        left_out = mail.left_out or (None if body.strip() else "empty")
        answered = found or _quoted_mail(staged)
        if left_out is None and answered and _is_redirected(body, answered):
            left_out = "forward-only"
        completed = replace(
            mail,
            thread=thread,
            body=body,
            code=mail.code if body == mail.body else code_lines(body),
            language=mail.language if body == mail.body else guess_language(body),
            answered=answered,
            left_out=left_out,
        )
        return ImportedMail(completed, staged.is_html, signature)

    def _find_answered(self, parent: str | None) -> Received | None:
        """Return the mail with that id: from others or the user, staged or stored."""
        if parent is None:
            return None
        received = find_received(self.staging, parent)
        if received is not None:
            return received
        own = store.find_by_message_id(self.connection, parent)
        if own is None:
            return None
        sender, date, subject, body = own
        return Received(sender, date, subject, body[:LONGEST_ANSWERED], "archive", parent)

    def _add_answered(self, newest: int) -> int:
        """Add the mails that stored mails answer, if an archive now has them."""
        improved = 0
        for parent in list(store.missing_parents(self.connection, newest)):
            answered = self._find_answered(parent)
            if answered is not None:
                improved += store.set_answered(self.connection, parent, answered, newest)
        return improved

    def _remove_new_signatures(self, newest: int) -> int:
        """Remove the new signatures from stored mails."""
        improved = 0
        for address in self.new_signatures:
            for mail_id, body, date in store.own_words_of(self.connection, address, newest):
                words, signature = self._remove_signature(address, body, date, self.new_signatures)
                if signature is not None:
                    store.set_own_words(self.connection, mail_id, words)
                    improved += 1
        return improved

    def _remove_signature(
        self, address: str, body: str, date: int, signatures: Signatures
    ) -> tuple[str, str | None]:
        """Return own words without a learnt signature, and that signature."""
        words, signature = remove_signature(body, signatures.get(address, ()))
        if signature is None:
            return body, None
        self._record_signature(address, signature, date)
        return words, signature

    def _find_signature_block(self, mail: Mail) -> None:
        """Record a signature that `own_words` removed from `mail`."""
        block = self._blocks.find(mail)
        if block is not None:
            self._record_signature(mail.sender, block, mail.date)

    def _record_signature(self, address: str, signature: str, date: int) -> None:
        known = self._last_signed.get((address, signature), date)
        self._last_signed[address, signature] = max(known, date)


def all_signatures(
    connection: apsw.Connection, staged: apsw.Connection
) -> tuple[Signatures, Signatures]:
    """Learn signatures from all stored and staged mails; return all, and those that are new."""
    nothing: dict[str, list[list[str]]] = {}
    known: dict[str, list[Block]] = {
        address: [tuple(block) for block in blocks]
        for address, blocks in read_json_fact(connection, "user.signatures", nothing).items()
    }
    # The name is needed because the writer's name alone is not a signature.
    stored = store.kept_texts(connection, read_fact(connection, "user.name") or "")
    learned = learn_signatures(chain(stored, kept_texts(staged)))
    new_signatures = {
        address: new
        for address, blocks in learned.items()
        if (new := [block for block in blocks if block not in known.get(address, ())])
    }
    signatures = {
        address: sorted(
            {*known.get(address, ()), *new_signatures.get(address, ())}, key=_longest_first
        )
        for address in known | new_signatures
    }
    return signatures, new_signatures


def _longest_first(block: Block) -> tuple[int, Block]:
    return -len(block), block


class _EarlierMails:
    """Stored mails that are not replies, which new mails may reply to by subject."""

    def __init__(self, mails: Iterator[store.MailWithoutParent]) -> None:
        self._mails = mails
        self._next = next(mails, None)

    def add_until(self, threads: Threads, date: int) -> None:
        while self._next is not None and self._next.date <= date:
            mail = self._next
            people = participants(mail.sender, mail.recipients)
            threads.add_subject(mail.subject, mail.date, people, mail.thread)
            self._next = next(self._mails, None)


def _without_quote(staged: Staged, answered: Received | None) -> str:
    """Return own words without the answered mail, if it stands in them below "Ann wrote:"."""
    body = staged.mail.body
    if answered is None:
        return body
    start = answered_quote_start(body, answered.body, (staged.name, staged.mail.sender))
    return body if start is None else own_words(body[:start])


def _is_redirected(body: str, answered: Received) -> bool:
    """Return whether a mail's words are those of the mail that it refers to, not its sender's.

    Thunderbird's Redirect sends on a mail unchanged with the user in From. A closing or a
    signature may have been found in one of the two only.
    """
    own, theirs = body.split()[:_WORDS_COMPARED], answered.body.split()[:_WORDS_COMPARED]
    shorter, longer = sorted((own, theirs), key=len)
    same = len(shorter) >= max(_FEWEST_REDIRECTED_WORDS, _SAME_SHARE * len(longer))
    return same and answered.known_from == "archive" and longer[: len(shorter)] == shorter


def _quoted_mail(staged: Staged) -> Received | None:
    """Return the answered mail as far as the reply quotes it."""
    mail = staged.mail
    quoted = staged.quoted
    if quoted is None:
        quoted = find_quote(mail.parent, mail.subject, mail.language, mail.original)
    if not quoted:
        return None
    sender = next((name or address for name, address in mail.recipients), "")
    return Received(sender, None, mail.subject, quoted, "quote", mail.parent or "")
