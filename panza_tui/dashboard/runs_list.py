"""The list of runs: the comparison mark, state and name of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.widgets import OptionList
from textual.widgets.option_list import Option

from panza_tui.dashboard.plot import MARKS
from panza_tui.dashboard.run_line import GLYPHS
from panza_tui.dashboard.service import RunView
from panza_tui.terminal.sanitise import safe_line


class RunsList(OptionList):
    """Runs to choose from; the id of an option is the name of its run."""

    def __init__(self) -> None:
        super().__init__(id="runs", markup=False)

    def show(self, views: Mapping[str, RunView], compared: Sequence[str], chosen: str) -> None:
        """Show the runs. chosen: where the cursor goes if they are not the same as before."""
        names = list(views)
        prompts = [_prompt(view, compared) for view in views.values()]
        if [option.id for option in self.options] == names:
            for name, prompt in zip(names, prompts, strict=True):
                self.replace_option_prompt(name, prompt)
            return
        with self.prevent(OptionList.OptionHighlighted):
            self.clear_options()
            self.add_options(map(_option, prompts, names))
            self.choose(chosen)

    def choose(self, name: str) -> None:
        """Put the cursor on a run, or on the first if it is not in the list."""
        names = [option.id for option in self.options]
        if names:
            self.highlighted = names.index(name) if name in names else 0


def _option(prompt: str, name: str) -> Option:
    return Option(prompt, id=name)


def _prompt(view: RunView, compared: Sequence[str]) -> str:
    mark = MARKS[compared.index(view.name)] if view.name in compared else "\u00a0"
    return f"{mark} {GLYPHS[view.state]} {safe_line(view.name)}"
