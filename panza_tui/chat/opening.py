"""Open a conversation: one that answers a mail, or an earlier one from the history."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from textual.message import Message
from textual.screen import Screen

from engine.drafting.types import KeptDraft
from engine.mail.types import MailToAnswer
from panza_tui.chat.conversation import ChatConversation, reopened
from panza_tui.chat.service import Archive
from panza_tui.shell.workers import run_in_thread
from panza_tui.terminal.sanitise import safe_line


@dataclass
class ConversationOpened(Message):
    """The user chose a conversation, to be shown now."""

    conversation: ChatConversation


@dataclass
class ConversationDeleted(Message):
    """The user deleted a conversation of the history."""

    id: int


class ConversationOpener:
    """Asks which conversation to open, for one screen, which gets the messages above."""

    def __init__(self, screen: Screen[None], archive: Archive) -> None:
        self._screen = screen
        self._archive = archive

    def choose_mail(self) -> None:
        """Ask for a mail to answer."""
        from panza_tui.chat.answer_mail import AnswerScreen

        def chosen(text: bytes | None) -> None:
            if text is not None:
                self.answer_text(text)

        self._screen.app.push_screen(AnswerScreen(), chosen)

    def answer_text(self, text: str | bytes) -> None:
        """Answer the mail in a text that was pasted or opened."""

        def read(mail: MailToAnswer) -> None:
            if mail.thread:
                self._open(ChatConversation(answered=mail))
                line = mail.problem or "This is the mail to answer. Say below what to reply."
                self._screen.notify(
                    safe_line(line),
                    severity="warning" if mail.problem else "information",
                    markup=False,
                )
            else:
                line = mail.problem or "There is no mail in it."
                self._screen.notify(safe_line(line), markup=False)

        run_in_thread(self._screen, partial(self._archive.read_mail, text), read, group="archive")

    def choose_from_history(self) -> None:
        """Ask for an earlier conversation to continue."""
        from panza_tui.chat.history import HistoryScreen

        def chosen(key: int | None) -> None:
            if key is not None:
                read = partial(self._archive.conversation, key)
                run_in_thread(self._screen, read, partial(reopen, key), group="archive")

        def reopen(key: int, drafts: list[KeptDraft]) -> None:
            self._open(reopened(key, drafts))

        def deleted(key: int) -> None:
            self._screen.post_message(ConversationDeleted(key))

        self._screen.app.push_screen(HistoryScreen(self._archive, deleted), chosen)

    def _open(self, conversation: ChatConversation) -> None:
        self._screen.post_message(ConversationOpened(conversation))
