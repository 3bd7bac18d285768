"""Whom a draft is from, and for: addresses and names as past mails have them."""

from __future__ import annotations

import json
from collections.abc import Sequence

import apsw

from engine.database import read_fact
from engine.mail.message.addresses import canonical
from engine.mail.types import Address
from engine.settings import User


def known_addresses(connection: apsw.Connection) -> list[str]:
    """The user's addresses, as named for the imports so far."""
    return json.loads(read_fact(connection, "user.addresses") or "[]")


def own_address(connection: apsw.Connection, user: User, addressed: Sequence[str] = ()) -> Address:
    """(name, address) of the user: the address that was written to, else the one used last.

    addressed: To and Cc of the mail being answered. ('', '') when nothing was imported and the
    settings name no address.
    """
    known = [*user.addresses, *known_addresses(connection)]
    name = user.name or read_fact(connection, "user.name") or ""
    spellings = {canonical(address) for address in known}
    for address in addressed:
        if canonical(address) in spellings:
            return name, address
    if user.addresses:
        return name, user.addresses[0]
    last = connection.execute(
        "SELECT sender FROM mails WHERE left_out IS NULL ORDER BY date DESC LIMIT 1"
    ).get
    address = last if last and canonical(last) in spellings else next(iter(known), "")
    return (name, address) if address else ("", "")


def address_of(connection: apsw.Connection, name: str) -> str:
    """The address that the user last wrote to for a name; '' when there is none, or no one only.

    A part of the name, as "Ann" of "Ann Lee", counts when it is the name of one address alone.
    """
    wanted = " ".join(name.casefold().split())
    rows = connection.execute(
        "SELECT person.value ->> 0, person.value ->> 1 FROM mails, json_each(recipients) AS person "
        "WHERE person.value ->> 0 <> '' ORDER BY date DESC"
    )
    in_part: dict[str, None] = {}
    for known, address in rows if wanted else ():
        words = known.casefold().split()
        if " ".join(words) == wanted:
            return address
        if wanted in words:
            in_part[address] = None
    return next(iter(in_part)) if len(in_part) == 1 else ""
