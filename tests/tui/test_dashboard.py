"""The training screen with a fake service: each test controls the runs and waits for the screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fake_training import (
    LEFT,
    OWN,
    REFUSAL,
    FakeTrainingService,
    a_run,
    failure,
    run_events,
)
from pilots import OneScreen, shown, wait_until
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Static

from engine.errors import PanzaError
from engine.events import Metric, Progress, Sample, Started, Warn
from panza_tui.dashboard.new_run import NewRun
from panza_tui.dashboard.plot import LossPlot
from panza_tui.dashboard.screen import TrainingScreen
from panza_tui.dashboard.service import Cost, RunChoice

SIZES = [(60, 20), (80, 24), (100, 30), (120, 36), (300, 80)]


@pytest.fixture(autouse=True)
def _reads_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TrainingScreen, "SECONDS_BETWEEN_READS", 0.25)


def app_of(service: FakeTrainingService) -> OneScreen:
    return OneScreen(TrainingScreen(service))


def figures(app: OneScreen) -> str:
    return str(app.screen.query_one("#numbers", Static).render())


def says(app: OneScreen, *words: str) -> Callable[[], bool]:
    return lambda: all(word in shown(app) for word in words)


def notes(app: OneScreen) -> list[str]:
    return [str(toast.message) for toast in app._notifications]


def is_notified(app: OneScreen, words: str) -> Callable[[], bool]:
    return lambda: any(words in note for note in notes(app))


@pytest.mark.parametrize("size", SIZES)
async def test_a_live_run_is_shown_at_every_size(size: tuple[int, int]) -> None:
    service = FakeTrainingService(a_run("lo-rosa", "running"), a_run("older"))
    service.events["lo-rosa"] = run_events(31)
    app = app_of(service)
    async with app.run_test(size=size) as pilot:
        await wait_until(pilot, says(app, "● lo-rosa", "step 31 of 44", "52 seconds left", "70%"))
        for words in (["⠒ training"], ["Ahoy Sam,"], ["learning rate", "1.5e-04"], ["older"]):
            if app.screen.has_class("-single"):
                await wait_until(pilot, lambda words=words: _comes_up(app, words))
                await pilot.press("v")
            else:
                await wait_until(pilot, says(app, *words))
        assert app.screen.query_one("#numbers").region.right <= size[0]


def _comes_up(app: OneScreen, words: list[str]) -> bool:
    return all(word in shown(app) for word in words)


async def test_new_events_move_the_line_the_figures_and_the_drafts() -> None:
    service = FakeTrainingService(a_run("lo-rosa", "running"))
    service.events["lo-rosa"] = run_events(10)
    app = app_of(service)
    async with app.run_test(size=(120, 50)) as pilot:
        await wait_until(pilot, says(app, "before training  (1 of 2)", "step 10 of 44"))
        asked = next(event.instruction for event in run_events(0) if isinstance(event, Sample))
        service.add_events(
            "lo-rosa",
            Progress("train", 11, 44, "steps", 0.5),
            Metric(11, {"loss": 1.234, "gradient_norm": 0.5}),
            Metric(11, {"validation_loss": 1.345}),
            Sample(11, asked, "Ahoy Sam, a new voice"),
            Warn("Epoch 1 is odd."),
        )
        await wait_until(pilot, says(app, "step 11 of 44", "1.234", "a new voice", "Epoch 1 is"))
        assert "66 seconds" in shown(app) or "1.1 minutes left" in shown(app)


async def test_earlier_and_later_drafts_and_what_the_user_wrote() -> None:
    service = FakeTrainingService(a_run())
    app = app_of(service)
    async with app.run_test(size=(120, 70)) as pilot:
        await wait_until(pilot, says(app, "evaluation 4, step 44  (5 of 6)", "my sister marries"))
        assert "yes to [bold]Saturday[/bold], bring 5*3*2" in shown(app)
        await pilot.press("left", "left", "left", "left", "left")
        await wait_until(
            pilot, says(app, "before training  (1 of 6)", "Mails the user wrote before:")
        )
        await pilot.press("right", "right", "right", "right", "right", "right")
        await wait_until(pilot, says(app, "as you wrote it  (6 of 6)", "Eat a slice for me."))
        await pilot.click("Arrow")
        await wait_until(pilot, says(app, "evaluation 4, step 44"))


async def test_drafts_stay_where_the_reader_went_while_new_ones_come() -> None:
    service = FakeTrainingService(a_run("lo-rosa", "running"))
    service.events["lo-rosa"] = run_events(31)
    app = app_of(service)
    async with app.run_test(size=(120, 36)) as pilot:
        await wait_until(pilot, says(app, "evaluation 2, step 22"))
        await pilot.press("left")
        await wait_until(pilot, says(app, "evaluation 1, step 11"))
        service.add_events("lo-rosa", *run_events(33)[len(run_events(31)) :])
        await wait_until(pilot, says(app, "step 33 of 44"))
        assert "evaluation 1, step 11" in shown(app)


async def test_hostile_drafts_and_names_are_shown_harmlessly() -> None:
    service = FakeTrainingService(a_run("lo", "failed", trouble="\x1b[31mbad\x1b[0m [b]luck[/b]"))
    service.events["lo"] = [
        Started("train"),
        Sample(0, "say \x1b]0;owned\x07 [red]yes", "\x1b[2Jwide 你好 \u202eolleh [/]"),
        Warn("odd \x1b[5m[link]"),
    ]
    app = app_of(service)
    async with app.run_test(size=(120, 40)) as pilot:
        await wait_until(pilot, says(app, "wide 你好 olleh [/]", "! lo", "bad [b]luck[/b]"))
        assert "say [red]yes" in shown(app)
        assert "odd [link]" in shown(app)
        assert "\x1b" not in shown(app)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("starting", "◌ lo  starting"),
        ("paused", "‖ lo  paused"),
        ("finished", "✓ lo  finished · 2.9 minutes"),
        ("stopped", "■ lo  stopped · step 44 of 44 · saved"),
        ("failed", "! lo  failed: out of luck"),
        ("killed", "! lo  ended: out of luck"),
    ],
)
async def test_every_state_has_its_mark_and_words(state: str, words: str) -> None:
    app = app_of(FakeTrainingService(a_run("lo", state, trouble="out of luck")))
    async with app.run_test(size=(120, 36)) as pilot:
        await wait_until(pilot, says(app, words))


# --- what is asked of a run


@pytest.mark.parametrize(
    ("state", "key", "asked"),
    [
        ("running", "p", ("pause", "lo")),
        ("paused", "p", ("unpause", "lo")),
        ("running", "s", ("stop", "lo")),
        ("paused", "s", ("stop", "lo")),
        ("stopped", "r", ("resume", "lo")),
        ("killed", "r", ("resume", "lo")),
        ("failed", "r", ("resume", "lo")),
    ],
)
async def test_keys_act_on_the_shown_run(state: str, key: str, asked: object) -> None:
    service = FakeTrainingService(a_run("lo", state))
    app = app_of(service)
    async with app.run_test(size=(120, 36)) as pilot:
        await wait_until(pilot, says(app, " lo  "))
        await pilot.press(key)
        await wait_until(pilot, lambda: asked in service.asked)


@pytest.mark.parametrize(("state", "keys"), [("finished", "psr"), ("running", "rn")])
async def test_keys_that_would_do_nothing_do_nothing(state: str, keys: str) -> None:
    service = FakeTrainingService(a_run("lo", state))
    app = app_of(service)
    async with app.run_test(size=(120, 36)) as pilot:
        await wait_until(pilot, says(app, " lo  "))
        await pilot.press(*keys)
        await pilot.pause()
        assert service.asked == []
        assert isinstance(app.screen, TrainingScreen)


async def test_a_refusal_is_one_line() -> None:
    service = FakeTrainingService(a_run("lo", "stopped"))
    service.error = REFUSAL
    app = app_of(service)
    async with app.run_test(size=(120, 36)) as pilot:
        await wait_until(pilot, says(app, "■ lo"))
        await pilot.press("r")
        await wait_until(pilot, lambda: notes(app) == [str(REFUSAL)])


# --- a new run


async def opened_form(pilot: Pilot[Any]) -> NewRun:
    await wait_until(pilot, lambda: isinstance(pilot.app.screen, TrainingScreen))
    await wait_until(pilot, lambda: pilot.app.screen.check_action("new_run", ()) is True)
    await pilot.press("n")
    await wait_until(pilot, lambda: isinstance(pilot.app.screen, NewRun))
    form = pilot.app.screen
    assert isinstance(form, NewRun)
    return form


@pytest.mark.parametrize("size", SIZES)
async def test_a_run_is_begun_from_the_form_with_what_it_takes(size: tuple[int, int]) -> None:
    service = FakeTrainingService(a_run())
    app = app_of(service)
    async with app.run_test(size=size) as pilot:
        await opened_form(pilot)
        await wait_until(pilot, says(app, "About 2.9 minutes", "2.3 GiB", "19.4"))
        assert "Start" in shown(app)
        await pilot.press("tab", "tab", "2")  # The number that was there is selected.
        await pilot.press("tab", *"mine", "ctrl+s")
        choice = RunChoice("smollm2-135m-instruct", "rosa", 2, "mine")
        await wait_until(pilot, lambda: ("begin", choice) in service.asked)
        await wait_until(pilot, says(app, "● mine"))


async def test_a_base_that_does_not_fit_is_refused_with_the_size_that_would() -> None:
    service = FakeTrainingService(a_run())
    service.found = Cost(900, 31.0, 7.2, "It takes 31 GiB, 7.2 are free; one of 400M weights fits.")
    app = app_of(service)
    async with app.run_test(size=(100, 30)) as pilot:
        await opened_form(pilot)
        await wait_until(pilot, says(app, "! It takes 31 GiB", "400M weights"))


async def test_nonsense_for_epochs_is_told_and_starts_nothing() -> None:
    service = FakeTrainingService(a_run())
    app = app_of(service)
    async with app.run_test(size=(100, 30)) as pilot:
        form = await opened_form(pilot)
        form.query_one("#epochs", Input).value = "0"
        await wait_until(pilot, says(app, "Epochs must be a whole number"))
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert isinstance(app.screen, NewRun)
        await pilot.press("escape")
        await wait_until(pilot, lambda: isinstance(app.screen, TrainingScreen))
        assert not any(what == "begin" for what, _ in service.asked)


async def test_a_refused_start_is_one_line() -> None:
    service = FakeTrainingService(a_run())
    service.error = PanzaError("There is no base model 'x' on this disk.")
    app = app_of(service)
    async with app.run_test(size=(100, 30)) as pilot:
        await opened_form(pilot)
        await pilot.press("ctrl+s")
        await wait_until(pilot, lambda: notes(app) == [str(service.error)])
        await wait_until(pilot, says(app, "✓ lo-rosa"))


# --- no runs, runs that go, several runs


async def test_without_mails_the_steps_to_a_run_are_shown() -> None:
    app = app_of(FakeTrainingService(steps=LEFT))
    async with app.run_test(size=(60, 20)) as pilot:
        await wait_until(pilot, says(app, "✓ Mails you sent: 133", "▸ An instruction for each"))
        assert "panza-tui playback" in shown(app)
        await pilot.press("n")
        await pilot.pause()
        assert isinstance(app.screen, TrainingScreen)


async def test_with_mails_and_no_run_one_is_offered_and_appears() -> None:
    service = FakeTrainingService()
    app = app_of(service)
    async with app.run_test(size=(60, 20)) as pilot:
        await wait_until(pilot, says(app, "starts a training"))
        await opened_form(pilot)
        await pilot.press("ctrl+s")
        await wait_until(pilot, says(app, "● new-rosa", "Curve"))


async def test_removing_the_folder_of_a_watched_run_is_reported() -> None:
    service = FakeTrainingService(a_run("gone", "running"), a_run("stays"))
    app = app_of(service)
    async with app.run_test(size=(120, 36)) as pilot:
        await wait_until(pilot, says(app, "● gone"))
        del service.views[0], service.events["gone"]
        await wait_until(pilot, is_notified(app, "The folder of 'gone' was removed"))
        await wait_until(pilot, says(app, "✓ stays  finished"))
        service.views.clear()
        await wait_until(pilot, says(app, "starts a training"))
        await wait_until(pilot, is_notified(app, "The folder of 'stays' was removed"))


async def test_a_run_that_fails_while_it_is_watched_says_why() -> None:
    service = FakeTrainingService(a_run("lo", "running"))
    service.events["lo"] = run_events(5)
    app = app_of(service)
    async with app.run_test(size=(120, 36)) as pilot:
        await wait_until(pilot, says(app, "step 5 of 44"))
        service.add_events("lo", failure("The disk is full."))
        service.views[0] = a_run(
            "lo", "failed", trouble="The disk is full. Nothing was learnt yet."
        )
        await wait_until(pilot, says(app, "! lo  failed: The disk is full."))
        assert app.screen.check_action("resume", ())


async def test_several_runs_are_compared_in_one_plot_and_table() -> None:
    names = [f"run-{letter}" for letter in "abcdef"]
    service = FakeTrainingService(*(a_run(name) for name in names))
    service.events["run-b"] = run_events(floor=1.6)
    app = app_of(service)
    async with app.run_test(size=(120, 40)) as pilot:
        await wait_until(pilot, says(app, "run-a  finished", "Epochs"))
        await pilot.press("space", "down", "space")
        await wait_until(pilot, says(app, "● run-a   ◆ run-b"))
        await wait_until(pilot, lambda: figures(app).count("held out") == 2)
        assert len(app.screen.query_one(LossPlot)._datasets) == 4  # two lines and their marks
        await pilot.press(*["down", "space"] * 4)
        await wait_until(pilot, lambda: any("At most 5 runs" in note for note in notes(app)))
        await pilot.press("up", "space", "up", "space", "up", "space", "up", "space")
        await wait_until(pilot, says(app, "⠒ training", "Epochs"))


async def test_leaving_the_screen_stops_following_and_returning_resumes_it() -> None:
    service = FakeTrainingService(a_run("lo", "running"))
    service.events["lo"] = run_events(5)
    app = app_of(service)
    async with app.run_test(size=(120, 36)) as pilot:
        await wait_until(pilot, says(app, "step 5 of 44"))
        await app.push_screen(NewRun(service, service.default_choice(), []))
        await wait_until(pilot, lambda: not service.following)
        service.add_events("lo", *run_events(9)[len(run_events(5)) :])
        app.pop_screen()
        await wait_until(pilot, says(app, "step 9 of 44"))


async def test_choosing_another_run_follows_that_one_alone() -> None:
    service = FakeTrainingService(a_run("first"), a_run("second"))
    app = app_of(service)
    async with app.run_test(size=(120, 36)) as pilot:
        await wait_until(pilot, lambda: service.following == {"first"})
        app.screen.query_one(OptionList).highlighted = 1
        await wait_until(pilot, lambda: service.following == {"second"})
        await wait_until(pilot, says(app, "✓ second"))


async def test_the_curve_is_redrawn_only_when_there_is_something_new() -> None:
    service = FakeTrainingService(a_run())
    app = app_of(service)
    async with app.run_test(size=(120, 36)) as pilot:
        await wait_until(pilot, says(app, "evaluation 4"))
        plot = app.screen.query_one(LossPlot)
        drawn: list[int] = []
        plot.clear = lambda: drawn.append(1)  # type: ignore[method-assign]
        looks = service.looks
        await wait_until(pilot, lambda: service.looks > looks + 1)
        drawn.clear()  # What the layout still had to do is done.
        await wait_until(pilot, lambda: service.looks > looks + 4)
        assert drawn == []


def test_what_the_user_wrote_is_of_the_same_instructions() -> None:
    asked = {event.instruction for event in run_events() if isinstance(event, Sample)}
    assert asked == set(OWN)
