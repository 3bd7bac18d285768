"""Messages that screens send each other through the app, without importing each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from textual.message import Message

from engine.mail.types import Received


@dataclass
class AnswerRequested(Message):
    """The user wants to answer the newest mail of `thread` (oldest first) in the chat.

    recipient: the address the answer goes to, or ''. subject: of the thread.
    """

    thread: tuple[Received, ...]
    recipient: str
    subject: str


@dataclass
class RunEnded(Message):
    """A training run ended; `line` says so in plain words."""

    name: str
    state: Literal["finished", "stopped", "failed"]
    line: str


@dataclass
class SettingsChanged(Message):
    """A setting was saved. key: section.name, like app.theme."""

    key: str


class ModelsChanged(Message):
    """A model became the default, or was renamed, deleted or exported."""
