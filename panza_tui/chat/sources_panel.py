"""The past mails that a draft stood on: why each was found, in full, and left out on demand."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Static

from panza_tui.chat.draft_view import DraftView
from panza_tui.chat.marks import number_of
from panza_tui.chat.service import SourceMail
from panza_tui.terminal.sanitise import safe_line, safe_text

_BAR = 12
_EXCERPT = 190


class SourceCard(Vertical, can_focus=True):
    """One past mail: its head, the reasons it was found for, and how it begins."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "Open", id="sources.open"),
        Binding("x,delete", "exclude", "Leave out", id="sources.exclude"),
        Binding("down,j", "app.focus_next", "Next", show=False),
        Binding("up,k", "app.focus_previous", "Previous", show=False),
    ]

    @dataclass
    class Excluded(Message):
        """A past mail shall not be a source of this conversation, or shall again."""

        source: SourceMail

    def __init__(self, source: SourceMail, place: int) -> None:
        super().__init__()
        self.source = source
        self._place = place
        self._borrowed = Static("", classes="borrowed", markup=False)

    def compose(self) -> ComposeResult:
        source = self.source
        yield Static(
            Content.assemble(
                number_of(self._place), " ", (safe_line(source.subject) or "(no subject)", "bold")
            ),
            classes="subject",
        )
        yield Static(_head(source), classes="head", markup=False)
        yield Static(Content("\n").join(_reasons(source)), classes="reasons")
        yield Static(_beginning(source.body), classes="excerpt", markup=False)
        yield self._borrowed

    def show_borrowed(self, words: int | None) -> None:
        """Say how much of the draft stands in this mail; None: not asked for."""
        self._borrowed.display = words is not None
        count = f"{words or 'no'} {'word' if words == 1 else 'words'}"
        self._borrowed.update(f"{count} of the draft stand{'s' * (words == 1)} in it")

    def on_click(self, event: events.Click) -> None:
        if event.chain == 2:
            self.action_open()

    def action_open(self) -> None:
        """Show the whole mail."""
        self.app.push_screen(SourceMailScreen(self.source))

    def action_exclude(self) -> None:
        """Draft again without it."""
        self.post_message(self.Excluded(self.source))


class ExcludedLine(Static, can_focus=True):
    """A past mail that was left out; it can come back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x,enter", "exclude", "Take back", id="sources.take_back"),
        Binding("down,j", "app.focus_next", "Next", show=False),
        Binding("up,k", "app.focus_previous", "Previous", show=False),
    ]

    def __init__(self, source: SourceMail) -> None:
        super().__init__(f"✗ {safe_line(source.subject) or '(no subject)'}", markup=False)
        self.source = source

    def action_exclude(self) -> None:
        """Draft again, with it allowed."""
        self.post_message(SourceCard.Excluded(self.source))


class SourcesPanel(VerticalScroll, can_focus=False):
    """What the chosen draft stood on, beside it, or in its place where the screen is narrow."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "screen.sources", "Back", id="sources.back"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._shown: object = None

    def show(self, draft: DraftView | None, excluded: Sequence[SourceMail]) -> None:
        """Show a draft's past mails, and those left out of the conversation."""
        sources = draft.sources if draft else ()
        wanted = (draft, draft and draft.finished, tuple(excluded))
        if wanted != self._shown:
            self._shown = wanted
            self._build(draft, sources, excluded)
        for place, card in enumerate(self.query(SourceCard)):
            card.show_borrowed(_borrowed_words(draft, place))

    def _build(
        self,
        draft: DraftView | None,
        sources: Sequence[SourceMail],
        excluded: Sequence[SourceMail],
    ) -> None:
        had_keys = self.screen.focused in self._cards()
        parts: list[Widget] = [Static(_title(draft, len(sources)), classes="title")]
        parts += [SourceCard(source, place) for place, source in enumerate(sources)]
        if facts := draft.finished.facts if draft and draft.finished else ():
            parts.append(Static("From your signatures", classes="heading"))
            lines = "\n".join(f"· {safe_line(fact)}" for fact in facts)
            parts.append(Static(lines, classes="facts", markup=False))
        if excluded:
            parts.append(Static("Left out by you", classes="heading"))
            parts += [ExcludedLine(source) for source in excluded]
        self.remove_children()
        self.mount_all(parts)
        if had_keys:
            self.call_after_refresh(self.focus_card)

    def focus_card(self) -> None:
        """Give the first card the keys."""
        if cards := self._cards():
            self.scroll_home(animate=False)  # the heading above it stays in sight
            cards[0].focus(scroll_visible=False)

    def _cards(self) -> list[Widget]:
        return [w for w in self.children if isinstance(w, SourceCard | ExcludedLine)]


def _borrowed_words(draft: DraftView | None, source: int) -> int | None:
    if draft is None or draft.marks is None:
        return None
    marks = [mark for mark in draft.marks if mark.source == source]
    return sum(len(draft.text[mark.start : mark.end].split()) for mark in marks)


class SourceMailScreen(ModalScreen[None]):
    """A past mail in full."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "dismiss", "Close", id="source.close"),
    ]

    def __init__(self, source: SourceMail) -> None:
        super().__init__()
        self._source = source

    def compose(self) -> ComposeResult:
        with VerticalScroll() as window:
            window.border_title = safe_line(self._source.subject) or "(no subject)"
            window.border_subtitle = "Esc closes"
            yield Static(_head(self._source), classes="head", markup=False)
            yield Static(Content("\n").join(_reasons(self._source)), classes="reasons")
            yield Static(safe_text(self._source.body), classes="body", markup=False)


def _title(draft: DraftView | None, count: int) -> Content:
    if draft is None:
        note = "The past mails that a draft stands on are shown here."
    elif draft.finished is None:
        note = "They are known when the draft is finished."
    elif count == 0:
        note = "This draft stood on no past mail: none was near enough."
    else:
        note = "This draft stood on" + (" one past mail." if count == 1 else f" {count} mails.")
        if draft.finished.is_past:
            note += " Why each was found is not kept; ctrl+r drafts again and tells."
    return Content.assemble(("Sources", "bold $accent"), f"\n{note}")


def _beginning(body: str) -> str:
    """The first words of a mail as one line; a script without spaces is cut anywhere."""
    line = " ".join(safe_text(body).split())
    if len(line) <= _EXCERPT:
        return line
    words, _, rest = line[:_EXCERPT].rpartition(" ")
    return f"{words if len(rest) < 30 else line[:_EXCERPT]} …"


def _head(source: SourceMail) -> str:
    date = time.strftime("%-d %b %Y", time.localtime(source.date))
    return " · ".join(part for part in (date, safe_line(f"to {source.to}")) if part != "to ")


def _reasons(source: SourceMail) -> list[Content]:
    lines = []
    if source.similarity > 0:
        full = round(_BAR * min(1.0, source.similarity))
        lines.append(
            Content.assemble(
                ("≈ ", "$accent"),
                ("━" * full, "$accent"),
                ("─" * (_BAR - full), "$foreground 30%"),
                f" {source.similarity:.2f} near in meaning",
            )
        )
    for reason in source.reasons:
        lines.append(Content.assemble(("+ ", "$accent"), safe_line(reason)))
    return lines
