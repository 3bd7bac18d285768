"""The models screen: a list of them, the card of the one chosen, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.screen import Screen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from panza_tui.jobs.bases import BaseChoice
from panza_tui.models.base_card import base_content
from panza_tui.models.card_view import card_content, state_text
from panza_tui.models.dialogs import AskName, AskQuantisation
from panza_tui.models.export_line import ExportLine
from panza_tui.models.service import ModelsService, ModelView
from panza_tui.shell.confirm import Confirm
from panza_tui.shell.key_line import KeyLine
from panza_tui.shell.messages import ModelsChanged
from panza_tui.shell.top_line import TopLine
from panza_tui.shell.workers import follow_in_thread, run_in_thread
from panza_tui.terminal.base_words import base_label
from panza_tui.terminal.sanitise import safe_line


class ModelsScreen(Screen[None]):
    """Shows every trained model, and chooses, renames, exports and deletes them."""

    CSS_PATH = "models.tcss"
    HORIZONTAL_BREAKPOINTS: list[tuple[int, str]] | None = [(0, "-narrow"), (96, "-wide")]  # noqa: RUF012

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "make_default", "Make default", id="models.default"),
        Binding("e", "export", "Export", id="models.export"),
        Binding("s", "stop_export", "Stop export", id="models.stop"),
        Binding("r", "rename", "Rename", id="models.rename"),
        Binding("b", "use_base", "Use as base", id="models.base"),
        Binding("delete,backspace", "delete", "Delete", id="models.delete"),
    ]

    def __init__(self, service: ModelsService) -> None:
        super().__init__()
        self._service = service
        self._views: list[ModelView] = []
        self._bases: list[BaseChoice] = []  # They are listed after the models.
        self._exporting = ""
        self._busy = ""  # The change that is being made.

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
        follow_in_thread(
            self,
            self._service.base_choices,
            self._add_bases,
            lambda _: None,
            self._show_error,
            group="bases",
        )

    def on_screen_resume(self) -> None:
        """Read the models again: training and other terminals make models, too."""
        self._read_models()

    def _read_models(self, choose: str = "") -> None:
        """Read and show all models. choose: the model to show, by default the one shown now."""

        def read() -> tuple[list[ModelView], str]:
            return self._service.models(), self._service.exporting()

        show = partial(self._show_models, choose)
        run_in_thread(self, read, show, self._show_error, group="read", exclusive=True)

    def _show_models(self, choose: str, read: tuple[list[ModelView], str]) -> None:
        chosen, chosen_base = self._chosen, self._chosen_base
        self._views, exporting = read
        listed = self.query_one("#names", OptionList)
        listed.clear_options()
        listed.add_options(
            Option(
                f"{'✓' if view.is_default else ' '} {safe_line(view.card.name)}\n"
                f"  {state_text(view)}"
            )
            for view in self._views
        )
        listed.add_options(map(_base_option, self._bases))
        self._show_state()
        self._mark_empty()
        if chosen_base and not choose:
            listed.highlighted = len(self._views) + self._bases.index(chosen_base)
        elif self._views:
            names = [view.card.name for view in self._views]
            name = choose or (chosen.card.name if chosen else "")
            listed.highlighted = names.index(name) if name in names else 0
        elif not self._bases:
            self.query_one("#text", Static).update(
                "No model is trained yet. Press F4 to start a training run."
            )
        if exporting and not self._exporting:
            self._follow_export(exporting)
        self.refresh_bindings()

    def _add_bases(self, choices: Sequence[BaseChoice]) -> None:
        self._bases += choices
        self.query_one("#names", OptionList).add_options(map(_base_option, choices))
        self._mark_empty()

    def _mark_empty(self) -> None:
        self.query_one("#halves").set_class(not (self._views or self._bases), "empty")

    def _show_state(self) -> None:
        count = len(self._views)
        models = f"{count or 'no'} {'model' if count == 1 else 'models'}"
        self.query_one(TopLine).state = self._busy or models

    def _show_error(self, error: str) -> None:
        self.notify(error, severity="error", timeout=10, markup=False)

    @on(OptionList.OptionHighlighted, "#names")
    def _show_card(self) -> None:
        if view := self._chosen:
            self.query_one("#text", Static).update(card_content(view))
        elif base := self._chosen_base:
            self.query_one("#text", Static).update(base_content(base))
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only the keys that do something now."""
        if not self.is_mounted:
            return True
        view = self._chosen
        if action == "stop_export":
            return bool(self._exporting)
        if action == "use_base":
            return self._chosen_base is not None and not self._chosen_base.cant_train
        if action not in ("export", "make_default", "rename", "delete"):
            return True
        if view is None or self._busy:
            return False
        if action == "export":
            return view.card.state == "finished" and not self._exporting
        if action == "make_default":
            return view.card.state == "finished" and not view.is_default
        return self._exporting != view.card.name

    # Changes

    def action_make_default(self) -> None:
        """Make the chosen model the one that drafts."""
        if view := self._chosen:
            make_default = partial(self._service.make_default, view.card.name)
            self._change(make_default, "◌ changing the default")

    def action_use_base(self) -> None:
        """Train on the chosen base model from now on."""
        if (choice := self._chosen_base) is None:
            return
        name = safe_line(base_label(choice))

        def done(_: None) -> None:
            self.notify(f"The next training uses {name}: press F4 to start it.", markup=False)

        use = partial(self._service.use_base, choice.base)
        run_in_thread(self, use, done, self._show_error, group="change")

    def action_rename(self) -> None:
        """Give the chosen model another name."""
        if (view := self._chosen) is None:
            return
        old = view.card.name

        def rename(new: str | None) -> None:
            if new:
                self._change(partial(self._service.rename, old, new), "◌ renaming", choose=new)

        self.app.push_screen(AskName(old), rename)

    def action_delete(self) -> None:
        """Delete the chosen model, after a yes."""
        if (view := self._chosen) is None:
            return
        name = view.card.name

        def delete(sure: bool | None) -> None:
            if sure:
                self._change(partial(self._service.delete, name), "◌ deleting")

        self.app.push_screen(Confirm(f"Delete '{name}' and all its files?"), delete)

    def _change(
        self, change: Callable[[], Sequence[str] | None], doing: str, choose: str = ""
    ) -> None:
        """Change the models in a thread, then read them again.

        change: returns lines to show, if any. doing: what is said meanwhile.
        """

        def done(lines: Sequence[str] | None) -> None:
            self._set_busy("")
            for line in lines or ():
                self.notify(safe_line(line), markup=False)
            self._read_models(choose)
            self.post_message(ModelsChanged())

        def failed(error: str) -> None:
            self._set_busy("")
            self._show_error(error)

        self._set_busy(doing)
        run_in_thread(self, change, done, failed, group="change")

    def _set_busy(self, doing: str) -> None:
        self._busy = doing
        self._show_state()
        self.refresh_bindings()

    # Export

    def action_export(self) -> None:
        """Export the chosen model as a GGUF file, for faster drafts."""
        if (view := self._chosen) is None:
            return
        name = view.card.name

        def start(kind: str | None) -> None:
            if kind:
                run_in_thread(
                    self,
                    partial(self._service.start_export, name, kind),
                    lambda _: self._follow_export(name),
                    group="export",
                )

        self.app.push_screen(AskQuantisation(), start)

    def action_stop_export(self) -> None:
        """Stop the export; an older file is kept."""
        run_in_thread(self, self._service.stop_export, lambda _: None, group="export")

    def _follow_export(self, name: str) -> None:
        def failed(error: str) -> None:
            self._end_export(f"The export can no longer be followed, but may continue. {error}")

        self._exporting = name
        line = self.query_one(ExportLine)
        line.begin(name)
        self.refresh_bindings()
        follow_in_thread(
            self,
            self._service.follow_export,
            line.show_events,
            self._end_export,
            failed,
            group="follow export",
            exclusive=True,
        )

    def _end_export(self, error: str) -> None:
        self.query_one(ExportLine).end(error)
        self._exporting = ""
        self._read_models()
        if not error:
            self.post_message(ModelsChanged())

    @property
    def _chosen(self) -> ModelView | None:
        index = self.query_one("#names", OptionList).highlighted
        return self._views[index] if index is not None and index < len(self._views) else None

    @property
    def _chosen_base(self) -> BaseChoice | None:
        index = self.query_one("#names", OptionList).highlighted
        index = -1 if index is None else index - len(self._views)
        return self._bases[index] if 0 <= index < len(self._bases) else None


def _base_option(choice: BaseChoice) -> Option:
    return Option(f"· {safe_line(base_label(choice))}\n  base model, trains: {choice.training}")
