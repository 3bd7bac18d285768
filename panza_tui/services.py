"""Create the services behind the app's screens, each imported when it is needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.home.home import Home
from engine.settings import Settings

if TYPE_CHECKING:
    from textual.screen import Screen

    from panza_tui.chat.service import Archive, DraftService
    from panza_tui.dashboard.watch import RunWatch
    from panza_tui.shell.messages import RunEnded
    from panza_tui.shell.modes import Opener


def _no_runs() -> tuple[str, Sequence[RunEnded]]:
    return "", ()


@dataclass(frozen=True)
class Services:
    """The chat's service and archive, and what opens the other screens (None: not offered).

    start: opens the first steps, which are shown if `is_new()`. poll_runs: returns the name of the
    model being trained, or '', and the runs that ended since the last call; called from a thread.
    """

    chat: DraftService
    archive: Archive
    mailbox: Opener | None = None
    training: Opener | None = None
    models: Opener | None = None
    settings: Opener | None = None
    start: Opener | None = None
    is_new: Callable[[], bool] = lambda: False
    poll_runs: Callable[[], tuple[str, Sequence[RunEnded]]] = _no_runs


def home_services(
    home: Home, read_settings: Callable[[], Settings], config: Path | None
) -> Services:
    """Return the services of a home, which must be prepared. config: as named with --config."""
    from panza_tui.chat.home_archive import HomeArchive
    from panza_tui.chat.home_service import HomeDraftService

    def mailbox() -> Screen[None]:
        from panza_tui.mailbox.home_service import HomeMailboxService
        from panza_tui.mailbox.screen import MailboxScreen

        return MailboxScreen(HomeMailboxService(home, read_settings, config))

    def training() -> Screen[None]:
        from panza_tui.dashboard.home_service import HomeTrainingService
        from panza_tui.dashboard.screen import TrainingScreen

        return TrainingScreen(HomeTrainingService(home, read_settings))

    def models() -> Screen[None]:
        from panza_tui.models.home_service import HomeModelsService
        from panza_tui.models.screen import ModelsScreen

        return ModelsScreen(HomeModelsService(home, config))

    def settings() -> Screen[None]:
        from panza_tui.settings_screen.home_service import HomeSettingsService
        from panza_tui.settings_screen.screen import SettingsScreen

        return SettingsScreen(HomeSettingsService(config))

    def start() -> Screen[None]:
        from panza_tui.first_start.home_service import HomeStartService
        from panza_tui.first_start.screen import StartScreen

        return StartScreen(HomeStartService(home, read_settings, config))

    return Services(
        chat=HomeDraftService(home, read_settings),
        archive=HomeArchive(home, read_settings, config),
        mailbox=mailbox,
        training=training,
        models=models,
        settings=settings,
        start=start,
        is_new=lambda: _is_new(home),
        poll_runs=_RunPoll(home, read_settings).poll,
    )


def _is_new(home: Home) -> bool:
    """Whether there is no trained model yet. Reads files only, as the app waits for it."""
    from engine.models.models import list_models

    return not any(card.state == "finished" for card in list_models(home))


class _RunPoll:
    """Reads the runs of a home, and remembers how they were the last time."""

    def __init__(self, home: Home, read_settings: Callable[[], Settings]) -> None:
        self._home = home
        self._read_settings = read_settings
        self._watch: RunWatch | None = None

    def poll(self) -> tuple[str, Sequence[RunEnded]]:
        # Slow imports are done here, in a thread, so that the first visit to a screen is quick.
        import panza_tui.dashboard.screen
        import panza_tui.mailbox.screen  # noqa: F401
        from panza_tui.dashboard.home_service import HomeTrainingService
        from panza_tui.dashboard.watch import RunWatch
        from panza_tui.jobs.runs import running_model

        if self._watch is None:
            self._watch = RunWatch(HomeTrainingService(self._home, self._read_settings))
        running = running_model(self._home)
        return running.name if running else "", self._watch.poll()
