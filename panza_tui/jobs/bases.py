"""List the base models on this disk, with an estimate of what training each would take."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from engine import database
from engine.base_models.resolve import BUNDLED_BASES
from engine.errors import PanzaError
from engine.events import silent
from engine.home import Home
from engine.settings import load_settings
from panza_tui.jobs.child_process import ask_child


@dataclass(frozen=True)
class BaseChoice:
    """A base model and what training it would take on this machine.

    minutes: None if this machine's speed can't be measured; `note` then says so, and the model can
    still be trained. trouble: why it can't be trained, or ''.
    """

    base: str
    minutes: float | None = None
    memory_gib: float = 0.0
    free_gib: float = 0.0
    trouble: str = ""
    note: str = ""


def base_choices(home: Home, config: Path | None) -> Iterator[BaseChoice]:
    """Yield each base model that can chat with its estimate, the one in the settings first."""
    from training.cost.estimate import estimate
    from training.cost.machine import NotMeasuredError

    settings = load_settings(config)
    with closing(database.connect(home.database)) as connection:
        for base in dict.fromkeys([settings.model.base, *BUNDLED_BASES, *_cached_bases()]):
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
    """Hand over `base_choices` from a child process, as reading tokenizers would block the app."""
    config_path = [config.absolute()] if config else []
    ask_child(
        home,
        "bases",
        [home.root, *config_path],
        lambda answer: on_choice(BaseChoice(**answer)),
        silent,
        stopped,
    )


def _cached_bases() -> list[str]:
    """Return the complete models with a chat template in the Hugging Face cache."""
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
