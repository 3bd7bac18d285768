"""What one screen tells another through the app, so that none has to know the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from textual.message import Message

from engine.mail.types import Received


@dataclass
class AnswerMail(Message):
    """The chat shall answer the newest mail of `thread` (oldest first).

    recipient: the address the answer goes to, '' when unknown. subject: as the thread has it.
    """

    thread: tuple[Received, ...]
    recipient: str
    subject: str


@dataclass
class RunEnded(Message):
    """A training run came to its end; `line` says so in plain words."""

    name: str
    state: Literal["finished", "stopped", "failed"]
    line: str


@dataclass
class SettingsChanged(Message):
    """A setting was saved; `key` as in panza.toml: app.theme."""

    key: str


class ModelsChanged(Message):
    """Another default model, or one renamed, removed or exported."""
