"""The widget of a conversation: the mail being answered, the instructions and their drafts."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll

from panza_tui.chat.answered_mail import AnsweredMail
from panza_tui.chat.chat_draft import ChatDraft
from panza_tui.chat.conversation import ChatConversation
from panza_tui.chat.draft_view import DraftView
from panza_tui.chat.exchange_view import ExchangeView
from panza_tui.chat.guide import Guide


class Transcript(VerticalScroll, can_focus=False):
    """Follows the draft being written while its end is visible; shows a guide if it is empty."""

    def __init__(self) -> None:
        super().__init__()
        self.guide = Guide(markup=False)
        # At least as high as the transcript: an anchored container pushes a lower one down.
        self._column = Vertical(self.guide, id="column")
        self._answered: AnsweredMail | None = None
        self._exchanges: list[ExchangeView] = []

    def compose(self) -> ComposeResult:
        yield self._column

    def on_mount(self) -> None:
        self.anchor()

    def show(self, conversation: ChatConversation) -> None:
        """Draw the conversation as it is now."""
        self.guide.display = conversation.is_empty
        self._show_answered(conversation)
        wanted = conversation.exchanges
        for view in self._exchanges:
            if view.exchange not in wanted:
                view.remove()
        self._exchanges = [view for view in self._exchanges if view.exchange in wanted]
        new = [ExchangeView(exchange) for exchange in wanted[len(self._exchanges) :]]
        self._column.mount_all(new)
        self._exchanges += new
        for view in self._exchanges:
            view.show()

    def scroll_pages(self, pages: int) -> None:
        """Scroll down by a page, or up for -1."""
        if pages < 0:
            self.scroll_page_up(animate=False)
        else:
            self.scroll_page_down(animate=False)

    def view_of(self, draft: ChatDraft | None) -> DraftView | None:
        """Return the widget of a draft; None if it is not shown."""
        views = (view for exchange in self._exchanges for view in exchange.drafts)
        return next((view for view in views if view.draft is draft), None)

    def _show_answered(self, conversation: ChatConversation) -> None:
        shown = self._answered.mail if self._answered else None
        if conversation.answered is shown:
            return
        if self._answered:
            self._answered.remove()
        self._answered = AnsweredMail(conversation.answered) if conversation.answered else None
        if self._answered:
            self._column.mount(self._answered, before=self.guide)
