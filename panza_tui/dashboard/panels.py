"""The panels of the training screen: the list of runs, and figures, curve and drafts of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content

from panza_tui.dashboard.figures import compared_figures, run_figures
from panza_tui.dashboard.plot import MARKS, LossPlot, lines_of_run, lines_of_several
from panza_tui.dashboard.record import RunRecord
from panza_tui.dashboard.runs_list import RunsList
from panza_tui.dashboard.sample_drafts import SampleDrafts
from panza_tui.dashboard.service import LIVE, RunView
from panza_tui.dashboard.text import Part, Text
from panza_tui.terminal.sanitise import safe_line


class RunPanels(Horizontal):
    """Runs and figures on the left, curve and drafts on the right."""

    def compose(self) -> ComposeResult:
        with Vertical(id="left"):
            yield RunsList()
            with VerticalScroll(id="figures", can_focus=False):
                yield Text(id="numbers")
        with Vertical(id="right"):
            with Vertical(id="curve"):
                yield LossPlot()
                yield Text(id="legend")
            yield SampleDrafts()

    def on_mount(self) -> None:
        for selector, title in (
            ("#runs", "Runs"),
            ("#figures", "Figures"),
            ("#curve", "Loss, nats/token"),
            ("SampleDrafts", "Sample drafts"),
        ):
            self.query_one(selector).border_title = Content(title)

    def show_run(self, view: RunView, record: RunRecord) -> None:
        """Show the curve and the figures of one run."""
        total = record.progress.total if record.progress and view.state in LIVE else 0
        self.query_one(LossPlot).show(lines_of_run(record), total or 0)
        self._show_figures(run_figures(record), ["⠒ training", "● validation", "◆ held out"])

    def show_compared(self, runs: Sequence[tuple[RunView, RunRecord]]) -> None:
        """Show the curves and the figures of several runs."""
        self.query_one(LossPlot).show(lines_of_several([record for _, record in runs]), 0)
        legend = [
            f"{mark} {safe_line(view.name)}" for mark, (view, _) in zip(MARKS, runs, strict=False)
        ]
        self._show_figures(compared_figures(runs), legend)

    def show_drafts(self, record: RunRecord, own: Mapping[str, str], *, newest: bool) -> None:
        """Show a run's sample drafts. newest: go to the newest, for a run not shown before."""
        self.query_one(SampleDrafts).show(record, own, newest=newest)

    def scroll_page(self, pages: int) -> None:
        """Scroll the drafts, and the figures in case only they are shown."""
        self.query_one(SampleDrafts).scroll_page(pages)
        figures = self.query_one("#figures", VerticalScroll)
        figures.scroll_relative(y=pages * figures.size.height, animate=False)

    def _show_figures(self, figures: Sequence[Part], legend: Sequence[str]) -> None:
        self.query_one("#numbers", Text).show(*figures)
        self.query_one("#legend", Text).show("   ".join(legend))
