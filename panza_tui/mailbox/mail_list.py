"""A list of any number of mails, of which only those in view are read and drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import set_cell_size
from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from panza_tui.mailbox.mail_text import MailRow

_PAGE = 100  # Rows read at once.
_MOST_CACHED = 5_000  # Rows; a mailbox may hold hundreds of thousands.


class MailList(ScrollView, can_focus=True):
    """One line per mail, with a cursor."""

    DEFAULT_CSS = """
    MailList {
        background: $background;
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
        scrollbar-background: $background;
        scrollbar-color: $panel;

        & > .mail-list--row { color: $foreground; }
        & > .mail-list--faint { color: $foreground 60%; }
        & > .mail-list--cursor { background: $surface; text-style: bold; }
        &:focus > .mail-list--cursor { background: $accent 35%; color: $foreground; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "mail-list--row",
        "mail-list--faint",
        "mail-list--cursor",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False, id="mailbox.up"),
        Binding("down,j", "move(1)", "Down", show=False, id="mailbox.down"),
        Binding("pageup", "move_page(-1)", "Page up", show=False, id="mailbox.page_up"),
        Binding("pagedown", "move_page(1)", "Page down", show=False, id="mailbox.page_down"),
        Binding("home,g", "move_to(0)", "Newest", show=False, id="mailbox.first"),
        Binding("end,G", "move_to(-1)", "Oldest", show=False, id="mailbox.last"),
    ]

    class CursorMoved(Message):
        """The cursor moved to another mail, or the list became empty."""

    @dataclass
    class RowsRevealed(Message):
        """Rows came into view that have not been read yet."""

        ids: list[int]

    def __init__(self) -> None:
        super().__init__()
        self._ids: Sequence[int] = ()
        self._rows: dict[int, MailRow] = {}
        self._requested: set[int] = set()
        self._why: dict[int, str] = {}
        self._cursor = 0

    @property
    def chosen(self) -> int | None:
        """The id of the mail under the cursor."""
        return self._ids[self._cursor] if self._ids else None

    def why(self, mail_id: int) -> str:
        """Why a mail was found; '' if nothing was searched for."""
        return self._why.get(mail_id, "")

    def show(self, ids: Sequence[int], why: dict[int, str], chosen: int | None = None) -> None:
        """Show these mails, with the cursor on `chosen` if it is among them, else on the first.

        why: mail id -> a note to show in place of the mail's own.
        """
        self._ids, self._why = ids, why
        self._rows.clear()
        self._requested.clear()
        self.virtual_size = Size(0, len(ids))
        self._cursor = -1
        self._move_to(ids.index(chosen) if chosen in ids else 0)

    def fill(self, rows: dict[int, MailRow]) -> None:
        """Show rows that were read."""
        if len(self._rows) > _MOST_CACHED:
            self._rows.clear()
        self._rows.update(rows)
        self._requested.difference_update(rows)
        self.refresh()

    def reload(self, mail_id: int) -> None:
        """Read a row again after its mail was changed."""
        self._rows.pop(mail_id, None)
        self.refresh()

    def remove_mail(self, mail_id: int) -> None:
        """Remove a mail from the list; the cursor goes to the next one."""
        if mail_id in self._ids:
            self._ids = [number for number in self._ids if number != mail_id]
            self.virtual_size = Size(0, len(self._ids))
            at, self._cursor = self._cursor, -1
            self._move_to(at)

    def render_line(self, y: int) -> Strip:
        index = self.scroll_offset.y + y
        width = self.size.width
        if index >= len(self._ids):
            return Strip.blank(width, self.rich_style)
        mail_id = self._ids[index]
        if mail_id not in self._rows:
            self._request(index)
        row = self._rows.get(mail_id) or MailRow(" ", "…", "", "", "")
        style = self.get_component_rich_style("mail-list--row")
        faint = self.get_component_rich_style("mail-list--faint")
        if index == self._cursor:
            style = faint = self.get_component_rich_style("mail-list--cursor")
        note = self._why.get(mail_id, row.note)
        note_width = 0 if width < 56 else min(width // 3, 44 if self._why else 16)
        recipients_width = max(10, min(28, width // 4))
        subject_width = max(
            0, width - 15 - recipients_width - (note_width + 2 if note_width else 0)
        )
        mark = "▸" if index == self._cursor else " "
        segments = [
            Segment(f"{mark}{row.sign} ", style),
            Segment(f"{_fit(row.date, 10)}  ", faint),
            Segment(f"{_fit(row.recipients, recipients_width - 1)} ", style),
            Segment(_fit(row.subject, subject_width), style),
        ]
        if note_width:
            segments.append(Segment(f"  {_fit(note, note_width)}", faint))
        return Strip(segments).adjust_cell_length(width, style)

    def _request(self, index: int) -> None:
        """Request the rows around this one; each row is requested once."""
        start = max(0, index - _PAGE // 4)
        ids = [n for n in self._ids[start : start + _PAGE] if n not in self._rows]
        if new := [number for number in ids if number not in self._requested]:
            self._requested.update(new)
            self.post_message(self.RowsRevealed(new))

    def _move_to(self, index: int) -> None:
        index = max(0, min(index, len(self._ids) - 1))
        if index != self._cursor:
            self._cursor = index
            self.scroll_to_region(Region(0, index, 1, 1), animate=False, force=True)
            self.post_message(self.CursorMoved())
        self.refresh()

    def action_move(self, by: int) -> None:
        self._move_to(self._cursor + by)

    def action_move_page(self, pages: int) -> None:
        self._move_to(self._cursor + pages * max(1, self.size.height - 1))

    def action_move_to(self, index: int) -> None:
        self._move_to(index if index >= 0 else len(self._ids) - 1)

    def on_click(self, event: events.Click) -> None:
        self._move_to(self.scroll_offset.y + event.y)

    def on_resize(self) -> None:
        self.virtual_size = Size(0, len(self._ids))
        self.scroll_to_region(Region(0, max(0, self._cursor), 1, 1), animate=False, force=True)


def _fit(text: str, width: int) -> str:
    """Fit text into exactly `width` cells, with an ellipsis where it was cut."""
    if width <= 0:
        return ""
    fitted = set_cell_size(text, width)
    return fitted if fitted.rstrip() == text.rstrip() else set_cell_size(text, width - 1) + "…"
