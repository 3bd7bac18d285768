"""The past mails that a draft is based on: why each was found, in full, or excluded on demand."""

from __future__ import annotations

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

from engine.mail.types import Address
from engine.retrieval.hits import Hit
from panza_tui.chat.chat_draft import ChatDraft
from panza_tui.chat.marks import number_of
from panza_tui.terminal.mail_words import day_month_year
from panza_tui.terminal.sanitise import safe_line, safe_text

_BAR = 12  # Columns of the bar for similarity 1.
_EXCERPT = 190  # Characters, which is six lines of a card.


class SourceCard(Vertical, can_focus=True):
    """One past mail: its head, the reasons it was found for, and how it begins."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "Open", id="sources.open"),
        Binding("x,delete", "exclude", "Leave out", id="sources.exclude"),
        Binding("down,j", "app.focus_next", "Next", show=False),
        Binding("up,k", "app.focus_previous", "Previous", show=False),
    ]

    @dataclass
    class Toggled(Message):
        """The user excluded a past mail from this conversation's sources, or allowed it again."""

        source: Hit

    def __init__(self, source: Hit, place: int) -> None:
        super().__init__()
        self.source = source
        self._place = place
        self._copied = Static("", classes="copied", markup=False)

    def compose(self) -> ComposeResult:
        source = self.source
        yield Static(
            Content.assemble(
                number_of(self._place), " ", (safe_line(source.subject) or "(no subject)", "bold")
            ),
            classes="subject",
            markup=False,
        )
        yield Static(_head(source), classes="head", markup=False)
        yield Static(Content("\n").join(_reasons(source)), classes="reasons", markup=False)
        yield Static(_beginning(source.body), classes="excerpt", markup=False)
        yield self._copied

    def show_copied(self, words: int | None) -> None:
        """Say how much of the draft also occurs in this mail; None hides that."""
        self._copied.display = words is not None
        count = f"{words or 'no'} {'word' if words == 1 else 'words'}"
        self._copied.update(f"{count} of the draft occur{'s' * (words == 1)} in it")

    def on_click(self, event: events.Click) -> None:
        if event.chain == 2:
            self.action_open()

    def action_open(self) -> None:
        """Show the whole mail."""
        self.app.push_screen(SourceMailScreen(self.source))

    def action_exclude(self) -> None:
        """Draft again without it."""
        self.post_message(self.Toggled(self.source))


class ExcludedLine(Static, can_focus=True):
    """A past mail that was excluded; it can be allowed again."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x,enter", "exclude", "Take back", id="sources.take_back"),
        Binding("down,j", "app.focus_next", "Next", show=False),
        Binding("up,k", "app.focus_previous", "Previous", show=False),
    ]

    def __init__(self, source: Hit) -> None:
        super().__init__(f"✗ {safe_line(source.subject) or '(no subject)'}", markup=False)
        self.source = source

    def action_exclude(self) -> None:
        """Draft again with it allowed."""
        self.post_message(SourceCard.Toggled(self.source))


class SourcesPanel(VerticalScroll, can_focus=False):
    """The sources of the chosen draft, beside it, or in its place on a narrow screen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "screen.sources", "Back", id="sources.back"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._shown: object = None

    def show(self, draft: ChatDraft | None, excluded: Sequence[Hit]) -> None:
        """Show a draft's sources, and the mails excluded from the conversation."""
        sources = draft.sources if draft else ()
        wanted = (draft, draft and draft.result, tuple(excluded))
        if wanted != self._shown:
            self._shown = wanted
            self._build(draft, sources, excluded)
        for place, card in enumerate(self.query(SourceCard)):
            card.show_copied(_copied_words(draft, place))

    def _build(
        self,
        draft: ChatDraft | None,
        sources: Sequence[Hit],
        excluded: Sequence[Hit],
    ) -> None:
        had_keys = self.screen.focused in self._cards()
        parts: list[Widget] = [Static(_title(draft, len(sources)), classes="title", markup=False)]
        parts += [SourceCard(source, place) for place, source in enumerate(sources)]
        if facts := draft.facts if draft else ():
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
        """Focus the first card."""
        if cards := self._cards():
            self.scroll_home(animate=False)  # Keeps the heading above it visible.
            cards[0].focus(scroll_visible=False)

    def _cards(self) -> list[Widget]:
        return [w for w in self.children if isinstance(w, SourceCard | ExcludedLine)]


def _copied_words(draft: ChatDraft | None, source: int) -> int | None:
    if draft is None or draft.marks is None:
        return None
    marks = [mark for mark in draft.marks if mark.source == source]
    return sum(len(draft.text[mark.start : mark.end].split()) for mark in marks)


class SourceMailScreen(ModalScreen[None]):
    """A past mail in full."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "dismiss", "Close", id="source.close"),
    ]

    def __init__(self, source: Hit) -> None:
        super().__init__()
        self._source = source

    def compose(self) -> ComposeResult:
        with VerticalScroll() as window:
            window.border_title = Content(safe_line(self._source.subject) or "(no subject)")
            window.border_subtitle = "Esc closes"
            yield Static(_head(self._source), classes="head", markup=False)
            yield Static(
                Content("\n").join(_reasons(self._source)), classes="reasons", markup=False
            )
            yield Static(safe_text(self._source.body), classes="body", markup=False)


def _title(draft: ChatDraft | None, count: int) -> Content:
    if draft is None:
        note = "The past mails that a draft is based on are shown here."
    elif draft.result is None:
        note = "They are shown when the draft is finished."
    elif count == 0:
        note = "This draft is based on no past mail: none was similar enough."
    else:
        note = "This draft is based on" + (" one past mail." if count == 1 else f" {count} mails.")
        if draft.is_from_history:
            note += " Why each was found was not saved; ctrl+r drafts again and shows it."
    return Content.assemble(("Sources", "bold $accent"), f"\n{note}")


def _beginning(body: str) -> str:
    """Return the first words of a mail as one line; a script without spaces is cut anywhere."""
    line = " ".join(safe_text(body).split())
    if len(line) <= _EXCERPT:
        return line
    words, _, rest = line[:_EXCERPT].rpartition(" ")
    return f"{words if len(rest) < 30 else line[:_EXCERPT]} …"


def _head(source: Hit) -> str:
    date = day_month_year(source.date)
    names = safe_line(_names(source.recipients))
    return f"{date} · to {names}" if names else date


def _names(people: Sequence[Address]) -> str:
    return ", ".join(name or address for name, address in people)


def _reasons(source: Hit) -> list[Content]:
    reasons = source.reasons
    lines = []
    similarity = reasons.similarity or 0.0
    if similarity > 0:
        full = round(_BAR * min(1.0, similarity))
        lines.append(
            Content.assemble(
                ("≈ ", "$accent"),
                ("━" * full, "$accent"),
                ("─" * (_BAR - full), "$foreground 30%"),
                f" {similarity:.2f} similarity",
            )
        )
    if reasons.words:
        words = safe_line(", ".join(reasons.words))
        lines.append(Content.assemble(("+ ", "$accent"), f"shares {words}"))
    if reasons.same_recipient:
        lines.append(Content.assemble(("+ ", "$accent"), "went to the same person"))
    return lines
