"""Which part is in front where there is room for one only."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static

VIEWS = ("curve", "voice", "figures", "runs")


class ViewTab(Static):
    """The name of a part; a click brings it to the front."""

    def __init__(self, view: str) -> None:
        super().__init__(view.capitalize(), markup=False)
        self.view = view

    def on_click(self) -> None:
        self.screen.query_one(ViewTabs).show(self.view)


class ViewTabs(Horizontal):
    """The names of all parts; the screen's class `-view-…` says which is in front."""

    def compose(self) -> ComposeResult:
        yield from map(ViewTab, VIEWS)

    def on_mount(self) -> None:
        self.show(VIEWS[0])

    def show(self, view: str) -> None:
        """Bring a part to the front."""
        for tab in self.query(ViewTab):
            tab.set_class(tab.view == view, "-here")
            self.screen.set_class(tab.view == view, f"-view-{tab.view}")
        if view == "runs":
            self.screen.query_one("#runs").focus()

    def go_on(self) -> None:
        """Bring the next part to the front."""
        here = next(tab.view for tab in self.query(ViewTab) if tab.has_class("-here"))
        self.show(VIEWS[(VIEWS.index(here) + 1) % len(VIEWS)])
