"""The chat's two sources, steered by a test."""

from __future__ import annotations

import contextlib
import email
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from engine.errors import PanzaError
from engine.mail.types import Received
from engine.retrieval.borrowed import borrowed_spans
from panza_tui.chat.service import (
    Answered,
    Borrowed,
    FinishedDraft,
    OwnFact,
    PastConversation,
    PastDraft,
    Readiness,
    Request,
    SourceMail,
)
from panza_tui.shell.app import PanzaApp
from panza_tui.shell.services import Services

END = object()
SAM = Readiness("sam")
_DAY = 86_400
_NOON = 1_718_452_800  # 15 June 2024, 12:00 UTC


def mails(*bodies: str) -> tuple[SourceMail, ...]:
    """Past mails with these bodies, as a draft stood on them."""
    return tuple(
        SourceMail(
            id=number,
            date=_NOON - number * 30 * _DAY,
            to="Anna Meyer",
            subject=f"Friday {number}",
            body=body,
            reasons=("words: friday",),
            similarity=0.8 - number / 10,
        )
        for number, body in enumerate(bodies, 1)
    )


class SteeredSource:
    """Gives out what a test puts into `pieces`: texts, an error to raise, or END."""

    def __init__(self, state: Readiness | Exception = SAM) -> None:
        self.state = state
        self.pieces: queue.Queue[object] = queue.Queue()
        self.may_load = threading.Event()
        self.may_load.set()
        self.load_error: Exception | None = None
        self.loads = 0
        self.loaded = ""
        self.requests: list[Request] = []
        self.stopped = 0
        self.patience = True  # A stop is heard with the next piece only, as a model hears it.
        self.sources = mails("Hi Anna, Friday is bad for me. Sam", "Dear Bo, see you soon. Sam")
        self.subject = ""
        self.facts: tuple[str, ...] = ()
        self._busy = threading.Lock()

    def readiness(self) -> Readiness:
        assert self._busy.acquire(blocking=False), "two threads in the engine"
        self._busy.release()
        if isinstance(self.state, Exception):
            raise self.state
        return replace(self.state, is_loaded=self.loaded == self.state.model)

    def load(self) -> None:
        assert self._busy.acquire(blocking=False), "two threads in the engine"
        self.may_load.wait(30)
        self._busy.release()
        self.loads += 1
        self.loaded = ""
        if self.load_error is not None:
            raise self.load_error
        assert isinstance(self.state, Readiness)
        self.loaded = self.state.model

    def draft(
        self, request: Request, on_text: Callable[[str], None], stopped: Callable[[], bool]
    ) -> FinishedDraft:
        assert self._busy.acquire(blocking=False), "two threads in the engine"
        self.requests.append(request)
        request.conversation.id = request.conversation.id or len(self.requests)
        text = ""
        try:
            while (piece := self._next(stopped)) is not END:
                if isinstance(piece, Exception):
                    raise piece
                text += str(piece)
                on_text(str(piece))
                if stopped():
                    self.stopped += 1
                    break
        finally:
            self._busy.release()
        used = tuple(mail for mail in self.sources if mail.id not in request.exclude)
        number = len(self.requests)
        return FinishedDraft(text, used, number, self.subject, request.recipient, self.facts)

    def _next(self, stopped: Callable[[], bool]) -> object:
        """The next piece; without `patience` END, once the draft was stopped or the app left."""
        if self.patience:
            return self.pieces.get(timeout=30)
        while not stopped():
            with contextlib.suppress(queue.Empty):
                return self.pieces.get(timeout=0.05)
        return END

    def close(self) -> None:
        pass

    def write(self, *pieces: object) -> None:
        for piece in pieces:
            self.pieces.put(piece)


@dataclass
class SteeredArchive:
    """Remembers what it is told; `broken` is raised by whatever writes."""

    past: dict[int, tuple[PastConversation, list[PastDraft]]] = field(default_factory=dict)
    accepted: list[tuple[int, str]] = field(default_factory=list)
    maildir: list[bytes] = field(default_factory=list)
    typed: str = ""
    broken: PanzaError | None = None
    known: list[OwnFact] = field(default_factory=list)

    def conversations(self, query: str) -> list[PastConversation]:
        return [one for one, _ in self.past.values() if query.lower() in one.name.lower()]

    def conversation(self, key: int) -> list[PastDraft]:
        return self.past[key][1]

    def rename(self, key: int, name: str) -> None:
        self._check()
        one, drafts = self.past[key]
        self.past[key] = (PastConversation(key, name, one.last_used, one.drafts), drafts)

    def delete(self, key: int) -> None:
        self._check()
        del self.past[key]

    def accept(self, draft: int, final: str) -> None:
        self._check()
        self.accepted.append((draft, final))

    def read_mail(self, text: str | bytes) -> tuple[str, Answered | None]:
        data = text.encode() if isinstance(text, str) else text
        mail = email.message_from_bytes(data)
        if not mail["From"]:
            return "plain", Answered((Received("", None, "", data.decode(), "input"),))
        received = Received(mail["From"], _NOON, mail["Subject"], mail.get_payload(), "input")
        return "rfc822", Answered((received,), "anna@example.org", mail["Subject"])

    def borrowed(self, text: str, sources: Sequence[SourceMail]) -> list[Borrowed]:
        spans = borrowed_spans(text, [source.body for source in sources])
        return [Borrowed(span.start, span.end, span.source) for span in spans]

    def facts(self) -> list[OwnFact]:
        return self.known

    def quoted(self, text: str, answered: Answered) -> str:
        return f"{text}\n\n> {answered.thread[-1].body}"

    def as_eml(self, text: str, to: str, subject: str, answered: Answered | None) -> bytes:
        return f"To: {to}\nSubject: {subject}\n\n{text}\n".encode()

    def put_into_maildir(self, folder: Path, eml: bytes) -> Path:
        self._check()
        self.maildir.append(eml)
        return folder / "cur" / "1:2,DS"

    def unsent(self) -> str:
        return self.typed

    def keep_unsent(self, text: str) -> None:
        self.typed = text

    def _check(self) -> None:
        if self.broken is not None:
            raise self.broken


def app_of(source: SteeredSource, archive: SteeredArchive | None = None) -> PanzaApp:
    """The app on a steered chat, with no other screen."""
    return PanzaApp(Services(chat=source, archive=archive or SteeredArchive()))
