"""Loss curves: of one run, or of several compared. Told apart by marks, not by colour alone."""

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
"""Of the runs compared, in order."""

_MOST_POINTS = 500
_COLOURS = ("accent", "secondary", "success", "error", "foreground")


@dataclass(frozen=True)
class Line:
    """One curve: a thin line, marks, or both. colour: a variable of the theme."""

    points: Curve
    colour: str
    mark: str = ""
    joined: bool = True


def lines_of_run(record: RunRecord) -> list[Line]:
    """Training as a thin line, validation and held-out mails as marks."""
    return [
        Line(curve(record.training), "secondary"),
        Line(curve(record.validation), "accent", "●"),
        Line(curve(record.held_out), "success", "◆", joined=False),
    ]


def lines_of_several(records: Sequence[RunRecord]) -> list[Line]:
    """Of each run the validation loss, or the training loss where it has no other."""
    return [
        Line(
            curve(record.validation) or curve(record.training),
            _COLOURS[number % len(_COLOURS)],
            MARKS[number % len(MARKS)],
        )
        for number, record in enumerate(records)
    ]


class StyledCanvas(Canvas):
    """A canvas whose empty lines have a style, too: without colour, Textual asks each for it."""

    def render_line(self, y: int) -> Strip:
        line = super().render_line(y)
        return line if line.cell_length else Strip.blank(self.size.width, self.rich_style)


class LossPlot(PlotWidget, can_focus=False):
    """Optimizer steps across, nats a token up; redrawn only when the points are others."""

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
        """Draw the lines. steps: of the whole run, which the curve grows towards."""
        lines = [line for line in lines if line.points]
        if (lines, steps) != (self._lines, self._steps):
            self._lines, self._steps = lines, steps
            self.visible = bool(lines)  # Axes without a curve say nothing.
            self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        """What the terminal has no dots for is not drawn: a cell is two dots wide."""
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
        # A point on the frame itself would be drawn outside of it.
        self.set_xlimits(0, 1.02 * max(self._steps, last, 1))
        self.set_ylimits(low - room, high + room)


def _rich(colour: str) -> str:
    """A colour of a theme as Rich has it; the terminal's own where the theme leaves it to that."""
    parsed = Color.parse(colour)
    return parsed.hex6 if parsed.ansi is None else "default"
