"""The protocol of what the mailbox needs; the screen knows nothing behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from engine.mail.stored.mailbox import Instruction, MailLine, Shown
from engine.mail.stored.store import StoredMail


@dataclass(frozen=True)
class Found:
    """A mail found by a search, and why."""

    id: int
    why: str


@dataclass(frozen=True)
class Opened:
    """A mail with its instruction, and the models that learnt from it."""

    mail: StoredMail
    instruction: Instruction | None
    learnt_by: tuple[str, ...] = ()


class MailboxService(Protocol):
    """The mails of a home. Methods may block, and are called from several threads at once.

    They raise PanzaError with a line for the user.
    """

    def ids(self, shown: Shown) -> list[int]:
        """Return the ids of the mails that match a filter, newest first."""

    def lines(self, ids: Sequence[int]) -> list[MailLine]:
        """Read the list lines of these mails, in this order, without those that are gone."""

    def open(self, mail_id: int) -> Opened | None:
        """Read a mail; None if it is gone."""

    def search(self, query: str) -> list[Found]:
        """Find mails as `panza-tui search` does, best first."""

    def write_instruction(self, mail_id: int, text: str) -> None:
        """Save an instruction written by hand."""

    def redo_instruction(self, mail_id: int) -> None:
        """Have playback write the instruction again, and wait for it."""

    def leave_out(self, mail_id: int) -> None:
        """Exclude a mail from training and search."""

    def take_back(self, mail_id: int) -> None:
        """Include a mail again that was left out."""

    def forget(self, mail_id: int) -> list[str]:
        """Remove a mail everywhere; return lines on what was removed and what remains."""
