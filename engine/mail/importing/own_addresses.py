"""Check the addresses and names that the user gives for an import against the archives."""

from __future__ import annotations

from collections.abc import Sequence

from engine.errors import PanzaError, UsageError
from engine.mail.importing.ownership import HeaderSurvey
from engine.mail.message.addresses import canonical

_MAX_WRITERS_SHOWN = 5  # in an error message


def addresses_without_sent_mail(
    given: Sequence[str], known: Sequence[str], survey: HeaderSurvey
) -> list[str]:
    """Return the new addresses that only receive mail.

    Raises UsageError for one that does not occur at all: a misspelt address would count as the
    user's from now on. It need not occur if the user's mails have no addresses.
    """
    if survey.sent_without_address:
        return []
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


def addresses_of_names(names: Sequence[str], survey: HeaderSurvey) -> list[str]:
    """Return the addresses that mails under these names were sent from.

    Raises UsageError for a name that no mail has.
    """
    for name in names:
        if not survey.has_writer(name):
            raise UsageError(str(no_mail_error([name], survey)))
    return [address for name in names for address in survey.addresses_of(name)]


def no_mail_error(writers: Sequence[str], survey: HeaderSurvey) -> PanzaError:
    """Return the error for archives without mail from these, which names who wrote most."""
    candidates = sorted(survey.candidates(), key=lambda candidate: -candidate[2])
    frequent = [f"{address} ({count})" for _, address, count in candidates[:_MAX_WRITERS_SHOWN]]
    who = " or ".join(writers) or "you"
    there = (
        f"most mails there are from {', '.join(frequent)}" if frequent else "no mail has a sender"
    )
    return PanzaError(
        f"No mail from {who} in the archive; {there}. Nothing was imported; "
        "give your address, or your name as it is there, with --me."
    )
