"""Plot the loss curves of one run or several, distinguished by marks as well as by colour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.color import Color
from textual.containers import Grid
from textual.strip import Strip
from textual_hires_canvas import Canvas
from textual_plot import HiResMode, PlotWidget
from textual_plot.plot_widget import Legend

from panza_tui.dashboard.record import Curve, RunRecord, curve, thinned

MARKS = "●◆▲■✚"
"""The marks of the compared runs, in order."""

_MOST_POINTS = 500  # More than the dots across a wide terminal make no difference.
_COLOURS = ("accent", "secondary", "success", "error", "foreground")


@dataclass(frozen=True)
class Line:
    """One curve: a thin line, marks, or both. colour: the name of a theme variable."""

    points: Curve
    colour: str
    mark: str = ""
    joined: bool = True


def lines_of_run(record: RunRecord) -> list[Line]:
    """Return the training loss as a thin line, validation and held-out loss as marks."""
    return [
        Line(curve(record.training), "secondary"),
        Line(curve(record.validation), "accent", "●"),
        Line(curve(record.held_out), "success", "◆", joined=False),
    ]


def lines_of_several(records: Sequence[RunRecord]) -> list[Line]:
    """Return the validation loss of each run, or its training loss if it has no other."""
    return [
        Line(
            curve(record.validation) or curve(record.training),
            _COLOURS[number % len(_COLOURS)],
            MARKS[number % len(MARKS)],
        )
        for number, record in enumerate(records)
    ]


class StyledCanvas(Canvas):
    """A canvas whose empty lines have a style, which Textual needs when colours are off."""

    def render_line(self, y: int) -> Strip:
        line = super().render_line(y)
        return line if line.cell_length else Strip.blank(self.size.width, self.rich_style)


class LossPlot(PlotWidget, can_focus=False):
    """Loss (nats/token) over optimizer steps; redrawn only when the points change."""

    def __init__(self) -> None:
        super().__init__(allow_pan_and_zoom=False)
        self._lines: Sequence[Line] = ()
        self._steps = 0
        self.visible = False

    def compose(self) -> ComposeResult:
        with Grid():
            for part in ("margin-top", "margin-left", "plot", "margin-bottom"):
                yield StyledCanvas(1, 1, id=part)
        yield Legend(id="legend")

    def on_mount(self) -> None:
        self.margin_left, self.margin_top, self.margin_bottom = 7, 0, 1
        super().on_mount()
        self.watch(self.app, "theme", self._draw, init=False)

    def show(self, lines: Sequence[Line], steps: int) -> None:
        """Draw the lines. steps: how many the whole run has, for the width of the x axis."""
        lines = [line for line in lines if line.points]
        if (lines, steps) != (self._lines, self._steps):
            self._lines, self._steps = lines, steps
            self.visible = bool(lines)  # Axes without a curve are of no use.
            self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        """Draw at most as many points as the terminal has dots: two per column."""
        self.clear()
        shown = [line for line in self._lines if line.points]
        if not shown:
            return
        most = max(20, min(_MOST_POINTS, 2 * self.size.width))
        variables = self.app.theme_variables
        for line in shown:
            colour = _rich(variables[line.colour])
            xs, ys = zip(*thinned(line.points, most), strict=True)
            if line.joined and len(xs) > 1:
                self.plot(xs, ys, colour, hires_mode=HiResMode.BRAILLE)
            if line.mark:
                self.scatter(xs, ys, line.mark, f"bold {colour}")
        losses = [y for line in shown for _, y in line.points]
        low, high = min(losses), max(losses)
        room = 0.06 * (high - low) or 0.1
        last = max(x for line in shown for x, _ in line.points)
        # A point on the frame itself would be drawn outside it.
        self.set_xlimits(0, 1.02 * max(self._steps, last, 1))
        self.set_ylimits(low - room, high + room)


def _rich(colour: str) -> str:
    """Convert a theme colour for Rich; 'default' if the theme leaves it to the terminal."""
    parsed = Color.parse(colour)
    return parsed.hex6 if parsed.ansi is None else "default"
