"""The archive's side of the chat: each piece of work runs in a thread and ends in a message."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from textual.message import Message

from panza_tui.chat.draft_view import DraftView
from panza_tui.chat.service import Answered, Borrowed, OwnFact, PastDraft
from panza_tui.terminal.failures import one_line


@dataclass
class MailRead(Message):
    """What was pasted or opened: the mail to answer, or None where it is none."""

    kind: str
    answered: Answered | None
    text: str


@dataclass
class MarksFound(Message):
    """What of a draft's text came from its sources."""

    draft: DraftView
    text: str
    marks: list[Borrowed]


@dataclass
class ConversationRead(Message):
    """A conversation to take up again, oldest draft first."""

    key: int
    drafts: list[PastDraft]


@dataclass
class Remembered(Message):
    """What was asked for in earlier days, oldest first, and what was typed but not sent."""

    instructions: list[str]
    unsent: str


@dataclass
class FactsRead(Message):
    """What the writer's signatures tell."""

    facts: list[OwnFact]


@dataclass
class Kept(Message):
    """An accepted text is in the database; `printed` shall be printed now."""

    printed: str


@dataclass
class ArchiveFailed(Message):
    """The archive could not do its work; `error` is one plain line."""

    error: str


def answer_of(work: Callable[[], Message]) -> Message:
    """The message that work ends in, whatever happens."""
    try:
        return work()
    except Exception as error:
        return ArchiveFailed(one_line(error))
