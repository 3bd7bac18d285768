"""Whom an answer goes to, and whether a mail asks for it elsewhere than at its sender.

Lists and desks set Reply-To for good reasons; a fraudster who poses as somebody does, too.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from email.utils import quote

import apsw

from engine.mail.message.addresses import belongs_to, canonical, parse_addresses
from engine.mail.message.message import Envelope
from engine.mail.stored.people import names_of
from engine.mail.types import Address, MailToAnswer

# Fields in which lists name themselves (RFC 2919, RFC 2369, and older programs).
_LIST_FIELDS = (
    "list-post",
    "list-id",
    "mailing-list",
    "x-mailing-list",
    "x-beenthere",
    "list-help",
    "list-owner",
)
_ADDRESS_IN_FIELD = re.compile(r"[^\s<>,;:()\"?]{1,64}@[^\s<>,;:()\"?]{1,255}")
_LIST_ID = re.compile(r"<([^<>@\s]{1,255})>")
_NOT_READ = re.compile(r"(?:do-?)?not?-?reply|notifications?|mailer|bounces?", re.IGNORECASE)


def answer_to(envelope: Envelope, owners: Collection[str]) -> str:
    """Return whom an answer goes to: Mail-Reply-To, Reply-To or the sender; of an own mail, its
    recipients.

    Mail-Followup-To is for answers to all, which a draft is not.
    """
    if belongs_to(envelope.sender[1], owners):
        for name in ("to", "cc", "bcc"):
            if others := _others(envelope, name, owners):
                return _format(others)
        return envelope.sender[1]
    reply_to = _reply_to(envelope, owners)
    if len(reply_to) > 1:
        return _format(reply_to)
    return reply_to[0][1] if reply_to else envelope.sender[1]


def answered_elsewhere(envelope: Envelope, owners: Collection[str]) -> tuple[str, ...]:
    """Return the addresses in Reply-To or Mail-Reply-To that are not evidently the sender's.

    Those of the mail's list, and the desk behind a sender that nobody reads, are not among them.
    """
    sender = envelope.sender[1]
    if not sender or belongs_to(sender, owners):
        return ()
    lists = _lists(envelope)
    if belongs_to(sender, lists):  # It writes in the name of its members.
        return ()
    return tuple(
        address
        for _, address in _reply_to(envelope, owners)
        if not (belongs_to(address, lists) or _are_alike(sender, address))
    )


def unknown_elsewhere(connection: apsw.Connection, mail: MailToAnswer) -> tuple[str, ...]:
    """Return `mail.elsewhere` without addresses at which the user wrote to the same person."""
    if not mail.elsewhere:
        return ()
    name, address = mail.sender
    names = names_of(connection, address, name)
    return tuple(other for other in mail.elsewhere if not names & names_of(connection, other))


def _lists(envelope: Envelope) -> frozenset[str]:
    """The canonical addresses of the lists that a mail came through.

    A list that is neither addressed nor has the sender's domain may be one that the sender made up.
    """
    fields = " ".join(
        value.decode("utf-8", "replace")
        for name in _LIST_FIELDS
        for value in envelope.headers.get(name, [])
    )
    named = {canonical(address) for address in _ADDRESS_IN_FIELD.findall(fields)}
    ids = {found.lower() for found in _LIST_ID.findall(fields)}
    addressed = {canonical(address) for _, address in envelope.recipients}
    sender = canonical(envelope.sender[1])
    known = {
        address
        for address in addressed | {sender}
        if address in named or address.replace("@", ".") in ids
    }
    return frozenset(known | {list_ for list_ in named if _have_one_domain(list_, sender)})


def _are_alike(sender: str, other: str) -> bool:
    """Return whether two addresses are evidently one person's or one desk's."""
    first, second = canonical(sender), canonical(other)
    local = first.rpartition("@")[0]
    if first == second:
        return True
    is_same_person = local == second.rpartition("@")[0]
    is_not_read = _NOT_READ.search(local) is not None
    return (is_same_person or is_not_read) and _have_one_domain(first, second)


def _have_one_domain(first: str, second: str) -> bool:
    """Return whether one address's domain is that of the other, or one above it."""
    one, other = (address.rpartition("@")[2] for address in (first, second))
    return f".{one}".endswith(f".{other}") or f".{other}".endswith(f".{one}")


def _reply_to(envelope: Envelope, owners: Collection[str]) -> list[Address]:
    """Return whom the sender wants to get a personal answer.

    A list may replace Reply-To by itself, so Mail-Reply-To counts first where there is one.
    """
    return _others(envelope, "mail-reply-to", owners) or _others(envelope, "reply-to", owners)


def _others(envelope: Envelope, name: str, owners: Collection[str]) -> list[Address]:
    """Return the mailboxes in a header that are not the user's."""
    found = parse_addresses(b", ".join(envelope.headers.get(name, [])))
    return [mailbox for mailbox in dict.fromkeys(found) if not belongs_to(mailbox[1], owners)]


def _format(mailboxes: list[Address]) -> str:
    """Return mailboxes as a person writes them."""
    written = (f'"{quote(name)}" <{address}>' if name else address for name, address in mailboxes)
    return ", ".join(written)
