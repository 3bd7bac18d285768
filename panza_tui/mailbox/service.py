"""What the mailbox needs of the engine. It knows this protocol and nothing behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from engine.mail.stored.mailbox import Instruction, MailLine, Shown
from engine.mail.stored.store import StoredMail


@dataclass(frozen=True)
class Found:
    """A mail that a search found, and why."""

    id: int
    why: str


@dataclass(frozen=True)
class Opened:
    """A mail with its instruction, and the models that learnt from it."""

    mail: StoredMail
    instruction: Instruction | None
    learnt_by: tuple[str, ...] = ()


class MailboxService(Protocol):
    """The mails of a home. Every method blocks, and may be called in several threads at once.

    All raise PanzaError, a line for the reader, when they can't do their work.
    """

    def ids(self, shown: Shown) -> list[int]:
        """The mails that a filter lets through, the newest first."""

    def lines(self, ids: Sequence[int]) -> list[MailLine]:
        """These mails as lines of a list, in this order, without those that are gone."""

    def open(self, mail_id: int) -> Opened | None:
        """A mail; None when it is gone."""

    def search(self, query: str) -> list[Found]:
        """What `panza-tui search` finds, best first."""

    def write_instruction(self, mail_id: int, text: str) -> None:
        """Set an instruction by hand."""

    def redo_instruction(self, mail_id: int) -> None:
        """Have playback write the instruction again; returns when it has."""

    def leave_out(self, mail_id: int) -> None:
        """Take a mail out of training and search."""

    def take_back(self, mail_id: int) -> None:
        """Learn from a mail that was left out."""

    def forget(self, mail_id: int) -> list[str]:
        """Remove a mail everywhere; lines on what went with it, and on what stays where."""
