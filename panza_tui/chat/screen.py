"""The chat's screen: the instruction is typed at the bottom, and drafts appear above it."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen

from engine.mail.types import MailToAnswer
from panza_tui.chat.conversation import ChatConversation
from panza_tui.chat.draft_actions import AcceptanceSaved, DraftAccepted, DraftActions
from panza_tui.chat.draft_view import DraftView
from panza_tui.chat.drafter import DraftEnded, Drafter, DraftGrew, DraftStarted, ModelStateChanged
from panza_tui.chat.instruction_input import InstructionInput, question
from panza_tui.chat.keys import BINDINGS, HELP, is_offered
from panza_tui.chat.opening import ConversationDeleted, ConversationOpened, ConversationOpener
from panza_tui.chat.refusal import refusal
from panza_tui.chat.service import Archive, DraftService
from panza_tui.chat.sources_panel import SourceCard, SourcesPanel
from panza_tui.chat.transcript import Transcript
from panza_tui.chat.update_line import UpdateLine
from panza_tui.shell.key_line import KeyLine
from panza_tui.shell.top_line import TopLine


class ChatScreen(Screen[None]):
    """Shows one conversation; a drafter writes its drafts."""

    CSS_PATH = "chat.tcss"
    HELP = HELP
    BINDINGS: ClassVar[list[BindingType]] = BINDINGS

    def __init__(self, service: DraftService, archive: Archive) -> None:
        super().__init__()
        self._archive = archive
        self._conversation = ChatConversation()
        self._drafter = Drafter(self, service)
        self._actions = DraftActions(self, archive)
        self._opener = ConversationOpener(self, archive)
        self._instruction = InstructionInput(self._take)
        self._transcript = Transcript()
        self._update_line = UpdateLine()
        self._marks_words = False

    def compose(self) -> ComposeResult:
        yield TopLine("chat")
        with Horizontal(id="panes"):
            yield self._transcript
            yield SourcesPanel()
        yield self._update_line
        with Vertical(id="input"):
            yield self._instruction
        yield KeyLine()

    def on_mount(self) -> None:
        self._instruction.focus()
        self._show_model_state()
        # After the first paint, which the engine's imports would delay.
        self.call_after_refresh(self._drafter.check)
        self.call_after_refresh(partial(self._instruction.restore, self._archive))

    def on_screen_suspend(self) -> None:
        """Save what was typed, so that forgetting a mail on another screen can remove its words."""
        self._instruction.save(self._archive)

    def on_screen_resume(self) -> None:
        """Clear what was typed if it was removed with a forgotten mail."""
        self._instruction.clear_if_forgotten(self._archive)

    @on(AcceptanceSaved)
    def check_model(self) -> None:
        """Check which model there is now, and load it unless it is loaded."""
        self._drafter.check()

    # What was typed

    def save_typed(self) -> None:
        """Save what was typed and not sent, for the next start."""
        self._instruction.save_at_exit(self._archive)

    def _take(self, typed: str) -> bool:
        """Draft what was typed, or say why that is not possible; return whether it was accepted."""
        if self._drafter.state == "failed":
            self._drafter.try_again()
            return False
        if not typed.strip():
            return False
        if line := refusal(self._conversation, self._drafter.state):
            self.notify(line, markup=False)
            return False
        self._conversation.ask(typed)
        self._write()
        return True

    # Drafts

    def _write(self) -> None:
        self._show()
        self._transcript.anchor()
        self._drafter.write(self._conversation)

    def action_again(self) -> None:
        """Draft the newest instruction once more, differently."""
        self._conversation.again()
        self._write()

    def action_variants(self) -> None:
        """Write several drafts of the newest instruction, to choose from."""
        self._conversation.variants()
        self._write()

    def action_stop(self) -> None:
        """Stop writing; if nothing was written, put the instruction back into the input."""
        if not self._conversation.pending:
            return
        self._drafter.stop()
        typed = self._conversation.stop(may_withdraw=not self._instruction.text)
        if typed:
            self._instruction.put(typed)
        self._show()

    @on(DraftStarted)
    @on(DraftGrew)
    def _show_growth(self, message: DraftStarted | DraftGrew) -> None:
        if view := self._transcript.view_of(message.draft):
            view.show()

    # Other conversations

    def answer(self, mail: MailToAnswer) -> None:
        """Start a conversation that answers a mail."""
        self._open(ChatConversation(answered=mail))

    def action_new(self) -> None:
        """Start a new conversation; this one stays in the history."""
        self._open(ChatConversation())

    def action_answer(self) -> None:
        """Choose a mail to answer."""
        self._opener.choose_mail()

    def action_history(self) -> None:
        """Continue an earlier conversation."""
        self._opener.choose_from_history()

    @on(InstructionInput.MailPasted)
    def _answer_pasted(self, message: InstructionInput.MailPasted) -> None:
        self._opener.answer_text(message.text)

    @on(ConversationOpened)
    def _opened(self, message: ConversationOpened) -> None:
        self._open(message.conversation)

    def _open(self, conversation: ChatConversation) -> None:
        self.action_stop()
        self._conversation = conversation
        self._show()
        self._instruction.focus()

    @on(ConversationDeleted)
    def _deleted(self, message: ConversationDeleted) -> None:
        if self._conversation.id == message.id:  # What is drafted now is saved in a new one.
            self._conversation.id = None

    # The chosen draft

    def action_choose(self, step: int) -> None:
        """Choose the next variant, or the one before."""
        self._conversation.choose_next(step)
        self._show()
        if view := self._transcript.view_of(self._conversation.chosen):
            view.scroll_visible(animate=False)

    @on(DraftView.Clicked)
    def _choose(self, message: DraftView.Clicked) -> None:
        self._conversation.choose(message.draft)
        self._show()

    def action_edit(self) -> None:
        """Edit the chosen draft in place."""
        if view := self._transcript.view_of(self._conversation.chosen):
            view.edit()

    @on(DraftView.Edited)
    def _edited(self) -> None:
        self._instruction.focus()
        self._show()

    def action_editor(self) -> None:
        """Edit the chosen draft, or the instruction if there is none, in $EDITOR."""
        draft, writing = self._conversation.chosen, self._conversation.writing
        view = self._transcript.view_of(draft if draft is not writing else None)

        def edited(text: str) -> None:
            if view:
                view.put(text)
                self._show()
            else:
                self._instruction.put(text)

        text = view.text if view else self._instruction.text
        self._actions.edit_elsewhere(text, edited)

    def action_facts(self) -> None:
        """Offer facts from the user's signatures, to append to the draft."""
        view = self._transcript.view_of(self._conversation.chosen)

        def append(line: str) -> None:
            if view:
                view.append(line)
                self._show()

        self._actions.offer_facts(append)

    def action_copy(self) -> None:
        """Copy the chosen draft."""
        if draft := self._conversation.chosen:
            self._actions.copy(draft)

    def action_accept(self) -> None:
        """Ask where the chosen draft should go, and put it there."""
        if (exchange := self._conversation.current) is None:
            return
        if view := self._transcript.view_of(exchange.chosen):
            view.end_editing()
        self._actions.accept(exchange, self._conversation.answered)

    # Sources

    def action_sources(self) -> None:
        """Show the past mails that the draft is based on, or hide them."""
        panel = self.query_one(SourcesPanel)
        panel.display = self._marks_words = not panel.display
        self.set_class(panel.display, "-sources")
        self._show()
        if panel.display:
            self.call_after_refresh(panel.focus_card)
        else:
            self._instruction.focus()

    def action_marks(self) -> None:
        """Mark the words that also occur in the past mails, or unmark them."""
        self._marks_words = not self._marks_words
        self._show()

    @on(SourceCard.Toggled)
    def _toggle_source(self, message: SourceCard.Toggled) -> None:
        self._conversation.toggle_source(message.source)
        if self.check_action("again", ()):
            self.action_again()
        else:
            self._show()

    # What is shown

    @on(DraftEnded)
    @on(DraftAccepted)
    def _show(self) -> None:
        """Draw the conversation as it is now."""
        conversation = self._conversation
        draft = conversation.chosen
        if draft is not None and draft is not conversation.writing:
            if self._marks_words:
                self._actions.mark(draft, self._show)
            else:
                draft.marks = None
        self._transcript.show(conversation)
        panel = self.query_one(SourcesPanel)
        if panel.display:
            panel.show(draft, list(conversation.excluded.values()))
        self._instruction.placeholder = question(conversation)
        self.refresh_bindings()

    @on(ModelStateChanged)
    def _show_model_state(self) -> None:
        self.query_one(TopLine).state = self._drafter.state_line
        self._transcript.guide.show(self._drafter)
        self._update_line.show(self._drafter.readiness.update)
        self.refresh_bindings()

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only the keys that do something now."""
        if action == "update":
            return self._update_line.is_offered
        is_ready = self._drafter.state == "ready"
        return is_offered(action, self._conversation, is_ready=is_ready)

    def action_update(self) -> None:
        """Train the model on the drafts that were accepted."""
        self._update_line.start(self._archive)

    def action_scroll_page(self, pages: int) -> None:
        self._transcript.scroll_pages(pages)
