"""Group mails into threads: by References, else by subject, participants and date."""

from __future__ import annotations

import binascii
from dataclasses import dataclass, field
from typing import Protocol

from engine.mail.message.addresses import canonical
from engine.mail.message.message import Envelope
from engine.mail.message.subjects import base_subject, is_reply

_SERVER_PREFIX = "<"  # of thread ids made by servers; no Message-ID contains it
_LONGEST_PAUSE = 60 * 86_400  # seconds; a later mail of the same subject is another thread
_LONGEST_CHAIN = 1000  # replies to follow up to the root
_MAX_OPEN = 10_000  # subjects kept in memory before old ones are dropped


class Parents(Protocol):
    """A mapping of Message-ID -> id of the answered mail, which may be larger than memory."""

    def get(self, message_id: str, /) -> str | None: ...

    def __setitem__(self, message_id: str, parent: str, /) -> None: ...


@dataclass
class Threads:
    """The threads found so far, while an archive is imported.

    First call `add_parent` with every mail. Then a mail whose header names its thread
    (`thread_reference`) gets its thread from `find_root`, and one without from `find_by_subject`,
    in the order of dates. `add_subject` takes the mails of earlier imports.
    """

    parents: Parents = field(default_factory=dict[str, str])
    _open: dict[str, tuple[str, int, frozenset[str]]] = field(default_factory=dict)

    def add_parent(self, envelope: Envelope) -> None:
        """Record which mail this one answers, if its References do not name the root."""
        if envelope.message_id and envelope.in_reply_to and not envelope.references:
            self.parents[envelope.message_id] = envelope.in_reply_to
        server_id = _server_thread_id(envelope)
        if server_id and self.parents.get(server_id) is None:
            root = _earliest_ancestor(envelope) or envelope.message_id
            if root:
                self.parents[server_id] = root

    def find_root(self, reference: str) -> str | None:
        """Return the id of the first mail of the thread of a `thread_reference`, if known."""
        is_server_id = reference.startswith(_SERVER_PREFIX)
        root = self.parents.get(reference) if is_server_id else reference
        if root is None:
            return None
        for _ in range(_LONGEST_CHAIN):  # hostile mails may answer each other in a cycle
            parent = self.parents.get(root)
            if parent is None or parent == root:
                break
            root = parent
        return root

    def find_by_subject(self, subject: str, date: int, people: frozenset[str], own: str) -> str:
        """Return the thread of a mail without References; `own` if it starts one.

        A reply joins the last mail with the same subject and a participant in common, no more than
        60 days apart. Any other mail starts a thread, even if its subject is an old one.
        """
        key = base_subject(subject)
        if not key:
            return own
        thread, last, others = self._open.get(key, (own, date, people))
        joins = is_reply(subject) and abs(date - last) <= _LONGEST_PAUSE and people & others
        if not joins:
            thread, others = own, people
        self._add(key, date, people | others, thread)
        return thread

    def add_subject(self, subject: str, date: int, people: frozenset[str], thread: str) -> None:
        """Record a mail whose thread is known, so that replies to its subject can join it."""
        if key := base_subject(subject):
            self._add(key, date, people, thread)

    def _add(self, key: str, date: int, people: frozenset[str], thread: str) -> None:
        if len(self._open) >= _MAX_OPEN:
            oldest = date - _LONGEST_PAUSE
            self._open = {key: last for key, last in self._open.items() if last[1] >= oldest}
        self._open[key] = (thread, date, people)


def thread_reference(envelope: Envelope) -> str:
    """Return the earliest mail of the thread in the header, else a server's thread id, else ''."""
    return _earliest_ancestor(envelope) or _server_thread_id(envelope) or ""


def _earliest_ancestor(envelope: Envelope) -> str | None:
    return envelope.references[0] if envelope.references else envelope.in_reply_to


def _server_thread_id(envelope: Envelope) -> str | None:
    """Return the thread id that Gmail (X-GM-THRID) or Exchange (Thread-Index) gave a mail."""
    if gmail := envelope.headers.get("x-gm-thrid"):
        return f"{_SERVER_PREFIX}gm:{gmail[0][:40].decode('ascii', 'replace').strip()}"
    if exchange := envelope.headers.get("thread-index"):
        try:
            index = binascii.a2b_base64(exchange[0][:400])
        except binascii.Error:
            return None
        # The first 22 bytes are the thread's ([MS-OXOMSG] 2.2.1.3); each reply appends five.
        return f"{_SERVER_PREFIX}ti:{index[:22].hex()}" if len(index) >= 22 else None
    return None


def participants(sender: str, recipients: tuple[tuple[str, str], ...]) -> frozenset[str]:
    """Return the canonical addresses a mail went to; its sender's if it went to nobody."""
    return frozenset(canonical(address) for _, address in recipients) or frozenset({sender})
