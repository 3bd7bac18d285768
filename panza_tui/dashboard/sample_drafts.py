"""Sample drafts of every evaluation, one evaluation at a time.

They are shown as plain text: not as markup, and not as Markdown.
"""

from __future__ import annotations

from collections.abc import Mapping

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Static

from panza_tui.dashboard.record import RunRecord
from panza_tui.dashboard.text import Text
from panza_tui.terminal.sanitise import safe_line, safe_text

_SIDE_BY_SIDE = 96


class Arrow(Static):
    """Shows earlier or later drafts when clicked."""

    def __init__(self, text: str, by: int) -> None:
        super().__init__(text, markup=False)
        self._by = by

    async def on_click(self) -> None:
        await self.run_action(f"screen.sample({self._by})")


class SampleDraft(Vertical):
    """An instruction and its draft."""

    def compose(self) -> ComposeResult:
        yield Text(classes="instruction")
        yield Text(classes="draft")

    def show(self, instruction: str, text: str) -> None:
        """Show both."""
        asked, drafted = self.query(Text)
        asked.show(safe_line(instruction))
        drafted.show(safe_text(text) or "(empty)")


class SampleDrafts(Vertical):
    """Shows the drafts of one evaluation, by default the newest, with arrows to choose another.

    The last entry is what the user wrote, if it is known.
    """

    DRAFTS = 3

    def __init__(self) -> None:
        super().__init__()
        self._record = RunRecord()
        self._own: Mapping[str, str] = {}
        self._at = 0
        self._follows = True

    def compose(self) -> ComposeResult:
        with Horizontal(id="entries"):
            yield Arrow("◂ earlier", -1)
            yield Text(id="entry")
            yield Arrow("later ▸", 1)
        with VerticalScroll(id="drafts", can_focus=False):
            for _ in range(self.DRAFTS):
                yield SampleDraft()

    def on_resize(self) -> None:
        self.query_one("#drafts").set_class(self.size.width >= _SIDE_BY_SIDE, "side-by-side")

    def show(self, record: RunRecord, own: Mapping[str, str], *, newest: bool) -> None:
        """Show a run's drafts. newest: go to the newest, even if another was chosen.

        own: instruction -> what the user wrote for it.
        """
        self._record, self._own = record, own
        self._follows |= newest
        steps = record.sample_steps()
        if self._follows:
            self._at = len(steps) - 1
        self._at = max(0, min(self._at, len(self._entries()) - 1))
        self._show_entry()

    def move(self, by: int) -> None:
        """Go to an earlier or later evaluation."""
        entries = self._entries()
        if entries:
            self._at = max(0, min(self._at + by, len(entries) - 1))
            self._follows = self._at == len(self._record.sample_steps()) - 1
            self._show_entry()

    def scroll_page(self, pages: int) -> None:
        """Scroll the drafts up (-1) or down (1)."""
        drafts = self.query_one("#drafts", VerticalScroll)
        if pages < 0:
            drafts.scroll_page_up(animate=False)
        else:
            drafts.scroll_page_down(animate=False)

    def _entries(self) -> list[tuple[str, Mapping[str, str]]]:
        """Return (title, instruction -> text) of each, in order."""
        steps = self._record.sample_steps()
        entries: list[tuple[str, Mapping[str, str]]] = [
            (_title(step, number), self._record.samples[step]) for number, step in enumerate(steps)
        ]
        if entries and all(instruction in self._own for instruction in entries[-1][1]):
            entries.append(("as you wrote it", self._own))
        return entries

    def _show_entry(self) -> None:
        entries = self._entries()
        line = self.query_one("#entry", Text)
        if not entries:
            line.show("no drafts yet")
        else:
            line.show(f"{entries[self._at][0]}  ({self._at + 1} of {len(entries)})")
        steps = self._record.sample_steps()
        instructions = list(self._record.samples[steps[-1]]) if steps else []
        for number, draft in enumerate(self.query(SampleDraft)):
            draft.display = number < len(instructions)
            if draft.display:
                asked = instructions[number]
                draft.show(asked, entries[self._at][1].get(asked, ""))
        first, last = self.query(Arrow)
        first.set_class(self._at == 0, "-end")
        last.set_class(self._at >= len(entries) - 1, "-end")


def _title(step: int, number: int) -> str:
    return "before training" if step == 0 else f"evaluation {number}, step {step}"
