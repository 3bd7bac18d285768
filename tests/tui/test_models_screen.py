"""The models screen on models in memory: what it shows, offers and asks for."""

from __future__ import annotations

import dataclasses
import queue
import threading
from collections.abc import Callable

import pytest
from pilots import OneScreen, notified, shown, wait_until
from textual.pilot import Pilot
from textual.widgets import Input

from engine.errors import PanzaError, UsageError
from engine.events import Event, Progress
from engine.home.home import Home
from engine.models.models import ModelCard
from panza_tui.jobs.bases import BaseChoice
from panza_tui.models.dialogs import AskName, AskQuantisation
from panza_tui.models.home_service import HomeModelsService
from panza_tui.models.screen import ModelsScreen
from panza_tui.models.service import ModelView
from panza_tui.shell.confirm import Confirm

CARD = ModelCard(
    "sam-rosa",
    "smollm2-135m-instruct",
    "rosa",
    1_700_000_000,
    "finished",
    gguf="sam-rosa-Q8_0.gguf",
    data={"train": 86, "validation": 10, "held_out": 24, "fingerprint": "ab"},
    figures={
        "held_out_loss_base": 3.076,
        "held_out_loss": 1.745,
        "seconds": 174.0,
        "peak_memory_gib": 2.4,
    },
)
HALF = dataclasses.replace(CARD, name="sam-lora", method="lora", state="stopped", gguf="")


class Shelf:
    """A service on models in memory; the test controls the export."""

    def __init__(self, *cards: ModelCard) -> None:
        self.cards = list(cards)
        self.default = cards[0].name if cards else ""
        self.at_work = ""
        self.asked: list[tuple[str, ...]] = []
        self.export: queue.Queue[Event | str] = queue.Queue()
        self.refusal: PanzaError | None = None
        self.bases: list[BaseChoice] = []

    def models(self) -> list[ModelView]:
        return [
            ModelView(card, card.name == self.default, 160_000_000, 145_000_000 * bool(card.gguf))
            for card in self.cards
        ]

    def base_choices(
        self, on_choice: Callable[[BaseChoice], None], stopped: Callable[[], bool]
    ) -> None:
        for choice in self.bases:
            on_choice(choice)

    def use_base(self, base: str) -> None:
        self._take("base", base)

    def _take(self, *asked: str) -> None:
        if self.refusal:
            raise self.refusal
        self.asked.append(asked)

    def make_default(self, name: str) -> None:
        self._take("default", name)
        self.default = name

    def rename(self, name: str, new_name: str) -> None:
        self._take("rename", name, new_name)
        self.cards = [
            dataclasses.replace(card, name=new_name) if card.name == name else card
            for card in self.cards
        ]

    def delete(self, name: str) -> list[str]:
        self._take("delete", name)
        self.cards = [card for card in self.cards if card.name != name]
        return []

    def start_export(self, name: str, quantize: str) -> None:
        self._take("export", name, quantize)
        self.at_work = name

    def exporting(self) -> str:
        return self.at_work

    def follow_export(self, on_event: Callable[[Event], None], stopped: Callable[[], bool]) -> str:
        while not stopped():
            try:
                given = self.export.get(timeout=0.05)
            except queue.Empty:
                continue
            if isinstance(given, str):
                self.at_work = ""
                return given
            on_event(given)
        return ""

    def stop_export(self) -> None:
        self._take("stop")
        self.export.put("Interrupted; the older file is kept.")


async def test_the_card_of_the_chosen_model_is_shown():
    app = OneScreen(ModelsScreen(Shelf(CARD, HALF)))
    async with app.run_test(size=(110, 30)) as pilot:
        await wait_until(pilot, lambda: "3.08 nats/token" in shown(app))
        assert "Q8_0, 145 MB" in shown(app)
        assert "✓ default model" in shown(app)
        await pilot.press("down")
        await wait_until(pilot, lambda: "LoRA" in shown(app))
        assert "not exported yet" in shown(app)


async def test_the_card_tells_how_many_past_mails_a_model_is_shown():
    card = dataclasses.replace(CARD, data=CARD.data | {"sources": 2})
    app = OneScreen(ModelsScreen(Shelf(card)))
    async with app.run_test(size=(110, 30)) as pilot:
        await wait_until(pilot, lambda: "shown past mails" in shown(app))
        assert "2 at most" in shown(app)


async def test_without_a_model_it_says_where_one_is_made():
    app = OneScreen(ModelsScreen(Shelf()))
    async with app.run_test(size=(60, 20)) as pilot:
        await wait_until(pilot, lambda: "No model is trained yet" in shown(app))


async def test_another_model_is_made_the_default_and_only_a_trained_one():
    shelf = Shelf(CARD, dataclasses.replace(CARD, name="second"), HALF)
    app = OneScreen(ModelsScreen(shelf))
    async with app.run_test() as pilot:
        await wait_until(pilot, lambda: "second" in shown(app))
        await pilot.press("d")  # It is the default.
        await pilot.press("down", "down", "d")  # It is not trained to its end.
        await pilot.press("up", "d")
        await wait_until(pilot, lambda: shelf.default == "second")
        assert shelf.asked == [("default", "second")]


async def test_a_model_is_renamed_and_stays_chosen():
    shelf = Shelf(CARD)
    app = OneScreen(ModelsScreen(shelf))
    async with app.run_test() as pilot:
        await wait_until(pilot, lambda: "sam-rosa" in shown(app))
        await pilot.press("r")
        await wait_until(pilot, lambda: isinstance(app.screen, AskName))
        app.screen.query_one(Input).value = "mine"
        await pilot.press("enter")
        await wait_until(pilot, lambda: "mine" in shown(app))
        assert shelf.asked == [("rename", "sam-rosa", "mine")]


async def test_a_refused_name_is_reported_and_nothing_changes():
    shelf = Shelf(CARD)
    shelf.refusal = UsageError("There is a model 'mine' already; choose another name.")
    app = OneScreen(ModelsScreen(shelf))
    async with app.run_test(size=(100, 30)) as pilot:
        await wait_until(pilot, lambda: "sam-rosa" in shown(app))
        await pilot.press("r")
        await wait_until(pilot, lambda: isinstance(app.screen, AskName))
        app.screen.query_one(Input).value = "mine"
        await pilot.press("enter")
        await wait_until(pilot, lambda: "choose another name" in notified(app))
        assert "sam-rosa" in shown(app)


@pytest.mark.parametrize(
    ("answer", "left"), [("n", ["sam-rosa"]), ("escape", ["sam-rosa"]), ("y", [])]
)
async def test_a_model_is_deleted_only_after_a_yes(answer, left):
    shelf = Shelf(CARD)
    app = OneScreen(ModelsScreen(shelf))
    async with app.run_test() as pilot:
        await wait_until(pilot, lambda: "sam-rosa" in shown(app))
        await pilot.press("delete")
        await wait_until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press(answer)
        await wait_until(pilot, lambda: isinstance(app.screen, ModelsScreen))
        await wait_until(pilot, lambda: [card.name for card in shelf.cards] == left)


async def test_a_renamed_model_stays_chosen_among_others():
    shelf = Shelf(CARD, HALF)
    app = OneScreen(ModelsScreen(shelf))
    async with app.run_test(size=(100, 30)) as pilot:
        await wait_until(pilot, lambda: "sam-lora" in shown(app))
        await pilot.press("down", "r")
        await wait_until(pilot, lambda: isinstance(app.screen, AskName))
        app.screen.query_one(Input).value = "mine"
        await pilot.press("enter")
        await wait_until(pilot, lambda: "mine" in shown(app) and "LoRA" in shown(app))


async def test_a_slow_disk_does_not_block_the_screen():
    shelf = Shelf(CARD, HALF)
    may_work = threading.Event()
    models, delete = shelf.models, shelf.delete
    shelf.models = lambda: models() if may_work.wait(30) else []
    shelf.delete = lambda name: delete(name) if may_work.wait(30) else None
    app = OneScreen(ModelsScreen(shelf))
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("down", "d")
        assert isinstance(app.screen, ModelsScreen)
        may_work.set()
        await wait_until(pilot, lambda: "sam-lora" in shown(app))
        may_work.clear()
        await pilot.press("delete")
        await wait_until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("y")
        await wait_until(pilot, lambda: "◌ deleting" in shown(app))
        await pilot.press("down", "delete")  # One change at a time.
        await wait_until(pilot, lambda: "LoRA" in shown(app))
        assert isinstance(app.screen, ModelsScreen)
        may_work.set()
        await wait_until(pilot, lambda: "sam-rosa" not in shown(app))
        assert shelf.asked == [("delete", "sam-rosa")]


async def test_an_export_shows_its_progress_and_its_end():
    shelf = Shelf(CARD)
    app = OneScreen(ModelsScreen(shelf))
    async with app.run_test(size=(100, 30)) as pilot:
        await wait_until(pilot, lambda: "sam-rosa" in shown(app))
        await pilot.press("e")
        await wait_until(pilot, lambda: isinstance(app.screen, AskQuantisation))
        await pilot.press("down", "enter")
        await wait_until(pilot, lambda: shelf.asked == [("export", "sam-rosa", "Q8_0")])
        shelf.export.put(Progress("quantising", 136, 272, "tensors", 300.0))
        await wait_until(pilot, lambda: "quantising  300 tensors/s" in shown(app))
        await wait_until(pilot, lambda: "50%" in shown(app))
        shelf.export.put("")
        await wait_until(pilot, lambda: "exported and checked" in shown(app))


async def test_a_running_export_is_found_again_and_can_be_stopped():
    shelf = Shelf(CARD)
    shelf.at_work = "sam-rosa"
    app = OneScreen(ModelsScreen(shelf))
    async with app.run_test(size=(100, 30)) as pilot:
        await wait_until(pilot, lambda: "exporting sam-rosa" in shown(app))
        await pilot.press("s")
        await wait_until(pilot, lambda: "! Interrupted" in shown(app))


async def test_names_of_cards_are_shown_without_escape_sequences():
    evil = dataclasses.replace(CARD, base="base\x1b[2J\u202e[bold]x[/bold]")
    app = OneScreen(ModelsScreen(Shelf(evil)))
    async with app.run_test(size=(110, 30)) as pilot:
        await wait_until(pilot, lambda: "base[bold]x[/bold]" in shown(app))


@pytest.mark.parametrize("size", [(100, 30), (60, 20)])
def test_picture(snap_compare, size, monkeypatch):
    monkeypatch.setenv("TZ", "UTC")
    app = OneScreen(ModelsScreen(Shelf(CARD, HALF)))

    async def settle(pilot: Pilot[None]) -> None:
        await wait_until(pilot, lambda: "Q8_0" in shown(app))

    assert snap_compare(app, terminal_size=size, run_before=settle)


@pytest.mark.parametrize(
    ("choice", "options"), [("default", []), ("F16", ["--quantize", "F16"])], ids=str
)
def test_the_default_quantisation_is_that_of_the_settings(choice, options, tmp_path, monkeypatch):
    started: list[list[str]] = []
    monkeypatch.setattr(
        "panza_tui.models.home_service.start_job",
        lambda home, config, work, arguments: started.append(list(arguments)),
    )
    HomeModelsService(Home(tmp_path), None).start_export("sam-rosa", choice)
    assert started == [["export", "sam-rosa", *options]]


QWEN = BaseChoice(
    "/models/qwen.gguf",
    "GGUF",
    bytes=398_000_000,
    files=1,
    architecture="qwen2",
    parameters=494_000_000,
    quantisation="Q4_K_M",
    licence="apache-2.0",
    chat_template=True,
    minutes=42.0,
    memory_gib=3.4,
    free_gib=9.0,
)
RWKV = BaseChoice("ollama:rwkv:latest", "Ollama", cant_train="its kind only drafts here")


async def test_base_models_are_listed_after_the_models_and_can_be_chosen() -> None:
    shelf = Shelf(CARD)
    shelf.bases = [QWEN, RWKV]
    app = OneScreen(ModelsScreen(shelf))
    async with app.run_test(size=(120, 40)) as pilot:
        await wait_until(pilot, lambda: "trains: fits" in shown(app))
        assert "Use as base" not in shown(app)
        await pilot.press("down")
        await wait_until(pilot, lambda: "494M weights, Q4_K_M, licence apache-2.0" in shown(app))
        assert "fits: about 42 minutes, 3.4 of 9.0 GiB free" in shown(app)
        await pilot.press("b")
        await wait_until(pilot, lambda: shelf.asked == [("base", "/models/qwen.gguf")])
        await pilot.press("down")
        await wait_until(pilot, lambda: "its kind only drafts here" in shown(app))
        await pilot.press("b", "delete", "e")
        assert shelf.asked == [("base", "/models/qwen.gguf")]


async def test_a_chosen_base_model_stays_chosen_when_the_models_are_read_again() -> None:
    shelf = Shelf(CARD)
    shelf.bases = [QWEN, RWKV]
    screen = ModelsScreen(shelf)
    app = OneScreen(screen)
    async with app.run_test(size=(120, 40)) as pilot:
        await wait_until(pilot, lambda: "trains: fits" in shown(app) and "sam-rosa" in shown(app))
        await pilot.press("down")
        await wait_until(pilot, lambda: "494M weights" in shown(app))
        shelf.cards.append(HALF)
        screen.on_screen_resume()
        await wait_until(pilot, lambda: "sam-lora" in shown(app))
        assert "494M weights" in shown(app)
        await pilot.press("b")
        await wait_until(pilot, lambda: shelf.asked == [("base", "/models/qwen.gguf")])


async def test_a_base_model_chosen_before_the_models_are_read_stays_chosen() -> None:
    shelf = Shelf(CARD)
    shelf.bases = [QWEN]
    may_read = threading.Event()
    models = shelf.models
    shelf.models = lambda: models() if may_read.wait(30) else []
    app = OneScreen(ModelsScreen(shelf))
    async with app.run_test(size=(120, 40)) as pilot:
        await wait_until(pilot, lambda: "trains: fits" in shown(app))
        await pilot.press("down")
        await wait_until(pilot, lambda: "494M weights" in shown(app))
        may_read.set()
        await wait_until(pilot, lambda: "sam-rosa" in shown(app))
        assert "494M weights" in shown(app)
