"""Mails with their instructions: what a model learns from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

import apsw

from engine.mail.stored.learnt import learnt_mails
from engine.mail.stored.store import StoredMail, kept_mails


@dataclass(frozen=True)
class TrainingPair:
    """A mail and the instruction that asks for it."""

    mail: StoredMail
    instruction: str


def training_pairs(connection: apsw.Connection) -> list[TrainingPair]:
    """All kept mails that have an instruction, oldest first, as a model learns them."""
    instructions = dict(connection.execute("SELECT mail_id, text FROM instructions"))
    return [
        TrainingPair(mail, instructions[mail.id])
        for mail in learnt_mails(kept_mails(connection))
        if mail.id in instructions
    ]


def fingerprint(pairs: Sequence[TrainingPair]) -> str:
    """A checksum of everything that goes into the examples."""
    digest = hashlib.sha256()
    for pair in pairs:
        record = [pair.mail.id, pair.mail.date, pair.mail.body, pair.instruction]
        digest.update(json.dumps(record, ensure_ascii=False).encode("utf-8", "replace"))
    return digest.hexdigest()
