"""Which mails are one conversation: by References, else by subject, people and nearness in time."""

from __future__ import annotations

import binascii
from dataclasses import dataclass, field
from typing import Protocol

from engine.mail.message.addresses import canonical
from engine.mail.message.message import Envelope
from engine.mail.message.subjects import base_subject, is_reply

_MARK = "<"  # that no id has in it
_LONGEST_PAUSE = 60 * 86_400  # a reply by subject alone later than this is another conversation
_LONGEST_CHAIN = 1000
_MOST_OPEN = 10_000  # subjects remembered before those that nobody can reply to are forgotten


class Parents(Protocol):
    """message id -> id of the mail it answers; an archive may hold more than memory does."""

    def get(self, message_id: str, /) -> str | None: ...

    def __setitem__(self, message_id: str, parent: str, /) -> None: ...


@dataclass
class Threads:
    """What is known of conversations while an archive is read.

    First `note` every mail, then ask `beginning` where the header names one (`named_beginning`);
    those without one are asked of `by_subject` in the order of their dates, among mails stored
    before that are `remember`ed.
    """

    parents: Parents = field(default_factory=dict[str, str])
    _open: dict[str, tuple[str, int, frozenset[str]]] = field(default_factory=dict)

    def note(self, envelope: Envelope) -> None:
        """Remember what a mail answers where its References do not name the root."""
        if envelope.message_id and envelope.in_reply_to and not envelope.references:
            self.parents[envelope.message_id] = envelope.in_reply_to
        mark = _mark(envelope)
        if mark and self.parents.get(mark) is None:
            root = _named_root(envelope) or envelope.message_id
            if root:
                self.parents[mark] = root

    def beginning(self, named: str) -> str | None:
        """The id of the mail that began the conversation of a `named_beginning`, where known."""
        root = self.parents.get(named) if named.startswith(_MARK) else named
        if root is None:
            return None
        for _ in range(_LONGEST_CHAIN):  # hostile mails answer each other in a circle
            parent = self.parents.get(root)
            if parent is None or parent == root:
                break
            root = parent
        return root

    def by_subject(self, subject: str, date: int, people: frozenset[str], own: str) -> str:
        """The conversation of a mail without References; `own` when it begins one.

        A reply joins the last mail of the same subject that went between some of the same people
        within 60 days. Any other mail begins a conversation, be its subject as old as it may.
        """
        key = base_subject(subject)
        if not key:
            return own
        thread, last, others = self._open.get(key, (own, date, people))
        joins = is_reply(subject) and abs(date - last) <= _LONGEST_PAUSE and people & others
        if not joins:
            thread, others = own, people
        self._remember(key, date, people | others, thread)
        return thread

    def remember(self, subject: str, date: int, people: frozenset[str], thread: str) -> None:
        """Take in a mail whose conversation is known, for the replies to its subject."""
        if key := base_subject(subject):
            self._remember(key, date, people, thread)

    def _remember(self, key: str, date: int, people: frozenset[str], thread: str) -> None:
        if len(self._open) >= _MOST_OPEN:
            oldest = date - _LONGEST_PAUSE
            self._open = {key: last for key, last in self._open.items() if last[1] >= oldest}
        self._open[key] = (thread, date, people)


def named_beginning(envelope: Envelope) -> str:
    """The earliest mail of its conversation that a header names, or the mark of it; '' for none."""
    return _named_root(envelope) or _mark(envelope) or ""


def _named_root(envelope: Envelope) -> str | None:
    return envelope.references[0] if envelope.references else envelope.in_reply_to


def _mark(envelope: Envelope) -> str | None:
    """What Gmail (X-GM-THRID) or Exchange (Thread-Index) marks a conversation with."""
    if gmail := envelope.headers.get("x-gm-thrid"):
        return f"{_MARK}gm:{gmail[0][:40].decode('ascii', 'replace').strip()}"
    if exchange := envelope.headers.get("thread-index"):
        try:
            index = binascii.a2b_base64(exchange[0][:400])
        except binascii.Error:
            return None
        # The first 22 bytes are the conversation's own ([MS-OXOMSG] 2.2.1.3); replies add five.
        return f"{_MARK}ti:{index[:22].hex()}" if len(index) >= 22 else None
    return None


def people_of(sender: str, recipients: tuple[tuple[str, str], ...]) -> frozenset[str]:
    """The addresses a mail went to, in one spelling; its sender's when it went to nobody."""
    return frozenset(canonical(address) for _, address in recipients) or frozenset({sender})
