"""The chat's screen: owns all that changes; the engine behind it works in threads."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import ClassVar, Literal

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import Screen
from textual.widgets import Footer

from panza_tui.chat.help import HelpScreen
from panza_tui.chat.source import DraftSource
from panza_tui.chat.widgets import (
    DraftView,
    Exchange,
    Guide,
    InstructionInput,
    StatusLine,
    Transcript,
)
from panza_tui.chat.worker import (
    DraftEnded,
    DraftFailed,
    DraftGrew,
    DraftStarted,
    EngineDesk,
    Loaded,
    LoadingFailed,
    Looked,
)
from panza_tui.sanitise import safe_line

ModelState = Literal["looking", "missing", "loading", "ready", "failed"]


class ChatScreen(Screen[None]):
    """An instruction goes in at the bottom; drafts stream out above it."""

    CSS_PATH = "chat.tcss"
    LOOK_AGAIN_SECONDS = 2.0

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "stop", "Stop", priority=True, id="chat.stop"),
        Binding("ctrl+r", "again", "Draft again", priority=True, id="chat.again"),
        Binding("ctrl+y", "copy", "Copy draft", priority=True, id="chat.copy"),
        Binding("f1", "help", "Help", priority=True, id="chat.help"),
        Binding(
            "pageup", "scroll_page(-1)", "Scroll up", show=False, priority=True, id="chat.page_up"
        ),
        Binding(
            "pagedown",
            "scroll_page(1)",
            "Scroll down",
            show=False,
            priority=True,
            id="chat.page_down",
        ),
    ]

    def __init__(self, source: DraftSource) -> None:
        super().__init__()
        self._desk = EngineDesk(source, self.post_message)
        self._state: ModelState = "looking"
        self._model = ""
        self._writing: DraftView | None = None
        self._number = 0  # of the newest draft; what comes for an older one was stopped

    def compose(self) -> ComposeResult:
        yield StatusLine()
        with Transcript(), Vertical(id="column"):
            yield Guide()
        with Vertical(id="desk"):
            yield InstructionInput(self._take)
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        self._instruction.focus()
        self._transcript.anchor()
        self._show_state("looking")
        # After the first paint: the engine's imports would hold it up.
        self.call_after_refresh(self._look_and_load)

    # The model

    def _look_and_load(self) -> None:
        self.run_worker(
            self._desk.look_and_load,
            thread=True,
            group="model",
            exclusive=True,
            exit_on_error=False,
        )

    @on(Looked)
    def _show_readiness(self, message: Looked) -> None:
        self._model = safe_line(message.readiness.model)
        if self._model:
            self._show_state("loading")
            self._guide.show_invitation(message.readiness.export)
        else:
            self._show_state("missing")
            self._guide.show_steps(message.readiness)
            self.set_timer(self.LOOK_AGAIN_SECONDS, self._look_and_load)

    @on(Loaded)
    def _show_loaded(self) -> None:
        self._show_state("ready")

    @on(LoadingFailed)
    def _show_loading_failure(self, message: LoadingFailed) -> None:
        self._show_state("failed")
        self._guide.show_failure(message.error)
        if self._writing is not None:  # Asked for while the model was loading.
            self._writing.fail(f"{message.error} Enter tries again.")
            self._settle()

    def _show_state(self, state: ModelState) -> None:
        self._state = state
        words = {
            "looking": "◌ starting",
            "missing": "○ no model yet",
            "loading": f"◌ loading {self._model}",
            "ready": f"● {self._model}",
            "failed": "! no model loaded",
        }
        self.query_one(StatusLine).show(words[state])
        self.refresh_bindings()

    # Drafting

    def _take(self, typed: str) -> bool:
        """Draft what was typed, or say why not now; whether it was taken."""
        if self._state == "failed":
            self._show_state("looking")
            self._look_and_load()
        elif not typed.strip():
            return False
        elif self._writing is not None:
            self.notify("A draft is being written; Esc stops it.", markup=False)
        elif self._state == "missing":
            self.notify("There is no model yet; the steps are above.", markup=False)
        elif self._state == "looking":
            self.notify("Still starting; Enter again in a moment.", markup=False)
        else:
            exchange = Exchange(typed)
            self.query_one("#column").mount(exchange)
            self._guide.display = False
            self._start_draft(exchange)
            return True
        return False

    def _start_draft(self, exchange: Exchange) -> None:
        """Have the newest draft of the exchange written."""
        self._number += 1
        self._writing = exchange.drafts[-1]
        self._transcript.anchor()
        self.refresh_bindings()
        request = replace(exchange.request, attempt=len(exchange.drafts) - 1)
        self.run_worker(
            partial(self._desk.draft, self._number, request),
            thread=True,
            group="generation",
            exit_on_error=False,
        )

    @on(DraftStarted)
    def _show_start(self, message: DraftStarted) -> None:
        if draft := self._draft_of(message.number):
            draft.start(self._model)

    @on(DraftGrew)
    def _show_growth(self, message: DraftGrew) -> None:
        if draft := self._draft_of(message.number):
            draft.grow(message.text)

    @on(DraftEnded)
    def _show_end(self, message: DraftEnded) -> None:
        if draft := self._draft_of(message.number):
            draft.grow(message.text)
            draft.end(message.sources)
            self._settle()

    @on(DraftFailed)
    def _show_draft_failure(self, message: DraftFailed) -> None:
        if draft := self._draft_of(message.number):
            draft.fail(message.error)
            self._settle()

    def _draft_of(self, number: int) -> DraftView | None:
        return self._writing if number == self._number else None

    def _settle(self) -> None:
        self._writing = None
        self.refresh_bindings()

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that would do nothing now are not offered."""
        if action == "stop":
            return self._writing is not None
        if action == "again":
            return self._writing is None and self._state == "ready" and bool(self._exchanges)
        if action == "copy":
            return self._newest_text() != ""
        return True

    def action_stop(self) -> None:
        """Stop writing and keep what came; when nothing came, give the instruction back."""
        draft = self._writing
        if draft is None:
            return
        self.workers.cancel_group(self, "generation")
        self._writing = None
        *earlier, exchange = self._exchanges
        if draft.text:
            draft.stop()
        elif len(exchange.drafts) > 1:
            exchange.remove_draft()
        elif self._instruction.text:  # Something else was typed meanwhile: lose neither.
            draft.stop()
        else:
            self._instruction.text = exchange.typed
            self._instruction.move_cursor(self._instruction.document.end)
            self._guide.display = not earlier
            exchange.remove()
        self.refresh_bindings()

    def action_again(self) -> None:
        """Draft the newest instruction once more, differently."""
        exchange = self._exchanges[-1]
        exchange.add_draft()
        self._start_draft(exchange)

    def action_copy(self) -> None:
        """Copy the newest draft through the terminal (OSC 52)."""
        self.app.copy_to_clipboard(self._newest_text())
        self.notify("Copied.", timeout=2, markup=False)

    def action_help(self) -> None:
        # The bindings of this product carry an id; those it inherits do not.
        bindings = [
            binding
            for holder in (self._instruction, self, self.app)
            for _, binding in holder._bindings
            if binding.id
        ]
        self.app.push_screen(HelpScreen(bindings))

    def action_scroll_page(self, pages: int) -> None:
        if pages < 0:
            self._transcript.scroll_page_up(animate=False)
        else:
            self._transcript.scroll_page_down(animate=False)

    def _newest_text(self) -> str:
        drafts = [draft for exchange in self._exchanges for draft in exchange.drafts]
        return next((draft.text for draft in reversed(drafts) if draft.text), "")

    @property
    def _exchanges(self) -> list[Exchange]:
        return list(self.query(Exchange))

    @property
    def _transcript(self) -> Transcript:
        return self.query_one(Transcript)

    @property
    def _guide(self) -> Guide:
        return self.query_one(Guide)

    @property
    def _instruction(self) -> InstructionInput:
        return self.query_one(InstructionInput)
