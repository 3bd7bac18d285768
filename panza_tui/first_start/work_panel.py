"""The panel that shows running work: what is being done, its progress and its results."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal, TypeVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import ProgressBar, Static

from engine.events import Event, Metric, Progress, Sample, Warn
from panza_tui.first_start.service import Candidate, StartService
from panza_tui.jobs.steps import Work
from panza_tui.shell.workers import follow_in_thread, run_in_thread
from panza_tui.terminal.narration import progress_words
from panza_tui.terminal.sanitise import safe_line, safe_text

_TITLES = {
    "scan": "Finding out who wrote these mails",
    "import": "Reading your mails",
    "answered": "Reading the mails you answered",
    "index": "Indexing your mails by meaning",
    "playback": "Writing an instruction for each mail",
    "train": "Training your model",
    "export": "Making your model faster",
}
_SECONDS_BETWEEN_EVENTS = 0.15  # A log read from its beginning has thousands of events at once.
_SECONDS_BETWEEN_INSTRUCTIONS = 0.75  # Long enough to read a few words of them.
_MOST_IN_LINE = 300
_MOST_IN_TEXT = 1_200

Result = TypeVar("Result")


class WorkPanel(VerticalScroll):
    """Follows one piece of work at a time, in a thread, and shows its events.

    following: what it follows, or None. 'scan' is the search for addresses, which ends with the
    panel; the work of a step continues without it.
    """

    @dataclass
    class AddressesFound(Message):
        """A scan found whose mails are at `path`."""

        path: Path
        candidates: list[Candidate]

    @dataclass
    class Ended(Message):
        """The work of a step ended."""

        work: Work

    @dataclass
    class Failed(Message):
        """A scan failed, or work can't be followed any more."""

        error: str

    def __init__(self, service: StartService) -> None:
        super().__init__(id="work")
        self.following: Work | Literal["scan"] | None = None
        self._service = service
        self._work: Work | Literal["scan"] = "scan"
        self._figures: dict[str, float] = {}
        self._instructions_read = -math.inf  # By time.monotonic().

    def compose(self) -> ComposeResult:
        yield Static("", id="title-of-work", markup=False)
        yield ProgressBar(show_eta=False, show_percentage=False)
        yield Static("", id="progress", markup=False)
        yield Static("", id="results", markup=False)

    def begin(self, work: Work | Literal["scan"]) -> None:
        """Show that work is being started."""
        self._work = work
        self._figures.clear()
        self._show_title(work)
        self._show_note("◌ starting")
        self.query_one(ProgressBar).update(total=None, progress=0.0)
        self._show_results([])

    def scan(self, path: Path) -> None:
        """Find out whose mails are at `path`."""
        self._follow(
            "scan", partial(self._service.find_addresses, path), partial(self.AddressesFound, path)
        )

    def follow(self, work: Work) -> None:
        """Follow the work of a step until it ends."""
        self._follow(work, partial(self._service.follow, work), lambda _: self.Ended(work))

    def _follow(
        self,
        work: Work | Literal["scan"],
        follow: Callable[[Callable[[Event], None], Callable[[], bool]], Result],
        outcome: Callable[[Result], Message],
    ) -> None:
        def done(result: Result) -> None:
            self.following = None
            self.post_message(outcome(result))

        self.begin(work)
        self.following = work
        follow_in_thread(
            self,
            follow,
            self._show_events,
            done,
            self._fail,
            seconds_between=_SECONDS_BETWEEN_EVENTS,
            group="follow",
            exclusive=True,
        )

    def cancel_scan(self) -> None:
        """End the search for addresses."""
        self.following = None
        self.workers.cancel_group(self, "follow")

    def stop_work(self, work: Work) -> None:
        """Stop the work of a step; what is done is kept."""
        stop = partial(self._service.stop, work)
        run_in_thread(self, stop, lambda _: None, group="stop")
        self._show_note("◌ stopping; what is done is kept")

    def _fail(self, error: str) -> None:
        self.following = None
        self.post_message(self.Failed(error))

    def _show_events(self, events: Sequence[Event]) -> None:
        """Show the newest progress, and the newest draft or warning."""
        progress: Progress | None = None
        results: list[tuple[str, str]] = []
        for event in events:
            match event:
                case Metric(_, values):
                    self._figures.update(values)
                case Sample(_, instruction, text):
                    results = [(instruction, text)]
                case Warn(text):
                    results = [("Note", text)]
                case Progress():
                    progress = event
        if progress is not None:
            self._show_progress(progress)
        if results:
            self._show_results(results)
        if self.following == "playback":
            self._read_instructions()

    def _read_instructions(self) -> None:
        now = time.monotonic()
        if now - self._instructions_read > _SECONDS_BETWEEN_INSTRUCTIONS:
            self._instructions_read = now
            run_in_thread(
                self,
                self._service.newest_instructions,
                self._show_results,
                lambda _: None,  # They only help to pass the time.
                group="instructions",
            )

    def _show_progress(self, event: Progress) -> None:
        stage, text = safe_line(event.stage), progress_words(event, self._figures)
        # The stages of training and export are details; those of an import are steps of their own.
        if self._work in ("train", "export"):
            self._show_note(f"{stage}: {text}")
        else:
            self._show_title(stage)
            self._show_note(text)
        total = float(event.total) if event.total else None
        self.query_one(ProgressBar).update(total=total, progress=event.done if total else 0.0)

    def _show_title(self, stage: str) -> None:
        self.query_one("#title-of-work", Static).update(_TITLES.get(stage, stage))

    def _show_note(self, text: str) -> None:
        """Show a line in place of the progress."""
        self.query_one("#progress", Static).update(text)

    def _show_results(self, results: Sequence[tuple[str, str]]) -> None:
        """Show texts below their headings."""
        lines: list[str | tuple[str, str]] = []
        for heading, text in results:
            lines.append((f"{safe_line(heading)[:_MOST_IN_LINE]}\n", "$foreground 60%"))
            lines.append(f"{safe_text(text)[:_MOST_IN_TEXT]}\n\n")
        self.query_one("#results", Static).update(Content.assemble(*lines).rstrip())
