"""The part of the chat in which a draft becomes its writer's own: changed, added to, accepted."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual import on
from textual.app import SuspendNotSupported
from textual.message import Message

from engine.errors import PanzaError
from panza_tui.chat.clipboard import copy_locally
from panza_tui.chat.draft_view import DraftView
from panza_tui.chat.drafting import DraftingScreen
from panza_tui.chat.papers import ArchiveFailed, FactsRead, Kept, answer_of
from panza_tui.chat.service import Archive, DraftService, OwnFact
from panza_tui.terminal.sanitise import safe_line, safe_text

if TYPE_CHECKING:
    from panza_tui.chat.accept import Acceptance


class FinishingScreen(DraftingScreen):
    """What becomes of the chosen draft. Its archive works in threads and answers by messages."""

    def __init__(self, source: DraftService, archive: Archive) -> None:
        super().__init__(source)
        self._archive = archive

    def _in_thread(self, work: Callable[[], Message]) -> None:
        self.run_worker(
            lambda: self.post_message(answer_of(work)),
            thread=True,
            group="archive",
            exit_on_error=False,
        )

    @on(ArchiveFailed)
    def _show_archive_failure(self, message: ArchiveFailed) -> None:
        self.notify(message.error, severity="error", markup=False)

    # Editing

    def action_edit(self) -> None:
        """Change the chosen draft in place."""
        if (draft := self._draft) is not None:
            draft.edit()

    def action_editor(self) -> None:
        """Change the chosen draft, or the instruction while there is none, in $EDITOR."""
        from panza_tui.chat.external_editor import edit_text

        draft = self._draft if self._draft is not self._writing else None
        editor = draft.editor if draft else None
        text = editor.text if editor else draft.text if draft else self._instruction.text
        try:
            with self.app.suspend():
                text = safe_text(edit_text(text, no_colour=self.app.no_color))
        except PanzaError as error:
            self._say(str(error))
        except SuspendNotSupported:
            self._say("Another program can't take this terminal; F7 edits here.")
        else:
            if editor:
                editor.text = text
            elif draft:
                draft.change(text)
                self._drafts_changed()
            else:
                self._instruction.put(text)

    @on(DraftView.Edited)
    def _edited(self) -> None:
        self._instruction.focus()
        self._drafts_changed()
        self.refresh_bindings()

    def action_facts(self) -> None:
        """Offer what the writer's signatures tell, to be put below the draft."""
        self._in_thread(lambda: FactsRead(self._archive.facts()))

    @on(FactsRead)
    def _offer_facts(self, message: FactsRead) -> None:
        from panza_tui.chat.facts import FactsScreen

        draft = self._draft
        if draft is None:
            return
        if not message.facts:
            self._say("Your mails hold no signature with a phone number or a link.")
            return

        def chosen(fact: OwnFact | None) -> None:
            if fact is not None:
                draft.append(safe_line(fact.text))
                self._drafts_changed()

        self.app.push_screen(FactsScreen(message.facts), chosen)

    # Accepting

    def action_copy(self) -> None:
        """Copy the chosen draft: here, and through the terminal (OSC 52)."""
        if (draft := self._draft) is None:
            return
        text = draft.text
        self.app.copy_to_clipboard(text)
        self.run_worker(
            lambda: copy_locally(text), thread=True, group="clipboard", exit_on_error=False
        )
        self._accepted(draft, "copied")

    def action_accept(self) -> None:
        """Bring the chosen draft where it shall go."""
        from panza_tui.chat.accept import AcceptScreen

        draft, exchange = self._draft, self._current
        if draft is None or exchange is None:
            return
        if draft.editor:
            draft.editor.action_done()
            self.call_after_refresh(self.action_accept)
            return
        screen = AcceptScreen(
            self._archive,
            draft.text,
            exchange.recipient,
            exchange.subject,
            exchange.request.answered,
        )

        def accepted(acceptance: Acceptance | None) -> None:
            if acceptance is not None:
                self._accepted(draft, acceptance.how, acceptance.printed)

        self.app.push_screen(screen, accepted)

    def _accepted(self, draft: DraftView, how: str, printed: str = "") -> None:
        draft.accept(how)
        key, text = draft.finished.id if draft.finished else None, draft.text

        def work() -> Message:
            if key is not None:
                self._archive.accept(key, text)
            return Kept(printed)

        self._in_thread(work)

    @on(Kept)
    def _leave_with(self, message: Kept) -> None:
        if message.printed:
            self.app.exit(message.printed)
