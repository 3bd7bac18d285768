"""The first start with a fake service on a home in memory."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from pilots import OneScreen, shown, wait_until
from textual.pilot import Pilot
from textual.widgets import Input

from engine.errors import PanzaError
from engine.events import Event, Metric, Progress, Sample
from panza_tui.first_start.base_panel import _line
from panza_tui.first_start.places import Place
from panza_tui.first_start.screen import StartScreen
from panza_tui.first_start.service import BaseChoice, Candidate, StartState
from panza_tui.jobs.steps import Step, Work

HOSTILE = "\x1b[31mred\x1b[0m [bold]not bold[/] \u202egnp.exe"
RO = Candidate("Ro", "ro@example.org", 120)
KIM = Candidate("Kim", "kim@example.org", 3)
SMALL = BaseChoice("small-base", minutes=3.2, memory_gib=2.4, free_gib=9.0)
LARGE = BaseChoice("large-base", trouble="Training this base takes 40 GiB, and 9 GiB are free.")


class Home:
    """A service that records its calls; work ends at once unless `may_end` is cleared."""

    def __init__(self) -> None:
        self.kept = 0
        self.played = False
        self.models = 0
        self.exported = False
        self.running: Work | None = None
        self.trouble = ""
        self.stopped = False
        self.error: PanzaError | None = None
        self.candidates = [RO, KIM]
        self.events: list[Event] = []
        self.asked: list[object] = []
        self.may_end = threading.Event()
        self.may_end.set()
        self.places = [Place(Path("/mail/sent.mbox"), "mbox", False, 2_500_000)]

    def state(self) -> StartState:
        steps = (
            Step(f"{self.kept} mails you sent", self.kept > 0, "", "import"),
            Step("An instruction for each of them", self.played, "", "playback"),
            Step("Your model", self.models > 0, "", "train"),
        )
        step = next((s for s in steps if not s.done), None)
        if step is None:
            step = Step("A draft", False, "", "draft" if self.exported else "export")
        return StartState(
            steps=steps,
            step=step,
            running=self.running,
            trouble="" if self.running else self.trouble,
            kept=self.kept,
            left_out=(("calendar", 4, "an invitation or the answer to one"),),
            model="ro-rosa" if self.models or self.stopped else "",
            stopped=self.stopped,
        )

    def likely_places(self) -> list[Place]:
        return self.places

    def places_in(self, folder: Path) -> list[Place]:
        if self.error:
            raise self.error
        return [Place(folder / "Old", "", True), Place(folder / "old.mbox", "mbox", False, 10)]

    def find_addresses(
        self, path: Path, on_event: Callable[[Event], None], stopped: Callable[[], bool]
    ) -> list[Candidate]:
        self.asked.append(path)
        on_event(Progress("scan", 1_000_000, 2_000_000, "bytes"))
        while not self.may_end.wait(0.01):
            if stopped():
                return []
        if self.error:
            raise self.error
        return self.candidates

    def start_import(self, path: Path, addresses: Sequence[str]) -> None:
        self._start("import", path, *addresses)

    def start_playback(self) -> None:
        self._start("playback")

    def base_choices(
        self, on_choice: Callable[[BaseChoice], None], stopped: Callable[[], bool]
    ) -> None:
        on_choice(SMALL)
        on_choice(LARGE)

    def start_training(self, base: str) -> None:
        self._start("train", base)

    def start_export(self) -> None:
        self._start("export")

    def follow(
        self, work: Work, on_event: Callable[[Event], None], stopped: Callable[[], bool]
    ) -> None:
        for event in self.events:
            on_event(event)
        while not self.may_end.wait(0.01):
            if stopped():
                return
        self.running = None
        if self.trouble:
            return
        if work == "import":
            self.kept += 120
        elif work == "playback":
            self.played = True
        elif work == "train":
            self.models += 1
        else:
            self.exported = True

    def stop(self, work: Work) -> None:
        self.asked.append(f"stop {work}")
        self.trouble = "Interrupted; what is done is kept."
        self.may_end.set()

    def newest_instructions(self) -> list[tuple[str, str]]:
        return [("Oars", "ask Kim for oars"), (HOSTILE, HOSTILE)]

    def _start(self, work: Work, *about: object) -> None:
        self.asked.append((work, *about))
        if self.error:
            raise self.error
        self.trouble = ""
        self.running = work


class Watching(OneScreen):
    """Records when the first start was left."""

    @property
    def left(self) -> bool:
        return not isinstance(self.screen, StartScreen)


def start(home: Home) -> Watching:
    return Watching(StartScreen(home))


async def until(pilot: Pilot[None], *words: str) -> None:
    await wait_until(pilot, lambda: all(word in shown(pilot.app) for word in words))


@pytest.mark.parametrize("size", [(60, 20), (100, 30), (300, 80)])
async def test_from_an_export_to_the_chat(size: tuple[int, int]) -> None:
    home = Home()
    app = start(home)
    async with app.run_test(size=size) as pilot:
        await until(pilot, "Where is the mail you sent?", "● /mail/sent.mbox   mbox, 2.5 MB")
        await pilot.press("enter")
        await until(
            pilot, "Which addresses are yours?", "✓ Ro <ro@example.org>: 120 mails", "· Kim"
        )
        await pilot.press("down", "space", "enter")
        await until(pilot, "120 mails to learn from.", "4  calendar", "✓ 1")
        await pilot.press("enter")
        await until(pilot, "Which base model", "● small-base · about 3.2 minutes", "! large-base")
        await pilot.press("enter")
        await wait_until(pilot, lambda: app.left)
    path = Path("/mail/sent.mbox")
    assert home.asked == [
        path,
        ("import", path, "kim@example.org", "ro@example.org"),
        ("playback",),
        ("train", "small-base"),
        ("export",),
    ]


async def test_a_path_can_be_typed_or_pasted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/people/ro")
    home = Home()
    home.places = []
    app = start(home)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, "Other folders")
        app.screen.query_one(Input).value = " '~/my mail/sent.mbox' "
        await pilot.press("enter")
        await until(pilot, "Which addresses are yours?")
        assert home.asked == [Path("/people/ro/my mail/sent.mbox")]
        await pilot.press("escape")
        await until(pilot, "Where is the mail you sent?")


async def test_no_key_of_a_path_is_lost_while_the_list_comes_in() -> None:
    home = Home()
    may_list = threading.Event()
    likely = home.likely_places
    home.likely_places = lambda: likely() if may_list.wait(10) else []
    app = start(home)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, "Where is the mail you sent?")
        await pilot.press(*"/sent")
        may_list.set()
        await pilot.press(*"_mail")
        await until(pilot, "● /mail/sent.mbox")
        await pilot.press(*".mbox", "enter")
        await until(pilot, "Which addresses are yours?")
    assert home.asked == [Path("/sent_mail.mbox")]


async def test_enter_uses_the_input_or_list_used_last() -> None:
    home = Home()
    app = start(home)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, "● /mail/sent.mbox")
        await pilot.press(*"/x", "down", "up", "enter")
        await until(pilot, "Which addresses are yours?")
        assert home.asked == [Path("/mail/sent.mbox")]
        await pilot.press("escape", *"yz", "enter")
        await until(pilot, "Which addresses are yours?")
    assert home.asked[1] == Path("/xyz")


async def test_folders_are_walked_through_with_mail_marked() -> None:
    home = Home()
    app = start(home)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, "Other folders")
        await pilot.press("down", "enter")
        await until(pilot, "◂ Usual places", "▸ Old/", "● old.mbox   mbox, 10 bytes")
        await pilot.press("enter")
        await until(pilot, "● old.mbox")
        home.error = PanzaError("/x can't be opened (Permission denied).")
        await pilot.press("enter")
        await until(pilot, "! /x can't be opened (Permission denied).")


async def test_a_file_that_is_no_mail_is_reported_and_another_can_be_picked() -> None:
    home = Home()
    home.error = PanzaError("sent.mbox is not a mailbox.")
    app = start(home)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, "● /mail/sent.mbox")
        await pilot.press("enter")
        await until(pilot, "! sent.mbox is not a mailbox", "Where is the mail you sent?")
        home.error, home.candidates = None, []
        await pilot.press("enter")
        await until(pilot, "have no sender")


async def test_following_an_export_can_be_stopped() -> None:
    home = Home()
    home.may_end.clear()
    app = start(home)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, "● /mail/sent.mbox")
        await pilot.press("enter")
        await until(pilot, "Finding out who wrote these mails", "1.0 of 2.0 MB")
        await pilot.press("ctrl+s")
        await until(pilot, "Where is the mail you sent?")
        home.may_end.set()


async def test_without_an_address_ticked_nothing_is_imported() -> None:
    home = Home()
    app = start(home)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, "● /mail/sent.mbox")
        await pilot.press("enter")
        await until(pilot, "✓ Ro")
        await pilot.press("space", "enter")
        await until(pilot, "! Tick the addresses that are yours")
        assert len(home.asked) == 1


def test_a_base_whose_speed_is_unknown_can_be_chosen() -> None:
    choice = BaseChoice("slow-base", note="This machine's speed can't be measured (\x1b[1mwhy).")
    assert _line(choice) == "● slow-base · This machine's speed can't be measured (why)."


async def test_running_work_is_found_again_and_its_results_are_shown() -> None:
    home = Home()
    home.kept, home.running = 120, "playback"
    home.events = [Progress("playback", 30, 120, "mails", 2.0)]
    home.may_end.clear()
    app = start(home)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, "30 of 120 mails  2/s  0:00:45 left", "ask Kim for oars")
        await until(pilot, "red [bold]not bold[/] gnp.exe")
        assert "\x1b" not in shown(app)
        await pilot.press("ctrl+s")
        await until(pilot, "! Interrupted; what is done is kept.", "Enter begins.")
        assert home.asked == ["stop playback"]


async def test_training_shows_its_loss_and_its_newest_draft() -> None:
    home = Home()
    home.kept, home.played, home.running = 120, True, "train"
    home.events = [
        Metric(4, {"loss": 2.345}),
        Progress("train", 4, 40, "steps", 0.5),
        Sample(4, "ask Kim for oars", f"Ahoy Kim,\n{HOSTILE}"),
    ]
    home.may_end.clear()
    app = start(home)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, "Training your model", "4 of 40 steps", "loss 2.35", "Ahoy Kim,")
        await pilot.press("escape")
        await wait_until(pilot, lambda: app.left)
    assert home.running == "train"
    assert home.asked == []


async def test_a_stopped_training_can_be_resumed() -> None:
    home = Home()
    home.kept, home.played, home.stopped = 120, True, True
    app = start(home)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, "▸ Resume the training of “ro-rosa”", "● small-base")
        await pilot.press("enter")
        await wait_until(pilot, lambda: app.left)
    assert home.asked[0] == ("train", "")


async def test_a_base_that_does_not_fit_is_not_trained() -> None:
    home = Home()
    home.kept, home.played = 120, True
    app = start(home)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, "● small-base", "! large-base")
        await pilot.press("down", "enter")
        await until(pilot, "! Training this base takes 40 GiB")
        assert home.asked == []


async def test_failed_work_says_why_and_can_be_retried() -> None:
    home = Home()
    home.kept = 120
    home.trouble = "It ended unexpectedly; what was stored is kept."
    app = start(home)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, "! It ended unexpectedly", "Enter begins.")
        home.error = PanzaError("panza-tui playback (process 7) is already running.")
        home.trouble = ""
        await pilot.press("enter")
        await until(pilot, "! panza-tui playback (process 7) is already running", "Enter begins.")
        home.error = None
        await pilot.press("enter")
        await until(pilot, "Which base model")


async def test_a_failed_export_is_retried_only_on_request() -> None:
    home = Home()
    home.kept, home.played, home.models = 120, True, 1
    home.trouble = "The disk is full; what was stored is kept."
    app = start(home)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, "! The disk is full", "“ro-rosa” is trained.")
        assert home.asked == []
        await pilot.press("enter")
        await wait_until(pilot, lambda: app.left)
    assert home.asked == [("export",)]


async def test_more_mail_can_be_added_before_playback() -> None:
    home = Home()
    home.kept = 30
    app = start(home)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, "30 mails to learn from.")
        await pilot.press("ctrl+o")
        await until(pilot, "● /mail/sent.mbox")
        await pilot.press("escape")
        await until(pilot, "30 mails to learn from.")
        await pilot.press("ctrl+o")
        await until(pilot, "● /mail/sent.mbox")
        await pilot.press("enter")
        await until(pilot, "✓ Ro")
        await pilot.press("enter")
        await until(pilot, "150 mails to learn from.")


async def test_known_addresses_are_ticked() -> None:
    home = Home()
    home.candidates = [RO, replace(KIM, known=True, name=HOSTILE)]
    app = start(home)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, "● /mail/sent.mbox")
        await pilot.press("enter")
        await until(pilot, "· Ro", "✓ red [bold]not bold[/] gnp.exe <kim@example.org>")


@pytest.mark.parametrize("size", [(100, 30), (60, 20)])
@pytest.mark.parametrize("panel", ["pick", "who", "ready", "train", "work"])
def test_how_it_looks(snap_compare: Callable[..., bool], size: tuple[int, int], panel: str) -> None:
    home = Home()
    words = {
        "pick": "● /mail/sent.mbox",
        "who": "✓ Ro",
        "ready": "Enter begins.",
        "train": "! large-base",
        "work": "30 of 120 mails",
    }
    home.kept = 0 if panel in ("pick", "who") else 120
    home.played = panel == "train"
    if panel == "work":
        home.running = "playback"
        home.events = [Progress("playback", 30, 120, "mails", 2.0)]
        home.may_end.clear()

    async def settle(pilot: Pilot[None]) -> None:
        if panel == "who":
            await until(pilot, words["pick"])
            await pilot.press("enter")
        await until(pilot, words[panel])

    assert snap_compare(start(home), run_before=settle, terminal_size=size)
    home.may_end.set()
