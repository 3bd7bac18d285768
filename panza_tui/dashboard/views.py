"""Tabs to choose the panel to show if there is only room for one."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static

VIEWS = ("curve", "drafts", "figures", "runs")


class ViewTab(Static):
    """The name of a panel; a click shows it."""

    def __init__(self, view: str) -> None:
        super().__init__(view.capitalize(), markup=False)
        self.view = view

    def on_click(self) -> None:
        self.screen.query_one(ViewTabs).show(self.view)


class ViewTabs(Horizontal):
    """The names of all panels; the screen's class `-view-…` says which one is shown."""

    def compose(self) -> ComposeResult:
        yield from map(ViewTab, VIEWS)

    def on_mount(self) -> None:
        self.show(VIEWS[0])

    def show(self, view: str) -> None:
        """Show this panel."""
        for tab in self.query(ViewTab):
            tab.set_class(tab.view == view, "-here")
            self.screen.set_class(tab.view == view, f"-view-{tab.view}")
        if view == "runs":
            self.screen.query_one("#runs").focus()

    def show_next(self) -> None:
        """Show the next panel."""
        here = next(tab.view for tab in self.query(ViewTab) if tab.has_class("-here"))
        self.show(VIEWS[(VIEWS.index(here) + 1) % len(VIEWS)])
