"""Look up a draft's sender and recipient in past mails."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import apsw

from engine.database.database import read_fact
from engine.database.stored_rows import read_json_fact, read_rows
from engine.mail.message.addresses import canonical, name_key
from engine.mail.stored.store import recipients_of
from engine.mail.types import Address
from engine.settings import User


def known_addresses(connection: apsw.Connection) -> list[str]:
    """Return the user's addresses in all imports so far."""
    return read_json_fact(connection, "user.addresses", [])


def own_addresses(connection: apsw.Connection, user: User) -> frozenset[str]:
    """Return the user's addresses in the settings and in all imports so far, canonical."""
    return frozenset(map(canonical, (*user.addresses, *known_addresses(connection))))


def known_names(connection: apsw.Connection) -> list[str]:
    """Return the names that were given as the user's in imports of mail without addresses."""
    return read_json_fact(connection, "user.names", [])


def own_name(connection: apsw.Connection, user: User) -> str:
    """Return the user's name in the settings, else the usual one in the imports; '' if unknown."""
    return user.name or read_fact(connection, "user.name") or ""


def own_address(connection: apsw.Connection, user: User, addressed: Sequence[str] = ()) -> Address:
    """Return the user's (name, address): the address that was written to, else the last one used.

    ('', '') if nothing was imported and the settings have no address. addressed: To and Cc of the
    mail being answered.
    """
    known = [*user.addresses, *known_addresses(connection)]
    name = own_name(connection, user)
    own = {canonical(address) for address in known}
    for address in addressed:
        if canonical(address) in own:
            return name, address
    if user.addresses:
        return name, user.addresses[0]
    by_date = "SELECT sender FROM mails WHERE left_out IS NULL ORDER BY date DESC LIMIT 1"
    last = next(read_rows(connection, "mails", by_date, make=lambda row: str(row[0])), "")
    address = last if canonical(last) in own else next(iter(known), "")
    return (name, address) if address else ("", "")


def address_of(connection: apsw.Connection, name: str) -> str:
    """Return the address of the newest mail to a person of that name; '' if there is none.

    A part of a name, such as "Ann" of "Ann Lee", counts if only one address has it.
    """
    wanted = " ".join(name.casefold().split())
    by_date = "SELECT recipients FROM mails GROUP BY recipients ORDER BY max(date) DESC"
    partly: dict[str, None] = {}
    for known, address in _people(connection, by_date) if wanted else ():
        words = known.casefold().split()
        if " ".join(words) == wanted:
            return address
        if wanted in words:
            partly[address] = None
    return next(iter(partly)) if len(partly) == 1 else ""


def names_of(connection: apsw.Connection, address: str, *names: str) -> frozenset[str]:
    """Return the keys (`name_key`) of names, and of those with which mails went to an address."""
    people = _people(connection, "SELECT DISTINCT recipients FROM mails")
    wanted = canonical(address)
    known = {name for name, other in set(people) if canonical(other) == wanted}
    return frozenset(key for key in map(name_key, (*names, *known)) if key)


def _people(connection: apsw.Connection, query: str) -> Iterator[Address]:
    """Yield each recipient with a name of the mails whose recipients a query returns."""
    for people in read_rows(connection, "mails", query, make=lambda row: recipients_of(row[0])):
        yield from ((name, address) for name, address in people if name)
