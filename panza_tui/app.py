"""The full-screen app: its screens, keys, themes and command palette."""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import gc
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from textual import on
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.reactive import reactive
from textual.screen import Screen
from textual.worker import Worker

from engine.encryption.unlocked import NobodyToAskError, key_file_of
from engine.errors import UsageError
from engine.home.home import Home
from engine.mail.types import MailToAnswer
from engine.settings import App as AppSettings
from engine.settings import Settings
from panza_tui.chat.screen import ChatScreen
from panza_tui.services import Services, home_services
from panza_tui.shell import paste
from panza_tui.shell.help import HelpScreen
from panza_tui.shell.keymap import known_ids, read_keymap
from panza_tui.shell.messages import AnswerRequested, ModelsChanged, RunEnded, SettingsChanged
from panza_tui.shell.modes import ModesApp, Opener
from panza_tui.shell.themes import DEFAULT, THEMES, WITHOUT_COLOUR
from panza_tui.shell.workers import run_in_thread
from panza_tui.terminal.sanitise import safe_line, safe_text

_PLACES = (
    ("chat", "Chat", "f2"),
    ("mailbox", "Mailbox", "f3"),
    ("training", "Training", "f4"),
    ("models", "Models", "f5"),
    ("settings", "Settings", "f6"),
)
_SECONDS_BETWEEN_POLLS = 2.0


class PanzaApp(ModesApp):
    """The app on the services it is given; returns the draft to print, if any.

    read_settings: reads the settings of the app itself, again whenever one was changed.
    """

    TITLE = "panza"
    # With the chat's, so that all styles of the first screen are parsed once.
    CSS_PATH = ["app.tcss", "chat/chat.tcss"]  # noqa: RUF012
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012
        (0, "-narrow"),
        (80, "-normal"),
        (120, "-wide"),
    ]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "help", "Help", priority=True, id="app.help"),
        *(
            Binding(key, f"go({mode!r})", title, show=False, priority=True, id=f"app.{mode}")
            for mode, title, key in _PLACES
        ),
        Binding("ctrl+p", "command_palette", "Commands", priority=True, id="app.commands"),
        Binding("ctrl+q", "quit", "Quit", priority=True, show=False, id="app.quit"),
    ]

    training: reactive[str] = reactive("")

    def __init__(
        self, services: Services, read_settings: Callable[[], AppSettings] | None = None
    ) -> None:
        self._chat = ChatScreen(services.chat, services.archive)
        openers: dict[str, Opener] = {
            mode: opener
            for mode, _, _ in _PLACES[1:]
            if (opener := getattr(services, mode)) is not None
        }
        super().__init__(self._chat, openers)
        self._services = services
        self._read_settings = read_settings or AppSettings
        self._mouse = True
        self._polling: Worker[None] | None = None
        offered = {"chat", *openers}
        self.places = tuple(place for place in _PLACES if place[0] in offered)
        for theme in THEMES:
            self.register_theme(theme)
        # A theme set later would style everything twice before the first paint.
        self.settings = self._read_settings()
        self.set_reactive(App.theme, self._theme_of(self.settings))
        self.stylesheet.set_variables(self.get_css_variables())

    def on_mount(self) -> None:
        for number in (signal.SIGHUP, signal.SIGTERM):  # The terminal was closed, or lost.
            asyncio.get_running_loop().add_signal_handler(number, self.exit)
        self._apply(self.settings)
        start = self._services.start
        if start is not None and self._services.is_new() and (first := self.opened(start)):
            self.push_screen(first, lambda _: self._chat.check_model())
        # Not at once: its imports would delay the first paint.
        self.set_interval(_SECONDS_BETWEEN_POLLS, self._poll_runs)

    def on_ready(self) -> None:
        """Turn on garbage collection, which panza_tui.cli turned off until the first paint."""
        if not gc.isenabled():
            gc.freeze()
            gc.enable()

    # Themes and keys

    def _apply(self, settings: AppSettings) -> None:
        self.theme = self._theme_of(settings)
        if settings.theme not in self.available_themes:
            self.say(f"There is no theme '{settings.theme}'; {DEFAULT} is used. Ctrl+P lists all.")
        if settings.keymap:
            keys, problems = read_keymap(settings.keymap, known_ids())
            self.set_keymap(keys)
            for problem in problems:
                self.say(problem)

    def _theme_of(self, settings: AppSettings) -> str:
        if self.no_color:
            return WITHOUT_COLOUR
        return settings.theme if settings.theme in self.available_themes else DEFAULT

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Yield the commands of the palette: what the keys do here, all screens and all themes."""
        for key, active in screen.active_bindings.items():
            binding = active.binding
            if binding.id and binding.description and active.enabled and binding.key == key:
                yield SystemCommand(
                    binding.description,
                    f"{self.get_key_display(binding)}  {binding.id}",
                    partial(self.run_action, binding.action, active.node),
                )
        yield SystemCommand("Themes", "Choose a theme from a list", self.action_change_theme)
        for name in self.available_themes:
            yield SystemCommand(
                f"Theme: {name}", "Use this theme", partial(setattr, self, "theme", name), False
            )
        yield SystemCommand(
            "Mouse: leave it to the terminal" if self._mouse else "Mouse: use it here",
            "While the app does not use the mouse, you can select text as in any other program",
            self.action_toggle_mouse,
        )
        yield SystemCommand("Screenshot", "Save this screen as SVG", self.deliver_screenshot)

    def action_toggle_mouse(self) -> None:
        """Use the mouse in the app, or leave it to the terminal so that it can select text.

        Textual decides this once, at the start; this repeats what its driver does then.
        """
        driver: Any = self._driver
        if not hasattr(driver, "_enable_mouse_support"):
            return
        self._mouse = not self._mouse
        driver._mouse = True
        if self._mouse:
            driver._enable_mouse_support()
        else:
            driver._disable_mouse_support()
            driver._mouse = False

    def action_help(self) -> None:
        """Show the help, or close it."""
        if isinstance(self.screen, HelpScreen):
            self.screen.dismiss()
        else:
            self.push_screen(HelpScreen.of(self.screen))

    # Screens

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only the screens that are there."""
        if action == "go":
            return any(mode == parameters[0] for mode, _, _ in self.places)
        return True

    @on(AnswerRequested)
    def _answer(self, message: AnswerRequested) -> None:
        self.switch_mode("chat")
        self._chat.answer(MailToAnswer(message.thread, message.recipient, message.subject))

    @on(ModelsChanged)
    def _models_changed(self) -> None:
        self._chat.check_model()

    @on(SettingsChanged)
    def _settings_changed(self, message: SettingsChanged) -> None:
        if message.key.startswith("app."):
            run_in_thread(self, self._read_settings, self._apply, group="settings")
        self._chat.check_model()

    def save_typed(self) -> None:
        """Save what was typed and not sent."""
        self._chat.save_typed()

    # Training

    def _poll_runs(self) -> None:
        if self._polling is None or self._polling.is_finished:
            poll, ignore = self._services.poll_runs, lambda error: None
            self._polling = run_in_thread(self, poll, self._show_runs, ignore, group="runs")

    def _show_runs(self, runs: tuple[str, Sequence[RunEnded]]) -> None:
        name, ended = runs
        self.training = safe_line(name)
        for message in ended:
            self.post_message(message)

    @on(RunEnded)
    def _run_ended(self, message: RunEnded) -> None:
        self.notify(
            safe_line(message.line),
            severity="error" if message.state == "failed" else "information",
            timeout=10,
            markup=False,
        )
        self._chat.check_model()


def run_app(
    home: Home,
    read_settings: Callable[[], Settings],
    config: Path | None,
    *,
    tracebacks: bool = False,
) -> int:
    """Run the app until the user quits; return the exit code.

    A draft that the user chose to print goes to stdout, which may be a pipe or a file.

    Args:
        home: must be prepared.
        config: the file named with --config.
        tracebacks: whether to print the tracebacks of errors that screens survived, at the end.

    Raises:
        UsageError: there is no terminal, or it does not use UTF-8.
        Exception: the error that ended the app early.
    """
    # Textual reads keys from stdin and draws on stderr.
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(
            "The full-screen app needs a terminal; "
            'for a draft on stdout use: panza-tui --ask "what the email should say"'
        )
    if codecs.lookup(sys.stderr.encoding).name != "utf-8":
        raise UsageError(
            f"The full-screen app needs UTF-8, and this terminal is set to {sys.stderr.encoding}; "
            "start it as: LC_ALL=C.UTF-8 panza-tui"
        )
    paste.install()
    if not _unlocked(home, read_settings):
        return 0
    services = home_services(home, read_settings, config)
    try:
        app = PanzaApp(services, lambda: read_settings().app)
        with _terminal_on_stdout():
            draft = app.run(mouse=app.settings.mouse)
        app.save_typed()
    finally:
        services.chat.close()
    if tracebacks:
        for error in app.survived:
            traceback.print_exception(error)
    if app.failure is not None:
        raise app.failure
    if draft:
        print(safe_text(draft).rstrip("\n"))
    return app.return_code or 0


def _unlocked(home: Home, read_settings: Callable[[], Settings]) -> bool:
    """Unlock the home if it is encrypted; False if the user leaves instead."""
    if key_file_of(home.database) is None:
        return True
    from panza_tui.jobs.encryption import unlock_home
    from panza_tui.shell.unlock import UnlockApp
    from panza_tui.terminal.passphrase import given_passphrase

    try:
        unlock_home(home, given_passphrase)
        return True
    except NobodyToAskError:
        with _terminal_on_stdout():
            unlock = UnlockApp(
                lambda typed: unlock_home(home, lambda what: typed), read_settings().app.theme
            )
            return unlock.run() is True


@contextlib.contextmanager
def _terminal_on_stdout() -> Iterator[None]:
    """Put the terminal on stdout as well, if that is a pipe or a file.

    Textual gets the terminal's size from it, and the user's editor writes to it.
    """
    if sys.stdout.isatty():
        yield
        return
    sys.stdout.flush()
    captured = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        os.dup2(captured, 1)
        os.close(captured)
