"""The part of a stored mail that shows how its writer writes: its own words without pasted code."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from engine.mail.own_words.pasted_code import CODE_MARK, replace_code
from engine.mail.stored.store import StoredMail


def as_learnt(mail: StoredMail) -> StoredMail:
    """Return a mail as a model learns it, with one line "[code]" for each block of pasted code."""
    return replace(mail, body=replace_code(mail.body, mail.code), code=()) if mail.code else mail


def learnt_mails(mails: Iterable[StoredMail]) -> list[StoredMail]:
    """Return mails as a model learns them, without those that are nothing but pasted code."""
    learnt = map(as_learnt, mails)
    return [mail for mail in learnt if mail.body.replace(CODE_MARK, "").strip()]
