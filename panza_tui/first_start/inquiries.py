"""What takes Python's whole attention for seconds, asked of a process of its own.

`python -m panza_tui.first_start.inquiries addresses PATH` and `... bases HOME [CONFIG]` answer on
stdout, one JSON object a line: events of engine.events, then {"answer": …} lines, or {"error": …}.
Parsing and measuring hold the interpreter, so in the app's own process they would stall the screen.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

from engine.errors import PanzaError
from engine.events import Event, from_json, to_json
from engine.home import Home
from engine.subprocesses import start_module
from panza_tui.first_start.service import BaseChoice
from panza_tui.terminal.failures import explain

_LOOKS = 0.1  # Seconds between two looks whether the answer is still wanted.


def ask(
    home: Home,
    question: Sequence[str],
    on_answer: Callable[[Any], None],
    on_event: Callable[[Event], None],
    stopped: Callable[[], bool],
) -> None:
    """Put a question to a process, and hand over its answers as they come.

    When `stopped()` holds the process is ended. Raises PanzaError with the line it failed with.
    """
    process = start_module(
        "panza_tui.first_start.inquiries",
        question,
        folder=home.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        for line in _lines(process, stopped):
            event = from_json(line)
            record = json.loads(line) if event is None else {}
            if event is not None:
                on_event(event)
            elif "error" in record:
                raise PanzaError(record["error"])
            elif "answer" in record:
                on_answer(record["answer"])
    finally:
        process.kill()
        code = process.wait()
    if code > 0:
        raise PanzaError("Looking at it ended without an answer; nothing was changed. Try again.")


def _lines(process: subprocess.Popen[bytes], stopped: Callable[[], bool]) -> Iterator[str]:
    assert process.stdout is not None
    rest = b""
    with process.stdout as stream, selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        while not stopped():
            if selector.select(_LOOKS):
                chunk = os.read(stream.fileno(), 1 << 16)
                if not chunk:
                    process.wait()
                    return
                *lines, rest = (rest + chunk).split(b"\n")
                yield from (line.decode("utf-8", "replace") for line in lines)


def _addresses(path: str) -> None:
    from engine.mail.importing.importing import find_addresses

    found = find_addresses([Path(path)], lambda event: print(to_json(event), flush=True))
    _answer(found)


def _bases(home: Home, config: Path | None) -> None:
    """An answer for each base model on this disk: the one in the settings first."""
    from engine import database
    from engine.models import EMBEDDED_BASE
    from engine.settings import load_settings
    from training.cost.estimate import estimate

    settings = load_settings(config)
    with closing(database.connect(home.database)) as connection:
        for base in dict.fromkeys([settings.model.base, EMBEDDED_BASE, *_cached_bases()]):
            try:
                found = estimate(home, connection, settings, base)
                trouble = "" if found.fits else found.why
                choice = BaseChoice(base, found.minutes, found.memory_gib, found.free_gib, trouble)
            except PanzaError as error:
                choice = BaseChoice(base, trouble=str(error))
            _answer(asdict(choice))


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


def _answer(answer: object) -> None:
    print(json.dumps({"answer": answer}), flush=True)


def main(question: str, *arguments: str) -> None:
    """Answer one question; an error is one of the lines."""
    try:
        if question == "addresses":
            _addresses(*arguments)
        else:
            home, *config = map(Path, arguments)
            _bases(Home(home), config[0] if config else None)
    except Exception as error:
        print(json.dumps({"error": explain(error)[0]}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
