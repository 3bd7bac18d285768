"""Divide accepted drafts among the sides of a split, so that no mail to judge by was learnt."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from engine.drafting.accepted_drafts import AcceptedDraft
from engine.mail.stored.store import StoredMail
from engine.retrieval.near_copies import are_near_copies, shingles
from training.examples.split import SIDES, Side, Split, ids_by_side

_MIN_COMMON = 0.5
"""Share of a text's shingles in another one, below which the two are no near copies anyway."""


def find_copies(
    drafts: Sequence[AcceptedDraft], mails: Iterable[StoredMail]
) -> dict[int, tuple[int, ...]]:
    """Return draft -> the mails that are near copies of its final text, as when it was sent."""
    texts = {draft.id: shingles(draft.final) for draft in drafts}
    with_shingle: dict[str, list[int]] = defaultdict(list)
    for key, text in texts.items():
        for shingle in text:
            with_shingle[shingle].append(key)
    copies: dict[int, tuple[int, ...]] = {}
    for mail in mails if texts else ():
        own = shingles(mail.body)
        common = Counter(key for shingle in own for key in with_shingle.get(shingle, ()))
        for key, count in common.items():
            likely = count >= _MIN_COMMON * min(len(own), len(texts[key]))
            if likely and are_near_copies(own, texts[key]):
                copies[key] = (*copies.get(key, ()), mail.id)
    return copies


def sides_of_copies(split: Split, copies: Mapping[int, Sequence[int]]) -> dict[int, Side]:
    """Return the side of each mail that is a copy of a draft which the split has.

    copies: of `find_copies`. A mail of which any copy was learnt can't be held out any more.
    """
    sides: dict[int, Side] = {}
    for draft, side in split.sides_of_drafts().items():
        for mail in copies.get(draft, ()):
            sides[mail] = min(side, sides.get(mail, side), key=SIDES.index)
    return sides


def split_drafts(
    split: Split,
    drafts: Sequence[AcceptedDraft],
    copies: Mapping[int, Sequence[int]],
    validation: float,
) -> Split:
    """Add the accepted drafts that a split of mails does not have.

    drafts: oldest first. copies: of `find_copies`. A draft that was sent joins its mail's side; of
    the others the newest share is for validation.
    """
    of_mail = split.sides_of_mails()
    sides = split.sides_of_drafts()
    free = []
    for draft in drafts:
        sent = {of_mail[mail] for mail in copies.get(draft.id, ()) if mail in of_mail}
        if draft.id in sides:
            continue
        if sent:
            sides[draft.id] = max(sent, key=SIDES.index)
        else:
            free.append(draft.id)
    learnt = len(free) - round(len(free) * validation)
    for place, key in enumerate(free):
        sides[key] = "train" if place < learnt else "validation"
    train, validating, held_out = ids_by_side(sides)
    return replace(split, drafts=train, validation_drafts=validating, held_out_drafts=held_out)
