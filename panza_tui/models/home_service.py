"""The service of the models screen on a real home."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from engine.database import database
from engine.events import Event
from engine.home.home import Home
from engine.home.locks import is_held
from engine.models.models import choose_default, default_model, gguf_of, list_models, rename_model
from engine.settings.file import settings_file, write_setting
from panza_tui.jobs.background import last_job, running_job, start_job
from panza_tui.jobs.bases import BaseChoice, base_choices_from_child
from panza_tui.models.service import DEFAULT_QUANTISATION, ModelView


class HomeModelsService:
    """A `ModelsService` on the models of a home."""

    def __init__(self, home: Home, config: Path | None) -> None:
        self._home = home
        self._config = config

    def models(self) -> list[ModelView]:
        cards = list_models(self._home)
        if not cards:
            return []
        with closing(database.connect(self._home.database)) as connection:
            default = default_model(self._home, connection)
        views = []
        for card in cards:
            gguf = gguf_of(self._home, card)
            views.append(
                ModelView(
                    card,
                    is_default=default is not None and default.name == card.name,
                    bytes=_size(self._home.model(card.name)),
                    gguf_bytes=gguf.stat().st_size if gguf else 0,
                )
            )
        return views

    def base_choices(
        self, on_choice: Callable[[BaseChoice], None], stopped: Callable[[], bool]
    ) -> None:
        base_choices_from_child(self._home, self._config, on_choice, stopped)

    def use_base(self, base: str) -> None:
        write_setting(settings_file(self._config), "model.base", base)

    def make_default(self, name: str) -> None:
        with closing(database.connect(self._home.database)) as connection:
            choose_default(self._home, connection, name)

    def rename(self, name: str, new_name: str) -> None:
        with closing(database.connect(self._home.database)) as connection:
            rename_model(self._home, connection, name, new_name)

    def delete(self, name: str) -> list[str]:
        from panza_tui.jobs.forget import describe_left, forget_model

        return describe_left(forget_model(self._home, name))

    def start_export(self, name: str, quantize: str) -> None:
        given = [] if quantize == DEFAULT_QUANTISATION else ["--quantize", quantize]
        start_job(self._home, self._config, "export", ["export", name, *given])

    def exporting(self) -> str:
        if running_job(self._home, "export") is None:
            return ""
        cards = list_models(self._home)
        held = (c.name for c in cards if is_held(self._home.model(c.name) / "export.lock"))
        return next(held, "a model")  # The export has not locked its model yet.

    def follow_export(self, on_event: Callable[[Event], None], stopped: Callable[[], bool]) -> str:
        job = last_job(self._home, "export")
        if job is None:
            return ""
        for event in job.events(stopped):
            on_event(event)
        return job.error()

    def stop_export(self) -> None:
        if job := running_job(self._home, "export"):
            job.stop()


def _size(folder: Path) -> int:
    """Return the size of all files in a folder, in bytes."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())
