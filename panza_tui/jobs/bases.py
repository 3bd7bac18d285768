"""The base models on this disk, each with what training it would take."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from engine import database
from engine.errors import PanzaError
from engine.events import silent
from engine.home import Home
from engine.models import EMBEDDED_BASE
from engine.settings import load_settings
from panza_tui.jobs.child_process import ask_child


@dataclass(frozen=True)
class BaseChoice:
    """A base model and what training it would take here.

    minutes: None where this machine's speed can't be measured; `note` then says so, and it can be
    trained all the same. trouble: why it can't be trained, ''.
    """

    base: str
    minutes: float | None = None
    memory_gib: float = 0.0
    free_gib: float = 0.0
    trouble: str = ""
    note: str = ""


def base_choices(home: Home, config: Path | None) -> Iterator[BaseChoice]:
    """The base models that can chat, the one in the settings first, as they are estimated."""
    from training.cost.estimate import estimate
    from training.cost.machine import NotMeasuredError

    settings = load_settings(config)
    with closing(database.connect(home.database)) as connection:
        for base in dict.fromkeys([settings.model.base, EMBEDDED_BASE, *_cached_bases()]):
            try:
                found = estimate(home, connection, settings, base)
            except NotMeasuredError as error:
                yield BaseChoice(base, note=str(error))
            except PanzaError as error:
                yield BaseChoice(base, trouble=str(error))
            else:
                trouble = "" if found.fits else found.why
                yield BaseChoice(base, found.minutes, found.memory_gib, found.free_gib, trouble)


def base_choices_from_child(
    home: Home,
    config: Path | None,
    on_choice: Callable[[BaseChoice], None],
    stopped: Callable[[], bool],
) -> None:
    """The same from a child process, so that reading tokenizers does not stall the app."""
    given = [config.absolute()] if config else []
    ask_child(
        home,
        "bases",
        [home.root, *given],
        lambda answer: on_choice(BaseChoice(**answer)),
        silent,
        stopped,
    )


def _cached_bases() -> list[str]:
    """Chat models in the Hugging Face cache: whole ones, with a chat template."""
    from huggingface_hub import scan_cache_dir
    from huggingface_hub.errors import CacheNotFound

    try:
        repositories = scan_cache_dir().repos
    except (CacheNotFound, OSError):
        return []
    return sorted(
        repository.repo_id
        for repository in repositories
        if repository.repo_type == "model"
        and any(_can_chat(revision.snapshot_path) for revision in repository.revisions)
    )


def _can_chat(folder: Path) -> bool:
    if not (folder / "config.json").exists() or not any(folder.glob("*.safetensors")):
        return False
    if (folder / "chat_template.jinja").exists():
        return True
    with contextlib.suppress(OSError, ValueError, AttributeError):
        return "chat_template" in json.loads((folder / "tokenizer_config.json").read_text())
    return False
