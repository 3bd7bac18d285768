"""The chat with a fake service."""

from __future__ import annotations

import asyncio
import io
import os
import pty
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from fake_chat import END, FakeDraftService, app_of
from pilots import notified, shown, wait_until
from textual.events import Key, Paste
from textual.pilot import Pilot
from textual.screen import ModalScreen
from textual.widgets import Static

from engine.draft_types import DraftRequest
from engine.errors import NotReadyError, PanzaError, UsageError
from engine.home import Home
from engine.settings import load_settings
from panza_tui.app import PanzaApp, run_app
from panza_tui.chat.drafter import Drafter
from panza_tui.chat.exchange_view import ExchangeView
from panza_tui.chat.guide import Guide
from panza_tui.chat.instruction_input import InstructionInput
from panza_tui.chat.screen import ChatScreen
from panza_tui.chat.service import Readiness
from panza_tui.chat.transcript import Transcript
from panza_tui.jobs.steps import Step
from panza_tui.shell.help import HelpScreen
from panza_tui.shell.messages import ModelsChanged

MAIL = "Hi Anna,\n\n  * 5*3*2 is [bold]30[/bold] _now_\n> quoted\n\nBest,\nSam\n-- \nSam Example"
STEPS = (
    Step("Mails you sent: 133", True, "panza-tui import PATH"),
    Step("Your model", False, "panza-tui train"),
)


def captions(app: PanzaApp) -> list[str]:
    return [str(caption.render()) for caption in app.screen.query(".caption").results(Static)]


def drafts(app: PanzaApp) -> list[str]:
    return [d.draft.text for view in app.screen.query(ExchangeView) for d in view.drafts]


def instruction(app: PanzaApp) -> InstructionInput:
    return app.screen.query_one(InstructionInput)


async def send(pilot: Pilot[None], text: str) -> None:
    instruction(pilot.app).text = text
    await pilot.press("enter")


def ready(app: PanzaApp) -> Callable[[], bool]:
    return lambda: "● sam" in shown(app)


@pytest.mark.parametrize("size", [(60, 20), (100, 30), (200, 60)])
async def test_a_draft_streams_out_exactly_as_it_will_be_sent(size: tuple[int, int]) -> None:
    service = FakeDraftService()
    app = app_of(service)
    async with app.run_test(size=size) as pilot:
        await wait_until(pilot, ready(app))
        await send(pilot, "tell Anna the number")
        service.write(MAIL[:20])
        await wait_until(pilot, lambda: drafts(app) == [MAIL[:20]])
        service.write(MAIL[20:], END)
        await wait_until(pilot, lambda: drafts(app) == [MAIL] and "2 past mails" in shown(app))
        for line in MAIL.splitlines()[-7:]:
            assert line.rstrip() in shown(app)
        assert captions(app)[0].startswith("sam · ")
        assert captions(app)[0].endswith(" s · based on 2 past mails")
        assert service.requests == [DraftRequest("tell Anna the number")]
        assert instruction(app).text == ""


async def test_typing_and_sending_wait_for_no_model() -> None:
    service = FakeDraftService()
    service.may_load.clear()
    app = app_of(service)
    async with app.run_test() as pilot:
        await wait_until(pilot, lambda: "◌ loading sam" in shown(app))
        await pilot.press(*"say hi")
        assert instruction(app).text == "say hi"
        await pilot.press("enter")
        await wait_until(pilot, lambda: captions(app) == ["… waiting for the model"])
        service.may_load.set()
        service.write("Hi!", END)
        await wait_until(pilot, lambda: drafts(app) == ["Hi!"])
        await wait_until(pilot, ready(app))


async def test_without_a_model_the_next_command_is_shown_until_there_is_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Drafter, "SECONDS_BETWEEN_CHECKS", 0.25)
    service = FakeDraftService(Readiness("", STEPS))
    app = app_of(service)
    async with app.run_test(size=(60, 20)) as pilot:
        await wait_until(pilot, lambda: "panza-tui train" in shown(app))
        assert "✓ Mails you sent: 133" in shown(app)
        assert "panza-tui import" not in shown(app)
        await send(pilot, "say hi")
        assert instruction(app).text == "say hi"
        assert not service.requests
        service.state = Readiness("sam")
        await wait_until(pilot, ready(app))
        assert "panza-tui train" not in shown(app)
        await pilot.press("enter")
        service.write("Hi!", END)
        await wait_until(pilot, lambda: drafts(app) == ["Hi!"])


async def test_a_model_that_could_be_quicker_says_how() -> None:
    app = app_of(FakeDraftService(Readiness("sam", export="panza-tui export sam")))
    async with app.run_test() as pilot:
        await wait_until(pilot, lambda: "panza-tui export sam" in shown(app))


async def test_escape_stops_and_keeps_what_came() -> None:
    service = FakeDraftService()
    app = app_of(service)
    async with app.run_test() as pilot:
        await wait_until(pilot, ready(app))
        await send(pilot, "say hi")
        service.write("Hi Anna,")
        await wait_until(pilot, lambda: drafts(app) == ["Hi Anna,"])
        await pilot.press("escape")
        await wait_until(
            pilot, lambda: captions(app)[0].startswith("sam · ") and "stopped" in captions(app)[0]
        )
        service.write(" how are you?")  # The model was at work on this when it was stopped.
        await wait_until(pilot, lambda: service.stopped == 1)
        assert drafts(app) == ["Hi Anna,"]
        await send(pilot, "again")
        service.write("Hello.", END)
        await wait_until(pilot, lambda: drafts(app) == ["Hi Anna,", "Hello."])


async def test_a_draft_asked_for_right_after_a_stop_belongs_to_the_same_conversation() -> None:
    service = FakeDraftService()
    app = app_of(service)
    async with app.run_test() as pilot:
        await wait_until(pilot, ready(app))
        await send(pilot, "say hi")
        service.write("Hi Anna,")
        await wait_until(pilot, lambda: drafts(app) == ["Hi Anna,"])
        await pilot.press("escape")
        await send(pilot, "shorter")  # The model is still at work on the one before.
        await wait_until(pilot, lambda: "… waiting for the model" in captions(app))
        service.write(" how are you?", "Hi.", END)
        await wait_until(pilot, lambda: drafts(app) == ["Hi Anna,", "Hi."])
        assert service.conversations == [1, 1]


async def test_a_model_that_is_gone_when_a_draft_is_asked_for_says_so() -> None:
    service = FakeDraftService()
    app = app_of(service)
    async with app.run_test() as pilot:
        await wait_until(pilot, ready(app))
        service.state = Readiness("")  # Deleted in another terminal.
        await send(pilot, "say hi")
        await wait_until(pilot, lambda: "! There is no model to draft with" in captions(app)[0])
        assert not service.requests
        assert "○ no model" in shown(app)


async def test_escape_before_the_first_word_restores_the_instruction() -> None:
    service = FakeDraftService()
    app = app_of(service)
    async with app.run_test() as pilot:
        await wait_until(pilot, ready(app))
        await send(pilot, "To: anna@example.org\nsay hi")
        await wait_until(pilot, lambda: captions(app) == ["… reading your mails"])
        await pilot.press("escape")
        await wait_until(pilot, lambda: not app.screen.query(ExchangeView))
        assert instruction(app).text == "To: anna@example.org\nsay hi"
        assert app.screen.query_one(Guide).display
        service.write(END)


async def test_escape_never_loses_what_was_typed_meanwhile() -> None:
    service = FakeDraftService()
    app = app_of(service)
    async with app.run_test() as pilot:
        await wait_until(pilot, ready(app))
        await send(pilot, "say hi")
        await pilot.press(*"next")
        await pilot.press("enter")  # Not while one is being written.
        await pilot.press("escape")
        await wait_until(pilot, lambda: "stopped before the first word" in captions(app)[0])
        assert instruction(app).text == "next"
        assert "say hi" in shown(app)
        assert len(service.requests) <= 1
        service.write(END)


async def test_again_makes_another_draft_and_copy_takes_the_newest() -> None:
    service = FakeDraftService()
    app = app_of(service)
    async with app.run_test() as pilot:
        await wait_until(pilot, ready(app))
        await pilot.press("ctrl+y")
        assert app.clipboard == ""
        await send(pilot, "say hi")
        service.write("Hi!", END)
        await wait_until(pilot, lambda: captions(app)[0].startswith("sam · "))
        await pilot.press("ctrl+r")
        service.write("Hello!", END)
        await wait_until(pilot, lambda: len(captions(app)) == 2 and "past" in captions(app)[1])
        assert drafts(app) == ["Hi!", "Hello!"]
        assert service.attempts == [0, 1]
        await pilot.press("ctrl+y")
        assert app.clipboard == "Hello!"


async def test_a_failing_draft_says_why_and_can_be_repeated() -> None:
    service = FakeDraftService()
    app = app_of(service)
    async with app.run_test() as pilot:
        await wait_until(pilot, ready(app))
        await send(pilot, "say hi")
        service.write("Hi An", PanzaError("The prompt is too long; \x1b[31mshorten it."))
        await wait_until(pilot, lambda: captions(app) == ["! The prompt is too long; shorten it."])
        assert drafts(app) == ["Hi An"]
        await pilot.press("ctrl+r")
        service.write(ValueError("odd"))
        await wait_until(pilot, lambda: len(captions(app)) == 2 and "odd" in captions(app)[1])
        await pilot.press("ctrl+r")
        service.write("Hi Anna", END)
        await wait_until(pilot, lambda: drafts(app)[-1] == "Hi Anna")


async def test_a_model_that_does_not_load_says_why_and_enter_tries_again() -> None:
    service = FakeDraftService()
    service.load_error = NotReadyError("The model 'sam' is gone; train it again.")
    app = app_of(service)
    async with app.run_test() as pilot:
        await wait_until(pilot, lambda: "The model 'sam' is gone" in shown(app))
        service.load_error = None
        await send(pilot, "say hi")
        assert instruction(app).text == "say hi"
        await wait_until(pilot, ready(app))
        assert service.loads == 2


async def test_a_model_deleted_while_loaded_says_where_to_go_and_keeps_what_is_typed() -> None:
    service = FakeDraftService()
    app = app_of(service)
    async with app.run_test() as pilot:
        await wait_until(pilot, ready(app))
        await send(pilot, "say hi")
        service.write("Hi!", END)
        await wait_until(pilot, lambda: "based on" in shown(app))
        service.state = Readiness("")
        app.post_message(ModelsChanged())
        await wait_until(pilot, lambda: "○ no model" in shown(app))
        await send(pilot, "warmer")
        await wait_until(pilot, lambda: "F5 shows models" in notified(app))
        assert app.screen.query_one(InstructionInput).text == "warmer"
        assert "Hi!" in shown(app)


async def test_an_instruction_sent_too_early_is_not_lost_when_loading_fails() -> None:
    service = FakeDraftService()
    service.may_load.clear()
    service.load_error = PanzaError("The file is damaged; export it again.")
    app = app_of(service)
    async with app.run_test() as pilot:
        await wait_until(pilot, lambda: "◌ loading sam" in shown(app))
        await send(pilot, "say hi")
        await wait_until(pilot, lambda: len(captions(app)) == 1)
        service.may_load.set()
        await wait_until(pilot, lambda: captions(app)[0].startswith("! The file is damaged"))
        assert not service.requests
        service.load_error = None
        await pilot.press("enter")
        await wait_until(pilot, ready(app))
        await pilot.press("ctrl+r")
        service.write("Hi!", END)
        await wait_until(pilot, lambda: drafts(app)[-1] == "Hi!")


async def test_a_home_that_can_not_be_read_says_why() -> None:
    app = app_of(FakeDraftService(PanzaError("panza.db was written by a newer panza-tui.")))
    async with app.run_test() as pilot:
        await wait_until(pilot, lambda: "written by a newer panza-tui" in shown(app))


async def test_hostile_text_is_shown_without_escape_sequences() -> None:
    service = FakeDraftService()
    app = app_of(service)
    async with app.run_test() as pilot:
        await wait_until(pilot, ready(app))
        await send(pilot, "[red]say[/red] [/] hi")
        service.write("\x1b]0;t", "itle\x07Hi\u202e [/]", "\x1b[2", "J there\r\nB", END)
        await wait_until(pilot, lambda: "based on" in "".join(captions(app)))
        assert drafts(app) == ["Hi [/] there\nB"]
        assert "[red]say[/red] [/] hi" in shown(app)
        assert "\x1b" not in shown(app)
        await pilot.press("ctrl+y")
        assert app.clipboard == "Hi [/] there\nB"


@pytest.mark.parametrize("forgotten", [True, False])
async def test_unsent_text_goes_with_a_forgotten_mail(forgotten: bool) -> None:
    app = app_of(FakeDraftService())
    async with app.run_test() as pilot:
        await wait_until(pilot, ready(app))
        archive = app.screen._archive
        instruction(app).text = "Tell Bo the key is under the third pot"
        app.push_screen(ModalScreen())
        await wait_until(pilot, lambda: archive.typed != "")
        await wait_until(pilot, lambda: not app.workers._workers)
        if forgotten:
            archive.typed = ""
        app.pop_screen()
        if forgotten:
            await wait_until(pilot, lambda: instruction(app).text == "")
            assert "forgotten mail" in notified(app)
        else:
            await wait_until(pilot, lambda: not app.workers._workers)
            assert instruction(app).text == "Tell Bo the key is under the third pot"


async def test_unsent_text_that_was_removed_is_not_saved_again_on_leaving() -> None:
    app = app_of(FakeDraftService())
    async with app.run_test() as pilot:
        await wait_until(pilot, ready(app))
        archive = app.screen._archive
        instruction(app).text = "Tell Bo the key is under the third pot"
        app.push_screen(ModalScreen())
        await wait_until(pilot, lambda: archive.typed != "")
        await wait_until(pilot, lambda: not app.workers._workers)
        archive.typed = ""
        app.screen_stack[0].save_typed()
    assert archive.typed == ""


async def test_pasted_text_is_cleaned_before_it_is_shown() -> None:
    app = app_of(FakeDraftService())
    async with app.run_test() as pilot:
        app.post_message(Paste("say\x1b[31m hi\u202e\r\nto Anna"))
        await wait_until(pilot, lambda: instruction(app).text == "say hi\nto Anna")


async def test_the_stream_is_followed_only_at_its_end() -> None:
    service = FakeDraftService()
    app = app_of(service)
    async with app.run_test(size=(60, 20)) as pilot:
        await wait_until(pilot, ready(app))
        await send(pilot, "count")
        transcript = app.screen.query_one(Transcript)
        service.write("\n".join(f"line {n}" for n in range(40)))
        await wait_until(pilot, lambda: "line 39" in shown(app))
        await pilot.press("pageup")
        await wait_until(pilot, lambda: "line 39" not in shown(app))
        place = transcript.scroll_y
        service.write("\n".join(f"\nline {n}" for n in range(40, 60)))
        await wait_until(pilot, lambda: "line 59" in drafts(app)[0])
        await pilot.pause()
        assert transcript.scroll_y == place
        while "line 59" not in shown(app):
            await pilot.press("pagedown")
        service.write("\nline 60", END)
        await wait_until(pilot, lambda: "line 60" in shown(app) and "based on" in shown(app))


async def test_a_resize_in_mid_stream_loses_nothing() -> None:
    service = FakeDraftService()
    app = app_of(service)
    async with app.run_test(size=(100, 30)) as pilot:
        await wait_until(pilot, ready(app))
        await send(pilot, "say hi")
        service.write("Hi Anna, " + "word " * 40)
        await wait_until(pilot, lambda: "word" in shown(app))
        await pilot.resize_terminal(60, 20)
        service.write("and the end.", END)
        await wait_until(pilot, lambda: "and the end." in shown(app))
        await pilot.resize_terminal(200, 60)
        await wait_until(pilot, lambda: "Hi Anna, word" in shown(app))
        assert drafts(app) == ["Hi Anna, " + "word " * 40 + "and the end."]


async def test_new_lines_and_help_come_from_the_bindings() -> None:
    app = app_of(FakeDraftService())
    async with app.run_test(size=(100, 60)) as pilot:
        await wait_until(pilot, ready(app))
        await pilot.press("a", "ctrl+j", "b", "shift+enter", "c")
        assert instruction(app).text == "a\nb\nc"
        await pilot.press("f1")
        await wait_until(pilot, lambda: isinstance(app.screen, HelpScreen))
        for words in ("Again", "Copy draft", "New line", "Send", "Stop", "Quit"):
            assert words in shown(app)
        await pilot.press("escape")
        await wait_until(pilot, lambda: isinstance(app.screen, ChatScreen))
        assert instruction(app).text == "a\nb\nc"


async def test_keys_that_come_in_one_burst_keep_their_order() -> None:
    service = FakeDraftService()
    app = app_of(service)
    async with app.run_test() as pilot:
        await wait_until(pilot, ready(app))
        for key, character in (
            *(("a", "a"), ("ctrl+j", "\n"), ("b", "b"), ("ctrl+j", "\n"), ("c", "c")),
            *(("enter", "\r"), ("d", "d"), ("enter", "\r"), ("e", "e")),
        ):
            app.post_message(Key(key, character))
        await wait_until(pilot, lambda: instruction(app).text == "de")
        service.write("Hi!", END)
        await wait_until(pilot, lambda: drafts(app) == ["Hi!"])
        assert service.requests == [DraftRequest("a\nb\nc")]


async def test_without_colour_everything_is_still_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    service = FakeDraftService()
    app = app_of(service)
    async with app.run_test() as pilot:
        await wait_until(pilot, ready(app))
        await send(pilot, "say hi")
        service.write("Hi!", END)
        await wait_until(pilot, lambda: "based on 2 past mails" in shown(app))
        assert app.no_color
        assert "▌  say hi" in shown(app)


async def test_leaving_in_mid_stream_ends_the_generation() -> None:
    service = FakeDraftService()
    app = app_of(service)
    async with app.run_test() as pilot:
        await wait_until(pilot, ready(app))
        await send(pilot, "say hi")
        service.write("Hi")
        await wait_until(pilot, lambda: drafts(app) == ["Hi"])
        await pilot.press("ctrl+q")
        service.write(" there")
    for _ in range(6000):
        if service.stopped:
            break
        await asyncio.sleep(0.01)
    assert service.stopped == 1


def test_no_terminal_is_one_plain_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="needs a terminal") as caught:
        run_app(Home(tmp_path / "home"), lambda: load_settings(environment={}), None)
    assert caught.value.exit_code == 2
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "home").exists()


class LatinTerminal(io.StringIO):
    encoding = "iso-8859-1"

    def isatty(self) -> bool:
        return True


def test_a_terminal_without_utf_8_is_one_plain_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", LatinTerminal())
    monkeypatch.setattr("sys.stderr", LatinTerminal())
    with pytest.raises(UsageError, match=r"LC_ALL=C\.UTF-8"):
        run_app(Home(tmp_path / "home"), lambda: load_settings(environment={}), None)


HEAVY = ("torch", "transformers", "llama_cpp", "numpy", "sqlite_vec", "training", "peft")


def test_nothing_heavy_is_imported_before_the_first_paint() -> None:
    program = (
        "import sys; import panza_tui.app, panza_tui.chat.home_service; "
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.stdout.strip() == "[]", run.stderr


def test_the_real_app_on_an_empty_home_says_what_to_do(tmp_path: Path) -> None:
    """In a real terminal, the app paints, names the next command, and quits on ctrl+q."""
    program = (
        "import sys; from pathlib import Path; from engine.home import Home; "
        "from engine.settings import load_settings; from panza_tui.app import run_app; "
        f"home = Home(Path({str(tmp_path / 'home')!r})).prepare(); "
        "sys.exit(run_app(home, load_settings, None))"
    )
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "160", "LINES": "30"}
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment,
        start_new_session=True,
    )
    os.close(theirs)
    watchdog = threading.Timer(60, process.kill)
    watchdog.start()
    screen = b""
    try:
        while b"export of it" not in screen and (some := _read(ours)):
            screen += some
        os.write(ours, b"\x11")
        while some := _read(ours):
            screen += some
        assert process.wait() == 0, screen[-3000:].decode()
    finally:
        watchdog.cancel()
        process.kill()
        os.close(ours)
    assert b"Traceback" not in screen


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # The other side is closed.
        return b""
