"""The chat's screen: what can be done with drafts; the engine behind it works in threads."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message

from panza_tui.chat.draft_view import DraftView
from panza_tui.chat.exchange import AnsweredMail, Exchange
from panza_tui.chat.finishing import FinishingScreen
from panza_tui.chat.instruction_input import InstructionInput
from panza_tui.chat.papers import (
    ConversationRead,
    Kept,
    MailRead,
    MarksFound,
    Remembered,
    answer_of,
)
from panza_tui.chat.service import (
    Answered,
    Archive,
    Conversation,
    DraftService,
    FinishedDraft,
    Request,
)
from panza_tui.chat.sources_panel import SourceCard, SourcesPanel
from panza_tui.chat.widgets import Guide, Transcript
from panza_tui.shell.key_line import KeyLine
from panza_tui.shell.messages import AnswerRequested
from panza_tui.shell.top_line import TopLine
from panza_tui.terminal.sanitise import safe_text


def _key(keys: str, action: str, words: str, name: str, *, show: bool = True) -> Binding:
    return Binding(keys, action, words, priority=True, show=show, id=f"chat.{name}")


class ChatScreen(FinishingScreen):
    """An instruction goes in at the bottom; drafts stream out above it."""

    CSS_PATH = "chat.tcss"
    HELP = (
        "A first line “To: anna@example.org” in the instruction says whom the mail is for. Any "
        "further message revises the draft: shorter, warmer, in German. A mail that is pasted is "
        "taken for the one to answer. Shift with the mouse, or the palette's mouse command, lets "
        "the terminal select. In tmux, copying needs 'set -s set-clipboard on'."
    )

    BINDINGS: ClassVar[list[BindingType]] = [
        _key("escape", "stop", "Stop", "stop"),
        _key("ctrl+s", "accept", "Accept", "accept"),
        _key("ctrl+r", "again", "Again", "again"),
        _key("ctrl+t", "variants", "Variants", "variants"),
        _key("f7", "edit", "Edit", "edit"),
        _key("ctrl+g", "editor", "$EDITOR", "editor", show=False),
        _key("ctrl+l", "sources", "Sources", "sources"),
        _key("f8", "marks", "Marks", "marks", show=False),
        _key("ctrl+n", "new", "New", "new"),
        _key("ctrl+o", "answer", "Answer", "answer"),
        _key("f9", "history", "History", "history", show=False),
        _key("ctrl+f", "facts", "Your facts", "facts", show=False),
        _key("ctrl+y", "copy", "Copy draft", "copy", show=False),
        _key("alt+right", "choose(1)", "Next", "next_variant"),
        _key("alt+left", "choose(-1)", "Previous", "previous_variant", show=False),
        _key("pageup", "scroll_page(-1)", "Scroll up", "page_up", show=False),
        _key("pagedown", "scroll_page(1)", "Scroll down", "page_down", show=False),
    ]

    def __init__(self, source: DraftService, archive: Archive) -> None:
        super().__init__(source, archive)
        self._marks = False

    def compose(self) -> ComposeResult:
        yield TopLine("chat")
        with Horizontal(id="room"):
            with Transcript(), Vertical(id="column"):
                yield Guide()
            yield SourcesPanel()
        with Vertical(id="desk"):
            yield self._instruction
        yield KeyLine()

    def on_mount(self) -> None:
        self._instruction.focus()
        self._transcript.anchor()
        self._show_state("looking")
        # After the first paint: the engine's imports would hold it up.
        self.call_after_refresh(self.look_again)
        self.call_after_refresh(self._remember)

    def keep_typed(self) -> None:
        """Keep what was typed and not sent, for the next start."""
        answer_of(lambda: self._keep_unsent(self._instruction.text))

    # The mail to answer

    def answer(self, mail: AnswerRequested | Answered) -> None:
        """Begin a conversation that answers a mail."""
        if self._exchanges or self._answered:
            self.action_new()
        addressed = mail.addressed if isinstance(mail, Answered) else ()
        self._answered = Answered(mail.thread, mail.recipient, mail.subject, addressed)
        self.query_one("#column").mount(AnsweredMail(self._answered), before=self._guide)
        self._show_guide()
        self._instruction.focus()

    @on(InstructionInput.MailPasted)
    def _mail_pasted(self, message: InstructionInput.MailPasted) -> None:
        self._read_mail(message.text)

    def _read_mail(self, text: str | bytes | None) -> None:
        if text is not None:
            shown = text if isinstance(text, str) else ""
            self._in_thread(lambda: MailRead(*self._archive.read_mail(text), text=shown))

    @on(MailRead)
    def _show_mail(self, message: MailRead) -> None:
        if message.answered is None:
            self._say("There is no mail in it.")
            return
        self.answer(message.answered)
        self._say("That is the mail to answer. Say below what the answer shall be.")

    def action_answer(self) -> None:
        """Choose a mail to answer."""
        from panza_tui.chat.answer_mail import AnswerScreen

        self.app.push_screen(AnswerScreen(), self._read_mail)

    # The archive

    def _remember(self) -> None:
        def work() -> Message:
            names = [one.name for one in self._archive.conversations("")]
            return Remembered(names[:50][::-1], self._archive.unsent())

        self._in_thread(work)

    @on(Remembered)
    def _take_up_typing(self, message: Remembered) -> None:
        self._instruction.remember(message.instructions)
        if message.unsent and not self._instruction.text:
            self._instruction.put(safe_text(message.unsent))

    def _keep_unsent(self, text: str) -> Message:
        self._archive.keep_unsent(text)
        return Kept("")

    def action_history(self) -> None:
        """Take an earlier conversation up again."""
        from panza_tui.chat.history import HistoryScreen

        def open_one(key: int | None) -> None:
            if key is not None:
                self._in_thread(lambda: ConversationRead(key, self._archive.conversation(key)))

        self.app.push_screen(HistoryScreen(self._archive, self._conversation_deleted), open_one)

    def _conversation_deleted(self, key: int) -> None:
        if self._conversation.id == key:  # What comes now is kept in a new one.
            self._conversation = Conversation()

    @on(ConversationRead)
    def _show_conversation(self, message: ConversationRead) -> None:
        self.action_new()
        self._conversation = Conversation(message.key)
        for past in message.drafts:
            if past.answered is not None and self._answered is None:
                self.answer(past.answered)
            last = self._exchanges[-1] if self._exchanges else None
            if last and last.typed == past.instruction:
                draft = last.add_draft()
            else:
                last = Exchange(
                    past.instruction,
                    Request(past.instruction, past.recipient, answered=past.answered),
                )
                self._add(last)
                draft = last.chosen
            draft.take_up(
                past.model,
                FinishedDraft(past.text, past.sources, past.id, is_past=True),
                accepted=past.accepted,
            )
        self._show_guide()
        self._drafts_changed()

    # Sources

    def _drafts_changed(self) -> None:
        """Bring panel and marks up to date with the chosen draft."""
        draft = self._draft
        panel = self.query_one(SourcesPanel)
        if panel.display:
            panel.show(draft, list(self._excluded.values()))
        if draft is None or draft is self._writing:
            return
        if not self._marks:
            if draft.marks is not None:
                draft.show_marks(None)
        elif draft.marks is None and draft.finished is not None:
            text, sources = draft.text, draft.sources
            self._in_thread(lambda: MarksFound(draft, text, self._archive.borrowed(text, sources)))

    @on(MarksFound)
    def _show_marks(self, message: MarksFound) -> None:
        if self._marks and message.draft.text == message.text:
            message.draft.show_marks(message.marks)
            self._drafts_changed()

    @on(SourceCard.Excluded)
    def _exclude(self, message: SourceCard.Excluded) -> None:
        mail = message.source
        if self._excluded.pop(mail.id, None) is None:
            self._excluded[mail.id] = mail
        if self.check_action("again", ()):
            self.action_again()
        else:
            self._drafts_changed()

    @on(DraftView.Chosen)
    def _chosen(self, message: DraftView.Chosen) -> None:
        self._current = next(one for one in self._exchanges if message.draft in one.drafts)
        self._drafts_changed()

    def action_sources(self) -> None:
        """Show the past mails that the draft stood on, or put them away."""
        panel = self.query_one(SourcesPanel)
        panel.display = not panel.display
        self._marks = panel.display
        self.set_class(panel.display, "-sources")
        self._drafts_changed()
        if panel.display:
            self.call_after_refresh(panel.focus_card)
        else:
            self._instruction.focus()

    def action_marks(self) -> None:
        """Mark the words that came from past mails, or stop that."""
        self._marks = not self._marks
        self._drafts_changed()

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that would do nothing now are not offered."""
        if not self.is_mounted:
            return True
        draft = self._draft
        if action == "stop":
            return self._writing is not None
        if action in ("again", "variants"):
            return self._writing is None and self._state == "ready" and bool(self._exchanges)
        if action in ("copy", "edit", "accept", "facts"):
            return bool(draft and draft.text and draft is not self._writing)
        if action == "choose":
            return bool(self._current and len(self._current.drafts) > 1)
        if action == "new":
            return bool(self._exchanges or self._answered)
        if action in ("sources", "marks"):
            return draft is not None
        return True

    def action_scroll_page(self, pages: int) -> None:
        if pages < 0:
            self._transcript.scroll_page_up(animate=False)
        else:
            self._transcript.scroll_page_down(animate=False)
