"""The state of one draft in the chat, from the request to its acceptance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from engine.drafting.types import Draft, KeptDraft
from engine.retrieval.copied_passages import Span
from engine.retrieval.hits import Hit
from panza_tui.terminal.sanitise import safe_line, safe_text

if TYPE_CHECKING:
    from engine.checking.check import Checks

Status = Literal[
    "waiting", "queued", "reading", "writing", "comparing", "finished", "stopped", "failed"
]
"""waiting: for the model; queued: behind another variant; reading: of past mails and the prompt;
comparing: written, and compared with other drafts that may replace it."""


@dataclass(eq=False)
class ChatDraft:
    """A draft, from the moment it is requested.

    text: safe to show; as it is generated, then as the user edits it. result: what the model
    returned, None until it is done. note: how it ended, if that is worth saying. error: why it
    failed. accepted: what the user did with it, such as "copied". marks: the words that also occur
    in its sources, None while they are not shown.
    """

    status: Status = "waiting"
    text: str = ""
    model: str = ""
    result: Draft | KeptDraft | None = None
    note: str = ""
    error: str = ""
    is_edited: bool = False
    accepted: str = ""
    marks: list[Span] | None = None
    _generated: str = ""

    @property
    def id(self) -> int | None:
        """Its row in table drafts; None if it is not saved."""
        return self.result.id if self.result else None

    @property
    def sources(self) -> tuple[Hit, ...]:
        """The past mails shown to the model."""
        if isinstance(self.result, Draft):
            return self.result.prepared.sources
        return self.result.sources if self.result else ()

    @property
    def facts(self) -> tuple[str, ...]:
        """The user's facts shown to the model; the history does not store them."""
        return self.result.prepared.facts if isinstance(self.result, Draft) else ()

    @property
    def seconds(self) -> float | None:
        """How long it took to write; the history does not store it."""
        return self.result.seconds.total if isinstance(self.result, Draft) else None

    @property
    def asked(self) -> str:
        """The instruction as a follow-up changed it; the history does not store it."""
        return safe_line(self.result.asked) if isinstance(self.result, Draft) else ""

    @property
    def is_from_history(self) -> bool:
        return isinstance(self.result, KeptDraft)

    def start(self, model: str) -> None:
        """Mark the draft as started: the model reads the past mails and the prompt first."""
        self.status, self.model = "reading", model

    def grow(self, text: str) -> None:
        """Append generated text, unless the draft was stopped."""
        if self.status in ("reading", "writing"):
            self.status = "writing"
            self._generated += text
            self.text = safe_text(self._generated)

    def compare(self) -> None:
        """Mark the text as written; it may be replaced by a better one."""
        if self.status in ("reading", "writing"):
            self.status = "comparing"

    @property
    def checks(self) -> Checks | None:
        """What was found in the text, unless it was edited; the history does not store it."""
        return made.checks if (made := self._unedited) else None

    @property
    def is_doubtful(self) -> bool:
        """Whether the instruction may have been misread; False if the text was edited."""
        return made.is_doubtful if (made := self._unedited) else False

    @property
    def _unedited(self) -> Draft | None:
        is_shown = self.status == "finished" and not self.is_edited
        return self.result if is_shown and isinstance(self.result, Draft) else None

    def finish(self, result: Draft, previous: str) -> None:
        """Store the result. previous: the draft of the instruction before, '' for none.

        A stopped draft keeps the text that was there when it was stopped.
        """
        self.result = result
        if self.status == "stopped":
            return
        self.status = "finished"
        self.text = safe_text(result.text)
        if not self.text:
            self.note = "the model wrote nothing"
        elif self.text.strip() == previous.strip():
            self.note = "unchanged: the same text as the previous draft"
        elif result.is_replacement:
            self.note = "better than the first draft, which it replaced"

    def stop(self) -> None:
        """Stop generating, and keep the text so far."""
        was_written = self.status == "comparing"
        self.status = "stopped"
        if was_written:
            self.note = "the first draft, not compared with others"
            return
        self.note = "stopped" if self.text else "stopped before the first word"

    def fail(self, error: str) -> None:
        """Mark the draft as failed; the text so far stays."""
        self.status, self.error = "failed", error

    def change(self, text: str) -> None:
        """Replace the text with the user's own version."""
        self.is_edited = self.is_edited or text != self.text
        self.text = text
        self.marks = None
