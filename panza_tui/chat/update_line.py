"""The line that offers to let the model learn from the drafts that were accepted."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.widgets import Static

from panza_tui.chat.service import Archive
from panza_tui.shell.workers import run_in_thread
from panza_tui.terminal.sanitise import safe_line

if TYPE_CHECKING:
    from panza_tui.jobs.update import UpdateOffer


class UpdateLine(Static):
    """Is shown while there is an offer."""

    def __init__(self) -> None:
        super().__init__(id="update", markup=False)
        self.display = False
        self._offer: UpdateOffer | None = None
        self._is_starting = False

    @property
    def is_offered(self) -> bool:
        """Whether `start` does something now."""
        return self._offer is not None and not self._is_starting

    def show(self, offer: UpdateOffer | None) -> None:
        """Show an offer, or hide the line for None."""
        self._offer = offer
        self.display = offer is not None
        if offer is not None and not self._is_starting:
            self.update(
                f"You accepted {offer.drafts} drafts since {safe_line(offer.model)} was trained; "
                "F12 trains it on them, in the background."
            )

    def start(self, archive: Archive) -> None:
        """Start the update that is offered."""
        if self._offer is None:
            return
        self._is_starting = True
        self.update("◌ starting the training")
        run_in_thread(
            self,
            partial(archive.start_update, self._offer.model),
            lambda _: self._started("The training runs in the background; F4 shows it."),
            lambda error: self._started(error, is_error=True),
            group="update",
        )

    def _started(self, line: str, *, is_error: bool = False) -> None:
        self._is_starting = False
        self.notify(line, severity="error" if is_error else "information", markup=False)
        self.show(self._offer if is_error else None)
        self.screen.refresh_bindings()
