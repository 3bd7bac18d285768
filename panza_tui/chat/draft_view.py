"""One draft: its text as it will be sent, where it came from, and its editing in place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static, TextArea

from panza_tui.chat.marks import marked, number_of
from panza_tui.chat.service import Borrowed, FinishedDraft, SourceMail
from panza_tui.shell.paste import pasted_text
from panza_tui.terminal.sanitise import safe_line, safe_text


class DraftEditor(TextArea):
    """A draft while its writer changes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "done", "Done", priority=True, id="editor.done"),
    ]

    class Done(Message):
        """The text shall stay as it is now."""

    def __init__(self, text: str) -> None:
        super().__init__(text, compact=True, soft_wrap=True)
        self.cursor_blink = False

    def action_done(self) -> None:
        self.post_message(self.Done())

    async def _on_paste(self, event: events.Paste) -> None:
        event.text = safe_text(pasted_text(event.text))


class DraftView(Vertical, can_focus=False):
    """A draft and the line under it. Click it to choose it among its variants."""

    @dataclass
    class Chosen(Message):
        """A draft was clicked."""

        draft: DraftView

    @dataclass
    class Edited(Message):
        """A draft's writer is done with changing it."""

        draft: DraftView

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.finished: FinishedDraft | None = None
        self.marks: list[Borrowed] | None = None  # None: not shown.
        self._model = ""
        self._started: float | None = None
        self._end = ""
        self._edited = False
        self._accepted = ""
        self._is_variant = False
        self._seconds: float | None = None
        self._body = Static("", classes="draft", markup=False)
        self._legend = Static("", classes="legend")
        self._caption = Static("… waiting for the model", classes="caption", markup=False)
        self._legend.display = False

    def compose(self) -> ComposeResult:
        yield self._body
        yield self._legend
        yield self._caption

    @property
    def sources(self) -> tuple[SourceMail, ...]:
        return self.finished.sources if self.finished else ()

    @property
    def editor(self) -> DraftEditor | None:
        """Where it is being changed, while it is."""
        return next(iter(self.query(DraftEditor)), None)

    # While it is written

    def wait(self, ahead: int) -> None:
        """It is to be written after `ahead` others."""
        if ahead:
            self._caption.update("… after the one before it")

    def start(self, model: str) -> None:
        """The engine began: it finds past mails for `model` to stand on, and reads them."""
        self._model = model
        self._started = monotonic()
        self._caption.update("… reading your mails")

    def grow(self, text: str) -> None:
        """Show the draft so far."""
        self.text = text
        self._body.update(text)
        self._caption.update("… writing")

    def end(self, finished: FinishedDraft, before: str) -> None:
        """It is whole. before: the draft that it revises, '' for none."""
        self.attach(finished)
        self.text = safe_text(finished.text)
        self._body.update(self.text)
        if not self.text:
            self._end = "it wrote nothing"
        elif self.text.strip() == before.strip():
            self._end = "unchanged: the same words as the draft before"
        self._show_caption()

    def stop(self) -> None:
        """Say that this is all that came."""
        self._end = "stopped" if self.text else "stopped before the first word"
        self._show_caption()

    def attach(self, finished: FinishedDraft) -> None:
        """Take note of where it came from; a stopped draft learns that after it was stopped."""
        self.finished = finished
        if self._started is not None:
            self._seconds = monotonic() - self._started
        self._show_caption()

    def fail(self, error: str) -> None:
        """Say why the draft was not finished; what came of it stays."""
        self._caption.update(f"! {error}")
        self._caption.add_class("error")

    def take_up(self, model: str, finished: FinishedDraft, *, accepted: bool) -> None:
        """Show a draft of an earlier time."""
        self._model = model
        self.finished = finished
        self.text = safe_text(finished.text)
        self._body.update(self.text)
        self._accepted = "accepted" if accepted else ""
        self._show_caption()

    # Afterwards

    def number(self, number: int, of: int, *, chosen: bool) -> None:
        """Its place among the variants; a lone one shows none."""
        self._is_variant = of > 1
        self.border_title = f"{'●' if chosen else '○'} {number}"
        self.set_class(of > 1, "-variant")
        self.set_class(chosen, "-chosen")
        self._show_caption()

    def accept(self, how: str) -> None:
        """Say what became of it."""
        self._accepted = how
        self._show_caption()

    def show_marks(self, marks: list[Borrowed] | None) -> None:
        """Underline what came from sources, with their numbers; None: the bare text again."""
        self.marks = marks
        self._body.update(self.text if marks is None else marked(self.text, marks))
        self._legend.display = marks is not None
        if marks is not None:
            self._legend.update(_legend(self.sources, marks))

    def change(self, text: str) -> None:
        """Its writer's own words take its place."""
        self._edited = self._edited or text != self.text
        self.text = text
        self.marks = None
        self._legend.display = False
        self._body.update(text)
        self._show_caption()

    def append(self, line: str) -> None:
        """Put a line of the writer's below it."""
        if editor := self.editor:
            editor.text = f"{editor.text.rstrip()}\n{line}"
        else:
            self.change(f"{self.text.rstrip()}\n{line}")

    def edit(self) -> None:
        """Let it be changed in place, until Esc."""
        if self.editor:
            return
        editor = DraftEditor(self.text)
        self._body.display = False
        self.mount(editor, before=self._legend)
        editor.focus()

    def on_draft_editor_done(self, event: DraftEditor.Done) -> None:
        event.stop()
        editor = self.query_one(DraftEditor)
        self.change(editor.text)
        editor.remove()
        self._body.display = True
        self.post_message(self.Edited(self))

    def on_click(self) -> None:
        self.post_message(self.Chosen(self))

    def _show_caption(self) -> None:
        if self._caption.has_class("error") or not (self.finished or self._end):
            return
        parts = [] if self._is_variant else [self._model]
        if self._seconds is not None:
            parts.append(f"{self._seconds:.1f} s")
        if self.finished is not None:
            mails = len(self.sources)
            stood_on = "" if self._is_variant else "stood on "
            parts.append(f"{stood_on}{mails or 'no'} past {'mail' if mails == 1 else 'mails'}")
            if self.finished.id is None:
                parts.append("! not kept (disk full, or another panza-tui at work?)")
        parts += [self._end, "edited" if self._edited else ""]
        parts.append(f"✓ {self._accepted}" if self._accepted else "")
        self._caption.update(" · ".join(part for part in parts if part))


def _legend(sources: Sequence[SourceMail], marks: Sequence[Borrowed]) -> Content:
    used = sorted({mark.source for mark in marks})
    if not used:
        return Content("No words of it stand in a past mail it was shown.")
    lines = [
        Content.assemble(
            number_of(source), f" {safe_line(sources[source].subject) or '(no subject)'}"
        )
        for source in used
    ]
    return Content("   ").join(lines)
