"""Fakes of the chat's service and archive, controlled by a test."""

from __future__ import annotations

import contextlib
import email
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from engine.checking.check import Checks
from engine.direct_speech.understood import Understood
from engine.drafting.types import (
    Conversation,
    Draft,
    DraftRequest,
    KeptDraft,
    Prepared,
    Seconds,
    Tokens,
)
from engine.errors import PanzaError
from engine.mail.stored.writer_facts import WriterFact
from engine.mail.types import MailToAnswer, Received
from engine.retrieval.copied_passages import Span, copied_passages
from engine.retrieval.hits import Hit, Reasons
from panza_tui.app import PanzaApp
from panza_tui.chat.service import Readiness
from panza_tui.services import Services

END = object()
WRITTEN = object()
SAM = Readiness("sam")
_DAY = 86_400
_NOON = 1_718_452_800  # 15 June 2024, 12:00 UTC


def mails(*bodies: str) -> tuple[Hit, ...]:
    """Past mails with these bodies, as sources of a draft."""
    return tuple(
        Hit(
            id=number,
            date=_NOON - number * 30 * _DAY,
            recipients=(("Anna Meyer", "anna@example.org"),),
            subject=f"Friday {number}",
            body=body,
            reasons=Reasons(("friday",), 0.8 - number / 10),
        )
        for number, body in enumerate(bodies, 1)
    )


def draft_of(
    request: DraftRequest,
    text: str,
    sources: Sequence[Hit] = (),
    *,
    id: int | None = 1,
    subject: str = "",
    facts: tuple[str, ...] = (),
) -> Draft:
    """The result of a request, by model sam."""
    return Draft(
        text,
        request.recipient,
        subject,
        request,
        Prepared((), tuple(sources), 0, facts),
        model="sam",
        base="",
        backend="llama-cpp",
        seed=0,
        tokens=Tokens(0, 0),
        seconds=Seconds(0.0, 0.0, 0.0, 0.0),
        id=id,
    )


def kept(
    instruction: str,
    text: str,
    *,
    id: int = 7,
    thread: tuple[Received, ...] = (),
    sources: tuple[Hit, ...] = (),
    accepted: bool = False,
) -> KeptDraft:
    """A draft of the history, to Anna."""
    final = text if accepted else None
    return KeptDraft(id, 0, instruction, "Anna", thread, sources, text, final, "sam", 0)


def past(id: int, name: str, drafts: int, last_used: int = 1_700_000_000) -> Conversation:
    """A line of the history."""
    return Conversation(id, name, last_used, last_used, drafts)


@dataclass(frozen=True)
class Better:
    """The end of a draft that another one replaces."""

    text: str


class FakeDraftService:
    """Streams what a test puts into `pieces`: texts, WRITTEN, an error, Better or END.

    checks: what was found in the drafts. is_doubtful: whether their instructions may be misread.
    """

    def __init__(self, state: Readiness | Exception = SAM) -> None:
        self.state = state
        self.pieces: queue.Queue[object] = queue.Queue()
        self.may_load = threading.Event()
        self.may_load.set()
        self.load_error: Exception | None = None
        self.loads = 0
        self.loaded = ""
        self.requests: list[DraftRequest] = []
        self.attempts: list[int] = []
        self.conversations: list[int] = []  # In which the drafts were kept.
        self.stopped = 0
        self.patience = True  # A stop is heard with the next piece only, as a model hears it.
        self.sources = mails("Hi Anna, Friday is bad for me. Sam", "Dear Bo, see you soon. Sam")
        self.subject = ""
        self.facts: tuple[str, ...] = ()
        self.checks: Checks | None = None
        self.is_doubtful = False
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
        self,
        request: DraftRequest,
        attempt: int,
        on_text: Callable[[str], None],
        on_written: Callable[[], None],
        stopped: Callable[[], bool],
    ) -> Draft:
        assert self._busy.acquire(blocking=False), "two threads in the engine"
        self.requests.append(request)
        self.attempts.append(attempt)
        number = len(self.requests)
        self.conversations.append(request.conversation or number)
        kept_in = replace(request, conversation=self.conversations[-1])
        text, better = "", None
        try:
            while (piece := self._next(stopped)) is not END:
                if isinstance(piece, Exception):
                    raise piece
                if piece is WRITTEN:
                    on_written()
                    continue
                if isinstance(piece, Better):
                    better = piece
                    break
                text += str(piece)
                on_text(str(piece))
                if stopped():
                    self.stopped += 1
                    break
        finally:
            self._busy.release()
        if better:
            text = better.text
        used = tuple(mail for mail in self.sources if mail.id not in request.exclude)
        made = draft_of(kept_in, text, used, id=number, subject=self.subject, facts=self.facts)
        prepared = replace(made.prepared, understood=Understood(is_doubtful=self.is_doubtful))
        is_better = better is not None
        return replace(made, prepared=prepared, checks=self.checks, is_replacement=is_better)

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
class FakeArchive:
    """Records its calls; writing methods raise `broken`."""

    past: dict[int, tuple[Conversation, list[KeptDraft]]] = field(default_factory=dict)
    accepted: list[tuple[int, str]] = field(default_factory=list)
    maildir: list[bytes] = field(default_factory=list)
    typed: str = ""
    broken: PanzaError | None = None
    known: list[WriterFact] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)

    def conversations(self, query: str) -> list[Conversation]:
        return [one for one, _ in self.past.values() if query.lower() in one.name.lower()]

    def conversation(self, key: int) -> list[KeptDraft]:
        return self.past[key][1]

    def rename(self, key: int, name: str) -> None:
        self._check()
        one, drafts = self.past[key]
        self.past[key] = (replace(one, name=name), drafts)

    def delete(self, key: int) -> None:
        self._check()
        del self.past[key]

    def accept(self, draft: int, final: str) -> None:
        self._check()
        self.accepted.append((draft, final))

    def start_update(self, model: str) -> None:
        self._check()
        self.updated.append(model)

    def read_mail(self, text: str | bytes) -> MailToAnswer:
        data = text.encode() if isinstance(text, str) else text
        mail = email.message_from_bytes(data)
        if not mail["From"]:
            return MailToAnswer((Received("", None, "", data.decode(), "input"),))
        body = str(mail.get_payload())
        received = Received(mail["From"], _NOON, mail["Subject"], body, "input")
        return MailToAnswer((received,), "anna@example.org", mail["Subject"])

    def copied_passages(self, text: str, sources: Sequence[Hit]) -> list[Span]:
        return copied_passages(text, [source.body for source in sources])

    def facts(self) -> list[WriterFact]:
        return self.known

    def quoted(self, text: str, answered: MailToAnswer) -> str:
        return f"{text}\n\n> {answered.thread[-1].body}"

    def as_eml(self, text: str, to: str, subject: str, answered: MailToAnswer | None) -> bytes:
        return f"To: {to}\nSubject: {subject}\n\n{text}\n".encode()

    def put_into_maildir(self, folder: Path, eml: bytes) -> Path:
        self._check()
        self.maildir.append(eml)
        return folder / "cur" / "1:2,DS"

    def temporary_folder(self) -> contextlib.AbstractContextManager[Path]:
        return contextlib.nullcontext(Path())

    def unsent(self) -> str:
        return self.typed

    def save_unsent(self, text: str) -> None:
        self.typed = text

    def _check(self) -> None:
        if self.broken is not None:
            raise self.broken


def app_of(source: FakeDraftService, archive: FakeArchive | None = None) -> PanzaApp:
    """The app with a fake chat service and no other screen."""
    return PanzaApp(Services(chat=source, archive=archive or FakeArchive()))
