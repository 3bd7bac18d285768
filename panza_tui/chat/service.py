"""What the chat needs of the engine. The chat knows these protocols and nothing behind them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from engine.mail.types import Received

if TYPE_CHECKING:
    from panza_tui.jobs.steps import Step


@dataclass(frozen=True)
class Readiness:
    """What there is to draft with.

    model: '' until one is trained, and then `steps` lead there. export: the command that would
    make the model quicker; '' when it is as quick as it gets. is_loaded: it is loaded already, as
    its files and the settings are now.
    """

    model: str
    steps: tuple[Step, ...] = ()
    export: str = ""
    is_loaded: bool = False


@dataclass(frozen=True)
class Answered:
    """The mail to answer: the newest of `thread`, which is oldest first and never empty.

    recipient: the address the answer goes to, '' when unknown. subject: as the thread has it.
    addressed: To and Cc of that mail, which tell which of the user's addresses answers.
    """

    thread: tuple[Received, ...]
    recipient: str = ""
    subject: str = ""
    addressed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Turn:
    """An earlier draft of the conversation, its text as its writer left it."""

    instruction: str
    text: str


@dataclass
class Conversation:
    """The conversation that drafts are kept in; the source gives it an id with the first one."""

    id: int | None = None


@dataclass(frozen=True)
class Request:
    """One draft asked for.

    attempt: counts from 0; later ones shall differ from the first. turns: oldest first; with them
    the instruction revises the newest. exclude: ids of mails it may not stand on.
    """

    instruction: str
    recipient: str = ""
    attempt: int = 0
    answered: Answered | None = None
    turns: tuple[Turn, ...] = ()
    exclude: frozenset[int] = frozenset()
    conversation: Conversation = field(default_factory=Conversation, compare=False)


@dataclass(frozen=True)
class SourceMail:
    """A past mail that a draft stood on. date: seconds since the epoch. reasons: why it was
    found, each a few plain words. similarity: cosine, 0 when it was not found by meaning."""

    id: int
    date: int
    to: str
    subject: str
    body: str
    reasons: tuple[str, ...]
    similarity: float


@dataclass(frozen=True)
class FinishedDraft:
    """A draft's final text, which may end before what was streamed, and what it stood on.

    id: None when it could not be kept in the history. facts: of the writer, that the model was
    given. is_past: it was read from the history, which keeps no reasons and no facts.
    """

    text: str
    sources: tuple[SourceMail, ...] = ()
    id: int | None = None
    subject: str = ""
    recipient: str = ""
    facts: tuple[str, ...] = ()
    is_past: bool = False


@dataclass(frozen=True)
class OwnFact:
    """Something the writer's own signatures tell: a phone number, a link. kind: one plain word."""

    kind: str
    text: str


@dataclass(frozen=True)
class Borrowed:
    """Characters start to end of a draft that stand in source number `source`, too."""

    start: int
    end: int
    source: int


@dataclass(frozen=True)
class PastConversation:
    """A line of the history. last_used: seconds since the epoch."""

    id: int
    name: str
    last_used: int
    drafts: int


@dataclass(frozen=True)
class PastDraft:
    """A draft of a conversation taken up again; text as its writer left it."""

    id: int
    instruction: str
    recipient: str
    answered: Answered | None
    text: str
    model: str
    sources: tuple[SourceMail, ...]
    accepted: bool


class DraftService(Protocol):
    """Where drafts come from. Every method blocks, and no two are called at once.

    All raise PanzaError, a line for the reader, when they can't do their work.
    """

    def readiness(self) -> Readiness:
        """Look what is there, quickly; called again until there is a model."""

    def load(self) -> None:
        """Load the model that `readiness` named; the one loaded before is given back."""

    def draft(
        self, request: Request, on_text: Callable[[str], None], stopped: Callable[[], bool]
    ) -> FinishedDraft:
        """Write one draft with the loaded model.

        on_text gets its pieces as they are made; stopped is asked after each whether to go on.
        """

    def close(self) -> None:
        """Give the memory back."""


class Archive(Protocol):
    """What was drafted, and what becomes of it. Every method may block, and is called from any
    thread, also while a draft is written. All raise PanzaError when they can't do their work."""

    def conversations(self, query: str) -> list[PastConversation]:
        """Those that hold the words of the query, the newest first; all for ''."""

    def conversation(self, key: int) -> list[PastDraft]:
        """The drafts of one, oldest first."""

    def rename(self, key: int, name: str) -> None:
        """Give a conversation a name."""

    def delete(self, key: int) -> None:
        """Delete a conversation with its drafts."""

    def accept(self, draft: int, final: str) -> None:
        """Keep the text that a draft's writer took, for later training."""

    def read_mail(self, text: str | bytes) -> tuple[str, Answered | None]:
        """The kind of what was pasted or opened (engine.mail.replies.pasted.Form), and its mail."""

    def borrowed(self, text: str, sources: Sequence[SourceMail]) -> list[Borrowed]:
        """The words of a draft that came from its sources, in their order, none twice."""

    def facts(self) -> list[OwnFact]:
        """What the writer's signatures tell, the newest first, none twice."""

    def quoted(self, text: str, answered: Answered) -> str:
        """The draft with the answered mail quoted below."""

    def as_eml(self, text: str, to: str, subject: str, answered: Answered | None) -> bytes:
        """The draft as a message ready for a drafts folder."""

    def put_into_maildir(self, folder: Path, eml: bytes) -> Path:
        """Save a message as a draft in a Maildir; where it lies now."""

    def unsent(self) -> str:
        """What was typed and not sent when the app was left."""

    def keep_unsent(self, text: str) -> None:
        """Keep what was typed and not sent."""


_TO_LINE = re.compile(r"\s*to:[ \t]*(?P<recipient>\S[^\n]*)\n(?P<instruction>.*\S.*)", re.I | re.S)


def read_request(text: str) -> Request:
    """What was typed: an instruction, and the recipient when its first line is `To: …`."""
    if match := _TO_LINE.fullmatch(text):
        return Request(match["instruction"].strip(), match["recipient"].strip())
    return Request(text.strip())
