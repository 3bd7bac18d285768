"""The part of the chat that has drafts written: which model, what is asked, what comes of it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Literal

from textual import on
from textual.screen import Screen

from panza_tui.chat.draft_view import DraftView
from panza_tui.chat.exchange import Exchange
from panza_tui.chat.instruction_input import InstructionInput
from panza_tui.chat.service import (
    Answered,
    Conversation,
    DraftService,
    Request,
    SourceMail,
    Turn,
    read_request,
)
from panza_tui.chat.widgets import Guide, Transcript
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
from panza_tui.shell.top_line import TopLine
from panza_tui.terminal.sanitise import safe_line

ModelState = Literal["looking", "missing", "loading", "ready", "failed"]
_VARIANTS = 3


class DraftingScreen(Screen[None]):
    """Owns the conversation, and what changes while drafts are written.

    A subclass composes a TopLine, a Transcript around `#column` with a Guide, and `_instruction`.
    """

    LOOK_AGAIN_SECONDS = 2.0

    def __init__(self, source: DraftService) -> None:
        super().__init__()
        self._desk = EngineDesk(source, self.post_message)
        self._instruction = InstructionInput(self._take)
        self._state: ModelState = "looking"
        self._model = ""
        self._number = 0  # of the newest draft; what comes for an older one was stopped
        self._writing: DraftView | None = None
        self._stopped: dict[int, DraftView] = {}
        self._to_write: list[DraftView] = []  # Variants that come after the one being written.
        self._conversation = Conversation()
        self._exchanges: list[Exchange] = []
        self._answered: Answered | None = None
        self._excluded: dict[int, SourceMail] = {}
        self._current: Exchange | None = None  # What keys act on: the newest, or one clicked.

    def _drafts_changed(self) -> None:
        """Another draft is chosen, or the chosen one is another now."""

    # The model

    def look_again(self) -> None:
        """See which model there is now, and load it if it is another one."""
        self.run_worker(
            self._desk.look_and_load,
            thread=True,
            group="model",
            exclusive=True,
            exit_on_error=False,
        )

    @on(Looked)
    def _show_readiness(self, message: Looked) -> None:
        model = safe_line(message.readiness.model)
        if not model:
            self._model = ""
            self._show_state("missing")
            self._guide.show_steps(message.readiness)
            self.set_timer(self.LOOK_AGAIN_SECONDS, self.look_again)
            return
        if model != self._model or self._state != "ready":
            self._model = model
            self._show_state("loading")
        self._guide.show_invitation(message.readiness.export)

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
            "missing": "○ no model",
            "loading": f"◌ loading {self._model}",
            "ready": f"● {self._model}",
            "failed": "! no model loaded",
        }
        self.query_one(TopLine).state = words[state]
        self.refresh_bindings()

    # Asking

    def _take(self, typed: str) -> bool:
        """Draft what was typed, or say why not now; whether it was taken."""
        if self._state == "failed":
            self._show_state("looking")
            self.look_again()
        elif not typed.strip():
            return False
        elif self._writing is not None:
            self._say("A draft is being written; Esc stops it.")
        elif self._state == "missing":
            where = (
                "the steps are above" if self._guide.display else "F5 shows models, F4 trains one"
            )
            self._say(f"There is no model to draft with; {where}.")
        elif self._state == "looking":
            self._say("Still starting; Enter again in a moment.")
        else:
            self._ask(typed)
            return True
        return False

    def _ask(self, typed: str) -> None:
        read = read_request(typed)
        last = self._exchanges[-1] if self._exchanges else None
        recipient = read.recipient or (last.request.recipient if last else "")
        if self._answered is not None:
            recipient = recipient or self._answered.recipient
        exchange = Exchange(typed, replace(read, recipient=recipient, answered=self._answered))
        self._add(exchange)
        self._show_guide()
        self._write(exchange.chosen)

    def _add(self, exchange: Exchange) -> None:
        self._exchanges.append(exchange)
        self._current = exchange
        self.query_one("#column").mount(exchange)

    def _write(self, draft: DraftView) -> None:
        """Have a draft of the newest exchange written."""
        self._number += 1
        self._writing = draft
        self._transcript.anchor()
        self.refresh_bindings()
        self._drafts_changed()
        self.run_worker(
            partial(self._desk.draft, self._number, self._request_for(draft)),
            thread=True,
            group="generation",
            exit_on_error=False,
        )

    def _request_for(self, draft: DraftView) -> Request:
        exchange = self._exchanges[-1]
        return replace(
            exchange.request,
            attempt=exchange.drafts.index(draft),
            turns=self._turns(),
            exclude=frozenset(self._excluded),
            conversation=self._conversation,
        )

    def _turns(self) -> tuple[Turn, ...]:
        """What the newest exchange builds on."""
        return tuple(one.turn() for one in self._exchanges[:-1] if one.chosen.text)

    def action_again(self) -> None:
        """Draft the newest instruction once more, differently."""
        self._current = self._exchanges[-1]
        self._write(self._current.add_draft())

    def action_variants(self) -> None:
        """Have several drafts of the newest instruction, to choose from."""
        exchange = self._current = self._exchanges[-1]
        wanted = max(1, _VARIANTS - len(exchange.drafts))
        first, *others = [exchange.add_draft() for _ in range(wanted)]
        for place, draft in enumerate(others, 1):
            draft.wait(place)
        exchange.choose(exchange.drafts[0])
        self._to_write = others
        self._write(first)

    def action_choose(self, step: int) -> None:
        """Choose the next variant, or the one before."""
        if self._current is not None:
            self._current.choose_next(step)
            self._drafts_changed()

    # What comes

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
        finished = message.finished
        if draft := self._stopped.pop(message.number, None):
            draft.attach(finished)
        elif draft := self._draft_of(message.number):
            turns = self._turns()
            draft.end(finished, before=turns[-1].text if turns else "")
            self._exchanges[-1].show_head(finished.recipient, finished.subject)
            self._settle()
        self._drafts_changed()

    @on(DraftFailed)
    def _show_draft_failure(self, message: DraftFailed) -> None:
        if draft := self._draft_of(message.number):
            draft.fail(message.error)
            self._to_write.clear()
            self._settle()

    def _draft_of(self, number: int) -> DraftView | None:
        return self._writing if number == self._number else None

    def _settle(self) -> None:
        self._writing = None
        if self._to_write:
            self._write(self._to_write.pop(0))
        self.refresh_bindings()

    # Ending

    def action_stop(self) -> None:
        """Stop writing and keep what came; when nothing came, give the instruction back."""
        draft = self._writing
        if draft is None:
            return
        self.workers.cancel_group(self, "generation")
        self._stopped[self._number] = draft
        self._writing = None
        *earlier, exchange = self._exchanges
        for waiting in self._to_write:
            exchange.remove_draft(waiting)
        self._to_write.clear()
        if draft.text:
            draft.stop()
        elif len(exchange.drafts) > 1:
            exchange.remove_draft(draft)
        elif self._instruction.text:  # Something else was typed meanwhile: lose neither.
            draft.stop()
        else:
            self._instruction.put(exchange.typed)
            self._exchanges = earlier
            self._current = earlier[-1] if earlier else None
            exchange.remove()
            self._show_guide()
        self.refresh_bindings()

    def action_new(self) -> None:
        """Begin a new conversation; this one is in the history."""
        if self._writing is not None:
            self.action_stop()
        self.query("Exchange, AnsweredMail").remove()
        self._conversation = Conversation()
        self._exchanges = []
        self._answered = None
        self._excluded = {}
        self._current = None
        self._show_guide()
        self._drafts_changed()
        self._instruction.focus()
        self.refresh_bindings()

    # What is where

    def _say(self, line: str) -> None:
        self.notify(safe_line(line), markup=False)

    def _show_guide(self) -> None:
        """The guide is there while nothing was asked; the input says what it is for."""
        exchanges = self._exchanges
        self._guide.display = not exchanges and self._answered is None
        if exchanges:
            asked = "What shall be different?   ctrl+n begins a new mail"
        elif self._answered is not None:
            asked = "What shall the answer say?"
        else:
            asked = "What shall the mail say?"
        self._instruction.placeholder = asked
        self.refresh_bindings()

    @property
    def _draft(self) -> DraftView | None:
        return self._current.chosen if self._current is not None else None

    @property
    def _transcript(self) -> Transcript:
        return self.query_one(Transcript)

    @property
    def _guide(self) -> Guide:
        return self.query_one(Guide)
