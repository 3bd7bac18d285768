"""The panel that asks which base model to train."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from panza_tui.first_start.service import BaseChoice, StartService, StartState
from panza_tui.shell.workers import follow_in_thread
from panza_tui.terminal.base_words import base_label, cost_words
from panza_tui.terminal.sanitise import safe_line


class BasePanel(Vertical):
    """Asks which base model to train, with an estimate of what that takes on this machine."""

    @dataclass
    class EstimateFailed(Message):
        """The base models on this disk could not be listed or estimated."""

        error: str

    def __init__(self, service: StartService) -> None:
        super().__init__(id="train")
        self._service = service
        self._choices: list[BaseChoice] = []

    def compose(self) -> ComposeResult:
        yield Static("", classes="words", markup=False)
        yield OptionList(markup=False, compact=True)
        yield Static("", id="measuring", markup=False)

    def ask(self, state: StartState) -> None:
        """Offer the training that can be resumed, and base models as they are estimated."""
        text = (
            "Which base model should yours be trained on? Enter begins. Larger ones write better."
        )
        self._choices = []
        self.query_one(OptionList).clear_options()
        if state.stopped:
            self._add(BaseChoice(""), f"▸ Resume the training of “{safe_line(state.model)}”")
            text = "Your training was stopped. Enter resumes it, or starts again on another base."
        self.query_one(".words", Static).update(text)
        self.query_one("#measuring", Static).update("◌ measuring this machine …")
        follow_in_thread(
            self,
            self._service.base_choices,
            self._offer,
            lambda _: self._end_measuring(),
            lambda error: self.post_message(self.EstimateFailed(error)),
            group="bases",
            exclusive=True,
        )

    def _offer(self, choices: Sequence[BaseChoice]) -> None:
        for choice in choices:
            # Of the many files that another program may keep, only those that can be trained.
            if not choice.cant_train or choice.kind == "unknown":
                self._add(choice, _line(choice))

    def _end_measuring(self) -> None:
        self.query_one("#measuring", Static).update(
            "These are rough estimates: other programs slow training down, but most runs end "
            "before their last epoch.\nFor another base model, set model.base in the settings (F6)."
        )

    def choice(self) -> BaseChoice | None:
        """The base model under the cursor; base '': resume the training."""
        index = self.query_one(OptionList).highlighted
        return None if index is None else self._choices[index]

    def _add(self, choice: BaseChoice, line: str) -> None:
        self._choices.append(choice)
        choices = self.query_one(OptionList)
        choices.add_option(Option(line))
        if choices.highlighted is None:
            choices.highlighted = 0


def _line(choice: BaseChoice) -> str:
    name = base_label(choice)
    if choice.trouble:
        return safe_line(f"! {name} · {choice.trouble}")
    if choice.minutes is None:
        return safe_line(f"● {name} · {choice.note}")
    cost = cost_words(choice.minutes, choice.memory_gib, choice.free_gib)
    return safe_line(f"● {name} · {cost}")
