"""The models' screen: a list of them, the card of the one chosen, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.screen import Screen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option
from textual.worker import get_current_worker

from engine.events import Event
from panza_tui.models.card_view import card_content, state_words
from panza_tui.models.dialogs import AskName, AskQuantisation
from panza_tui.models.export_line import ExportEnded, ExportLine, ExportMoved
from panza_tui.models.service import ModelsService, ModelView
from panza_tui.shell.confirm import Confirm
from panza_tui.shell.key_line import KeyLine
from panza_tui.shell.messages import ModelsChanged
from panza_tui.shell.top_line import TopLine
from panza_tui.terminal.failures import one_line
from panza_tui.terminal.sanitise import safe_line


class ModelsScreen(Screen[None]):
    """Every trained model can be looked at, chosen, renamed, exported and deleted here."""

    CSS_PATH = "models.tcss"
    HORIZONTAL_BREAKPOINTS: list[tuple[int, str]] | None = [(0, "-narrow"), (96, "-wide")]  # noqa: RUF012

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "make_default", "Draft with it", id="models.default"),
        Binding("e", "export", "Export", id="models.export"),
        Binding("s", "stop_export", "Stop export", id="models.stop"),
        Binding("r", "rename", "Rename", id="models.rename"),
        Binding("delete,backspace", "delete", "Delete", id="models.delete"),
    ]

    def __init__(self, service: ModelsService) -> None:
        super().__init__()
        self._service = service
        self._views: list[ModelView] = []
        self._exporting = ""

    def compose(self) -> ComposeResult:
        yield TopLine("models")
        with Horizontal(id="halves"):
            yield OptionList(id="names", markup=False)
            with VerticalScroll(id="card", can_focus=False):
                yield Static("", id="text", markup=False)
        yield ExportLine()
        yield KeyLine()

    def on_mount(self) -> None:
        self.query_one("#names").focus()

    def on_screen_resume(self) -> None:
        """Look anew: training and other terminals make models, too."""
        self._look()
        if not self._exporting:
            self._exporting = self._service.exporting()
            if self._exporting:
                self._watch_export()

    def _look(self) -> None:
        chosen = self._chosen
        try:
            self._views = self._service.models()
        except Exception as error:
            self.notify(one_line(error), severity="error", markup=False)
        names = self.query_one("#names", OptionList)
        names.clear_options()
        names.add_options(
            Option(
                f"{'✓' if view.is_default else ' '} {safe_line(view.card.name)}\n"
                f"  {state_words(view)}"
            )
            for view in self._views
        )
        count = len(self._views)
        self.query_one(TopLine).state = f"{count or 'no'} {'model' if count == 1 else 'models'}"
        self.query_one("#halves").set_class(not self._views, "empty")
        if not self._views:
            self.query_one("#text", Static).update(
                "No model is trained yet. F4 shows the training, where one can be started."
            )
            return
        kept = [view.card.name for view in self._views]
        name = chosen.card.name if chosen else next(v.card.name for v in self._views)
        names.highlighted = kept.index(name) if name in kept else 0

    @on(OptionList.OptionHighlighted, "#names")
    def _show_card(self) -> None:
        if view := self._chosen:
            self.query_one("#text", Static).update(card_content(view))
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that would do nothing now are not offered."""
        if not self.is_mounted:
            return True
        view = self._chosen
        if action == "stop_export":
            return bool(self._exporting)
        if action == "export":
            return view is not None and view.card.state == "finished" and not self._exporting
        if action == "make_default":
            return view is not None and view.card.state == "finished" and not view.is_default
        if action in ("rename", "delete"):
            return view is not None and self._exporting != view.card.name
        return True

    def action_make_default(self) -> None:
        """Have the chosen model draft from now on."""
        if view := self._chosen:
            self._change(lambda: self._service.make_default(view.card.name))

    @work
    async def action_rename(self) -> None:
        """Give the chosen model another name."""
        if (view := self._chosen) is None:
            return
        old = view.card.name
        new = await self.app.push_screen_wait(AskName(old))
        if new:
            self._change(lambda: self._service.rename(old, new))

    @work
    async def action_delete(self) -> None:
        """Delete the chosen model, after a yes."""
        if (view := self._chosen) is None:
            return
        name = view.card.name
        if await self.app.push_screen_wait(Confirm(f"Delete '{name}' and all its files?")):
            self._change(lambda: self._service.delete(name))

    @work
    async def action_export(self) -> None:
        """Write the chosen model as a GGUF, so that drafts are quick."""
        if (view := self._chosen) is None:
            return
        kind = await self.app.push_screen_wait(AskQuantisation())
        if not kind:
            return
        try:
            self._service.start_export(view.card.name, kind)
        except Exception as error:
            self.notify(one_line(error), severity="error", markup=False)
            return
        self._exporting = view.card.name
        self._watch_export()

    def action_stop_export(self) -> None:
        """End the export; an older file is kept."""
        self._service.stop_export()

    def _watch_export(self) -> None:
        self.query_one(ExportLine).begin(self._exporting)
        self.refresh_bindings()
        self.run_worker(
            self._follow_export, thread=True, group="export", exclusive=True, exit_on_error=False
        )

    def _follow_export(self) -> None:
        worker = get_current_worker()

        def show(event: Event) -> None:
            self.post_message(ExportMoved(event))

        try:
            error = self._service.follow_export(show, lambda: worker.is_cancelled)
        except Exception as failure:
            error = (
                f"The export can't be followed any more, it may still go on. {one_line(failure)}"
            )
        self.post_message(ExportEnded(error))

    @on(ExportMoved)
    def _show_export(self, message: ExportMoved) -> None:
        self.query_one(ExportLine).move(message.event)

    @on(ExportEnded)
    def _end_export(self, message: ExportEnded) -> None:
        self.query_one(ExportLine).end(message.error)
        self._exporting = ""
        self._look()
        self.refresh_bindings()
        if not message.error:
            self.post_message(ModelsChanged())

    def _change(self, change: Callable[[], None]) -> None:
        try:
            change()
        except Exception as error:
            self.notify(one_line(error), severity="error", markup=False)
            return
        self._look()
        self.post_message(ModelsChanged())

    @property
    def _chosen(self) -> ModelView | None:
        index = self.query_one("#names", OptionList).highlighted
        return self._views[index] if index is not None and index < len(self._views) else None
