"""Check the addresses that the user gives for an import against the archives."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.errors import PanzaError, UsageError
from engine.mail.importing.ownership import HeaderSurvey
from engine.mail.message.addresses import canonical

_MAX_WRITERS_SHOWN = 5  # in an error message


def check_address(address: str) -> str:
    """Return an address in lower case. Raises UsageError if it is not a mail address."""
    address = address.strip().strip("<>").lower()
    if not re.fullmatch(r"[^\s@<>,]+@[^\s@<>,]+", address):
        raise UsageError(f"'{address}' is not a mail address; write it as name@example.org.")
    return address


def addresses_without_sent_mail(
    given: Sequence[str], known: Sequence[str], survey: HeaderSurvey
) -> list[str]:
    """Return the new addresses that only receive mail.

    Raises UsageError for one that does not occur at all: a misspelt address would count as the
    user's from now on.
    """
    known_mailboxes = {canonical(address) for address in known}
    only_receiving = [
        address
        for address in given
        if not survey.count_written_by(address) and canonical(address) not in known_mailboxes
    ]
    for address in only_receiving:
        if not (survey.sent and survey.is_recipient(address)):
            raise UsageError(str(no_mail_error([address], survey)))
    return only_receiving


def no_mail_error(addresses: Sequence[str], survey: HeaderSurvey) -> PanzaError:
    """Return the error for archives without mail from these addresses, with who wrote most."""
    writers = sorted(survey.candidates(), key=lambda candidate: -candidate[2])
    frequent = [f"{address} ({count})" for _, address, count in writers[:_MAX_WRITERS_SHOWN]]
    who = " or ".join(addresses) or "you"
    there = (
        f"most mails there are from {', '.join(frequent)}" if frequent else "no mail has a sender"
    )
    return PanzaError(
        f"No mail from {who} in the archive; {there}. Nothing was imported; "
        "give your address with --me."
    )
