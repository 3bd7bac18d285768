"""The widget of a draft: its text as it will be sent, a caption, and editing in place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static, TextArea

from engine.retrieval.copied_passages import Span
from engine.retrieval.hits import Hit
from panza_tui.chat.chat_draft import ChatDraft, Status
from panza_tui.chat.marks import doubtful_places, flagged, marked, number_of
from panza_tui.shell.paste import pasted_text
from panza_tui.terminal.check_words import check_parts
from panza_tui.terminal.sanitise import safe_line, safe_text

if TYPE_CHECKING:
    from engine.checking.check import Checks

_PROGRESS: dict[Status, str] = {
    "waiting": "… waiting for the model",
    "queued": "… after the previous one",
    "reading": "… reading your mails",
    "writing": "… writing",
    "comparing": "… comparing it with other drafts",
}


class DraftEditor(TextArea):
    """The text of a draft while the user edits it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "done", "Done", priority=True, id="editor.done"),
    ]

    class EditingEnded(Message):
        """The user finished editing."""

    def __init__(self, text: str) -> None:
        super().__init__(text, compact=True, soft_wrap=True)
        self.cursor_blink = False

    def action_done(self) -> None:
        self.post_message(self.EditingEnded())

    async def _on_paste(self, event: events.Paste) -> None:
        event.text = safe_text(pasted_text(event.text))


class DraftView(Vertical, can_focus=False):
    """A draft and the caption below it. A click chooses it among its variants."""

    @dataclass
    class Clicked(Message):
        """A draft was clicked."""

        draft: ChatDraft

    @dataclass
    class Edited(Message):
        """The user edited a draft in place."""

        draft: ChatDraft

    def __init__(self, draft: ChatDraft) -> None:
        super().__init__()
        self.draft = draft
        self._drawn: tuple[str, list[Span] | None, Checks | None, bool] = ("", None, None, False)
        self._body = Static("", classes="draft", markup=False)
        self._legend = Static("", classes="legend", markup=False)
        self._caption = Static("", classes="caption", markup=False)
        self._check = Static("", classes="check", markup=False)
        self._legend.display = self._check.display = False

    def compose(self) -> ComposeResult:
        yield self._body
        yield self._legend
        yield self._check
        yield self._caption

    def on_mount(self) -> None:
        self.show()

    @property
    def editor(self) -> DraftEditor | None:
        """The editor while the draft is being edited."""
        return next(iter(self.query(DraftEditor)), None)

    def show(self) -> None:
        """Draw the draft as it is now."""
        draft = self.draft
        state = (draft.text, draft.marks, draft.checks, draft.is_doubtful)
        if self._drawn != state:
            self._drawn = state
            marks = draft.marks
            doubtful = doubtful_places(draft.text, draft.checks)
            self._body.update(
                flagged(draft.text, doubtful) if marks is None else marked(draft.text, marks)
            )
            self._legend.display = marks is not None
            if marks is not None:
                self._legend.update(_legend(draft.sources, marks))
            found = check_parts(draft.checks, is_doubtful=draft.is_doubtful)
            self._check.display = bool(found)
            self._check.update(f"? {' · '.join(found)}")
        self._caption.update(caption(draft, with_source=not self.has_class("-variant")))
        self._caption.set_class(draft.status == "failed", "error")

    def number(self, number: int, of: int, *, chosen: bool) -> None:
        """Show its place among the variants; a single draft has none."""
        self.border_title = Content(f"{'●' if chosen else '○'} {number}")
        self.set_class(of > 1, "-variant")
        self.set_class(chosen, "-chosen")
        self.show()

    @property
    def text(self) -> str:
        """The draft's text, also while it is edited."""
        return self.editor.text if self.editor else self.draft.text

    def put(self, text: str) -> None:
        """Replace the text, also while it is edited."""
        if editor := self.editor:
            editor.text = text
        else:
            self.draft.change(text)

    def append(self, line: str) -> None:
        """Append a line to the text, also while it is edited."""
        self.put(f"{self.text.rstrip()}\n{line}")

    def edit(self) -> None:
        """Let the user edit the text in place, until Esc."""
        if self.editor:
            return
        editor = DraftEditor(self.draft.text)
        self._body.display = False
        self.mount(editor, before=self._legend)
        editor.focus()

    def end_editing(self) -> None:
        """Take the text as the user edited it, if it is being edited."""
        if editor := self.editor:
            self.draft.change(editor.text)
            editor.remove()
            self._body.display = True
            self.post_message(self.Edited(self.draft))

    @on(DraftEditor.EditingEnded)
    def _editing_ended(self, message: DraftEditor.EditingEnded) -> None:
        message.stop()
        self.end_editing()

    def on_click(self) -> None:
        self.post_message(self.Clicked(self.draft))


def caption(draft: ChatDraft, *, with_source: bool) -> str:
    """Return what is known about a draft as one line, and how a follow-up was understood.

    with_source: name the model, and say what the number of mails means; variants have no room.
    """
    if draft.status == "failed":
        return f"! {draft.error}"
    if draft.status in _PROGRESS:
        return _PROGRESS[draft.status]
    parts = [draft.model] if with_source else []
    if draft.seconds is not None:
        parts.append(f"{draft.seconds:.1f} s")
    if draft.result is not None:
        count = len(draft.sources)
        mails = f"{count or 'no'} past {'mail' if count == 1 else 'mails'}"
        parts.append(f"based on {mails}" if with_source else mails)
        if draft.id is None:
            parts.append("! not saved (is the disk full, or is another panza-tui busy?)")
    parts += [draft.note, "edited" if draft.is_edited else ""]
    parts.append(f"✓ {draft.accepted}" if draft.accepted else "")
    line = " · ".join(part for part in parts if part)
    return f"{line}\nasked as: {draft.asked}" if with_source and draft.asked else line


def _legend(sources: Sequence[Hit], marks: Sequence[Span]) -> Content:
    used = sorted({mark.source for mark in marks})
    if not used:
        return Content("No words in common with the past mails.")
    lines = [
        Content.assemble(
            number_of(source), f" {safe_line(sources[source].subject) or '(no subject)'}"
        )
        for source in used
    ]
    return Content("   ").join(lines)
