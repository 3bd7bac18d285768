"""The drafts of every evaluation, one evaluation at a time: one sees the voice arrive.

Drafts are shown as they are: never as markup, never as Markdown.
"""

from __future__ import annotations

from collections.abc import Mapping

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Static

from panza_tui.dashboard.record import RunRecord
from panza_tui.dashboard.words import Words
from panza_tui.terminal.sanitise import safe_line, safe_text

_SIDE_BY_SIDE = 96


class Arrow(Static):
    """Goes to the drafts before or after, at a click."""

    def __init__(self, text: str, by: int) -> None:
        super().__init__(text, markup=False)
        self._by = by

    async def on_click(self) -> None:
        await self.run_action(f"screen.sample({self._by})")


class SampleDraft(Vertical):
    """An instruction and what was drafted for it."""

    def compose(self) -> ComposeResult:
        yield Words(classes="instruction")
        yield Words(classes="draft")

    def show(self, instruction: str, text: str) -> None:
        """Tell both."""
        asked, drafted = self.query(Words)
        asked.show(safe_line(instruction))
        drafted.show(safe_text(text) or "(it wrote nothing)")


class Voice(Vertical):
    """A selector of evaluations above the drafts made there; it follows the newest one.

    The last stop is what the user wrote, where that is known.
    """

    DRAFTS = 3

    def __init__(self) -> None:
        super().__init__()
        self._record = RunRecord()
        self._own: Mapping[str, str] = {}
        self._at = 0
        self._follows = True

    def compose(self) -> ComposeResult:
        with Horizontal(id="stops"):
            yield Arrow("◂ earlier", -1)
            yield Words(id="stop")
            yield Arrow("later ▸", 1)
        with VerticalScroll(id="drafts", can_focus=False):
            for _ in range(self.DRAFTS):
                yield SampleDraft()

    def on_resize(self) -> None:
        self.query_one("#drafts").set_class(self.size.width >= _SIDE_BY_SIDE, "side-by-side")

    def show(self, record: RunRecord, own: Mapping[str, str], *, anew: bool) -> None:
        """Show a run's drafts; anew: another run's, whose newest are shown."""
        self._record, self._own = record, own
        self._follows |= anew
        steps = record.sample_steps()
        if self._follows:
            self._at = len(steps) - 1
        self._at = max(0, min(self._at, len(self._stops()) - 1))
        self._show_stop()

    def move(self, by: int) -> None:
        """Go to an earlier or later evaluation."""
        stops = self._stops()
        if stops:
            self._at = max(0, min(self._at + by, len(stops) - 1))
            self._follows = self._at == len(self._record.sample_steps()) - 1
            self._show_stop()

    def page(self, pages: int) -> None:
        """Scroll the drafts."""
        drafts = self.query_one("#drafts", VerticalScroll)
        if pages < 0:
            drafts.scroll_page_up(animate=False)
        else:
            drafts.scroll_page_down(animate=False)

    def _stops(self) -> list[tuple[str, Mapping[str, str]]]:
        """(in words, instruction -> text) of each, in order."""
        steps = self._record.sample_steps()
        stops: list[tuple[str, Mapping[str, str]]] = [
            (_when(step, number), self._record.samples[step]) for number, step in enumerate(steps)
        ]
        if stops and all(instruction in self._own for instruction in stops[-1][1]):
            stops.append(("as you wrote it", self._own))
        return stops

    def _show_stop(self) -> None:
        stops = self._stops()
        line = self.query_one("#stop", Words)
        if not stops:
            line.show("no drafts yet")
        else:
            line.show(f"{stops[self._at][0]}  ({self._at + 1} of {len(stops)})")
        steps = self._record.sample_steps()
        instructions = list(self._record.samples[steps[-1]]) if steps else []
        for number, draft in enumerate(self.query(SampleDraft)):
            draft.display = number < len(instructions)
            if draft.display:
                asked = instructions[number]
                draft.show(asked, stops[self._at][1].get(asked, ""))
        first, last = self.query(Arrow)
        first.set_class(self._at == 0, "-end")
        last.set_class(self._at >= len(stops) - 1, "-end")


def _when(step: int, number: int) -> str:
    return "before training" if step == 0 else f"evaluation {number}, step {step}"
