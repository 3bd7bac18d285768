"""What the chat needs from the program: drafts, and the archive of what was drafted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from engine.drafting.types import Conversation, Draft, DraftRequest, KeptDraft
from engine.mail.types import MailToAnswer
from engine.retrieval.copied_passages import Span
from engine.retrieval.hits import Hit

if TYPE_CHECKING:
    from engine.mail.stored.writer_facts import WriterFact
    from panza_tui.jobs.steps import Step
    from panza_tui.jobs.update import UpdateOffer


@dataclass(frozen=True)
class Readiness:
    """Which model there is to draft with.

    model: '' until there is mail. steps: those to a trained model, () once there is one.
    export: the command that would make it faster, '' if there is none. is_loaded: it is loaded, as
    its files and the settings are now. update: set when enough drafts were accepted to learn from.
    """

    model: str
    steps: tuple[Step, ...] = ()
    export: str = ""
    is_loaded: bool = False
    update: UpdateOffer | None = None


class DraftService(Protocol):
    """Where drafts come from. Methods block, and are called one at a time.

    They raise PanzaError with a line for the user.
    """

    def readiness(self) -> Readiness:
        """Return which model there is. Quick, and changes nothing."""

    def load(self) -> None:
        """Load the model that `readiness` named, in place of one loaded before."""

    def draft(
        self,
        request: DraftRequest,
        attempt: int,
        on_text: Callable[[str], None],
        on_written: Callable[[], None],
        stopped: Callable[[], bool],
    ) -> Draft:
        """Write one draft with the loaded model, and save it.

        Args:
            request: begins a conversation if it names none; the result's request then names it.
            attempt: counts from 0; later attempts at one request give other drafts.
            on_text: gets the text in pieces as they are generated.
            on_written: called when that text is written, before it is compared with other drafts;
                the result may be one of those.
            stopped: polled after each piece; once true, the draft ends there.
        """

    def close(self) -> None:
        """Free the model's memory."""


class Archive(Protocol):
    """What was drafted, and where drafts go. Methods may block, and are called from any thread.

    They raise PanzaError with a line for the user.
    """

    def conversations(self, query: str) -> list[Conversation]:
        """Return the conversations that contain all words of the query, the last used first."""

    def conversation(self, conversation_id: int) -> list[KeptDraft]:
        """Return the drafts of a conversation, oldest first."""

    def rename(self, conversation_id: int, name: str) -> None:
        """Rename a conversation."""

    def delete(self, conversation_id: int) -> None:
        """Delete a conversation with its drafts."""

    def accept(self, draft_id: int, final: str) -> None:
        """Save the text that the user accepted for a draft; training learns from it later."""

    def start_update(self, model: str) -> None:
        """Train a model on the accepted drafts, in the background; return when that has begun."""

    def read_mail(self, text: str | bytes) -> MailToAnswer:
        """Read the mail that was pasted or opened; its thread is () if there is none in it."""

    def copied_passages(self, text: str, sources: Sequence[Hit]) -> list[Span]:
        """Return the words of a draft that also occur in its sources, in order, not overlapping."""

    def facts(self) -> list[WriterFact]:
        """Return the facts in the user's signatures, newest first, without duplicates."""

    def quoted(self, text: str, answered: MailToAnswer) -> str:
        """Return the draft with the answered mail quoted below."""

    def as_eml(self, text: str, to: str, subject: str, answered: MailToAnswer | None) -> bytes:
        """Return the draft as a message ready for a drafts folder."""

    def put_into_maildir(self, folder: Path, eml: bytes) -> Path:
        """Save a message as a draft in a Maildir, and return its path."""

    def temporary_folder(self) -> AbstractContextManager[Path]:
        """Return a folder for a draft that another program edits, removed at the block's end."""

    def unsent(self) -> str:
        """Return what was typed and not sent when the app was left."""

    def save_unsent(self, text: str) -> None:
        """Save what was typed and not sent."""
