"""What can be done with a draft: edit it in $EDITOR, mark words, add a fact, copy, accept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from textual.message import Message
from textual.screen import Screen

from engine.errors import PanzaError
from engine.mail.types import MailToAnswer
from engine.retrieval.copied_passages import Span
from panza_tui.chat.chat_draft import ChatDraft
from panza_tui.chat.clipboard import copy_locally
from panza_tui.chat.conversation import Exchange
from panza_tui.chat.service import Archive
from panza_tui.shell.workers import run_in_thread
from panza_tui.terminal.sanitise import safe_line

if TYPE_CHECKING:
    from engine.mail.stored.writer_facts import WriterFact
    from panza_tui.chat.accept import Acceptance


@dataclass
class DraftAccepted(Message):
    """The user copied a draft, or had it saved or printed."""

    draft: ChatDraft


class AcceptanceSaved(Message):
    """The database has the accepted text."""


class DraftActions:
    """Acts on the drafts of one screen, which gets the messages above."""

    def __init__(self, screen: Screen[None], archive: Archive) -> None:
        self._screen = screen
        self._archive = archive

    def edit_elsewhere(self, text: str, edited: Callable[[str], None]) -> None:
        """Let the user edit a text in $EDITOR. edited: gets the new text."""
        from panza_tui.chat.external_editor import edit_suspended

        try:
            edited(edit_suspended(self._screen.app, text, self._archive.temporary_folder()))
        except PanzaError as error:
            self._screen.notify(safe_line(str(error)), markup=False)

    def mark(self, draft: ChatDraft, marked: Callable[[], None]) -> None:
        """Find the words of a finished draft that also occur in its sources, unless it has them."""
        if draft.marks is not None or draft.result is None:
            return
        text = draft.text

        def found(marks: list[Span]) -> None:
            if draft.text == text:
                draft.marks = marks
                marked()

        find = partial(self._archive.copied_passages, text, draft.sources)
        run_in_thread(self._screen, find, found, group="archive")

    def offer_facts(self, append: Callable[[str], None]) -> None:
        """Offer facts from the user's signatures. append: gets the one that is chosen."""

        def offer(facts: list[WriterFact]) -> None:
            from panza_tui.chat.facts import FactsScreen

            if facts:
                self._screen.app.push_screen(FactsScreen(facts), chosen)
            else:
                self._screen.notify("Your mails have no signature with a phone number or a link.")

        def chosen(fact: WriterFact | None) -> None:
            if fact is not None:
                append(safe_line(fact.text))

        run_in_thread(self._screen, self._archive.facts, offer, group="archive")

    def copy(self, draft: ChatDraft) -> None:
        """Copy a draft: on this machine, and through the terminal (OSC 52)."""
        self._screen.app.copy_to_clipboard(draft.text)
        copy = partial(copy_locally, draft.text)
        run_in_thread(self._screen, copy, lambda copied: None, group="clipboard")
        self._accepted(draft, "copied")

    def accept(self, exchange: Exchange, answered: MailToAnswer | None) -> None:
        """Ask where the chosen draft of an exchange should go, and put it there."""
        from panza_tui.chat.accept import AcceptScreen

        draft = exchange.chosen

        def accepted(acceptance: Acceptance | None) -> None:
            if acceptance is not None:
                self._accepted(draft, acceptance.how, acceptance.printed)

        screen = AcceptScreen(
            self._archive, draft.text, exchange.recipient, exchange.subject, answered
        )
        self._screen.app.push_screen(screen, accepted)

    def _accepted(self, draft: ChatDraft, how: str, printed: str = "") -> None:
        """Save that a draft was accepted, then leave the app if it is to be printed."""
        draft.accepted = how
        self._screen.post_message(DraftAccepted(draft))
        draft_id, text = draft.id, draft.text

        def save() -> None:
            if draft_id is not None:
                self._archive.accept(draft_id, text)

        def saved(_: None) -> None:
            if printed:
                self._screen.app.exit(printed)
            self._screen.post_message(AcceptanceSaved())

        run_in_thread(self._screen, save, saved, group="archive")
