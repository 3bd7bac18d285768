"""Mails with their instructions: what a model learns from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import apsw

from engine.database.stored_rows import read_rows
from engine.drafting.accepted_drafts import AcceptedDraft
from engine.mail.stored.learnt import learnt_mails
from engine.mail.stored.store import StoredMail, kept_mails


@dataclass(frozen=True)
class TrainingPair:
    """A mail and the instruction that asks for it.

    others: the same instruction in other forms: as notes, or as it is typed in a hurry.
    """

    mail: StoredMail
    instruction: str
    others: tuple[str, ...] = ()


def training_pairs(connection: apsw.Connection) -> list[TrainingPair]:
    """All kept mails that have an instruction, oldest first, as a model learns them."""
    query = "SELECT mail_id, text, terse, spoken FROM instructions"
    rows: Iterable[Any] = read_rows(connection, "instructions", query)
    instructions = {mail_id: texts for mail_id, *texts in rows}
    return [
        TrainingPair(mail, instructions[mail.id][0], tuple(filter(None, instructions[mail.id][1:])))
        for mail in learnt_mails(kept_mails(connection))
        if mail.id in instructions
    ]


def fingerprint(pairs: Sequence[TrainingPair], drafts: Sequence[AcceptedDraft] = ()) -> str:
    """A checksum of everything that goes into the examples."""
    digest = hashlib.sha256()
    for pair in pairs:
        record = [pair.mail.id, pair.mail.date, pair.mail.body, pair.instruction, *pair.others]
        digest.update(json.dumps(record, ensure_ascii=False).encode("utf-8", "replace"))
    for draft in drafts:
        digest.update(json.dumps(asdict(draft), default=sorted).encode())
    return digest.hexdigest()
