"""Which mails are one conversation: by References, else by subject, people and nearness in time."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from engine.mail.addresses import canonical
from engine.mail.message import Envelope

_REPLY = (
    r"(?:re|aw|antw|antwort|sv|vs|vl|vá|odp|odpověď|rif|r|ref|res|ynt|yan|απ|σχετ|отв?|回复|回覆|答复"
    r"|返信|답장)"
)
_FORWARD = r"(?:fwd?|wg|tr|rv|enc|doorst|vb|pd|пересл|转发|轉寄)"
_PREFIX = re.compile(
    rf"(?i)^\s*(?:{_REPLY}|{_FORWARD})\s?(?:[\[(]\d{{1,3}}[\])]|\^\d{{1,3}})?\s*[:：]\s*"
)
_IS_REPLY = re.compile(rf"(?i)^\s*{_REPLY}\s?(?:[\[(]\d{{1,3}}[\])]|\^\d{{1,3}})?\s*[:：]")
_TAG = re.compile(r"^\s*\[[^\[\]]{1,40}\]\s*")
_LONGEST_PAUSE = 60 * 86_400  # a reply by subject alone later than this is another conversation
_LONGEST_CHAIN = 1000


@dataclass
class Threads:
    """What is known of conversations while an archive is read.

    First `note` every mail, then ask `named` for its root; those without one are asked of
    `by_subject` in the order of their dates.
    """

    _parents: dict[str, str] = field(default_factory=dict)
    _open: dict[str, tuple[str, int, frozenset[str]]] = field(default_factory=dict)

    def note(self, envelope: Envelope) -> None:
        """Remember what a mail answers where its References do not name the root."""
        if envelope.message_id and envelope.in_reply_to and not envelope.references:
            self._parents[envelope.message_id] = envelope.in_reply_to

    def named(self, envelope: Envelope) -> str | None:
        """The id of the mail that began the conversation; None when the header names none."""
        root = envelope.references[0] if envelope.references else envelope.in_reply_to
        if root is None:
            return None
        for _ in range(_LONGEST_CHAIN):  # hostile mails answer each other in a circle
            parent = self._parents.get(root)
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
        self._open[key] = (thread, date, people | others)
        return thread


def people_of(sender: str, recipients: tuple[tuple[str, str], ...]) -> frozenset[str]:
    """The addresses a mail went to, in one spelling; its sender's when it went to nobody."""
    return frozenset(canonical(address) for _, address in recipients) or frozenset({sender})


def is_reply(subject: str) -> bool:
    """Whether a subject starts with a reply's prefix, in the languages of mail programs."""
    return _IS_REPLY.match(subject) is not None


def base_subject(subject: str) -> str:
    """The subject without reply and forward prefixes and list tags, in lower case (RFC 5256)."""
    rest, before = subject, None
    while rest != before:
        before = rest
        rest = _TAG.sub("", _PREFIX.sub("", rest, count=1), count=1)
    return " ".join(rest.lower().split())
