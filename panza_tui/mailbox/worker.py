"""The engine's side of the mailbox: runs in threads, touches no widget, and speaks in messages.

All text that leaves it is safe to show, and cut to what a screen can hold at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from textual.message import Message

from engine.mail.importing.reasons import REASONS
from engine.mail.stored.mailbox import MailLine, Shown
from engine.mail.types import Received
from panza_tui.mailbox.service import MailboxService, Opened
from panza_tui.terminal.failures import one_line
from panza_tui.terminal.sanitise import safe_line, safe_text

MOST_SHOWN = 20_000
"""Letters of one text that are shown; laying out a megabyte would hold up the screen."""

_ORIGINS = {"playback": "playback", "notes": "terse notes", "hand": "by hand"}


@dataclass(frozen=True)
class Row:
    """A mail in the list. sign: ● learnt from, ◌ it has no instruction yet, ○ left out."""

    sign: str
    day: str
    whom: str
    subject: str
    note: str


@dataclass(frozen=True)
class Sheet:
    """An opened mail. instruction: '' while there is none. learnt: whether it is learnt from."""

    id: int
    subject: str
    head: str
    state: str
    learnt: bool
    instruction: str
    origin: str
    own: str
    original: str
    answered_head: str
    answered: str
    thread: tuple[Received, ...]
    recipient: str


@dataclass
class Listed(Message):
    """The mails of a filter, or those that `query` found."""

    shown: Shown
    query: str
    ids: list[int]
    why: dict[int, str]


@dataclass
class Paged(Message):
    """Lines of the list; None for a mail that is gone."""

    rows: dict[int, Row | None]


@dataclass
class Laid(Message):
    """A mail, opened; sheet: None when it is gone."""

    id: int
    sheet: Sheet | None


@dataclass
class Changed(Message):
    """A mail was changed, or forgotten; lines say what came of it."""

    id: int
    lines: tuple[str, ...]
    gone: bool = False


@dataclass
class WentWrong(Message):
    """Something could not be done; `error` is one plain line. id: of the mail it was for."""

    error: str
    id: int | None = None


class MailboxDesk:
    """Asks the service, in whatever thread it is called from, and posts what it says.

    post: hands a message to the screen; must be safe to call from any thread.
    """

    def __init__(self, service: MailboxService, post: Callable[[Message], object]) -> None:
        self._service = service
        self._post = post

    def list(self, shown: Shown) -> None:
        """Post the mails of a filter."""
        self._try(lambda: self._post(Listed(shown, "", self._service.ids(shown), {})))

    def search(self, query: str) -> None:
        """Post what a search finds."""

        def search() -> None:
            found = self._service.search(query)
            why = {hit.id: safe_line(hit.why) for hit in found}
            self._post(Listed("kept", query, [hit.id for hit in found], why))

        self._try(search)

    def page(self, ids: Sequence[int]) -> None:
        """Post lines of the list."""

        def read() -> None:
            there = {line.id: _row(line) for line in self._service.lines(ids)}
            self._post(Paged({number: there.get(number) for number in ids}))

        self._try(read)

    def open(self, mail_id: int) -> None:
        """Post one mail."""

        def read() -> None:
            opened = self._service.open(mail_id)
            self._post(Laid(mail_id, _sheet(opened) if opened else None))

        self._try(read, mail_id)

    def write_instruction(self, mail_id: int, text: str) -> None:
        self._try(lambda: self._service.write_instruction(mail_id, text), mail_id, "Kept.")

    def redo_instruction(self, mail_id: int) -> None:
        self._try(lambda: self._service.redo_instruction(mail_id), mail_id, "Written again.")

    def leave_out(self, mail_id: int) -> None:
        done = "Left out of training and search; models made before still know it."
        self._try(lambda: self._service.leave_out(mail_id), mail_id, done)

    def take_back(self, mail_id: int) -> None:
        done = "Learnt from at the next training."
        self._try(lambda: self._service.take_back(mail_id), mail_id, done)

    def forget(self, mail_id: int) -> None:
        def forget() -> None:
            lines = tuple(map(safe_line, self._service.forget(mail_id)))
            self._post(Changed(mail_id, lines, gone=True))

        self._try(forget, mail_id)

    def _try(self, work: Callable[[], object], mail_id: int | None = None, done: str = "") -> None:
        try:
            work()
        except Exception as error:
            self._post(WentWrong(one_line(error), mail_id))
            return
        if done and mail_id is not None:
            self._post(Changed(mail_id, (done,)))


def _row(line: MailLine) -> Row:
    whom = ", ".join(name or address for name, address in line.recipients[:3])
    if line.left_out:
        sign, note = "○", safe_line(line.left_out)
    else:
        sign = "●" if line.origin else "◌"
        note = _ORIGINS.get(line.origin, "no instruction")
    return Row(sign, _day(line.date), safe_line(whom[:200]), safe_line(line.subject[:500]), note)


def _sheet(opened: Opened) -> Sheet:
    mail, instruction = opened.mail, opened.instruction
    people = [f"{name} <{address}>" if name else address for name, address in mail.recipients]
    whom = ", ".join(people[:3]) + (f" and {len(people) - 3} more" if people[3:] else "")
    answered = mail.answered
    return Sheet(
        id=mail.id,
        subject=safe_line(mail.subject[:500]) or "(no subject)",
        head=safe_line(f"{_day(mail.date)}  to {whom[:400]}"),
        state=_state(opened),
        learnt=mail.left_out is None,
        instruction=safe_line(instruction.text[:2000]) if instruction else "",
        origin=_ORIGINS.get(instruction.origin, "") if instruction else "",
        own=_shown(mail.body),
        original=_shown(mail.original),
        answered_head=safe_line(_answered_head(answered)) if answered else "",
        answered=_shown(answered.body) if answered else "",
        thread=(answered,) if answered else (),
        recipient=mail.recipients[0][1] if mail.recipients else "",
    )


def _state(opened: Opened) -> str:
    mail = opened.mail
    if mail.left_out:
        reason = REASONS.get(mail.left_out, "")
        why = f" ({reason})" if reason else ""
        state = f"○ left out: {mail.left_out}{why}"
    else:
        state = (
            "● learnt from" if opened.instruction else "◌ learnt from once it has an instruction"
        )
    if opened.learnt_by:
        state += f" · known to {', '.join(opened.learnt_by)}"
    return safe_line(f"{state} · no. {mail.id}")


def _answered_head(answered: Received) -> str:
    day = f"{_day(answered.date)}  " if answered.date is not None else ""
    known = "" if answered.known_from == "archive" else " (from the quote)"
    return f"{day}{answered.sender[:200]}{known}"


def _shown(text: str) -> str:
    if len(text) <= MOST_SHOWN:
        return safe_text(text).strip("\n")
    rest = len(text) - MOST_SHOWN
    return f"{safe_text(text[:MOST_SHOWN]).strip()}\n\n… and {rest:,} more letters"


def _day(seconds: int) -> str:
    try:
        return datetime.fromtimestamp(seconds).strftime("%Y-%m-%d")
    except (OverflowError, OSError, ValueError):
        return "no date"
