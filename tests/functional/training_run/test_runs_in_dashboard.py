"""The training screen with real runs of a tiny model: started, watched, paused, killed, resumed."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable

import pytest
from textual.app import App

from engine import settings
from engine.errors import PanzaError
from engine.events import Progress, Started
from engine.models.models import read_card
from panza_tui.dashboard.home_service import HomeTrainingService
from panza_tui.dashboard.screen import TrainingScreen
from panza_tui.dashboard.service import LIVE, RunChoice
from training.runs import process
from training_run.runs import SMALL, await_step, start

ENDLESS = {"training.epochs": 1000, "training.validation": 0.0}


class Bare(App[None]):
    def __init__(self, service: HomeTrainingService) -> None:
        super().__init__()
        self.service = service

    def on_mount(self) -> None:
        self.push_screen(TrainingScreen(self.service))


@pytest.fixture
def service(home, base, monkeypatch):
    """The service on the runs of the home; those still running at the end of a test are killed."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    overrides = SMALL | ENDLESS | {"model.base": str(base)}
    read = lambda: settings.load_settings(None, overrides, environment={})  # noqa: E731
    service = HomeTrainingService(home, read)
    yield service
    for child in service._started.values():
        child.kill()
        child.wait()


def state_of(service: HomeTrainingService, name: str) -> str:
    return next(view.state for view in service.runs() if view.name == name)


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < deadline, "the condition never held"
        time.sleep(0.02)  # A run has low priority: polling without a pause would stop it.


async def shown_until(pilot, holds: Callable[[str], bool]) -> None:
    deadline = time.monotonic() + 120
    while True:
        strips = pilot.app.screen._compositor.render_strips()
        if holds("\n".join(strip.text for strip in strips)):
            return
        assert time.monotonic() < deadline, "the condition never held"
        await pilot.pause(0.05)


async def test_a_run_is_started_left_and_followed_again(home, base, service, monkeypatch):
    monkeypatch.setattr(TrainingScreen, "SECONDS_BETWEEN_READS", 0.25)
    choice = RunChoice(str(base), "lora", epochs=1000, name="from-screen")
    name = await asyncio.to_thread(service.begin, choice)
    assert state_of(service, name) in LIVE
    await asyncio.to_thread(await_step, home.model(name), service._started[name], 3)
    async with Bare(service).run_test(size=(120, 40)) as pilot:
        await shown_until(pilot, lambda text: "● from-screen" in text and "Sample drafts" in text)
        await shown_until(pilot, lambda text: "before training" in text or "evaluation" in text)
    assert process.is_running(home, name)  # The app is gone, the run is not.

    other = HomeTrainingService(home, service._read_settings)  # A second terminal.
    async with Bare(other).run_test(size=(120, 40)) as pilot:
        await shown_until(pilot, lambda text: "training · step" in text)
        await pilot.press("p")
        await shown_until(pilot, lambda text: "‖ from-screen" in text)
        await pilot.press("p")
        await shown_until(pilot, lambda text: "● from-screen  training" in text)
        await pilot.press("s")
        await shown_until(pilot, lambda text: "■ from-screen  stopped" in text)
        assert read_card(home, name).state == "stopped"
        await pilot.press("r")
        await shown_until(pilot, lambda text: "● from-screen  training" in text)
    assert state_of(other, name) == "running"
    other._started[name].kill()


def test_a_killed_run_is_shown_and_resumed(home, begin, service, monkeypatch):
    monkeypatch.setattr(process, "start_run", start)
    folder = begin("killed", "lora", training__epochs=1000, training__validation=0.0)
    assert state_of(service, "killed") == "starting"  # It has no events yet.
    running = start(home, "killed")
    try:
        await_step(folder, running, 2)
        with pytest.raises(PanzaError, match="is already running"):
            service.resume("killed")
    finally:
        running.kill()
        running.communicate()
    view = next(view for view in service.runs() if view.name == "killed")
    assert view.state == "killed"
    assert view.is_resumable
    assert "was killed, or the computer was switched off. Nothing was learnt yet." in view.trouble
    service.resume("killed")
    assert state_of(service, "killed") in LIVE
    wait_until(lambda: state_of(service, "killed") == "running")


def test_a_crash_is_shown_with_its_last_words(home, begin, service, monkeypatch):
    folder = begin("crashed", "lora")
    (folder / "split.json").unlink()
    with monkeypatch.context() as patch:
        patch.setattr(process, "start_run", start)
        service.resume("crashed")
    wait_until(lambda: state_of(service, "crashed") not in LIVE)
    view = next(view for view in service.runs() if view.name == "crashed")
    assert view.state == "failed"
    assert "split.json is lost or damaged" in view.trouble

    begin("unstarted", "lora")
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    service.resume("unstarted")
    service._started["unstarted"].wait()
    view = next(view for view in service.runs() if view.name == "unstarted")
    assert view.state == "killed"
    assert "Its last output:" in view.trouble


def test_the_events_of_a_removed_folder_are_none(home, begin, service):
    folder = begin("vanished", "lora", max_steps=1)
    shutil.rmtree(folder)
    came: list[object] = []
    service.follow("vanished", came.extend, lambda: True)
    assert came == []
    assert "vanished" not in [view.name for view in service.runs()]
    with pytest.raises(PanzaError):
        service.stop("vanished")


def test_events_arrive_in_complete_batches(home, whole, service):
    bunches: list[list[object]] = []
    service.follow("whole", bunches.append, lambda: bool(bunches))
    emitted = [event for bunch in bunches for event in bunch]
    assert isinstance(emitted[0], Started)
    assert len(bunches) < 5
    assert max(event.done for event in emitted if isinstance(event, Progress)) == 10


def test_what_the_user_wrote_is_known_by_instruction(home, whole, service):
    own = service.own_mails("whole")
    assert own
    assert all(text.startswith("Ahoy Kim") for text in own.values())


def test_a_new_home_has_the_first_steps(tmp_path):
    from engine.home.home import Home

    empty = HomeTrainingService(
        Home(tmp_path / "new"), lambda: settings.load_settings(environment={})
    )
    assert empty.runs() == []
    assert [step.done for step in empty.missing()] == [False, False, False]
    assert not (tmp_path / "new").exists()


def test_the_cost_of_a_choice_is_estimated(service, base):
    cost = service.cost(RunChoice(str(base), "rosa", epochs=2))
    assert cost.minutes > 0
    assert cost.free_gib > cost.memory_gib > 0
    assert cost.why == ""
    with pytest.raises(PanzaError, match="no base model"):
        service.cost(RunChoice("/none/such"))
