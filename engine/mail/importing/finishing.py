"""The end of an import: what only the whole archive tells of a mail, and putting mails in.

All of it happens in one transaction (see importing.py). New mails get their conversation, lose the
signatures that repetition showed, and get the mail they answer beside them. Mails stored by earlier
imports get what those could not know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import apsw

from engine.forget import is_forgotten
from engine.mail.importing.reading import LONGEST_ANSWERED
from engine.mail.importing.repetition import Block, without_signature
from engine.mail.importing.signature_blocks import SignatureBlocks
from engine.mail.importing.staging import Staged, find_received, held_parents, staged_mails
from engine.mail.importing.tally import Tally
from engine.mail.message.threads import Threads, participants
from engine.mail.own_words.language import guess_language
from engine.mail.stored import store
from engine.mail.stored.writer_facts import note_signature
from engine.mail.types import Mail, Received

Signatures = Mapping[str, Sequence[Block]]
"""Address -> the signatures of its mails."""


@dataclass(frozen=True)
class Understood:
    """How a mail was understood. signature: of the learnt ones, the one that was taken off."""

    mail: Mail
    is_html: bool
    signature: str | None


Show = Callable[[Understood], None]


@dataclass
class Finisher:
    """The databases of an import, and what was learnt while it was read.

    signatures: all that are known. late: those of them that earlier imports did not know. show:
    is given every new mail as it is stored.
    """

    connection: apsw.Connection
    staging: apsw.Connection
    threads: Threads
    signatures: Signatures
    late: Signatures
    tally: Tally
    show: Show | None = None
    _signed: dict[tuple[str, str], int] = field(default_factory=dict)
    _blocks: SignatureBlocks = field(default_factory=SignatureBlocks)

    def finish(self) -> None:
        """Better the stored mails and put the new ones in."""
        newest = self.connection.execute("SELECT coalesce(max(id), 0) FROM mails").get
        store.add_parents(self.connection, held_parents(self.staging))
        with store.text_indexed_at_once(self.connection):
            self._put_in(newest)
        self.tally.improved += self._answer(newest) + self._take_off_late(newest)
        for (address, signature), date in self._signed.items():
            note_signature(self.connection, address, signature, date)

    def _put_in(self, newest: int) -> None:
        earlier = _Earlier(store.mails_without_parent(self.connection, newest))
        for staged in staged_mails(self.staging):
            earlier.remember(self.threads, staged.mail.date)
            found = self._understood(staged)
            mail = found.mail
            if is_forgotten(self.connection, mail):
                self.tally.count_left_out("forgotten", mail.source, mail.subject)
                continue
            is_new = store.insert_mail(self.connection, mail)
            if mail.left_out:
                self.tally.count_left_out(mail.left_out, mail.source, mail.subject)
            else:
                self._keep_facts(staged.mail)
                self.tally.kept += 1
                self.tally.new += is_new
                self.tally.names[staged.name] += bool(staged.name)
            if self.show is not None:
                self.show(found)

    def _understood(self, staged: Staged) -> Understood:
        mail = staged.mail
        own = mail.message_id or mail.fingerprint
        people = participants(mail.sender, mail.recipients)
        thread = (
            mail.thread and self.threads.find_root(mail.thread)
        ) or self.threads.find_by_subject(mail.subject, mail.date, people, own)
        body, signature = self._unsigned(mail.sender, mail.body, mail.date, self.signatures)
        left_out = mail.left_out or (None if body.strip() else "empty")
        answered = self._parent_of(mail.parent) or _quoted_by(staged)
        finished = replace(
            mail,
            thread=thread,
            body=body,
            language=mail.language if signature is None else guess_language(body),
            answered=answered,
            left_out=left_out,
        )
        return Understood(finished, staged.is_html, signature)

    def _parent_of(self, parent: str | None) -> Received | None:
        """The mail of that id, from others or by the user, new or stored before."""
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

    def _answer(self, newest: int) -> int:
        """Give stored mails what they answer, where now an archive has it."""
        improved = 0
        for parent in list(store.unanswered_parents(self.connection, newest)):
            answered = self._parent_of(parent)
            if answered is not None:
                improved += store.set_answered(self.connection, parent, answered, newest)
        return improved

    def _take_off_late(self, newest: int) -> int:
        improved = 0
        for address in self.late:
            for mail_id, body, date in store.own_words_of(self.connection, address, newest):
                words, signature = self._unsigned(address, body, date, self.late)
                if signature is not None:
                    store.set_own_words(self.connection, mail_id, words)
                    improved += 1
        return improved

    def _unsigned(
        self, address: str, body: str, date: int, signatures: Signatures
    ) -> tuple[str, str | None]:
        """Own words without a learnt signature, and that signature."""
        words, signature = without_signature(body, signatures.get(address, ()))
        if signature is None:
            return body, None
        self._sign(address, signature, date)
        return words, signature

    def _keep_facts(self, mail: Mail) -> None:
        """Of a signature that went with the first reading; `mail` is as it was read."""
        block = self._blocks.note(mail)
        if block is not None:
            self._sign(mail.sender, block, mail.date)

    def _sign(self, address: str, signature: str, date: int) -> None:
        known = self._signed.get((address, signature), date)
        self._signed[address, signature] = max(known, date)


class _Earlier:
    """Stored mails that name none as answered: replies to their subjects may come later."""

    def __init__(self, mails: Iterator[store.WithoutParent]) -> None:
        self._mails = mails
        self._next = next(mails, None)

    def remember(self, threads: Threads, until: int) -> None:
        while self._next is not None and self._next.date <= until:
            found = self._next
            people = participants(found.sender, found.recipients)
            threads.add_subject(found.subject, found.date, people, found.thread)
            self._next = next(self._mails, None)


def _quoted_by(staged: Staged) -> Received | None:
    """What a reply quotes of the mail it answers."""
    if not staged.quoted:
        return None
    mail = staged.mail
    sender = next((name or address for name, address in mail.recipients), "")
    return Received(sender, None, mail.subject, staged.quoted, "quote", mail.parent or "")
