"""Which model the chat uses after the models or settings change."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from pilots import shown, wait_until
from textual.message import Message as Posted
from textual.pilot import Pilot

from engine.database.database import connect
from engine.generators import Sampling, Written, loading
from engine.home.home import Home
from engine.models.models import ModelCard
from engine.prompt.prompt import Message
from engine.settings import load_settings
from panza_tui.app import PanzaApp
from panza_tui.chat.draft_view import DraftView
from panza_tui.chat.home_archive import HomeArchive
from panza_tui.chat.home_service import HomeDraftService
from panza_tui.chat.instruction_input import InstructionInput
from panza_tui.services import Services
from panza_tui.shell.messages import ModelsChanged, SettingsChanged
from training.cards import write_card


class Weights:
    """A generator that drafts the content of its file, and how it was loaded."""

    def __init__(self, backend: str, path: Path, context_tokens: int, threads: int) -> None:
        self.backend = backend
        self._draft = f"{path.read_text()}, {backend}, {context_tokens}, {threads}"

    def stream(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        stopped: Callable[[], bool] = lambda: False,
    ) -> Iterator[str]:
        yield self._draft

    def stream_several(
        self,
        messages: Sequence[Message],
        samplings: Sequence[Sampling],
        on_text: Callable[[int, str], bool],
        stopped: Callable[[], bool] = lambda: False,
    ) -> list[Written]:
        for number in range(len(samplings)):
            on_text(number, self._draft)
        return [Written(True, -1.0) for _ in samplings]

    def log_likelihood(self, messages: Sequence[Message], answer: str) -> float:
        return -1.0

    def count_tokens(self, messages: Sequence[Message]) -> int:
        return 1

    def close(self) -> None:
        pass


class Chat:
    """The app on a home with one model, sam; only the reading of weights is replaced."""

    def __init__(self, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
        self.home = home
        self.settings: dict[str, Any] = {"drafting.threads": 1}
        self.now = 1_700_000_000
        connect(home.database).close()
        self.train("first")
        monkeypatch.setattr(
            loading,
            "LlamaCppGenerator",
            lambda path, context, threads, *_: Weights("llama-cpp", path, context, threads()),
        )
        monkeypatch.setattr(
            loading,
            "TransformersGenerator",
            lambda network, tokenizer, context: Weights("transformers", network, context, 0),
        )
        monkeypatch.setattr(
            "training.personal_model.load_for_drafting",
            lambda home, settings, card: (home.model(card.name) / "adapter" / "weights", None),
        )
        monkeypatch.setattr(loading, "thread_count", lambda wanted, home: wanted)
        service = HomeDraftService(home, self.read_settings)
        archive = HomeArchive(home, self.read_settings)
        self.app = PanzaApp(Services(chat=service, archive=archive))

    def read_settings(self) -> Any:
        return load_settings(overrides=self.settings, environment={})

    def train(self, weights: str) -> None:
        """Delete the model, and train one of the same name."""
        shutil.rmtree(self.home.model("sam"), ignore_errors=True)
        write_card(self.home, self.card())
        self.write("adapter/weights", weights)

    def export(self, weights: str) -> None:
        write_card(self.home, self.card(gguf="sam.gguf"))
        self.write("sam.gguf", weights)

    def card(self, gguf: str = "") -> ModelCard:
        return ModelCard("sam", "smollm2-135m-instruct", "rosa", 0, "finished", gguf)

    def write(self, name: str, weights: str) -> None:
        path = self.home.model("sam") / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(weights)
        self.now += 1
        os.utime(path, (self.now, self.now))

    async def draft(self, pilot: Pilot[Any]) -> str:
        """The draft of a new conversation."""
        await wait_until(pilot, lambda: "● sam" in shown(self.app))
        await pilot.press("ctrl+n")
        self.app.screen.query_one(InstructionInput).text = "say hi"
        await pilot.press("enter")
        found = self.app.screen.query(DraftView)
        await wait_until(pilot, lambda: any(view.draft.result for view in found))
        return found.last().draft.text


@pytest.fixture
def chat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Chat:
    return Chat(Home(tmp_path / "home").prepare(), monkeypatch)


@pytest.mark.parametrize(
    ("change", "message", "drafted"),
    [
        (lambda chat: chat.export("first"), ModelsChanged(), "first, llama-cpp, 2048, 1"),
        (lambda chat: chat.train("other"), ModelsChanged(), "other, transformers, 2048, 0"),
        (
            lambda chat: chat.settings.update({"drafting.context_tokens": 1024}),
            SettingsChanged("drafting.context_tokens"),
            "first, transformers, 1024, 0",
        ),
        (lambda chat: chat.export("first"), None, "first, llama-cpp, 2048, 1"),
    ],
    ids=["exported", "trained again", "context", "exported in another terminal"],
)
async def test_a_change_holds_for_the_next_draft(
    chat: Chat, change: Callable[[Chat], None], message: Posted | None, drafted: str
) -> None:
    async with chat.app.run_test() as pilot:
        assert await chat.draft(pilot) == "first, transformers, 2048, 0"
        change(chat)
        if message is not None:
            chat.app.post_message(message)
        assert await chat.draft(pilot) == drafted


@pytest.mark.parametrize(
    ("change", "message", "drafted"),
    [
        (lambda chat: chat.export("other"), ModelsChanged(), "other, llama-cpp, 2048, 1"),
        (
            lambda chat: chat.settings.update({"drafting.backend": "transformers"}),
            SettingsChanged("drafting.backend"),
            "first, transformers, 2048, 0",
        ),
        (
            lambda chat: chat.settings.update({"drafting.threads": 2}),
            SettingsChanged("drafting.threads"),
            "first, llama-cpp, 2048, 2",
        ),
    ],
    ids=["exported again", "backend", "threads"],
)
async def test_a_change_of_an_exported_model_holds_for_the_next_draft(
    chat: Chat, change: Callable[[Chat], None], message: Posted, drafted: str
) -> None:
    chat.export("first")
    async with chat.app.run_test() as pilot:
        assert await chat.draft(pilot) == "first, llama-cpp, 2048, 1"
        change(chat)
        chat.app.post_message(message)
        assert await chat.draft(pilot) == drafted
