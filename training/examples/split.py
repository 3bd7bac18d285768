"""Split mails into those to train on, to validate on, and held out for evaluation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from engine.mail.stored.store import StoredMail

Side = Literal["train", "validation", "held_out"]
SIDES: tuple[Side, ...] = get_args(Side)


@dataclass(frozen=True)
class Split:
    """Ids of mails. All mails of a thread are on the same side.

    earlier: those of `train` that the model which is updated has learnt already. drafts,
    validation_drafts, held_out_drafts: ids of accepted drafts on each side.
    """

    train: tuple[int, ...]
    validation: tuple[int, ...]
    held_out: tuple[int, ...]
    earlier: tuple[int, ...] = ()
    drafts: tuple[int, ...] = ()
    validation_drafts: tuple[int, ...] = ()
    held_out_drafts: tuple[int, ...] = ()

    def sides_of_drafts(self) -> dict[int, Side]:
        """Return accepted draft -> side."""
        return _sides_of(self.drafts, self.validation_drafts, self.held_out_drafts)

    def sides_of_mails(self) -> dict[int, Side]:
        """Return mail -> side."""
        return _sides_of(self.train, self.validation, self.held_out)


def split_by_date(mails: Sequence[StoredMail], held_out: float, validation: float) -> Split:
    """Hold out the newest share of mails, and take the newest share of the rest for validation.

    held_out, validation: shares in 0..1. A thread is as new as its newest mail, and is not divided;
    one that is larger than what is still missing is skipped, so that the held-out mails are not
    just one conversation of many years.
    """
    newest, rest = _newest(mails, held_out)
    validating, training = _newest(rest, validation)
    return Split(_ids(training), _ids(validating), _ids(newest))


def split_further(
    earlier: Split,
    mails: Sequence[StoredMail],
    held_out: float,
    validation: float,
    bound: Mapping[int, Side],
) -> Split:
    """Split the mails that an earlier split does not have, and add them to it.

    bound: the side of mails that may be on no other one. The other new mails of a thread with a
    side join it.
    """
    known = earlier.sides_of_mails()
    placed = known | {key: side for key, side in bound.items() if key not in known}
    of_thread = {mail.thread: placed[mail.id] for mail in mails if mail.id in placed}
    new = [mail for mail in mails if mail.id not in known]
    free = [mail for mail in new if mail.thread not in of_thread]
    added = split_by_date(free, held_out, validation).sides_of_mails()
    for mail in new:
        if mail.thread in of_thread:
            added[mail.id] = bound.get(mail.id, of_thread[mail.thread])
    train, validating, held = ids_by_side(known | added)
    return replace(
        earlier, train=train, validation=validating, held_out=held, earlier=earlier.train
    )


def ids_by_side(sides: Mapping[int, Side]) -> tuple[tuple[int, ...], ...]:
    """Return the ids on each side, in the order of SIDES."""
    return tuple(tuple(key for key, on in sides.items() if on == side) for side in SIDES)


def _sides_of(*ids: Iterable[int]) -> dict[int, Side]:
    """Return id -> side. ids: those on each side, in the order of SIDES."""
    return {key: side for side, keys in zip(SIDES, ids, strict=True) for key in keys}


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
