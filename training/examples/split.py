"""Split mails into those to train on, to validate on, and held out for evaluation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from engine.mail.stored.store import StoredMail


@dataclass(frozen=True)
class Split:
    """Mail ids. All mails of a thread are on the same side."""

    train: tuple[int, ...]
    validation: tuple[int, ...]
    held_out: tuple[int, ...]


def split_by_date(mails: Sequence[StoredMail], held_out: float, validation: float) -> Split:
    """Hold out the newest share of mails, and take the newest share of the rest for validation.

    held_out, validation: shares in 0..1. A thread is as new as its newest mail, and is not divided;
    one that is larger than what is still missing is skipped, so that the held-out mails are not
    just one conversation of many years.
    """
    newest, rest = _newest(mails, held_out)
    validating, training = _newest(rest, validation)
    return Split(_ids(training), _ids(validating), _ids(newest))


def _newest(mails: Sequence[StoredMail], share: float) -> tuple[list[StoredMail], list[StoredMail]]:
    """The newest mails, about `share` of all, and the rest."""
    wanted = round(len(mails) * share)
    threads: dict[str, list[StoredMail]] = defaultdict(list)
    for mail in mails:
        threads[mail.thread].append(mail)
    taken: set[str] = set()
    for thread, members in sorted(
        threads.items(), key=lambda item: max((m.date, m.id) for m in item[1]), reverse=True
    ):
        if len(members) <= wanted:
            taken.add(thread)
            wanted -= len(members)
    return [m for m in mails if m.thread in taken], [m for m in mails if m.thread not in taken]


def _ids(mails: Sequence[StoredMail]) -> tuple[int, ...]:
    return tuple(mail.id for mail in mails)
