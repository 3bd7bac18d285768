"""Remove the words of a mail from the logs of runs and jobs."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from engine.disk import durable
from engine.disk.regular_files import open_regular
from engine.encryption.lines import plain_line
from engine.events import Sample, from_json
from engine.forgetting.words_of_mail import WordsOfMail, texts_of
from engine.home.home import Home
from engine.home.locks import is_held


def clear_logs(home: Home, words: WordsOfMail, instruction: str | None) -> None:
    """Blank the lines with words of a mail, or with a draft made for its instruction.

    The logs of ended jobs are removed: they name what an import or playback read.
    """

    def is_of_mail(line: str) -> bool:
        event = from_json(line)
        if isinstance(event, Sample) and event.instruction == instruction:
            return True
        return any(map(words.are_in, texts_of(line)))

    for log in home.root.glob("jobs/*/log.txt"):
        if not is_held(log.parent / "lock"):
            log.unlink(missing_ok=True)
    for folder in (*home.models.glob("*"), *home.root.glob("jobs/*")):
        for name in ("events.jsonl", "log.txt"):
            _blank_lines(folder / name, is_of_mail)


def _blank_lines(log: Path, is_of_mail: Callable[[str], bool]) -> None:
    """Overwrite lines in place with spaces, because a run may be appending to its log."""
    try:
        handle = open_regular(log, os.O_RDWR)
    except OSError:
        return  # Removed meanwhile, or no file of ours.
    with open(handle, "r+b") as file:
        at = 0
        for line in file:
            stored = line.rstrip(b"\n")
            if is_of_mail(plain_line(log, stored).decode("utf-8", "replace")):
                os.pwrite(handle, b" " * len(stored), at)
            at += len(line)
        durable.sync_handle(handle)
