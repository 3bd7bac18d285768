"""What the chat needs of the engine. The chat knows this protocol and nothing behind it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from panza_tui.steps import Step


@dataclass(frozen=True)
class Readiness:
    """What there is to draft with.

    model: '' until one is trained, and then `steps` lead there. export: the command that would
    make the model quicker; '' when it is as quick as it gets.
    """

    model: str
    steps: tuple[Step, ...] = ()
    export: str = ""


@dataclass(frozen=True)
class Request:
    """One draft asked for. `attempt` counts from 0; later ones shall differ from the first."""

    instruction: str
    recipient: str = ""
    attempt: int = 0


@dataclass(frozen=True)
class FinishedDraft:
    """A draft's final text, which may end before what was streamed, and its past mails."""

    text: str
    sources: int


class DraftSource(Protocol):
    """Where drafts come from. Every method blocks, and no two are called at once.

    All raise PanzaError, a line for the reader, when they can't do their work.
    """

    def readiness(self) -> Readiness:
        """Look what is there, quickly; called again until there is a model."""

    def load(self) -> None:
        """Load the model that `readiness` named."""

    def draft(
        self, request: Request, on_text: Callable[[str], None], stopped: Callable[[], bool]
    ) -> FinishedDraft:
        """Write one draft with the loaded model.

        on_text gets its pieces as they are made; stopped is asked after each whether to go on.
        """

    def close(self) -> None:
        """Give the memory back."""


_TO_LINE = re.compile(r"\s*to:[ \t]*(?P<recipient>\S[^\n]*)\n(?P<instruction>.*\S.*)", re.I | re.S)


def read_request(text: str) -> Request:
    """What was typed: an instruction, and the recipient when its first line is `To: …`."""
    if match := _TO_LINE.fullmatch(text):
        return Request(match["instruction"].strip(), match["recipient"].strip())
    return Request(text.strip())
